import LinuxSystem

/// Why the state file could not be used.
package enum StateFileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// An operation on it or on one of the files beside it failed.
    case file(FileError)
    /// A process held the lock for as long as this one waited, where it is known which one.
    case locked(path: String, holder: Int32?)
    /// The lock is another user's, who could hold it forever.
    case lockIsForeign(path: String, owner: UInt32)

    /// Operation, object, errno and what to do.
    package var description: String {
        switch self {
        case .file(.notRegular(let path)):
            "cannot keep history in '\(path)': it is not a regular file; name another (--state)"
        case .file(.unattended(let path)):
            "\(FileError.unattended(path: path)); history is not saved; run again"
        case .file(let error):
            "\(error); history is not saved; \(error.remedy("--state"))"
        case .locked(let path, let holder):
            "cannot lock state file '\(path)': "
                + (holder.map { "process \($0) holds its lock" } ?? "another run is using it")
                + ", so this run is not saved in the history; do not run two at once"
        case .lockIsForeign(let path, let owner):
            "cannot lock state file '\(path)': '\(path).lock' belongs to user \(owner), who could hold"
                + " it forever; remove it; this run is not saved in the history"
        }
    }
}
