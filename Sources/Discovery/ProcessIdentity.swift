import Glibc
import LinuxSystem

/// What tells a process from all others of this boot: numbers are given to new processes again.
package struct ProcessIdentity: Hashable, Sendable {
    /// Its number in the reader's PID namespace.
    package let pid: Int32
    /// When it started, in clock ticks since boot.
    package let startTicks: UInt64

    /// The process that has a number now.
    ///
    /// Reads field 22 of `/proc/PID/stat`, proc_pid_stat(5).
    ///
    /// - Throws: `ENOENT` or `ESRCH` where no process has it.
    package init(_ pid: Int32) throws(Errno) {
        self.pid = pid
        startTicks = try ProcessFolder(pid).startTicks()
    }
}

/// The numbers of a process's `stat` file from the third field on.
///
/// The second, the name in parentheses, may hold anything.
func statFields(of bytes: [UInt8]) -> [Substring] {
    let text = String(decoding: bytes, as: UTF8.self)
    guard let end = text.lastIndex(of: ")") else { return [] }
    return text[text.index(after: end)...].split(whereSeparator: \.isWhitespace)
}

extension ProcessFolder {
    /// When the process started, in clock ticks since boot.
    func startTicks() throws(Errno) -> UInt64 {
        let fields = statFields(of: try read("stat", atMost: 4096))
        guard fields.count > 19, let ticks = UInt64(fields[19]) else {
            throw Errno(code: EPROTO)
        }
        return ticks
    }
}
