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
    @Test(.timeLimit(.minutes(6)))
    func `Scenarios with a real Envoy end as halfopen said, and leave nothing behind`() async throws
    {
        let before = Leftovers.now
        let lab = try await run("scripts/lab", [])
        #expect(lab.status == 0, "\(lab.output)\(lab.errors)")
        #expect(Leftovers.now == before)
    }

    @Test(arguments: ["INT", "TERM"], ["0.5", "1.5", "4"])
    func `A lab that is interrupted leaves nothing behind`(signal: String, after: String)
        async throws
    {
        let before = Leftovers.now
        let lab = try await run(
            "/usr/bin/timeout",
            ["-s", signal, after, "scripts/lab", "replaced", "workers"]
        )
        #expect(lab.status == 124, "\(lab.output)\(lab.errors)")
        #expect(Leftovers.now == before)
    }

    @Test func `A lab in which halfopen says something else fails`() async throws {
        let folder = try TemporaryFolder()
        let wrong = try folder.makeFile("halfopen")
        try #"""
        #!/bin/sh
        echo '{"findings":[]}'
        """#.write(to: wrong, atomically: false, encoding: .utf8)
        try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: wrong.path)
        let lab = try await run("scripts/lab", ["baseline"], halfopen: wrong)
        #expect(lab.status == 1)
        #expect(lab.errors.contains("lab: the verdicts:"), "\(lab.output)\(lab.errors)")
    }

    /// Runs a program to its end, which takes long, on a thread of its own: the few that there are for
    /// tests are not held up.
    private func run(
        _ program: String,
        _ arguments: [String],
        halfopen: URL = Command.products.appending(path: "halfopen")
    ) async throws -> Command {
        let environment = ProcessInfo.processInfo.environment.merging(["HALFOPEN": halfopen.path]) {
            $1
        }
        return try await withCheckedThrowingContinuation { continuation in
            Thread {
                continuation.resume(
                    with: Result {
                        let folder = try TemporaryFolder()
                        return try Command(program, arguments, environment: environment, in: folder)
                    }
                )
            }.start()
        }
    }
}

/// The namespaces of labs that have ended, and the Envoys of this folder's.
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
            namespaces: names(in: "/run/netns").filter { name in
                guard let lab = name.wholeMatch(of: /lab([0-9]+)-.*/)?.output.1 else {
                    return false
                }
                return !FileManager.default.fileExists(atPath: "/proc/\(lab)")
            },
            processes: processes
        )
    }

    private static func names(in folder: String) -> Set<String> {
        Set((try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? [])
    }
}
