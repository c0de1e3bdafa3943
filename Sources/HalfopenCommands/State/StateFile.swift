import Glibc
import LinuxSystem
import Model

/// The file of `--state`: read at the beginning of a run, replaced as a whole at its end.
///
/// The companion locks and opens it, and gives it other names; the program reads and writes it.
///
/// Between the two it is locked by `FILE.lock`, a file of its own because the state file is another
/// one after each run. Readers need no lock.
struct StateFile: ~Copyable {
    /// What the file held.
    enum Contents: Sendable {
        /// There is no file.
        case absent
        /// A history.
        case history(SocketHistory)
        /// Something else.
        case unusable(HistoryFault)
    }

    private let path: String
    private let lock: FileDescriptor

    /// Longer than any history: what is longer is none, and is not read.
    private static let longest = 1 << 30

    /// Locks a state file, which need not exist.
    ///
    /// The corresponding C function is `flock`; the kernel unlocks when the process ends, however
    /// it ends.
    ///
    /// - Parameters:
    ///   - path: The state file.
    ///   - patience: How often it is tried, a tenth of a second apart.
    init(locking path: String, patience: Int = 100) throws(StateFileError) {
        let kind = try? FileStatus(of: path, followsLinks: false).kind
        if let kind, kind != .regular { throw .file(.notRegular(path: path)) }
        let lockPath = path + ".lock"
        let lock: FileDescriptor
        do throws(Errno) {
            lock = try FileDescriptor(opening: lockPath, O_RDWR | O_CREAT | O_NOFOLLOW)
        } catch {
            throw .file(.cannot("open", path: lockPath, error))
        }
        let owner: UInt32?
        do throws(Errno) { owner = try lock.makePrivate() } catch {
            throw .file(.cannot("open", path: lockPath, error))
        }
        // Whoever can open it can hold it.
        if let owner { throw .lockIsForeign(path: path, owner: owner) }
        guard try Self.take(lock, of: lockPath, patience: patience) else {
            throw .locked(path: path, holder: lock.lockHolder())
        }
        self.path = path
        self.lock = lock
    }

    private static func take(
        _ lock: borrowing FileDescriptor,
        of lockPath: String,
        patience: Int
    ) throws(StateFileError) -> Bool {
        for attempt in 0...patience {
            do throws(Errno) {
                if try lock.lock() { return true }
            } catch {
                throw .file(.cannot("lock", path: lockPath, error))
            }
            if attempt < patience { usleep(100_000) }
        }
        return false
    }

    /// Opens a state file for reading; `nil` where there is none.
    ///
    /// - Throws: ``StateFileError`` where it exists and cannot be read.
    static func open(_ path: String) throws(StateFileError) -> FileDescriptor? {
        do throws(Errno) {
            // Never waits: the user may name a FIFO. A link is refused, because it is not replaced.
            let flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW
            let file = try FileDescriptor(opening: path, flags)
            if try file.status().kind == .regular { return file }
        } catch {
            if error.code == ENOENT { return nil }
            if error.code != ELOOP { throw .file(.cannot("read", path: path, error)) }
        }
        throw .file(.notRegular(path: path))
    }

    /// What an open file holds.
    static func contents(
        of file: borrowing FileDescriptor,
        path: String
    ) throws(StateFileError) -> Contents {
        do throws(Errno) { return try contents(of: file) } catch {
            throw .file(.cannot("read", path: path, error))
        }
    }

    private static func contents(of file: borrowing FileDescriptor) throws(Errno) -> Contents {
        let status = try file.status()
        // The beginning shows that it is no history, however large it is.
        let beginning = try file.words(first: min(16, status.size))
        if !beginning.isEmpty, !SocketHistory.isHistory(beginning) { return .unusable(.foreign) }
        if status.size > longest { return .unusable(.damaged) }
        let words = try file.words(first: status.size)
        do throws(HistoryFault) {
            return .history(try SocketHistory(words: words))
        } catch {
            return .unusable(error)
        }
    }

    /// Gives a file that is no history of this version another name, such as `FILE.damaged`.
    ///
    /// - Returns: The new name, which no other file had.
    borrowing func setAside(_ fault: HistoryFault) throws(StateFileError) -> String {
        for number in 1...99 {
            let name = "\(path).\(fault)" + (number == 1 ? "" : ".\(number)")
            // Unlike rename(2), link(2) never displaces a file.
            if unsafe link(path, name) == 0 {
                guard unsafe unlink(path) == 0 else {
                    throw .file(.cannot("rename", path: path, .current))
                }
                return name
            }
            let failure = Errno.current
            if failure.code != EEXIST {
                throw .file(.cannot("rename", path: path, failure))
            }
        }
        throw .file(.cannot("rename", path: path, Errno(code: EEXIST)))
    }

    /// What the file must be like.
    static let manner = FileReplacement.Manner(mode: 0o600, isDurable: true)
}

extension FileDescriptor {
    /// The first bytes of the file as words, of which the last is filled up with zeros.
    fileprivate func words(first count: Int) throws(Errno) -> [UInt64] {
        try rewind()
        var words = [UInt64](repeating: 0, count: (count + 7) / 8)
        _ = try fill(&words)
        return words
    }
}
