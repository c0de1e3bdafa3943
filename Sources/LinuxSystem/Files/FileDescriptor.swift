import CLinux
import Glibc

/// An open file, folder, pipe or socket; it is closed at the end of its life.
///
/// Every call is made again after a signal (`EINTR`), and where a descriptor that does not block has
/// nothing to give or no room (`EAGAIN`), it is waited for.
package struct FileDescriptor: ~Copyable, Sendable {
    /// The number that the kernel knows it by.
    package let number: Int32
    private let isOwned: Bool
    /// How long to wait for the other end, in milliseconds; -1 is forever.
    private let patience: Int32

    /// Opens a file, which no program that is run inherits.
    ///
    /// The corresponding C function is `open`.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - flags: Of open(2); `O_CLOEXEC` is added.
    ///   - mode: The permissions of a file that is made, less the umask.
    package init(
        opening path: String,
        _ flags: Int32 = O_RDONLY,
        mode: UInt32 = 0o600
    ) throws(Errno) {
        self.init(owning: try Self.retried { unsafe open(path, flags | O_CLOEXEC, mode) })
    }

    /// Opens a file by its path from an open folder.
    ///
    /// The corresponding C function is `openat`.
    package init(
        opening path: String,
        in folder: borrowing FileDescriptor,
        _ flags: Int32 = O_RDONLY
    ) throws(Errno) {
        let folder = folder.number
        self.init(owning: try Self.retried { unsafe openat(folder, path, flags | O_CLOEXEC) })
    }

    /// Takes over a descriptor that is open.
    ///
    /// - Parameters:
    ///   - number: The descriptor, closed at the end of this value's life.
    ///   - patience: How long to wait for the other end of a descriptor that does not block, in
    ///     milliseconds; forever where it is -1.
    package init(owning number: Int32, patience: Int32 = -1) {
        self.number = number
        self.patience = patience
        isOwned = true
    }

    /// Uses a descriptor that is somebody else's, such as a standard stream, and leaves it open.
    package init(lending number: Int32) {
        self.number = number
        patience = -1
        isOwned = false
    }

    deinit {
        // What must not be lost was synced before.
        if isOwned { _ = close(number) }
    }

    /// Hands the descriptor over to somebody who will close it.
    package consuming func release() -> Int32 {
        let number = number
        discard self
        return number
    }

    // MARK: Reading and writing

    /// Reads what is there, at most as much as the buffer holds; 0 at the end.
    ///
    /// The corresponding C function is `read`.
    package func read(into buffer: inout [UInt8]) throws(Errno) -> Int {
        while true {
            // At most the size of the buffer is written.
            let count = unsafe buffer.withUnsafeMutableBytes {
                unsafe Glibc.read(number, $0.baseAddress, $0.count)
            }
            if count >= 0 { return count }
            try mend(.current, waitingFor: POLLIN)
        }
    }

    /// Reads until the numbers are full or the end is there.
    ///
    /// The corresponding C function is `read`.
    ///
    /// - Returns: How many bytes were read.
    package func fill<Number: FixedWidthInteger & BitwiseCopyable>(_ numbers: inout [Number])
        throws(Errno) -> Int
    {
        var filled = 0
        while filled < numbers.count * MemoryLayout<Number>.stride {
            // At most what is left is written, and any bytes are a number.
            let count = unsafe numbers.withUnsafeMutableBytes {
                unsafe Glibc.read(
                    number,
                    $0.baseAddress?.advanced(by: filled),
                    $0.count - filled
                )
            }
            if count == 0 { break }
            if count > 0 { filled += count } else { try mend(.current, waitingFor: POLLIN) }
        }
        return filled
    }

    /// Reads to the end, or so many bytes.
    package func readAll(atMost limit: Int) throws(Errno) -> [UInt8] {
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: min(limit, 16_384))
        while bytes.count < limit {
            let count = try read(into: &chunk)
            if count == 0 { break }
            bytes += chunk[..<min(count, limit - bytes.count)]
        }
        return bytes
    }

    /// Writes the bytes of all numbers.
    ///
    /// The corresponding C function is `write`.
    package func write<Number: FixedWidthInteger & BitwiseCopyable>(
        _ numbers: Span<Number>
    ) throws(Errno) {
        // Integers have no padding bytes.
        let bytes = unsafe numbers.bytes
        var offset = 0
        while offset < bytes.byteCount {
            // No more is read than the bytes that are left.
            let count = unsafe bytes.extracting(droppingFirst: offset).withUnsafeBytes {
                unsafe Glibc.write(number, $0.baseAddress, $0.count)
            }
            if count >= 0 { offset += count } else { try mend(.current, waitingFor: POLLOUT) }
        }
    }

    /// Writes a text over what a regular file holds; lines without anything take the place of the rest.
    ///
    /// It is one call, so that whoever reads the file finds the old text or the new.
    ///
    /// The corresponding C function is `pwrite`.
    package func overwrite(_ text: [UInt8]) throws(Errno) {
        let (blank, status) = (UInt8(ascii: "\n"), try status())
        // What has no name any more is not the file that others read.
        if status.links == 0 { throw Errno(code: ENOENT) }
        let rest = [UInt8](repeating: blank, count: max(0, status.size - text.count))
        let count = unsafe (text + rest).withUnsafeBytes {
            // No more is read than there is.
            unsafe pwrite(number, $0.baseAddress, $0.count, 0)
        }
        if count < 0 { throw .current }
        if count < text.count { throw Errno(code: EIO) }
    }

    /// Waits until there is something to read, room to write, or the other end is gone.
    ///
    /// The corresponding C function is `poll`.
    ///
    /// - Parameters:
    ///   - event: `POLLIN` or `POLLOUT`.
    ///   - milliseconds: At most how long; -1 is forever.
    /// - Returns: Whether it came in time.
    package func wait(for event: Int32, milliseconds: Int32) throws(Errno) -> Bool {
        let number = number
        return try Self.retried {
            var request = pollfd(fd: number, events: Int16(event), revents: 0)
            return unsafe poll(&request, 1, milliseconds)
        } > 0
    }

    /// Does what lets a failed call succeed when it is made again; else throws its error, which is
    /// `EAGAIN` where patience ended.
    private func mend(_ failure: Errno, waitingFor event: Int32) throws(Errno) {
        if failure.code == EINTR { return }
        guard failure.code == EAGAIN, try wait(for: event, milliseconds: patience) else {
            throw failure
        }
    }

    /// The result of a call that was made again while signals interrupted it.
    private static func retried(_ call: () -> Int32) throws(Errno) -> Int32 {
        while true {
            let result = call()
            let failure = Errno.current
            if result >= 0 { return result }
            if failure.code != EINTR { throw failure }
        }
    }

    // MARK: The file

    /// What the file is now.
    package func status() throws(Errno) -> FileStatus { try FileStatus(of: self) }

    /// Goes back to the beginning of a regular file.
    ///
    /// The corresponding C function is `lseek`.
    package func rewind() throws(Errno) {
        guard lseek(number, 0, SEEK_SET) == 0 else { throw .current }
    }

    /// Brings what was written to the disk.
    ///
    /// The corresponding C function is `fsync`.
    package func sync() throws(Errno) {
        let number = number
        _ = try Self.retried { fsync(number) }
    }

    /// Locks the file unless somebody else has; the kernel unlocks it when it is closed.
    ///
    /// The corresponding C function is `flock`.
    ///
    /// - Returns: Whether it is locked now.
    package func lock() throws(Errno) -> Bool {
        let number = number
        do throws(Errno) {
            _ = try Self.retried { flock(number, LOCK_EX | LOCK_NB) }
            return true
        } catch {
            guard error.code == EWOULDBLOCK else { throw error }
            return false
        }
    }

    /// Makes the file its owner's alone, if this process's user is that.
    ///
    /// The corresponding C functions are `fstat` and `fchmod`.
    ///
    /// - Returns: The owner, if that is another user.
    package func makePrivate() throws(Errno) -> UInt32? {
        var status = stat()
        guard unsafe fstat(number, &status) == 0 else { throw .current }
        if status.st_uid != geteuid() { return status.st_uid }
        if status.st_mode & 0o077 != 0, fchmod(number, 0o600) != 0 { throw .current }
        return nil
    }

    /// The process that holds the file's lock; `nil` where none does, or where it cannot be seen.
    ///
    /// Reads `/proc/locks`, proc_locks(5).
    package func lockHolder() -> Int32? {
        var status = stat()
        guard unsafe fstat(number, &status) == 0,
            let bytes = try? FileDescriptor(opening: "/proc/locks").readAll(atMost: 1 << 20)
        else { return nil }
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            // 1: FLOCK  ADVISORY  WRITE 4312 fd:01:1313 0 EOF
            let fields = line.split(separator: " ")
            if fields.count > 5, fields[1] == "FLOCK", let pid = Int32(fields[4]), pid > 0,
                fields[5].split(separator: ":").last == "\(status.st_ino)"
            {
                return pid
            }
        }
        return nil
    }

    /// The names in a folder, in no order.
    ///
    /// The corresponding C functions are `fdopendir` and `readdir`.
    package consuming func entries() throws(Errno) -> [String] {
        guard let stream = unsafe fdopendir(number) else {
            let failure = Errno.current
            _ = consume self
            throw failure
        }
        // The stream closes the descriptor.
        discard self
        defer { _ = unsafe closedir(stream) }
        var names: [String] = []
        while true {
            errno = 0
            guard let entry = unsafe readdir(stream) else {
                let failure = Errno.current
                guard failure.code == 0 else { throw failure }
                return names
            }
            // A name ends with a zero byte within the entry, which stands until the next is read.
            let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
                unsafe String(cString: UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self))
            }
            if name != ".", name != ".." { names.append(name) }
        }
    }
}

/// What a small file of the kernel holds, to the first blank; `nil` where it cannot be read.
package func firstWord(ofFile path: String) -> String? {
    guard
        let bytes = try? FileDescriptor(opening: path).readAll(atMost: 128), !bytes.isEmpty
    else { return nil }
    return String(decoding: bytes.prefix { $0 > 32 }, as: UTF8.self)
}

/// What a file of `/proc/sys/kernel` holds, to the first blank; `nil` where it cannot be read.
package func kernelFact(_ name: String) -> String? {
    firstWord(ofFile: "/proc/sys/kernel/\(name)")
}

/// Closes every descriptor of this process but one, for a copy that must hold nothing of the other.
///
/// The corresponding C function is `close_range`.
package func closeDescriptors(but descriptor: Int32) { halfopen_close_others(descriptor) }
