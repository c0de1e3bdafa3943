import Foundation
@testable import HalfopenCommands
import LinuxSystem
import Model
import TestSupport
import Testing

@Suite struct StateFileTests {
    private func history(_ bootID: String) -> SocketHistory {
        SocketHistory(
            epoch: ClockEpoch(bootID: bootID, bootedAt: WallTime(epochSeconds: 1_795_000_000))
        )
    }

    /// The boot of the history that a file holds; it tells the old one from the new.
    private func boot(_ path: String) throws -> String? {
        if case .history(let history) = try StateFile.read(path) {
            history.epoch.bootID
        } else {
            nil
        }
    }

    @Test func `A file that is not there is no error`() throws {
        let folder = try TemporaryFolder()
        guard case .absent = try StateFile.read(folder.url.appending(path: "state").path) else {
            Issue.record("something was read")
            return
        }
    }

    @Test(arguments: FileReplacement.Step.allCases)
    func `A crash before any step leaves the old file or the new, and the next run goes on`(
        step: FileReplacement.Step
    ) throws {
        let folder = try TemporaryFolder()
        let path = folder.url.appending(path: "state").path
        try StateFile(locking: path).write(history("old"))
        let crash = FileError.notRegular(path: "crash")
        #expect(throws: StateFileError.file(crash)) {
            try StateFile(locking: path).write(history("new")) { (reached) throws(FileError) in
                if reached == step { throw crash }
            }
        }
        #expect(try boot(path) == (step == .syncFolder ? "new" : "old"))
        try StateFile(locking: path).write(history("next"))
        #expect(try boot(path) == "next")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
        #expect(Set(files) == ["state", "state.lock"])
    }

    @Test func `A new file that was half written when the power went is replaced`() throws {
        let folder = try TemporaryFolder()
        let path = folder.url.appending(path: "state").path
        try Data("halfopen.st".utf8).write(to: folder.url.appending(path: "state.new"))
        try StateFile(locking: path).write(history("next"))
        #expect(try boot(path) == "next")
    }

    @Test func `A file that lost or won bytes is damaged`() throws {
        let folder = try TemporaryFolder()
        let url = folder.url.appending(path: "state")
        try StateFile(locking: url.path).write(history("some boot"))
        let bytes = try Data(contentsOf: url)
        for changed in (18..<bytes.count).map({ bytes.prefix($0) }) + [bytes + [1]] {
            try Data(changed).write(to: url)
            guard case .unusable(.damaged) = try StateFile.read(url.path) else {
                Issue.record("\(changed.count) of \(bytes.count) bytes were believed")
                continue
            }
        }
    }

    @Test func `The file is its owner's alone`() throws {
        let folder = try TemporaryFolder()
        let path = folder.url.appending(path: "state").path
        try StateFile(locking: path).write(history("b"))
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
    }

    @Test func `A second run is told that the first is at work, and may read`() throws {
        let folder = try TemporaryFolder()
        let path = folder.url.appending(path: "state").path
        let first = try StateFile(locking: path)
        try first.write(history("first"))
        #expect(throws: StateFileError.locked(path: path)) {
            _ = try StateFile(locking: path, patience: 1)
        }
        #expect(try boot(path) == "first")
        // The lock is the first one's until here.
        try first.write(history("first again"))
    }

    @Test(arguments: [0o600, 0o640, 0o644, 0o666])
    func `A lock that others can open, and so hold, is closed to them`(mode: Int) throws {
        let folder = try TemporaryFolder()
        let lock = try folder.makeFile("state.lock")
        try FileManager.default.setAttributes([.posixPermissions: mode], ofItemAtPath: lock.path)
        try StateFile(locking: folder.url.appending(path: "state").path).write(history("a"))
        let attributes = try FileManager.default.attributesOfItem(atPath: lock.path)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
    }

    @Test(.enabled(if: geteuid() == 0, "giving a file away needs root"))
    func `A lock of another user is refused, because he can hold it for ever`() throws {
        let folder = try TemporaryFolder()
        let lock = try folder.makeFile("state.lock")
        try FileManager.default.setAttributes([.ownerAccountID: 2000], ofItemAtPath: lock.path)
        let path = folder.url.appending(path: "state").path
        #expect(throws: StateFileError.foreignLock(path: path)) {
            _ = try StateFile(locking: path)
        }
    }

    @Test func `A link at the lock's name is not followed`() throws {
        let folder = try TemporaryFolder()
        let lock = folder.url.appending(path: "state.lock")
        let victim = folder.url.appending(path: "victim")
        try FileManager.default.createSymbolicLink(at: lock, withDestinationURL: victim)
        let path = folder.url.appending(path: "state").path
        #expect {
            _ = try StateFile(locking: path)
        } throws: {
            "\($0)".contains("ELOOP")
        }
        #expect(!FileManager.default.fileExists(atPath: victim.path))
    }

    @Test(arguments: [
        ("no history at all", HistoryFault.foreign), ("few", .foreign),
        ("halfopen.state/v2 of which nothing is known", .newer),
        ("halfopen.state/v1\n", .damaged), ("halfopen.state/v", .damaged), ("", .damaged),
    ])
    func `What is not believed is set aside, each under a name of its own`(
        text: String,
        fault: HistoryFault
    ) throws {
        let folder = try TemporaryFolder()
        let url = folder.url.appending(path: "state")
        for suffix in ["", ".2", ".3"] {
            try Data(text.utf8).write(to: url)
            guard case .unusable(let found) = try StateFile.read(url.path) else {
                Issue.record("it was believed")
                return
            }
            #expect(found == fault)
            let name = try StateFile(locking: url.path).setAside(found)
            #expect(name == "\(url.path).\(fault)\(suffix)")
            #expect(try String(contentsOfFile: name, encoding: .utf8) == text)
            #expect(!FileManager.default.fileExists(atPath: url.path))
        }
    }

    @Test(arguments: ["/dev/null", "/tmp"])
    func `What is no file is never replaced`(path: String) {
        #expect(throws: StateFileError.file(.notRegular(path: path))) { try StateFile.read(path) }
    }

    @Test func `A folder that is not there is an error that names the file`() throws {
        #expect {
            _ = try StateFile(locking: "/nonexistent/state")
        } throws: {
            "\($0)".hasPrefix("cannot open '/nonexistent/state.lock': ENOENT (No such file")
        }
    }
}
