import Glibc

/// Why a file could not be replaced or locked; whoever asked for it says what to do.
package enum FileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// A step failed: its verb, the file and why.
    case cannot(String, path: String, Errno)
    /// There is a folder, a device, a FIFO, a socket or a symbolic link, which is never replaced.
    case notRegular(path: String)
    /// The process that has the privileges for it has ended.
    case unattended(path: String)

    /// Operation, object and cause.
    package var description: String {
        switch self {
        case .cannot(let step, let path, let errno): "cannot \(step) '\(path)': \(errno)"
        case .notRegular(let path): "cannot replace '\(path)': it is not a regular file"
        case .unattended(let path):
            "cannot replace '\(path)': the process with the privileges for it has ended"
        }
    }
}

extension FileError {
    /// What to do about a file that could not be made or written.
    ///
    /// - Parameters:
    ///   - option: The option that names it.
    ///   - alternative: What else than a file the option takes, after a comma.
    package func remedy(_ option: String, or alternative: String = "") -> String {
        var code: Int32?
        if case .cannot(_, _, let errno) = self { code = errno.code }
        return switch code {
        case ENOSPC, EDQUOT:
            "free space on its file system, or name another file\(alternative) (\(option))"
        case EFBIG: "raise the limit of the size of files (ulimit -f)"
        default: "name a file in a writable directory\(alternative) (\(option))"
        }
    }
}
