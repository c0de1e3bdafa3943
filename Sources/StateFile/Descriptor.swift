import Errno
import Glibc
import History

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
    func readHistory() throws(StateFileError) -> [UInt8]? {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 18)
        while true {
            // At most the size of the chunk is written.
            let count = unsafe chunk.withUnsafeMutableBytes {
                unsafe read(number, $0.baseAddress, $0.count)
            }
            if count < 0 {
                let failure = Errno.current
                if failure.code == EINTR { continue }
                throw .cannot("read", path: path, failure)
            }
            if count == 0 { return bytes }
            bytes += chunk[..<count]
            if bytes.count >= 16, !SocketHistory.isHistory(bytes[...]) { return nil }
        }
    }

    /// Writes all bytes.
    ///
    /// The corresponding C function is `write`.
    func write(_ bytes: [UInt8]) throws(StateFileError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            // No more than the bytes that are left is read.
            let count = unsafe rest.withUnsafeBytes {
                unsafe Glibc.write(number, $0.baseAddress, $0.count)
            }
            if count < 0 {
                let failure = Errno.current
                if failure.code == EINTR { continue }
                throw .cannot("write", path: path, failure)
            }
            rest = rest.dropFirst(count)
        }
    }

    /// Brings what was written to the disk.
    ///
    /// The corresponding C function is `fsync`.
    func sync() throws(StateFileError) {
        guard fsync(number) == 0 else { throw .cannot("write", path: path, .current) }
    }
}
