import CLinux
import Glibc
import LinuxSystem
import Reporting

/// The program's own streams: where results and messages go.
enum StandardStreams {
    /// A result that could not be delivered.
    struct WriteError: Error, CustomStringConvertible {
        let errno: Errno

        var description: String { message }

        var message: String {
            "cannot write standard output: \(errno); "
                + (errno.code == EBADF
                    ? "it is closed: redirect it to a file or a pipe"
                    : "the output is incomplete: free disk space or redirect it elsewhere")
        }
    }

    /// Makes closed streams fail when they are used, and a closed pipe or a limit of the size of files
    /// an error of the call.
    ///
    /// A closed descriptor would be given to the next file that is opened, and the report or a
    /// message be written into that.
    static func prepare() {
        _ = signal(SIGPIPE, SIG_IGN)
        // As an error of the call, it leaves no half of a file.
        _ = signal(SIGXFSZ, SIG_IGN)
        for descriptor in STDIN_FILENO...STDERR_FILENO where fcntl(descriptor, F_GETFD) < 0 {
            // The lowest free descriptor is this one; opened the wrong way round, it only fails.
            _ = unsafe open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY)
        }
    }

    /// Writes the whole text to standard output; a closed pipe is not an error.
    static func writeResult(_ bytes: [UInt8]) throws(WriteError) {
        _ = try isRead(writing: bytes)
    }

    /// Writes the whole text to standard output; whether anybody reads it.
    static func isRead(writing bytes: [UInt8]) throws(WriteError) -> Bool {
        do throws(Errno) {
            try FileDescriptor(lending: STDOUT_FILENO).write(bytes.span)
            return true
        } catch {
            if error.code != EPIPE { throw WriteError(errno: error) }
            return false
        }
    }

    /// Writes a message to standard error, a line; where that fails there is nobody to tell.
    static func say(_ message: String) { say(safe: message.terminalSafe) }

    /// The same with a message in which nothing is left to escape.
    static func say(safe message: String) {
        let line = Array("halfopen: \(message)\n".utf8)
        try? FileDescriptor(lending: STDERR_FILENO).write(line.span)
    }

    /// Whether a stream is a terminal.
    static func isTerminal(_ descriptor: Int32) -> Bool { isatty(descriptor) == 1 }

    /// Whether standard output is a terminal whose user did not ask for plain text (no-color.org).
    static var wantsColor: Bool {
        guard isTerminal(STDOUT_FILENO) else { return false }
        return unsafe getenv("NO_COLOR").map { unsafe $0.pointee == 0 } ?? true
    }

    /// The columns of the terminal that standard output is, else what `COLUMNS` says; `nil` where
    /// neither is known.
    ///
    /// A container's output goes to a log, and is read on a terminal elsewhere.
    static var outputWidth: Int? {
        let columns = Int(halfopen_terminal_columns(STDOUT_FILENO))
        if columns > 0 { return columns }
        // A string of the C library, which is copied at once.
        let said = unsafe getenv("COLUMNS").map { unsafe String(cString: $0) }
        return said.flatMap { Int($0) }.flatMap { $0 > 0 ? $0 : nil }
    }
}
