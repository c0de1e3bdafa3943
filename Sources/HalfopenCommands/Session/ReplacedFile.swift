import Glibc
import LinuxSystem

/// A file that is replaced as a whole: whoever reads it finds the old one or the new one.
struct ReplacedFile {
    /// What went wrong.
    struct Failure: Error {
        let path: String
        let errno: Errno

        var message: String {
            "cannot write '\(path)': \(errno); name a file in a folder that can be written"
        }
    }

    /// Where it is.
    let path: String

    /// Writes the file beside the old one, and gives it the old one's name.
    ///
    /// It need not outlive a crash of the machine, and is not brought to the disk. The corresponding
    /// C functions are `open`, `write` and `rename`.
    func write(_ bytes: [UInt8]) throws(Failure) {
        let newPath = path + ".new"
        // Of a run that was interrupted.
        _ = unsafe unlink(newPath)
        let flags = O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW
        // Whoever collects it runs as another user.
        let descriptor = unsafe open(newPath, flags, 0o644)
        guard descriptor >= 0 else { throw failure(.current) }
        let writing = StandardStreams.write(bytes.span, to: descriptor)
        let closing = close(descriptor) == 0 ? nil : Errno.current
        var problem = writing ?? closing
        if problem == nil, unsafe rename(newPath, path) != 0 { problem = .current }
        guard let problem else { return }
        // A full disk is not helped by half a file.
        _ = unsafe unlink(newPath)
        throw failure(problem)
    }

    private func failure(_ errno: Errno) -> Failure { Failure(path: path, errno: errno) }
}
