import Foundation
import TestSupport
import Testing

/// One at a time: each looks at all the namespaces that demos have made.
@Suite(
    .serialized,
    .enabled(if: geteuid() == 0, "making network namespaces needs root")
)
struct Demo {
    /// The program as the tests were built with it, so that the demo need not build.
    private let environment = ProcessInfo.processInfo.environment.merging([
        "HALFOPEN": Command.root.appending(path: ".build/debug/halfopen").path
    ]) { $1 }

    private var namespaces: Set<String> {
        let names = try? FileManager.default.contentsOfDirectory(atPath: "/run/netns")
        return Set(names ?? []).filter { $0.hasPrefix("demo") }
    }

    @Test func `The demo finds what it made, proves it, and leaves nothing behind`() throws {
        let before = namespaces
        let folder = try TemporaryFolder()
        let demo = try Command("scripts/demo", [], environment: environment, in: folder)
        #expect(demo.status == 0, "\(demo.output)\(demo.errors)")
        #expect(namespaces == before)
    }

    @Test(arguments: ["INT", "TERM"], ["0.3", "2"])
    func `A demo that is interrupted leaves nothing behind`(signal: String, after: String) throws {
        let before = namespaces
        let folder = try TemporaryFolder()
        let demo = try Command(
            "/usr/bin/timeout",
            ["-s", signal, after, "scripts/demo"],
            environment: environment,
            in: folder
        )
        #expect(demo.status == 124, "\(demo.output)\(demo.errors)")
        #expect(namespaces == before)
    }
}
