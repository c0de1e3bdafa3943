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

    /// What a file holds; `nil` where there is none.
    private func read(_ path: String) throws -> StateFile.Contents? {
        guard let file = try StateFile.open(path) else { return nil }
        return try StateFile.contents(of: file, path: path)
    }

    /// Replaces a file, locked, as the companion and the program do together.
    private func write(
        _ history: SocketHistory,
        to path: String,
        before: (FileReplacement.Step) throws(FileError) -> Void = { _ in }
    ) throws {
        let lock = try StateFile(locking: path)
        let words = history.words
        try FileReplacement.replace(path, with: words.span, StateFile.manner, before: before)
        _ = consume lock
    }

    /// The boot of the history that a file holds; it tells the old one from the new.
    private func boot(_ path: String) throws -> String? {
        if case .history(let history) = try read(path) {
            history.epoch.bootID
        } else {
            nil
        }
    }

    @Test func `A file that is not there is no error`() throws {
        let folder = try TemporaryFolder()
        let contents = try read(folder.url.appending(path: "state").path)
        if contents != nil { Issue.record("something was read") }
    }

    @Test(arguments: FileReplacement.Step.allCases)
    func `A crash before any step leaves the old file or the new, and the next run goes on`(
        step: FileReplacement.Step
    ) throws {
        let folder = try TemporaryFolder()
        let path = folder.url.appending(path: "state").path
        try write(history("old"), to: path)
        let crash = FileError.notRegular(path: "crash")
        #expect(throws: crash) {
            try write(history("new"), to: path) { (reached) throws(FileError) in
                if reached == step { throw crash }
            }
        }
        #expect(try boot(path) == (step == .syncFolder ? "new" : "old"))
        try write(history("next"), to: path)
        #expect(try boot(path) == "next")
        let files = try FileManager.default.contentsOfDirectory(atPath: folder.url.path)
        #expect(Set(files) == ["state", "state.lock"])
    }

    @Test func `A new file that was half written when the power went is replaced`() throws {
        let folder = try TemporaryFolder()
        let path = folder.url.appending(path: "state").path
        try Data("halfopen.st".utf8).write(to: folder.url.appending(path: "state.new"))
        try write(history("next"), to: path)
        #expect(try boot(path) == "next")
    }

    @Test func `A file that lost or won bytes is damaged`() throws {
        let folder = try TemporaryFolder()
        let url = folder.url.appending(path: "state")
        try write(history("some boot"), to: url.path)
        let bytes = try Data(contentsOf: url)
        for changed in (18..<bytes.count).map({ bytes.prefix($0) }) + [bytes + [1]] {
            try Data(changed).write(to: url)
            guard case .unusable(.damaged) = try read(url.path) else {
                Issue.record("\(changed.count) of \(bytes.count) bytes were believed")
                continue
            }
        }
    }

    @Test func `The file is its owner's alone`() throws {
        let folder = try TemporaryFolder()
        let path = folder.url.appending(path: "state").path
        try write(history("b"), to: path)
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
    }

    @Test func `A second run is told that the first is at work, and may read`() throws {
        let folder = try TemporaryFolder()
        let path = folder.url.appending(path: "state").path
        try write(history("first"), to: path)
        let first = try StateFile(locking: path)
        // The one that holds it is this process.
        #expect(throws: StateFileError.locked(path: path, holder: getpid())) {
            _ = try StateFile(locking: path, patience: 1)
        }
        #expect(try boot(path) == "first")
        _ = consume first
    }

    @Test(arguments: [0o600, 0o640, 0o644, 0o666] as [mode_t])
    func `A lock that others could open is made the owner's alone`(mode: mode_t) throws {
        let folder = try TemporaryFolder()
        let path = folder.url.appending(path: "state").path
        let lock = try folder.makeFile("state.lock").path
        try #require(chmod(lock, mode) == 0)
        let first = try StateFile(locking: path)
        let attributes = try FileManager.default.attributesOfItem(atPath: lock)
        #expect(attributes[.posixPermissions] as? Int == 0o600)
        _ = consume first
    }

    @Test(.enabled(if: geteuid() == 0, "needs root"))
    func `A lock that is another user's is refused, and named`() throws {
        let folder = try TemporaryFolder()
        let path = folder.url.appending(path: "state").path
        try #require(chown(try folder.makeFile("state.lock").path, 4711, 4711) == 0)
        let error = StateFileError.lockIsForeign(path: path, owner: 4711)
        #expect(throws: error) { _ = try StateFile(locking: path) }
        #expect(error.description.contains("'\(path).lock' belongs to user 4711"))
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
            guard case .unusable(let found) = try read(url.path) else {
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
        let error = StateFileError.file(.notRegular(path: path))
        #expect(throws: error) { _ = try StateFile.open(path) }
    }

    @Test func `A folder that is not there is an error that names the file`() throws {
        #expect {
            _ = try StateFile(locking: "/nonexistent/state")
        } throws: {
            "\($0)".hasPrefix("cannot open '/nonexistent/state.lock': ENOENT (No such file")
        }
    }
}
