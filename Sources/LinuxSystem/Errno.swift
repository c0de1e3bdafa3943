import CLinux
import Glibc

/// An error number of the system, errno(3).
package struct Errno: Error, Hashable, Sendable, CustomStringConvertible {
    /// The number as the kernel gives it, positive.
    package let code: Int32

    /// The error of the given number.
    package init(code: Int32) {
        self.code = code
    }

    /// The calling thread's `errno`; it means something only in the statement after the call that
    /// failed.
    package static var current: Errno { Errno(code: errno) }

    /// The symbolic name such as `ENOENT`; `errno 4711` for a number without one.
    ///
    /// The corresponding C function is `strerrorname_np`.
    package var name: String {
        // A string that lives as long as the program.
        unsafe halfopen_errno_name(code).map { unsafe String(cString: $0) } ?? "errno \(code)"
    }

    /// The meaning in English whatever the locale, such as `No such file or directory`.
    ///
    /// The corresponding C function is `strerrordesc_np`.
    package var text: String {
        // A string that lives as long as the program.
        unsafe halfopen_errno_text(code).map { unsafe String(cString: $0) } ?? "unknown error"
    }

    /// Name and meaning as messages give them: `ENOENT (No such file or directory)`.
    package var description: String { "\(name) (\(text))" }
}
