import Glibc
import LinuxSystem
import Model

/// A snapshot document in an open file, FIFO or standard input.
///
/// Opening takes the right to read the file, reading none: the one can come before the program gives
/// its privileges up, the other after.
package final class SnapshotFile {
    private let path: String
    private var file: InputFile

    /// Opens a document, without reading any of it.
    ///
    /// - Parameter path: The file's path, or `-` for standard input, which is left open.
    /// - Throws: ``SnapshotError`` when it cannot be opened.
    package convenience init(opening path: String) throws(SnapshotError) {
        try self.init(opening: path, standardInput: STDIN_FILENO)
    }

    /// Takes over a regular file that somebody else has opened.
    package init(_ path: String, reading file: consuming FileDescriptor) {
        self.path = path
        self.file = InputFile(reading: file)
    }

    /// The same as ``init(opening:)`` with another descriptor for standard input and other patience, in
    /// seconds.
    init(
        opening path: String,
        standardInput: Int32,
        writerPatience: Int = 10,
        silencePatience: Int = 300
    ) throws(SnapshotError) {
        self.path = path
        do throws(Errno) {
            file = try InputFile(
                opening: path,
                standardInput: standardInput,
                writerPatience: writerPatience,
                silencePatience: silencePatience
            )
        } catch {
            throw .unreadable(path, error)
        }
    }

    /// Reads the whole document, once.
    ///
    /// A FIFO that nobody has opened for writing is given up after ten seconds, and a writer that has
    /// written nothing for five minutes.
    ///
    /// - Parameter now: The clock, asked when reading begins and when it has ended.
    /// - Returns: All that the document says; its items that could not be read are its problems.
    /// - Throws: ``SnapshotError`` when it cannot be read, is not complete, or is no snapshot.
    package func read(now: () -> WallTime) throws(SnapshotError) -> SnapshotContents {
        let before = try status()
        do throws(Errno) { try file.awaitWriter() } catch { throw .unreadable(path, error) }
        var reader = try SnapshotReader(
            source: path,
            modified: before.modified,
            readingBegan: now()
        )
        // What a pipe holds; larger buffers were no faster.
        var buffer = [UInt8](repeating: 0, count: 64 * 1024)
        while true {
            let count = try read(into: &buffer)
            if count == 0 { break }
            try reader.feed(buffer.span.extracting(first: count))
        }
        var contents = try reader.finish(readingEnded: now())
        if before.modified != nil, try status() != before {
            contents.document.note(
                SnapshotProblem(
                    message: "the file changed while it was read",
                    line: 1,
                    byteOffset: 0
                )
            )
        }
        return contents
    }

    /// What the file is.
    package func status() throws(SnapshotError) -> FileStatus {
        do throws(Errno) { return try file.status() } catch { throw .unreadable(path, error) }
    }

    private func read(into buffer: inout [UInt8]) throws(SnapshotError) -> Int {
        do throws(InputFile.Fault) {
            return try file.read(into: &buffer)
        } catch {
            switch error {
            case .system(let errno): throw .unreadable(path, errno)
            case .noWriter(let seconds): throw .noWriter(source: path, waitedSeconds: seconds)
            case .silent(let seconds): throw .silent(source: path, waitedSeconds: seconds)
            }
        }
    }
}

extension SnapshotError {
    fileprivate static func unreadable(_ path: String, _ errno: Errno) -> SnapshotError {
        .unreadable(source: path, errno: errno, advice: errno.readingAdvice)
    }
}
