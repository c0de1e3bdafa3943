import Foundation
import TestSupport
import Testing

/// What halfopen says, against what a real Envoy meets with: see `scripts/lab`.
///
/// One at a time: each looks at all that labs have left behind.
@Suite(
    .serialized,
    .enabled(if: geteuid() == 0, "making network namespaces needs root")
)
struct Lab {
    private let environment = ProcessInfo.processInfo.environment.merging([
        "HALFOPEN": Command.products.appending(path: "halfopen").path
    ]) { $1 }

    @Test(.timeLimit(.minutes(6)))
    func `Scenarios with a real Envoy end as halfopen said, and leave nothing behind`() throws {
        let before = Leftovers.now
        let folder = try TemporaryFolder()
        let lab = try Command("scripts/lab", [], environment: environment, in: folder)
        #expect(lab.status == 0, "\(lab.output)\(lab.errors)")
        #expect(Leftovers.now == before)
    }

    @Test(arguments: ["INT", "TERM"], ["0.5", "1.5", "4"])
    func `A lab that is interrupted leaves nothing behind`(signal: String, after: String) throws {
        let before = Leftovers.now
        let folder = try TemporaryFolder()
        let lab = try Command(
            "/usr/bin/timeout",
            ["-s", signal, after, "scripts/lab", "replaced", "workers"],
            environment: environment,
            in: folder
        )
        #expect(lab.status == 124, "\(lab.output)\(lab.errors)")
        #expect(Leftovers.now == before)
    }

    @Test func `A lab in which halfopen says something else fails`() throws {
        let folder = try TemporaryFolder()
        let wrong = try folder.makeFile("halfopen")
        try #"""
        #!/bin/sh
        echo '{"findings":[]}'
        """#.write(to: wrong, atomically: false, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: wrong.path)
        let lab = try Command(
            "scripts/lab",
            ["baseline"],
            environment: environment.merging(["HALFOPEN": wrong.path]) { $1 },
            in: folder
        )
        #expect(lab.status == 1)
        #expect(lab.errors.contains("lab: the verdicts:"), "\(lab.output)\(lab.errors)")
    }
}

/// The namespaces and processes of labs.
struct Leftovers: Equatable {
    let namespaces: Set<String>
    let processes: Set<String>

    static var now: Self {
        let envoy = Command.root.appending(path: ".build/envoy").path
        let processes = names(in: "/proc").filter { name in
            guard Int32(name) != nil else { return false }
            let link = "/proc/\(name)/exe"
            let program = try? FileManager.default.destinationOfSymbolicLink(atPath: link)
            return program?.hasPrefix(envoy) ?? false
        }
        return Self(
            namespaces: names(in: "/run/netns").filter { $0.hasPrefix("lab") },
            processes: processes
        )
    }

    private static func names(in folder: String) -> Set<String> {
        Set((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [])
    }
}
