import Glibc
import LinuxSystem
import Model

/// A file descriptor that is closed at the end of its life.
struct Descriptor: ~Copyable {
    let number: Int32
    private let path: String

    /// Opens a file; one that is made is its owner's alone.
    ///
    /// The corresponding C function is `open`.
    init(opening path: String, _ flags: Int32) throws(StateFileError) {
        self.path = path
        let opened = unsafe open(path, flags | O_CLOEXEC, 0o600)
        guard opened >= 0 else { throw .cannot("open", path: path, .current) }
        number = opened
    }

    deinit {
        // What was written is synced before.
        _ = close(number)
    }

    /// Locks the file if nobody else has, or does not have it any more after some tenths of a second.
    ///
    /// The corresponding C function is `flock`.
    func lock(patience: Int) throws(StateFileError) -> Bool {
        for attempt in 0...patience {
            if flock(number, LOCK_EX | LOCK_NB) == 0 { return true }
            let failure = Errno.current
            guard failure.code == EWOULDBLOCK || failure.code == EINTR else {
                throw .cannot("lock", path: path, failure)
            }
            if attempt < patience { usleep(100_000) }
        }
        return false
    }

    /// Whether it is a regular file, as which alone it can be replaced.
    var isRegular: Bool {
        var status = stat()
        return unsafe fstat(number, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }

    /// The whole file; `nil` if its beginning shows that it is no history, however large it is.
    func readHistory() throws(StateFileError) -> [UInt64]? {
        var status = stat()
        guard unsafe fstat(number, &status) == 0 else {
            throw .cannot("read", path: path, .current)
        }
        let beginning = try read(first: min(16, status.st_size))
        if !beginning.isEmpty, !SocketHistory.isHistory(beginning) { return nil }
        return try read(first: status.st_size)
    }

    /// The first bytes as words, of which the last is filled up with zeros.
    ///
    /// The corresponding C function is `pread`.
    private func read(first count: Int) throws(StateFileError) -> [UInt64] {
        var words = [UInt64](repeating: 0, count: (count + 7) / 8)
        var filled = 0
        while filled < count {
            // The words have room for so many bytes, and any bytes are a number.
            let read = unsafe words.withUnsafeMutableBytes { bytes in
                unsafe pread(
                    number,
                    bytes.baseAddress?.advanced(by: filled),
                    count - filled,
                    filled
                )
            }
            if read < 0 {
                let failure = Errno.current
                if failure.code == EINTR { continue }
                throw .cannot("read", path: path, failure)
            }
            if read == 0 { break }
            filled += read
        }
        return words
    }

    /// Writes all words.
    ///
    /// The corresponding C function is `write`.
    func write(_ words: [UInt64]) throws(StateFileError) {
        var written = 0
        while written < words.count * 8 {
            // No more than the bytes that are left is read.
            let count = unsafe words.withUnsafeBytes { bytes in
                unsafe Glibc.write(
                    number,
                    bytes.baseAddress?.advanced(by: written),
                    bytes.count - written
                )
            }
            if count < 0 {
                let failure = Errno.current
                if failure.code == EINTR { continue }
                throw .cannot("write", path: path, failure)
            }
            written += count
        }
    }

    /// Brings what was written to the disk.
    ///
    /// The corresponding C function is `fsync`.
    func sync() throws(StateFileError) {
        guard fsync(number) == 0 else { throw .cannot("write", path: path, .current) }
    }
}
