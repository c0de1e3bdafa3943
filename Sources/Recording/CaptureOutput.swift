import Glibc
import LinuxSystem

/// A file that is written beside the one it replaces, which it does whole or not at all.
package final class CaptureOutput {
    private let path: String
    private let newPath: String
    private let descriptor: Int32
    private var isReplaced = false

    /// Makes the new file.
    ///
    /// The corresponding C functions are `lstat` and `open`.
    ///
    /// - Parameter path: The file that will be replaced, if there is one.
    /// - Throws: ``CaptureFileError`` when it cannot be, as far as that can be told.
    package init(replacing path: String) throws(CaptureFileError) {
        var status = stat()
        if unsafe lstat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG {
            throw .notAFile(path: path)
        }
        self.path = path
        // Two at once are apart; of an earlier process of this number it is left behind.
        newPath = "\(path).new.\(getpid())"
        _ = unsafe unlink(newPath)
        descriptor = unsafe open(newPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw .cannot("create", path: newPath, .current) }
    }

    deinit {
        close(descriptor)
        // Half a file is no evidence.
        if !isReplaced { _ = unsafe unlink(newPath) }
    }

    /// Writes all bytes.
    ///
    /// The corresponding C function is `write`.
    package func write(_ bytes: [UInt8]) throws(CaptureFileError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            // No more than the bytes that are left is read.
            let count = unsafe rest.withUnsafeBytes {
                unsafe Glibc.write(descriptor, $0.baseAddress, $0.count)
            }
            let failure = Errno.current
            if count >= 0 {
                rest = rest.dropFirst(count)
            } else if failure.code != EINTR {
                throw .cannot("write", path: newPath, failure)
            }
        }
    }

    /// Brings the file to the disk, and gives it the name of the one it replaces.
    ///
    /// The corresponding C functions are `fsync` and `rename`.
    package func replace() throws(CaptureFileError) {
        guard fsync(descriptor) == 0 else { throw .cannot("write", path: newPath, .current) }
        guard unsafe rename(newPath, path) == 0 else {
            throw .cannot("replace", path: path, .current)
        }
        isReplaced = true
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        let handle = unsafe open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard handle >= 0 else { throw .cannot("open", path: folder, .current) }
        defer { close(handle) }
        guard fsync(handle) == 0 else { throw .cannot("write", path: folder, .current) }
    }
}
