import CLinux
import Glibc

/// How the program ends where it cannot go on, such as without memory: by its contract, and not by
/// a signal.
package enum LastWords {
    /// Sets what a fault of the program writes, and how it ends then.
    ///
    /// Handlers of sigaction(2) do that, which take no memory.
    ///
    /// - Parameters:
    ///   - text: What is written, at most 512 bytes of it.
    ///   - descriptor: Where.
    ///   - status: The exit status.
    package static func set(_ text: String, to descriptor: Int32, status: Int32) {
        // The text ends with a zero byte, and is copied before the call returns.
        unsafe text.withCString {
            unsafe halfopen_set_last_words($0, text.utf8.count, descriptor, status)
        }
    }
}
