import LinuxSystem

/// Why the state file could not be used.
package enum StateFileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// An operation on it or on one of the files beside it failed.
    case cannot(String, path: String, Errno)
    /// It is a directory, a device or a pipe, which is never replaced.
    case notAFile(path: String)
    /// Another run held the lock for as long as this one waited.
    case locked(path: String)

    /// Operation, object, errno and what to do.
    package var description: String {
        switch self {
        case .cannot(let operation, let path, let errno):
            "cannot \(operation) '\(path)': \(errno); history is not kept: name a file in a"
                + " folder that can be written (--state)"
        case .notAFile(let path):
            "cannot keep history in '\(path)': it is no regular file; name another (--state)"
        case .locked(let path):
            "cannot lock state file '\(path)': another run uses it; what this one saw is not"
                + " remembered: let runs follow each other"
        }
    }
}
