import CLinux
import Glibc

/// A file that takes the place of another as a whole: whoever reads it finds the old one or the new.
///
/// It is written under a name of its own beside the old one, which nobody can guess and no second
/// program uses, and is removed unless it gets the old one's name.
package struct FileReplacement: ~Copyable {
    /// What a file must be like.
    package struct Manner: Sendable {
        /// The permissions, less the umask.
        package var mode: UInt32
        /// Whether it must outlive a crash of the machine: then it is brought to the disk.
        package var isDurable: Bool

        /// A manner of the given properties.
        package init(mode: UInt32, isDurable: Bool) {
            self.mode = mode
            self.isDurable = isDurable
        }
    }

    /// A step of replacing a file; a crash before or after any leaves the old file or the new.
    package enum Step: CaseIterable, Sendable {
        /// Makes the new file, beside the old one.
        case create
        /// Writes it.
        case write
        /// Brings it to the disk: a rename may get there before what the file holds.
        case sync
        /// Gives it the old one's name.
        case rename
        /// Brings the name to the disk.
        case syncFolder
    }

    private let path: String
    private let manner: Manner
    private let new: NewFile
    private var hasOldName = false

    /// Makes the new file.
    ///
    /// The corresponding C functions are `lstat` and `open`.
    ///
    /// - Throws: ``FileError``, also where what is there is no regular file.
    package init(of path: String, _ manner: Manner) throws(FileError) {
        try Self.check(path)
        // Of programs that were killed while they wrote.
        Self.removeLeftovers(of: path)
        let new = try NewFile(beside: path, mode: manner.mode)
        // Ended by a signal, the program runs no deinit.
        unsafe halfopen_take_along(new.path)
        self.path = path
        self.manner = manner
        self.new = new
    }

    deinit {
        // Half a file is no evidence, and a full disk is not helped by one.
        if !hasOldName { _ = unsafe unlink(new.path) }
        halfopen_take_along(nil)
    }

    /// The new file, for another process that writes it.
    package var descriptor: Int32 { new.file.number }

    /// Writes the bytes of all numbers, after those that were written before.
    package func write<Number: FixedWidthInteger & BitwiseCopyable>(
        _ numbers: Span<Number>
    ) throws(FileError) {
        do throws(Errno) {
            try new.file.write(numbers)
        } catch {
            throw .cannot("write", path: path, error)
        }
    }

    /// Gives the file the name of the one it replaces.
    ///
    /// The corresponding C functions are `fsync` and `rename`.
    ///
    /// - Parameter before: Called before each step; what it throws ends the work there.
    package consuming func finish(
        before: (Step) throws(FileError) -> Void = { _ in }
    ) throws(FileError) {
        try before(.sync)
        if manner.isDurable {
            // Some file systems find no room before this.
            do throws(Errno) { try new.file.sync() } catch {
                throw .cannot("write", path: path, error)
            }
        }
        try before(.rename)
        // It may have become something else since: a capture takes its time.
        try Self.check(path)
        guard unsafe rename(new.path, path) == 0 else {
            throw .cannot("replace", path: path, .current)
        }
        hasOldName = true
        try before(.syncFolder)
        if manner.isDurable {
            let folder = Self.split(path).folder
            do throws(Errno) {
                try FileDescriptor(opening: folder, O_RDONLY | O_DIRECTORY).sync()
            } catch {
                throw .cannot("write", path: folder, error)
            }
        }
    }

    /// Replaces a file by the bytes of these numbers.
    package static func replace<Number: FixedWidthInteger & BitwiseCopyable>(
        _ path: String,
        with numbers: Span<Number>,
        _ manner: Manner,
        before: (Step) throws(FileError) -> Void = { _ in }
    ) throws(FileError) {
        try before(.create)
        let new = try FileReplacement(of: path, manner)
        try before(.write)
        try new.write(numbers)
        try new.finish(before: before)
    }

    /// Makes sure that what is there may be replaced: a symbolic link may be `/dev/stdout`, which
    /// leads to a regular file where output is redirected.
    private static func check(_ path: String) throws(FileError) {
        // What keeps it from being looked at keeps it from being made, too.
        guard let kind = try? FileStatus(of: path, followsLinks: false).kind else { return }
        if kind != .regular { throw .notRegular(path: path) }
    }

    private static func split(_ path: String) -> (folder: String, name: String) {
        guard let slash = path.lastIndex(of: "/") else { return (".", path) }
        return (String(path[...slash]), String(path[path.index(after: slash)...]))
    }

    /// Removes files that nobody writes any more.
    private static func removeLeftovers(of path: String) {
        let (folder, name) = split(path)
        guard let open = try? FileDescriptor(opening: folder, O_RDONLY | O_DIRECTORY),
            let entries = try? open.entries()
        else { return }
        for entry in entries where entry.hasPrefix(name + NewFile.suffix) {
            let digits = entry.dropFirst(name.count + NewFile.suffix.count)
            guard digits.utf8.count == 16, digits.allSatisfy(\.isHexDigit) else { continue }
            let leftover = folder + "/" + entry
            let flags = O_WRONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY
            guard let file = try? FileDescriptor(opening: leftover, flags),
                (try? file.status().kind) == .regular, (try? file.lock()) == true
            else { continue }
            _ = unsafe unlink(leftover)
        }
    }
}

/// A file of a name that nobody can guess; it is locked as long as somebody writes it.
private struct NewFile: ~Copyable {
    /// What follows the old file's name, before sixteen digits.
    static let suffix = ".new."

    let path: String
    let file: FileDescriptor

    init(beside oldPath: String, mode: UInt32) throws(FileError) {
        for _ in 0..<8 {
            let digits = String(UInt64.random(in: .min ... .max), radix: 16)
            let name = Self.suffix + String(repeating: "0", count: 16 - digits.count) + digits
            do throws(Errno) {
                let made = try FileDescriptor(
                    opening: oldPath + name,
                    O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW,
                    mode: mode
                )
                // Without locks on this file system nothing is removed as left over either.
                _ = try? made.lock()
                let links: UInt64
                do throws(Errno) { links = try made.status().links } catch {
                    _ = unsafe unlink(oldPath + name)
                    throw error
                }
                // Another program may have taken it for that, before it was locked.
                if links == 0 { continue }
                path = oldPath + name
                file = made
                return
            } catch {
                if error.code != EEXIST { throw .cannot("create", path: oldPath, error) }
            }
        }
        throw .cannot("create", path: oldPath, Errno(code: EEXIST))
    }
}
