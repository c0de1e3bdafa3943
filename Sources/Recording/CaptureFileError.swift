import Glibc
import LinuxSystem

/// Why a capture could not be read or written.
package enum CaptureFileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The system would not open or read it.
    case unreadable(path: String, Errno)
    /// What it holds cannot be read on.
    case unusable(path: String, CaptureError)
    /// `ss` does not say when it dumped, nor does a pipe.
    case timeless(path: String)
    /// A step of writing it failed.
    case cannot(String, path: String, Errno)
    /// There is a directory, a device or a pipe, which is never replaced.
    case notAFile(path: String)

    /// Operation, object, cause and what to do.
    package var description: String {
        switch self {
        case .unreadable(let path, let errno):
            "cannot read capture '\(path)': \(errno); \(Self.readingAdvice(errno))"
        case .unusable(let path, let error): "cannot read capture '\(path)': \(error)"
        case .timeless(let path):
            "cannot tell when ss wrote '\(path)', which is no file: say it with --dumped-at TIME"
        case .cannot(let step, let path, let errno):
            "cannot \(step) '\(path)': \(errno); name a file in a folder that can be written, or -"
                + " for standard output (--output-file)"
        case .notAFile(let path):
            "cannot replace '\(path)': it is no regular file; name another, or - for standard"
                + " output (--output-file)"
        }
    }

    private static func readingAdvice(_ errno: Errno) -> String {
        switch errno.code {
        case ENOENT, ENOTDIR: "check the path"
        case EACCES, EPERM: "check who may read the file and its directories"
        case EISDIR: "name a file in it"
        case EBADF: "standard input is closed: redirect it from a file or a pipe"
        default: "check the file and the disk it is on"
        }
    }
}
