import LinuxSystem

/// Why the state file could not be used.
enum StateFileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// An operation on it or on one of the files beside it failed.
    case file(FileError)
    /// Another run held the lock for as long as this one waited.
    case locked(path: String)
    /// The lock is another user's, who could hold it for as long as he likes.
    case foreignLock(path: String)

    /// Operation, object, errno and what to do.
    var description: String {
        switch self {
        case .file(.notRegular(let path)):
            "cannot keep history in '\(path)': it is not a regular file; name another (--state)"
        case .file(let error):
            "\(error); history is not saved; name a file in a writable directory (--state)"
        case .locked(let path):
            "cannot lock state file '\(path)': another run is using it, so this run is not saved"
                + " in the history; do not run two at once"
        case .foreignLock(let path):
            "cannot lock state file '\(path)': '\(path).lock' belongs to another user, so this run is"
                + " not saved in the history; remove it, or name a file in a directory of this user"
        }
    }
}
