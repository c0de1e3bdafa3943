import Glibc
import Model

/// What stat(2) says of a file: another file, or another content of the same, has another status.
package struct FileStatus: Hashable, Sendable {
    /// What can be done with a file.
    package enum Kind: Hashable, Sendable {
        /// It has a content, and can be replaced.
        case regular
        /// It holds other files.
        case folder
        /// A pipe with a name, or without one.
        case fifo
        /// A symbolic link, of which it was asked where it leads to.
        case symbolicLink
        /// A device or a socket.
        case other
    }

    /// What it is.
    package let kind: Kind
    /// The number of the file system that it is on.
    package let device: UInt64
    /// Its number there.
    package let inode: UInt64
    /// How many names it has.
    package let links: UInt64
    /// The user it belongs to.
    package let owner: UInt32
    /// Who may do what with it: the lower twelve bits of its mode.
    package let permissions: UInt32
    /// Its length in bytes.
    package let size: Int
    private let modifiedSeconds: Int
    private let modifiedNanoseconds: Int

    /// When a regular file was last modified; `nil` for anything else.
    package var modified: WallTime? {
        kind == .regular
            ? WallTime(fileTime: modifiedSeconds, nanoseconds: modifiedNanoseconds) : nil
    }

    /// The status of an open file.
    ///
    /// The corresponding C function is `fstat`.
    init(of file: borrowing FileDescriptor) throws(Errno) {
        var status = stat()
        guard unsafe fstat(file.number, &status) == 0 else { throw .current }
        self.init(status)
    }

    /// The status of a file.
    ///
    /// The corresponding C function is `fstatat`.
    ///
    /// - Parameters:
    ///   - path: The file.
    ///   - folder: Where a relative path begins; `nil` is the current folder.
    ///   - followsLinks: Whether of a symbolic link the file it leads to is meant.
    package init(
        of path: String,
        in folder: Int32? = nil,
        followsLinks: Bool = true
    ) throws(Errno) {
        var status = stat()
        let flags = followsLinks ? 0 : AT_SYMLINK_NOFOLLOW
        guard unsafe fstatat(folder ?? AT_FDCWD, path, &status, flags) == 0 else { throw .current }
        self.init(status)
    }

    private init(_ status: stat) {
        kind =
            switch status.st_mode & S_IFMT {
            case S_IFREG: .regular
            case S_IFDIR: .folder
            case S_IFIFO: .fifo
            case S_IFLNK: .symbolicLink
            default: .other
            }
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        links = UInt64(status.st_nlink)
        owner = status.st_uid
        permissions = status.st_mode & 0o7777
        size = Int(status.st_size)
        modifiedSeconds = status.st_mtim.tv_sec
        modifiedNanoseconds = status.st_mtim.tv_nsec
    }
}
