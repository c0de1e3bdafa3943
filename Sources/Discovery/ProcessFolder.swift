import CLinux
import Glibc
import LinuxSystem

/// The folder of a process, `/proc/PID`, proc(5).
///
/// It stays that of this process: when the process has ended and its number was given to another,
/// everything in it is gone (`ESRCH`).
struct ProcessFolder: ~Copyable {
    private let descriptor: Int32

    /// Opens the folder of a process.
    ///
    /// The corresponding C function is `open`.
    init(_ pid: Int32) throws(Errno) {
        descriptor = unsafe open("/proc/\(pid)", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .current }
    }

    deinit {
        _ = close(descriptor)
    }

    /// The bytes of a file of the folder, at most so many.
    func read(_ name: String, atMost limit: Int = 1 << 20) throws(Errno) -> [UInt8] {
        let file = unsafe openat(descriptor, name, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard file >= 0 else { throw .current }
        defer { _ = close(file) }
        return try readAll(file, atMost: limit)
    }

    /// What a symbolic link of the folder says.
    ///
    /// The corresponding C function is `readlinkat`.
    func link(_ name: String) throws(Errno) -> String {
        var text = [CChar](repeating: 0, count: Int(PATH_MAX))
        // No more is written than the array holds.
        let count = unsafe readlinkat(descriptor, name, &text, text.count)
        guard count >= 0 else { throw .current }
        return String(decoding: text[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// The inode of what a path of the folder leads to.
    ///
    /// The corresponding C function is `fstatat`.
    func inode(_ name: String) throws(Errno) -> UInt64 {
        var status = stat()
        guard unsafe fstatat(descriptor, name, &status, 0) == 0 else { throw .current }
        return UInt64(status.st_ino)
    }

    /// The bytes of a regular file of the root folder of the process.
    ///
    /// The root is another's: no symbolic link in it leads out of it (openat2(2),
    /// `RESOLVE_IN_ROOT`, since Linux 5.6), and nothing but a regular file is read.
    func readInRoot(_ path: String, atMost limit: Int) throws(Errno) -> [UInt8] {
        let root = unsafe openat(descriptor, "root", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard root >= 0 else { throw .current }
        defer { _ = close(root) }
        let file = unsafe halfopen_open_in_root(root, path)
        guard file >= 0 else { throw .current }
        defer { _ = close(file) }
        var status = stat()
        guard unsafe fstat(file, &status) == 0 else { throw .current }
        guard status.st_mode & S_IFMT == S_IFREG else { throw Errno(code: EINVAL) }
        return try readAll(file, atMost: limit)
    }

    /// The numbers that the entries of a folder of the process have for names, such as `fd`.
    func numbers(in name: String) throws(Errno) -> [Int32] {
        try numbersOfEntries(
            in: unsafe openat(descriptor, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        )
    }

    /// The words of the command line, the program's name first; none of one that has ended.
    func arguments() throws(Errno) -> [String] {
        words(of: try read("cmdline", atMost: 4096))
    }
}

/// The words of `/proc/PID/cmdline`, each of which ends with a zero byte.
func words(of commandLine: [UInt8]) -> [String] {
    var parts = commandLine.split(separator: 0, omittingEmptySubsequences: false)
    if parts.last?.isEmpty == true { parts.removeLast() }
    return parts.map { String(decoding: $0, as: UTF8.self) }
}

/// The numbers of all processes that `/proc` shows, upwards.
func listProcesses() throws(Errno) -> [Int32] {
    try numbersOfEntries(in: unsafe open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC)).sorted()
}

/// The numbers among the names of a folder, whose descriptor is closed; a negative one is an error
/// to throw.
///
/// The corresponding C functions are `fdopendir` and `readdir`.
private func numbersOfEntries(in folder: Int32) throws(Errno) -> [Int32] {
    guard folder >= 0 else { throw .current }
    guard let stream = unsafe fdopendir(folder) else {
        let failure = Errno.current
        _ = close(folder)
        throw failure
    }
    defer { _ = unsafe closedir(stream) }
    var numbers: [Int32] = []
    while true {
        errno = 0
        guard let entry = unsafe readdir(stream) else {
            let failure = Errno.current
            guard failure.code == 0 else { throw failure }
            return numbers
        }
        // A name ends with a zero byte within the entry, which stands until the next is read.
        let name = unsafe withUnsafePointer(to: &entry.pointee.d_name) {
            unsafe String(cString: UnsafeRawPointer($0).assumingMemoryBound(to: CChar.self))
        }
        if let number = Int32(name) { numbers.append(number) }
    }
}

private func readAll(_ file: Int32, atMost limit: Int) throws(Errno) -> [UInt8] {
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: min(limit, 16_384))
    while bytes.count < limit {
        // No more is written than the array holds.
        let count = unsafe buffer.withUnsafeMutableBytes {
            unsafe Glibc.read(file, $0.baseAddress, $0.count)
        }
        if count == 0 { break }
        if count < 0 {
            let failure = Errno.current
            if failure.code == EINTR { continue }
            throw failure
        }
        bytes += buffer[..<count]
    }
    return bytes.count > limit ? Array(bytes[..<limit]) : bytes
}
