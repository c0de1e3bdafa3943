import Foundation
import TestSupport
import Testing

/// What every program under `scripts` says of itself.
@Suite struct ScriptHelp {
    /// The programs, by their paths below `scripts`.
    private static let scripts: [String] = {
        let folder = Command.root.appending(path: "scripts")
        let paths = FileManager.default.enumerator(atPath: folder.path)?.compactMap {
            $0 as? String
        }
        return (paths ?? []).filter { path in
            let file = folder.appending(path: path).path
            var isFolder: ObjCBool = false
            return FileManager.default.fileExists(atPath: file, isDirectory: &isFolder)
                && !isFolder.boolValue && FileManager.default.isExecutableFile(atPath: file)
        }.sorted()
    }()

    @Test func `All programs are found`() {
        for name in ["bench/run", "cron/pod-snapshot-file", "demo", "install-packages", "test"] {
            #expect(Self.scripts.contains(name))
        }
    }

    /// Every other program that a script starts is one that leaves a note and fails.
    @Test(arguments: scripts, ["--help", "-h"])
    func `Asked for help, a script prints its usage and does nothing else`(
        _ script: String,
        _ option: String
    ) throws {
        let folder = try TemporaryFolder()
        let programs = folder.url.appending(path: "programs")
        try FileManager.default.createDirectory(at: programs, withIntermediateDirectories: true)
        let note = folder.url.appending(path: "note")
        for name in [
            "apt-get", "apt-cache", "dpkg-query", "dpkg-deb", "sudo", "swift", "kubectl", "ip",
            "mandoc", "shellcheck", "pip", "pip3", "flock", "halfopen", "pod-snapshot", "mktemp",
            "unshare", "nsenter", "cc", "clang", "jq", "timeout", "cp", "mkdir",
        ] {
            let program = programs.appending(path: name)
            try "#!/bin/sh\necho \(name) >>'\(note.path)'\nexit 1\n"
                .write(to: program, atomically: false, encoding: .utf8)
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o755],
                ofItemAtPath: program.path
            )
        }
        let answer = try Command(
            "/usr/bin/timeout",
            ["20", "scripts/\(script)", option],
            environment: [
                "PATH": "\(programs.path):/usr/local/bin:/usr/bin:/bin", "HOME": folder.url.path,
                // A program that is killed by a test leaves no file beside itself.
                "PYTHONDONTWRITEBYTECODE": "1",
            ],
            in: folder
        )
        #expect(answer.status == 0, "\(answer.errors)")
        #expect(answer.output.contains(/[Uu]sage:/), "\(answer.output)")
        #expect(answer.errors == "")
        let started = try? String(contentsOf: note, encoding: .utf8)
        #expect(started == nil, "started: \(started ?? "")")
    }
}
