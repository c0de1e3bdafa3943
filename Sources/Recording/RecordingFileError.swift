import LinuxSystem

/// Why a capture could not be read or written.
package enum RecordingFileError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The system would not open or read it.
    case unreadable(path: String, Errno)
    /// Nothing is writing to the FIFO, and nothing began to within so many seconds.
    case noWriter(path: String, waitedSeconds: Int)
    /// Whoever writes it has written nothing for so many seconds.
    case silent(path: String, waitedSeconds: Int)
    /// What it holds cannot be read on.
    case unusable(path: String, RecordingError)
    /// `ss` does not say when it dumped, nor does a pipe.
    case timeless(path: String)
    /// It could not be written.
    case file(FileError)

    /// Operation, object, cause and what to do.
    package var description: String {
        switch self {
        case .unreadable(let path, let errno):
            "cannot read capture '\(path)': \(errno); \(errno.readingAdvice)"
        case .noWriter(let path, let seconds):
            "cannot read capture '\(path)': it is a FIFO, and no process has opened it for"
                + " writing in \(seconds) s; start the writing command first, or give a file"
        case .silent(let path, let seconds):
            "cannot read capture '\(path)': its writer has written nothing for \(seconds) s; check the"
                + " writing command"
        case .unusable(let path, let error): "cannot read capture '\(path)': \(error)"
        case .timeless(let path):
            "the time of the ss dump '\(path)' is unknown because it is not a file; give it with"
                + " --dumped-at TIME"
        case .file(.notRegular(let path)):
            "cannot replace '\(path)': it is not a regular file; name another, or - for standard"
                + " output (--output-file)"
        case .file(.unattended(let path)): "\(FileError.unattended(path: path)); run again"
        case .file(let error):
            "\(error); "
                + error.remedy("--output-file", or: ", or - for standard output")
        }
    }
}
