import Foundation
import Glibc
import LinuxSystem
import Model
import TestSupport
import Testing

@testable import PodSnapshot

extension TemporaryFolder {
    /// The path of a new file of the given text, last modified in the given second.
    fileprivate func document(_ text: String, modified: Int = 1_794_999_000) throws -> String {
        let path = try makeFile("document").path
        let descriptor = open(path, O_WRONLY | O_CLOEXEC)
        try #require(descriptor >= 0)
        write(text, to: descriptor)
        let time = timespec(tv_sec: modified, tv_nsec: 250_000_000)
        futimens(descriptor, [time, time])
        close(descriptor)
        return path
    }

    /// The path of a new FIFO.
    fileprivate func fifo() throws -> String {
        let path = url.appending(path: "fifo").path
        try #require(mkfifo(path, 0o600) == 0)
        return path
    }
}

private func write(_ text: String, to descriptor: Int32) {
    var rest = Array(text.utf8)[...]
    while !rest.isEmpty {
        let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
        guard count > 0 else { return }
        rest = rest.dropFirst(count)
    }
}

/// The two ends of a pipe.
private func pipeEnds() throws -> (reading: Int32, writing: Int32) {
    var ends: [Int32] = [-1, -1]
    try #require(pipe(&ends) == 0)
    return (ends[0], ends[1])
}

private func readFile(_ path: String, standardInput: Int32 = 0, patience: Int = 10)
    throws(SnapshotError) -> SnapshotContents
{
    try SnapshotFile(opening: path, standardInput: standardInput, writerPatience: patience)
        .read(now: { readingTime })
}

private func fileRefusal(_ path: String, standardInput: Int32 = 0, patience: Int = 10) -> String? {
    do {
        _ = try readFile(path, standardInput: standardInput, patience: patience)
        return nil
    } catch {
        return error.description
    }
}

/// Documents in files, FIFOs and pipes.
struct SnapshotFileTests {
    @Test func `A file is read with its time`() throws {
        let folder = try TemporaryFolder()
        let contents = try readFile(folder.document(list(pod())))
        #expect(contents.pods.count == 1)
        #expect(contents.document.modified == WallTime(milliseconds: 1_794_999_000_250))
        #expect(contents.document.readingBegan == readingTime)
        #expect(contents.document.source == "\(folder.url.path)/document")
    }

    @Test func `A file that somebody else has opened is read the same`() throws {
        let folder = try TemporaryFolder()
        let path = try folder.document(list(pod()))
        let file = try FileDescriptor(opening: path, O_RDONLY)
        let contents = try SnapshotFile(path, reading: file).read(now: { readingTime })
        #expect(contents.pods.count == 1)
        #expect(contents.document.source == path)
        #expect(contents.document.modified == WallTime(milliseconds: 1_794_999_000_250))
    }

    @Test func `The parser has a version`() {
        #expect(jsonParserVersion.wholeMatch(of: /1\.[0-9]+/) != nil, "\(jsonParserVersion)")
    }

    @Test func `A large document is read in parts`() throws {
        let folder = try TemporaryFolder()
        let items = (0..<5000).map {
            pod().replacing("10.1.0.7", with: "10.1.\($0 / 250).\($0 % 250)")
        }
        let document = #"{"items":[\#(items.joined(separator: ",\n"))],"kind":"List"}"#
        let contents = try readFile(folder.document(document))
        #expect(contents.pods.count == 5000)
        #expect(contents.pods.addressCount == 5000)
        #expect(contents.document.problemCount == 0)
    }

    @Test func `Standard input from a file has the file's time and stays open`() throws {
        let folder = try TemporaryFolder()
        let descriptor = try open(folder.document(list(pod())), O_RDONLY | O_CLOEXEC)
        defer { close(descriptor) }
        let contents = try readFile("-", standardInput: descriptor)
        #expect(contents.document.modified == WallTime(milliseconds: 1_794_999_000_250))
        #expect(contents.document.source == "-")
        #expect(fcntl(descriptor, F_GETFD) >= 0)
    }

    @Test func `Standard input from a pipe has no time`() throws {
        let ends = try pipeEnds()
        defer { close(ends.reading) }
        write(list(pod()), to: ends.writing)
        close(ends.writing)
        let contents = try readFile("-", standardInput: ends.reading)
        #expect(contents.pods.count == 1)
        #expect(contents.document.modified == nil)
        #expect(contents.document.readTimeSource == .read)
    }

    @Test func `A pipe that does not block is waited for`() throws {
        let ends = try pipeEnds()
        defer { close(ends.reading) }
        #expect(fcntl(ends.reading, F_SETFL, O_NONBLOCK) == 0)
        Self.slowly(["{\"kind\":\"List\",", "\"items\":[]}"]) { ends.writing }
        #expect(try readFile("-", standardInput: ends.reading).document.items == 0)
    }

    @Test func `A file that is written to while it is read is a problem`() throws {
        let folder = try TemporaryFolder()
        let path = try folder.document(list(pod()))
        let contents = try SnapshotFile(opening: path).read(
            now: {
                let descriptor = open(path, O_WRONLY | O_APPEND | O_CLOEXEC)
                write("\n", to: descriptor)
                close(descriptor)
                return readingTime
            }
        )
        #expect(contents.problems == ["the file changed while it was read"])
        #expect(contents.document.scope == .partial)
    }

    @Test func `A FIFO that nobody writes is given up`() throws {
        let folder = try TemporaryFolder()
        let fifo = try folder.fifo()
        #expect(
            fileRefusal(fifo, patience: 0)
                == "cannot read snapshot '\(fifo)': it is a FIFO, and no process has opened it"
                + " for writing in 0 s; start the writing command first, or give a file"
        )
    }

    @Test(arguments: [0, 10]) func `A FIFO with a slow writer is read`(patience: Int) throws {
        let folder = try TemporaryFolder()
        let fifo = try folder.fifo()
        // With no patience the writer must be there, with some it may come.
        let early = patience == 0 ? open(fifo, O_RDWR | O_CLOEXEC) : -1
        Self.slowly(["{\"kind\":\"List\",", "\"items\":[]}"]) {
            early >= 0 ? early : open(fifo, O_WRONLY | O_CLOEXEC)
        }
        #expect(try readFile(fifo, patience: patience).document.items == 0)
    }

    @Test func `A process substitution is read`() throws {
        let ends = try pipeEnds()
        defer { close(ends.reading) }
        Self.slowly([list(pod())]) { ends.writing }
        let contents = try readFile("/dev/fd/\(ends.reading)", patience: 0)
        #expect(contents.pods.count == 1)
    }

    @Test func `A line of two gigabytes ends with an error at once`() throws {
        // Not a pipe: a socket's writer can be told of its reader's end without a signal.
        var ends: [Int32] = [-1, -1]
        try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
        let (reading, writing) = (ends[0], ends[1])
        DispatchQueue.global().async {
            write(#"{"kind":"List","items":[ "#, to: writing)
            let filling = [UInt8](repeating: 0x78, count: 1 << 16)
            for _ in 0..<(1 << 15) {
                guard send(writing, filling, filling.count, Int32(MSG_NOSIGNAL)) > 0
                else { break }
            }
            close(writing)
        }
        #expect(fileRefusal("-", standardInput: reading)?.contains("syntax error at 'x'") == true)
        close(reading)
    }

    @Test func `A sparse file is refused at its first byte`() throws {
        let folder = try TemporaryFolder()
        let path = try folder.document("")
        #expect(truncate(path, 1 << 31) == 0)
        #expect(fileRefusal(path)?.contains("line 1, byte 0: found a NUL byte") == true)
    }

    @Test func `What cannot be read says why and what to do`() throws {
        let folder = try TemporaryFolder()
        let missing = "\(folder.url.path)/missing"
        #expect(
            fileRefusal(missing)
                == "cannot read snapshot '\(missing)': ENOENT (No such file or directory); "
                + "check the path"
        )
        #expect(
            fileRefusal(folder.url.path)
                == "cannot read snapshot '\(folder.url.path)': EISDIR (Is a directory); "
                + "name a file in it"
        )
        #expect(fileRefusal("/proc/self/mem")?.contains("EIO (Input/output error)") == true)
        #expect(
            fileRefusal("-", standardInput: 1_000_000)?.contains("EBADF (Bad file descriptor)")
                == true
        )
        #expect(fileRefusal("/dev/null")?.contains("it is empty") == true)
    }

    /// Writes the parts from another thread, 50 ms apart, and closes the descriptor.
    private static func slowly(_ parts: [String], to open: @escaping @Sendable () -> Int32) {
        DispatchQueue.global().async {
            usleep(50_000)
            let descriptor = open()
            for part in parts {
                usleep(50_000)
                write(part, to: descriptor)
            }
            close(descriptor)
        }
    }

    @Test func `A writer that falls silent is given up after its time`() throws {
        let pipe = try pipeEnds()
        defer {
            close(pipe.reading)
            close(pipe.writing)
        }
        write("{\"schema\":", to: pipe.writing)
        let file = try SnapshotFile(opening: "-", standardInput: pipe.reading, silencePatience: 1)
        let expected = SnapshotError.silent(source: "-", waitedSeconds: 1)
        #expect(throws: expected) { _ = try file.read(now: { readingTime }) }
        #expect(expected.description.contains("its writer has written nothing for 1 s"))
    }
}
