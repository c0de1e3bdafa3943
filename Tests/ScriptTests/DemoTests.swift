import Foundation
import TestSupport
import Testing

/// One at a time: each looks at the namespaces that demos have left.
@Suite(
    .serialized,
    .enabled(if: geteuid() == 0, "making network namespaces needs root")
)
struct Demo {
    /// The program as the tests were built with it, so that the demo need not build.
    private let environment = ProcessInfo.processInfo.environment.merging([
        "HALFOPEN": Command.root.appending(path: ".build/debug/halfopen").path
    ]) { $1 }

    /// The namespaces of demos that have ended: others may run at the same time.
    private var leftovers: Set<String> {
        let names = try? FileManager.default.contentsOfDirectory(atPath: "/run/netns")
        return Set(names ?? []).filter { name in
            guard let demo = name.wholeMatch(of: /demo([0-9]+)-.*/)?.output.1 else { return false }
            return !FileManager.default.fileExists(atPath: "/proc/\(demo)")
        }
    }

    @Test func `The demo finds what it made, proves it, and leaves nothing behind`() throws {
        let before = leftovers
        let folder = try TemporaryFolder()
        let demo = try Command("scripts/demo", [], environment: environment, in: folder)
        #expect(demo.status == 0, "\(demo.output)\(demo.errors)")
        #expect(leftovers == before)
        let shown = Self.comparable(demo.output)
        let examples = try Self.readmeExamples.map(Self.comparable)
        #expect(examples.count == 2)
        for example in examples {
            #expect(example.contains("VERDICT"))
            #expect(shown.contains(example), "README.md shows\n\(example)\nand not\n\(shown)")
        }
    }

    /// The blocks of README.md that show an answer: what the demo prints.
    private static var readmeExamples: [String] {
        get throws {
            let text = try String(
                contentsOf: Command.root.appending(path: "README.md"),
                encoding: .utf8
            )
            let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
            return lines.split { !$0.hasPrefix("    ") }.filter {
                $0.first?.hasPrefix("    $ ") == true
            }
            .map { $0.map { $0.dropFirst(4) }.joined(separator: "\n") }
        }
    }

    /// The text without what differs from run to run: times, ports, the number of the demo, and
    /// whether two connections were last heard in one second, so that they have one reason.
    private static func comparable(_ text: String) -> String {
        text.replacing(/[0-9]{4}-[0-9]{2}-[0-9]{2}T/, with: "DATE")
            .replacing(/[0-9]{2}:[0-9]{2}:[0-9]{2}Z/, with: "TIME")
            .replacing(/demo[0-9]+-/, with: "demo-")
            .replacing(#/ :[0-9]{5}/#, with: " :PORT")
            .replacing(#/ +[0-9]+s/#, with: " SECONDS")
            .replacing(/(silent .*\n)((?: {4}.*\n)+)(silent .*\n)\2/) { match in
                match.output.1 + match.output.3 + match.output.2
            }
    }

    @Test(arguments: ["INT", "TERM"], ["0.3", "2"])
    func `A demo that is interrupted leaves nothing behind`(signal: String, after: String) throws {
        let before = leftovers
        let folder = try TemporaryFolder()
        let demo = try Command(
            "/usr/bin/timeout",
            ["-s", signal, after, "scripts/demo"],
            environment: environment,
            in: folder
        )
        #expect(demo.status == 124, "\(demo.output)\(demo.errors)")
        #expect(leftovers == before)
    }
}
