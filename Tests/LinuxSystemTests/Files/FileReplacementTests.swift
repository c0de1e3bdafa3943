import Foundation
import LinuxSystem
import TestSupport
import Testing

extension TemporaryFolder {
    fileprivate func path(_ name: String) -> String { url.appending(path: name).path }

    fileprivate var names: [String] {
        get throws { try FileManager.default.contentsOfDirectory(atPath: url.path).sorted() }
    }

    fileprivate func write(_ text: String, to name: String) throws {
        try Data(text.utf8).write(to: url.appending(path: name))
    }

    fileprivate func text(_ name: String) throws -> String {
        try String(contentsOf: url.appending(path: name), encoding: .utf8)
    }
}

private let plain = FileReplacement.Manner(mode: 0o644, isDurable: true)

private func replace(
    _ path: String,
    _ text: String,
    _ manner: FileReplacement.Manner = plain
) throws(FileError) {
    let bytes = Array(text.utf8)
    try FileReplacement.replace(path, with: bytes.span, manner)
}

@Suite struct FileReplacementTests {
    /// What is no regular file, made at a path.
    private static let others: [(String, @Sendable (String) -> Bool)] = [
        ("a FIFO", { mkfifo($0, 0o600) == 0 }),
        ("a folder", { mkdir($0, 0o700) == 0 }),
        ("a link to a device", { symlink("/dev/null", $0) == 0 }),
        ("a link to a folder", { symlink("/", $0) == 0 }),
        (
            "a device",
            { geteuid() != 0 ? mkfifo($0, 0o600) == 0 : mknod($0, S_IFCHR | 0o600, 0x103) == 0 }
        ),
    ]

    @Test(arguments: others.indices)
    func `What is no regular file is refused, and stays`(_ index: Int) throws {
        let folder = try TemporaryFolder()
        let path = folder.path("f")
        try #require(Self.others[index].1(path))
        let before = try FileStatus(of: path, followsLinks: false)
        #expect(throws: FileError.notRegular(path: path), "\(Self.others[index].0)") {
            try replace(path, "new")
        }
        #expect(try FileStatus(of: path, followsLinks: false).inode == before.inode)
        #expect(try folder.names == ["f"])
    }

    @Test func `What becomes something else while the new file is written is refused, too`() throws
    {
        let folder = try TemporaryFolder()
        let path = folder.path("f")
        let new = try FileReplacement(of: path, plain)
        try #require(mkfifo(path, 0o600) == 0)
        var failure: FileError?
        do throws(FileError) { try new.finish() } catch { failure = error }
        #expect(failure == .notRegular(path: path))
        #expect(try FileStatus(of: path).kind == .fifo)
        #expect(try folder.names == ["f"])
    }

    @Test(arguments: ["there", "nowhere"])
    func `A symbolic link is refused, and what it leads to is never touched`(
        target: String
    ) throws {
        let folder = try TemporaryFolder()
        let path = folder.path("link")
        try folder.write("old", to: "there")
        try #require(symlink(target, path) == 0)
        #expect(throws: FileError.notRegular(path: path)) { try replace(path, "new") }
        #expect(try FileStatus(of: path, followsLinks: false).kind == .symbolicLink)
        #expect(try folder.text("there") == "old")
        #expect(try folder.names == ["link", "there"])
    }

    @Test(arguments: [0o600, 0o640] as [UInt32])
    func `The new file has the permissions that it was given`(mode: UInt32) throws {
        let folder = try TemporaryFolder()
        let path = folder.path("f")
        try replace(path, "x", .init(mode: mode, isDurable: false))
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect(attributes[.posixPermissions] as? Int == Int(mode))
    }

    @Test func `Two at once write files of their own, and the last to finish stays`() throws {
        let folder = try TemporaryFolder()
        let path = folder.path("f")
        let long = [UInt8](repeating: 97, count: 100_000)
        let short: [UInt8] = [98]
        let first = try FileReplacement(of: path, plain)
        try first.write(long.span)
        let second = try FileReplacement(of: path, plain)
        let names = try folder.names
        #expect(names.count == 2)
        #expect(names.allSatisfy { $0.wholeMatch(of: /f\.new\.[0-9a-f]{16}/) != nil })
        try first.finish()
        #expect(try folder.text("f").utf8.count == 100_000)
        try second.write(short.span)
        try second.finish()
        #expect(try folder.text("f") == "b")
        #expect(try folder.names == ["f"])
    }

    @Test func `One that is given up is removed, and the old file stays`() throws {
        let folder = try TemporaryFolder()
        try folder.write("old", to: "f")
        do {
            let new = try FileReplacement(of: folder.path("f"), plain)
            let half: [UInt8] = [98]
            try new.write(half.span)
        }
        #expect(try folder.text("f") == "old")
        #expect(try folder.names == ["f"])
    }

    @Test func `A signal that ends the program takes its half file along`() async throws {
        let folder = try TemporaryFolder()
        // What the other process inherits.
        setenv("HALFOPEN_TEST_FILE", folder.path("f"), 1)
        for number in [SIGTERM, SIGINT, SIGHUP] {
            setenv("HALFOPEN_TEST_SIGNAL", "\(number)", 1)
            try folder.write("old", to: "f")
            await #expect(processExitsWith: .signal(number)) {
                let told = ProcessInfo.processInfo.environment
                let path = try #require(told["HALFOPEN_TEST_FILE"])
                let number = try #require(told["HALFOPEN_TEST_SIGNAL"].flatMap { Int32($0) })
                let new = try FileReplacement(of: path, .init(mode: 0o600, isDurable: false))
                let half: [UInt8] = [98]
                try new.write(half.span)
                let names = try FileManager.default.contentsOfDirectory(
                    atPath: (path as NSString).deletingLastPathComponent
                )
                try #require(names.count == 2)
                raiseUnblocked(number)
            }
            #expect(try folder.text("f") == "old")
            #expect(try folder.names == ["f"])
        }
    }

    @Test func `One that is whole survives the signal, and so does a signal that is ignored`()
        async throws
    {
        await #expect(processExitsWith: .signal(SIGTERM)) {
            let folder = try TemporaryFolder()
            signal(SIGHUP, SIG_IGN)
            let first: [UInt8] = [97]
            let path = folder.path("f")
            let new = try FileReplacement(of: path, .init(mode: 0o600, isDurable: false))
            raiseUnblocked(SIGHUP)
            try new.write(first.span)
            try new.finish()
            try #require(folder.text("f") == "a")
            raiseUnblocked(SIGTERM)
        }
    }

    @Test func `What a killed program left is removed, and what another writes is not`() throws {
        let folder = try TemporaryFolder()
        for name in [
            "f.new.0123456789abcdef", "f.new.0000000000000001", "f.new", "f.new.0123", "g",
        ] {
            try folder.write("half", to: name)
        }
        try #require(mkfifo(folder.path("f.new.00000000000000ff"), 0o600) == 0)
        let other = try FileDescriptor(opening: folder.path("f.new.0000000000000001"))
        #expect(try other.lock())
        try replace(folder.path("f"), "new")
        #expect(
            try folder.names == [
                "f", "f.new", "f.new.0000000000000001", "f.new.00000000000000ff", "f.new.0123", "g",
            ]
        )
        _ = consume other
        try replace(folder.path("f"), "newer")
        #expect(try !folder.names.contains("f.new.0000000000000001"))
    }

    @Test func `A folder that is not there is an error that names the file`() {
        #expect(throws: FileError.cannot("create", path: "/nonexistent/f", Errno(code: ENOENT))) {
            try replace("/nonexistent/f", "new")
        }
    }

    @Test func `A file in the current folder is replaced there`() throws {
        let name = "halfopen-\(UUID())"
        try replace(name, "new")
        #expect(try String(contentsOfFile: name, encoding: .utf8) == "new")
        try FileManager.default.removeItem(atPath: name)
    }
}

/// Sends the thread a signal, which those that tests run on block.
private func raiseUnblocked(_ number: Int32) {
    var signals = sigset_t()
    sigemptyset(&signals)
    sigaddset(&signals, number)
    pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    raise(number)
}
