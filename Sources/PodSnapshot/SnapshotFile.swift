import Glibc
import LinuxSystem
import Model

/// A snapshot document in an open file, FIFO or standard input.
///
/// Opening takes the right to read the file, reading none: the one can come before the program gives
/// its privileges up, the other after.
package final class SnapshotFile {
    private let path: String
    private let file: InputFile
    private let writerPatience: Int

    /// Opens a document, without reading any of it.
    ///
    /// - Parameter path: The file's path, or `-` for standard input, which is left open.
    /// - Throws: ``SnapshotError`` when it cannot be opened.
    package convenience init(opening path: String) throws(SnapshotError) {
        try self.init(opening: path, standardInput: STDIN_FILENO, writerPatience: 10)
    }

    /// The same with another descriptor for standard input and another patience, in seconds.
    init(
        opening path: String,
        standardInput: Int32,
        writerPatience: Int
    ) throws(SnapshotError) {
        self.path = path
        self.writerPatience = writerPatience
        file = try InputFile(path, standardInput: standardInput)
    }

    /// Reads the whole document, once.
    ///
    /// A FIFO that nobody has opened for writing is given up after ten seconds; a writer that is
    /// there is waited for, as for any pipe.
    ///
    /// - Parameter now: The clock, asked when reading begins and when it has ended.
    /// - Returns: All that the document says; its items that could not be read are its problems.
    /// - Throws: ``SnapshotError`` when it cannot be read, is not complete, or is no snapshot.
    package func read(now: () -> WallTime) throws(SnapshotError) -> SnapshotContents {
        let before = try file.status()
        var isSilent = before.isFIFO ? try file.isSilent(forSeconds: writerPatience) : false
        var reader = try SnapshotReader(
            source: path,
            modified: before.modified,
            readingBegan: now()
        )
        // What a pipe holds; larger buffers were no faster.
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let count = try file.read(into: &buffer)
            if count == 0 { break }
            isSilent = false
            try reader.feed(buffer.span.extracting(first: count))
        }
        if isSilent { throw .noWriter(source: path, waitedSeconds: writerPatience) }
        var contents = try reader.finish(readingEnded: now())
        if before.modified != nil, try file.status() != before {
            contents.document.note(
                SnapshotProblem(
                    message: "the file was written to while it was read",
                    line: 1,
                    byteOffset: 0
                )
            )
        }
        return contents
    }
}

/// An open file with the name that messages give it.
struct InputFile: ~Copyable {
    /// What fstat(2) says of a file, as far as it matters here.
    struct Status: Equatable {
        /// When a regular file was last modified; `nil` for anything else.
        var modified: WallTime?
        /// The size of a regular file in bytes.
        var size: Int
        var isFIFO: Bool
    }

    private let path: String
    private let descriptor: Int32
    private let isOwned: Bool

    /// Opens a file, or takes standard input for `-`.
    ///
    /// Opening does not wait for a FIFO's writer: open(2) would, for ever.
    init(_ path: String, standardInput: Int32) throws(SnapshotError) {
        self.path = path
        isOwned = path != "-"
        descriptor =
            isOwned
            ? unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY) : standardInput
        let error = Errno.current
        if descriptor < 0 { throw Self.unreadable(path, error) }
    }

    deinit {
        if isOwned { close(descriptor) }
    }

    /// What the file is; a directory, which opens but does not read, throws.
    ///
    /// The corresponding C function is `fstat`.
    func status() throws(SnapshotError) -> Status {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else {
            throw Self.unreadable(path, Errno.current)
        }
        let type = status.st_mode & S_IFMT
        if type == S_IFDIR { throw Self.unreadable(path, Errno(code: EISDIR)) }
        return Status(
            modified: type == S_IFREG
                ? WallTime(fileTime: status.st_mtim.tv_sec, nanoseconds: status.st_mtim.tv_nsec)
                : nil,
            size: type == S_IFREG ? Int(status.st_size) : 0,
            isFIFO: type == S_IFIFO
        )
    }

    /// Whether a FIFO has neither data nor an end to show for so many seconds.
    ///
    /// Standard input was opened by somebody else, who waited for the writer: it never counts.
    func isSilent(forSeconds seconds: Int) throws(SnapshotError) -> Bool {
        isOwned ? try poll(milliseconds: Int32(seconds * 1000)) == 0 : false
    }

    /// Fills the buffer with the next bytes, at most its count; 0 at the end of the file.
    ///
    /// The corresponding C function is `read`; it is called again after a signal, and when a pipe
    /// that does not block has data again.
    func read(into buffer: inout [UInt8]) throws(SnapshotError) -> Int {
        while true {
            let count = unsafe buffer.withUnsafeMutableBytes {
                unsafe Glibc.read(descriptor, $0.baseAddress, $0.count)
            }
            let error = Errno.current
            if count >= 0 { return count }
            switch error.code {
            case EINTR: continue
            case EAGAIN: _ = try poll(milliseconds: -1)
            default: throw Self.unreadable(path, error)
            }
        }
    }

    /// Waits until there is something to read; how many descriptors have: 0 or 1.
    ///
    /// The corresponding C function is `poll`.
    private func poll(milliseconds: Int32) throws(SnapshotError) -> Int32 {
        while true {
            var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
            let count = unsafe Glibc.poll(&request, 1, milliseconds)
            let error = Errno.current
            if count >= 0 { return count }
            if error.code != EINTR { throw Self.unreadable(path, error) }
        }
    }

    private static func unreadable(_ path: String, _ errno: Errno) -> SnapshotError {
        let advice =
            switch errno.code {
            case ENOENT, ENOTDIR: "check the path"
            case EACCES, EPERM: "check who may read the file and its directories"
            case EISDIR: "name a file in it"
            case EBADF: "standard input is closed: redirect it from a file or a pipe"
            default: "check the file and the disk it is on"
            }
        return .unreadable(source: path, errno: errno, advice: advice)
    }
}
