// A release build finds the kinds of sockets in the module whose header it read first.
import CLinux
import Glibc
import LinuxSystem
import Model

/// Who started the program and wants to know how it is: systemd, by the protocol of sd_notify(3).
///
/// The connection is made while the program may still reach its socket.
final class ServiceManager {
    /// How long it waits for a sign of life, half of it: how often to give one.
    let watchdogInterval: TimeSpan?
    private var socket: FileDescriptor?
    private var fault = Errno(code: ENOTCONN)

    /// The one that the environment names; `nil` where the program runs by itself.
    init?() {
        guard let path = Self.variable("NOTIFY_SOCKET"), !path.isEmpty else { return nil }
        let isMeant = Self.variable("WATCHDOG_PID").map { $0 == String(getpid()) } ?? true
        let limit = Self.variable("WATCHDOG_USEC").flatMap { Int64($0) } ?? 0
        watchdogInterval =
            isMeant && limit > 0 ? TimeSpan(milliseconds: max(1, limit / 2000)) : nil
        do throws(Errno) { socket = try Self.connect(path) } catch { fault = error }
    }

    /// Tells it something: assignments, a line each.
    ///
    /// Where its queue is full, nothing is waited for.
    ///
    /// The corresponding C function is `send`.
    func tell(_ assignments: [String]) throws(Errno) {
        guard let number = socket?.number else { throw fault }
        let message = Array(assignments.joined(separator: "\n").utf8)
        // The array outlives the call, which only reads it.
        let count = unsafe message.withUnsafeBytes {
            unsafe send(number, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL | MSG_DONTWAIT))
        }
        guard count == message.count else { throw .current }
    }

    /// The corresponding C functions are `socket` and `connect`.
    private static func connect(_ path: String) throws(Errno) -> FileDescriptor {
        let kind = Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue)
        let number = Glibc.socket(AF_UNIX, kind, 0)
        guard number >= 0 else { throw .current }
        let descriptor = FileDescriptor(owning: number)
        var (address, length) = try address(of: path)
        // The address is read for its length, which is at most its size.
        let result = unsafe withUnsafePointer(to: &address) { address in
            unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe Glibc.connect(number, $0, length)
            }
        }
        guard result == 0 else { throw .current }
        return descriptor
    }

    /// The socket's address, unix(7): a path, or an abstract name where it starts with `@`.
    private static func address(of path: String) throws(Errno) -> (sockaddr_un, socklen_t) {
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        var name = Array(path.utf8)
        guard name.first == UInt8(ascii: "/") || name.first == UInt8(ascii: "@") else {
            throw Errno(code: EAFNOSUPPORT)
        }
        if name.first == UInt8(ascii: "@") { name[0] = 0 }
        let capacity = MemoryLayout.size(ofValue: address.sun_path)
        guard name.count < capacity else { throw Errno(code: ENAMETOOLONG) }
        // Shorter than the array, which is all zeros: a path ends with one.
        unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: name) }
        let offset = MemoryLayout<sockaddr_un>.offset(of: \.sun_path) ?? 0
        return (address, socklen_t(offset + name.count + (name[0] == 0 ? 0 : 1)))
    }

    private static func variable(_ name: String) -> String? {
        // Copied at once: nobody changes the environment meanwhile.
        unsafe getenv(name).map { unsafe String(cString: $0) }
    }
}
