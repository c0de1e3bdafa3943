import Foundation
import LinuxSystem
import Model
import TestSupport
import Testing

@testable import Recording

/// Files that a replay is given, read as they come from a disk or a pipe.
struct RecordingFileTests {
    /// Three of them are more than what is read at once.
    private static let datagram = RecordingRecord.datagram(
        RecordedDatagram(
            receivedAt: RecordingTests.time,
            sender: 0,
            bytes: [UInt8](repeating: 7, count: 60_000)
        )
    )

    private static let records: [RecordingRecord] = [
        .heading(RecordingTests.heading),
        .target(RecordedTarget(inode: 1, path: nil, pid: nil, proxy: nil, socket: nil)),
        datagram, datagram, datagram, .end(RecordingTests.time),
    ]

    /// The records as bytes.
    private static let parts: [[UInt8]] = {
        var encoder = RecordingEncoder()
        return records.map { encoder.encode($0) }
    }()
    private static let capture = parts.flatMap(\.self)

    /// A netlink message with so many bytes behind its head.
    private static func message(type: UInt16, length: UInt32? = nil, body: Int = 0) -> [UInt8] {
        let head: [UInt32] = [length ?? UInt32(16 + body), UInt32(type), 0, 0]
        return head.flatMap { word in withUnsafeBytes(of: word) { Array($0) } }
            + [UInt8](repeating: 9, count: body)
    }

    private static let socket = message(type: 20, body: 1001) + [0, 0, 0]
    private static let done = message(type: 3, body: 4)

    private static func input(
        _ bytes: [UInt8],
        in folder: borrowing TemporaryFolder
    ) throws -> RecordingInput {
        let file = try folder.makeFile("capture")
        try Data(bytes).write(to: file)
        return try RecordingInput(opening: file.path)
    }

    @Test func `A capture in a file is read record by record to its end`() throws {
        let folder = try TemporaryFolder()
        let input = try Self.input(Self.capture, in: folder)
        guard case .capture(let heading) = try input.begin() else {
            Issue.record("It was not taken for a capture")
            return
        }
        #expect(heading == RecordingTests.heading)
        for record in Self.records.dropFirst() { #expect(try input.nextRecord() == record) }
        #expect(try input.nextRecord() == nil)
    }

    @Test func `What ss wrote into a file is read message by message, and has the file's time`()
        throws
    {
        let folder = try TemporaryFolder()
        let messages = Array(repeating: Self.socket, count: 200) + [Self.done, Self.done]
        let input = try Self.input(messages.flatMap(\.self), in: folder)
        let file = folder.url.appending(path: "capture")
        let written = WallTime(rfc3339: "2026-11-26T10:00:00Z".utf8)
        try FileManager.default.setAttributes(
            [.modificationDate: Date(timeIntervalSince1970: 1_795_687_200)],
            ofItemAtPath: file.path
        )
        guard case .ss(let modified) = try input.begin() else {
            Issue.record("It was not taken for a dump of ss")
            return
        }
        #expect(modified == written)
        for message in messages { #expect(try input.nextMessage() == message) }
        #expect(try input.nextMessage() == nil)
    }

    @Test func `What ss writes into a pipe has no time of its own`() throws {
        let folder = try TemporaryFolder()
        let fifo = folder.url.appending(path: "fifo")
        try #require(mkfifo(fifo.path, 0o600) == 0)
        let input = try RecordingInput(opening: fifo.path)
        // The reader has it open, so that this waits for nobody; the pipe holds all of it.
        let writer = try FileHandle(forWritingTo: fifo)
        try writer.write(contentsOf: Data(Self.socket + Self.done))
        guard case .ss(modified: nil) = try input.begin() else {
            Issue.record("It was not taken for a dump of ss without a time")
            return
        }
        #expect(try input.nextMessage() == Self.socket)
        try writer.close()
        #expect(try input.nextMessage() == Self.done)
        #expect(try input.nextMessage() == nil)
    }

    /// Reads all that a file holds; why that failed.
    private static func fault(of bytes: [UInt8]) throws -> RecordingError? {
        let folder = try TemporaryFolder()
        let input = try Self.input(bytes, in: folder)
        do throws(RecordingFileError) {
            switch try input.begin() {
            case .capture: while try input.nextRecord() != nil {}
            case .ss: while try input.nextMessage() != nil {}
            }
            return nil
        } catch {
            guard case .unusable(_, let fault) = error else { throw error }
            return fault
        }
    }

    @Test(
        arguments: [
            ("a whole capture", capture, nil),
            ("a whole dump", socket + done, nil),
            ("nothing", [], RecordingError(.empty, at: 0)),
            ("a few bytes of text", Array("ss".utf8), RecordingError(.foreign, at: 0)),
            ("a long text", Array("what ss prints for eyes".utf8), RecordingError(.foreign, at: 0)),
            (
                "gzip", [0x1F, 0x8B] + [UInt8](repeating: 0, count: 30),
                RecordingError(.compressed(.gzip), at: 0)
            ),
            ("the beginning of a capture's mark", Array(capture.prefix(9)), .init(.cut, at: 0)),
            ("a capture cut in its heading", Array(capture.prefix(30)), .init(.cut, at: 20)),
            (
                "a capture cut in a datagram", Array(capture.prefix(150_000)),
                .init(.cut, at: parts.prefix(4).reduce(0) { $0 + $1.count })
            ),
            (
                "a dump cut in a message", socket + done.dropLast(),
                RecordingError(.cut, at: socket.count)
            ),
            (
                "a dump with a message that has no room for its head",
                socket + message(type: 20, length: 15),
                RecordingError(.malformed("a message of 15 bytes"), at: socket.count)
            ),
            (
                "a dump with a message that is longer than any",
                socket + message(type: 20, length: 65_537),
                RecordingError(.malformed("a message of 65537 bytes"), at: socket.count)
            ),
            (
                "a first message that is longer than any", message(type: 20, length: 65_537),
                RecordingError(.foreign, at: 0)
            ),
            (
                "a first message of another kind", message(type: 16, body: 4),
                RecordingError(.foreign, at: 0)
            ),
        ] as [(String, [UInt8], RecordingError?)]
    )
    func `A file is believed as far as it is whole, and the place of its fault is named`(
        _ name: String,
        _ bytes: [UInt8],
        _ fault: RecordingError?
    ) throws {
        #expect(try Self.fault(of: bytes) == fault, "\(name)")
    }

    @Test func `A path that cannot be opened or read says so`() throws {
        let folder = try TemporaryFolder()
        let missing = folder.url.appending(path: "missing").path
        let fault = #expect(throws: RecordingFileError.self) {
            try RecordingInput(opening: missing)
        }
        #expect(
            fault?.description == "cannot read capture '\(missing)': ENOENT (No such file or"
                + " directory); check the path"
        )
        let path = folder.url.path
        let directory = try RecordingInput(opening: path)
        let second = #expect(throws: RecordingFileError.self) { try directory.begin() }
        #expect(
            second?.description == "cannot read capture '\(path)': EISDIR (Is a directory); name a"
                + " file in it"
        )
    }

    @Test(
        arguments: [
            (
                .noWriter(path: "f", waitedSeconds: 10),
                "cannot read capture 'f': it is a FIFO, and no process has opened it for writing in"
                    + " 10 s; start the writing command first, or give a file"
            ),
            (
                .silent(path: "f", waitedSeconds: 300),
                "cannot read capture 'f': its writer has written nothing for 300 s; check the writing"
                    + " command"
            ),
            (
                .unusable(path: "f", RecordingError(.empty, at: 0)),
                "cannot read capture 'f': byte 0: it is empty; capture again"
            ),
            (
                .unusable(path: "f", RecordingError(.otherByteOrder, at: 20)),
                "cannot read capture 'f': byte 20: it was made on a machine with the other byte"
                    + " order; replay it on such a machine"
            ),
            (
                .timeless(path: "-"),
                "the time of the ss dump '-' is unknown because it is not a file; give it with"
                    + " --dumped-at TIME"
            ),
            (
                .file(.notRegular(path: "/dev/null")),
                "cannot replace '/dev/null': it is not a regular file; name another, or - for"
                    + " standard output (--output-file)"
            ),
            (
                .file(.unattended(path: "f")),
                "cannot replace 'f': the process with the privileges for it has ended; run again"
            ),
            (
                .file(.cannot("write", path: "f", Errno(code: ENOSPC))),
                "cannot write 'f': ENOSPC (No space left on device); free space on its file system,"
                    + " or name another file, or - for standard output (--output-file)"
            ),
        ] as [(RecordingFileError, String)]
    )
    func `A message names the file, the cause and what to do`(
        _ error: RecordingFileError,
        _ message: String
    ) {
        #expect(error.description == message)
    }
}
