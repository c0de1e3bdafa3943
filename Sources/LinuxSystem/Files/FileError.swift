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
