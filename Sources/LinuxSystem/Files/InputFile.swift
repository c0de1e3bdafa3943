import Glibc

/// A file, FIFO or standard input that is read to its end.
///
/// Opening takes the right to read it and reads nothing: the one can come before the program gives
/// its privileges up, the other after.
package struct InputFile: ~Copyable {
    /// Why nothing more can be read.
    package enum Fault: Error {
        /// The system would not hand it over.
        case system(Errno)
        /// Nothing is writing to the FIFO, and nothing began to within so many seconds.
        case noWriter(seconds: Int)
        /// Whoever writes it has written nothing for so many seconds.
        case silent(seconds: Int)
    }

    private let file: FileDescriptor
    private let isStandardInput: Bool
    private let writerPatience: Int
    private let silencePatience: Int
    private var isSilent = false
    /// Whether it is no file on a disk, and so may keep its reader waiting.
    private let mayWait: Bool

    /// Opens a file, or takes standard input for `-`, which is left open.
    ///
    /// Opening does not wait for a FIFO's writer: open(2) would, forever.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - standardInput: The descriptor that `-` stands for.
    ///   - writerPatience: How long to wait for the writer of a FIFO, in seconds.
    ///   - silencePatience: How long to wait for more from whoever writes, in seconds. A list of
    ///     20,000 Pods takes an API server over a minute.
    package init(
        opening path: String,
        standardInput: Int32 = STDIN_FILENO,
        writerPatience: Int = 10,
        silencePatience: Int = 300
    ) throws(Errno) {
        isStandardInput = path == "-"
        self.writerPatience = writerPatience
        self.silencePatience = silencePatience
        file =
            isStandardInput
            ? FileDescriptor(lending: standardInput)
            : try FileDescriptor(opening: path, O_RDONLY | O_NONBLOCK | O_NOCTTY)
        mayWait = (try? file.status().kind) != .regular
    }

    /// Takes over a regular file that is open.
    package init(reading file: consuming FileDescriptor) {
        (isStandardInput, writerPatience, silencePatience, mayWait) = (false, 0, 0, false)
        self.file = file
    }

    /// What the file is; a folder, which opens but does not read, throws.
    package func status() throws(Errno) -> FileStatus {
        let status = try file.status()
        if status.kind == .folder { throw Errno(code: EISDIR) }
        return status
    }

    /// Waits until a FIFO has data or an end to show; comes before the first reading.
    ///
    /// Standard input was opened by somebody else, who waited for the writer.
    package mutating func awaitWriter() throws(Errno) {
        guard !isStandardInput, try file.status().kind == .fifo else { return }
        isSilent = try !file.wait(for: POLLIN, milliseconds: Int32(writerPatience * 1000))
    }

    /// Reads the next bytes, at most as many as the buffer holds; 0 at the end.
    package mutating func read(into buffer: inout [UInt8]) throws(Fault) -> Int {
        var read: Int?
        do throws(Errno) {
            if try comesInTime() { read = try file.read(into: &buffer) }
        } catch {
            throw .system(error)
        }
        guard let count = read else { throw .silent(seconds: silencePatience) }
        if count == 0, isSilent { throw .noWriter(seconds: writerPatience) }
        isSilent = false
        return count
    }

    /// Waits for more, or for the end; whether either came in time.
    private func comesInTime() throws(Errno) -> Bool {
        // Without a writer, a FIFO never shows its end, but is read as ended.
        if !mayWait || isSilent { return true }
        return try file.wait(for: POLLIN, milliseconds: Int32(silencePatience * 1000))
    }
}

extension Errno {
    /// What to do about an input that could not be opened or read.
    package var readingAdvice: String {
        switch code {
        case ENOENT, ENOTDIR: "check the path"
        case EACCES, EPERM: "check who may read the file and its directories"
        case EISDIR: "name a file in it"
        case EBADF: "standard input is closed: redirect it from a file or a pipe"
        default: "check the file and the disk it is on"
        }
    }
}
