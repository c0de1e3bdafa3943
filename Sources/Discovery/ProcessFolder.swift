import CLinux
import Glibc
import LinuxSystem

/// The folder of a process, `/proc/PID`, proc(5).
///
/// It stays that of this process: when the process has ended and its number was given to another,
/// everything in it is gone (`ESRCH`).
struct ProcessFolder: ~Copyable {
    private let folder: FileDescriptor

    /// Opens the folder of a process.
    init(_ pid: Int32) throws(Errno) {
        folder = try FileDescriptor(opening: "/proc/\(pid)", O_RDONLY | O_DIRECTORY)
    }

    /// The bytes of a file of the folder, at most so many.
    func read(_ name: String, atMost limit: Int = 1 << 20) throws(Errno) -> [UInt8] {
        try FileDescriptor(opening: name, in: folder, O_RDONLY | O_NONBLOCK).readAll(atMost: limit)
    }

    /// What a symbolic link of the folder says.
    ///
    /// The corresponding C function is `readlinkat`.
    func link(_ name: String) throws(Errno) -> String {
        var text = [CChar](repeating: 0, count: Int(PATH_MAX))
        // No more is written than the array holds.
        let count = unsafe readlinkat(folder.number, name, &text, text.count)
        guard count >= 0 else { throw .current }
        return String(decoding: text[..<count].map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    /// The inode of what a path of the folder leads to.
    func inode(_ name: String) throws(Errno) -> UInt64 {
        try FileStatus(of: name, in: folder.number).inode
    }

    /// The bytes of a regular file of the root folder of the process.
    ///
    /// The root is another's: no symbolic link in it leads out of it (openat2(2),
    /// `RESOLVE_IN_ROOT`, since Linux 5.6), and nothing but a regular file is opened: to open a device
    /// may do what it is there for.
    func readInRoot(_ path: String, atMost limit: Int) throws(Errno) -> [UInt8] {
        let root = try FileDescriptor(opening: "root", in: folder, O_RDONLY | O_DIRECTORY)
        let number = unsafe halfopen_find_in_root(root.number, path)
        guard number >= 0 else { throw .current }
        let place = FileDescriptor(owning: number)
        guard try place.status().kind == .regular else { throw Errno(code: EINVAL) }
        return try FileDescriptor(opening: "/proc/self/fd/\(number)", O_RDONLY | O_NONBLOCK)
            .readAll(atMost: limit)
    }

    /// The numbers that the entries of a folder of the process have for names, such as `fd`.
    func numbers(in name: String) throws(Errno) -> [Int32] {
        try FileDescriptor(opening: name, in: folder, O_RDONLY | O_DIRECTORY).entries()
            .compactMap { Int32($0) }
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
    try FileDescriptor(opening: "/proc", O_RDONLY | O_DIRECTORY).entries()
        .compactMap { Int32($0) }.sorted()
}
