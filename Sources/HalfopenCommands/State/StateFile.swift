import Glibc
import LinuxSystem
import Model

/// The file of `--state`: read at the beginning of a run, replaced as a whole at its end.
///
/// Between the two it is locked by `FILE.lock`, a file of its own because the state file is another
/// one after each run. Readers need no lock.
package struct StateFile: ~Copyable {
    /// A step of replacing the file; a crash before or after any leaves the old file or the new.
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

    /// What the file held.
    package enum Contents: Sendable {
        /// There is no file.
        case absent
        /// A history.
        case history(SocketHistory)
        /// Something else.
        case unusable(HistoryFault)
    }

    private let path: String
    private let lock: Descriptor

    /// Locks a state file, which need not exist.
    ///
    /// The corresponding C function is `flock`; the kernel unlocks when the process ends, however
    /// it ends.
    ///
    /// - Parameters:
    ///   - path: The state file.
    ///   - patience: How often it is tried, a tenth of a second apart.
    package init(locking path: String, patience: Int = 100) throws(StateFileError) {
        let lock = try Descriptor(opening: path + ".lock", O_RDWR | O_CREAT | O_NOFOLLOW)
        guard try lock.lock(patience: patience) else { throw .locked(path: path) }
        self.path = path
        self.lock = lock
    }

    /// Reads a state file.
    ///
    /// - Throws: ``StateFileError`` where what it holds, if it is there, cannot be told.
    package static func read(_ path: String) throws(StateFileError) -> Contents {
        guard unsafe access(path, F_OK) == 0 || Errno.current.code != ENOENT else { return .absent }
        // Never waits: the user may name a FIFO.
        let file = try Descriptor(opening: path, O_RDONLY | O_NONBLOCK | O_NOCTTY)
        guard file.isRegular else { throw .notAFile(path: path) }
        guard let words = try file.readHistory() else { return .unusable(.foreign) }
        do throws(HistoryFault) {
            return .history(try SocketHistory(words: words))
        } catch {
            return .unusable(error)
        }
    }

    /// Gives a file that is no history of this version another name, such as `FILE.damaged`.
    ///
    /// - Returns: The new name, which no other file had.
    package borrowing func setAside(_ fault: HistoryFault) throws(StateFileError) -> String {
        for number in 1...99 {
            let name = "\(path).\(fault)" + (number == 1 ? "" : ".\(number)")
            // Unlike rename(2), link(2) never displaces a file.
            if unsafe link(path, name) == 0 {
                guard unsafe unlink(path) == 0 else {
                    throw .cannot("rename", path: path, .current)
                }
                return name
            }
            let failure = Errno.current
            if failure.code != EEXIST { throw .cannot("rename", path: path, failure) }
        }
        throw .cannot("rename", path: path, Errno(code: EEXIST))
    }

    /// Replaces the file as a whole.
    ///
    /// The corresponding C functions are `open`, `write`, `fsync` and `rename`.
    ///
    /// - Parameters:
    ///   - history: What it will hold.
    ///   - before: Called before each step; what it throws ends the work there, as a crash would.
    package borrowing func write(
        _ history: SocketHistory,
        before: (Step) throws(StateFileError) -> Void = { _ in }
    ) throws(StateFileError) {
        let newPath = path + ".new"
        try before(.create)
        // Of a run that was interrupted; under the lock it is nobody's.
        _ = unsafe unlink(newPath)
        let file = try Descriptor(opening: newPath, O_WRONLY | O_CREAT | O_EXCL)
        try before(.write)
        try orRemove(newPath) { () throws(StateFileError) in try file.write(history.words) }
        try before(.sync)
        // Some file systems find no room before this.
        try orRemove(newPath) { () throws(StateFileError) in try file.sync() }
        try before(.rename)
        guard unsafe rename(newPath, path) == 0 else {
            throw .cannot("replace", path: path, .current)
        }
        try before(.syncFolder)
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        let handle = try Descriptor(opening: folder, O_RDONLY | O_DIRECTORY)
        try handle.sync()
    }

    /// Does a step; where it fails, a full disk is not helped by half a file.
    private func orRemove(
        _ path: String,
        _ step: () throws(StateFileError) -> Void
    ) throws(StateFileError) {
        do throws(StateFileError) {
            try step()
        } catch {
            _ = unsafe unlink(path)
            throw error
        }
    }
}
