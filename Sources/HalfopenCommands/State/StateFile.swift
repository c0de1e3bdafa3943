import Glibc
import LinuxSystem
import Model

/// The file of `--state`: read at the beginning of a run, replaced as a whole at its end.
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
        guard try Self.isOwnAlone(lock, of: lockPath) else { throw .foreignLock(path: path) }
        guard try Self.take(lock, of: lockPath, patience: patience) else {
            throw .locked(path: path)
        }
        self.path = path
        self.lock = lock
    }

    /// Whether a lock is this user's; then nobody else can open it from now on, and so hold it.
    ///
    /// The corresponding C function is `fchmod`.
    private static func isOwnAlone(
        _ lock: borrowing FileDescriptor,
        of lockPath: String
    ) throws(StateFileError) -> Bool {
        do throws(Errno) {
            let status = try lock.status()
            guard status.owner == geteuid() else { return false }
            if status.permissions & 0o077 != 0, fchmod(lock.number, 0o600) != 0 { throw .current }
            return true
        } catch {
            throw .file(.cannot("lock", path: lockPath, error))
        }
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

    /// Reads a state file.
    ///
    /// - Throws: ``StateFileError`` where it exists and cannot be read.
    static func read(_ path: String) throws(StateFileError) -> Contents {
        let contents: Contents?
        do throws(Errno) {
            // Never waits: the user may name a FIFO. A link is refused, because it is not replaced.
            let flags = O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW
            let file = try FileDescriptor(opening: path, flags)
            contents = try Self.contents(of: file)
        } catch {
            if error.code == ENOENT { return .absent }
            if error.code == ELOOP { throw .file(.notRegular(path: path)) }
            throw .file(.cannot("read", path: path, error))
        }
        guard let contents else { throw .file(.notRegular(path: path)) }
        return contents
    }

    /// What an open file holds; `nil` if it is no regular file.
    private static func contents(of file: borrowing FileDescriptor) throws(Errno) -> Contents? {
        let status = try file.status()
        guard status.kind == .regular else { return nil }
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

    /// Replaces the file as a whole.
    ///
    /// - Parameters:
    ///   - history: What it will hold.
    ///   - before: Called before each step; what it throws ends the work there, as a crash would.
    borrowing func write(
        _ history: SocketHistory,
        before: (FileReplacement.Step) throws(FileError) -> Void = { _ in }
    ) throws(StateFileError) {
        let words = history.words
        let manner = FileReplacement.Manner(mode: 0o600, isDurable: true)
        do throws(FileError) {
            try FileReplacement.replace(path, with: words.span, manner, before: before)
        } catch {
            throw .file(error)
        }
    }
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
