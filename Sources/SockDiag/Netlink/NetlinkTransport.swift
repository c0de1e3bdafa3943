import CLinux
import CMnl
import Glibc
import LinuxSystem
import Model

/// Why a message could not be sent or received.
package enum TransportError: Error, Hashable, Sendable {
    /// The system's error.
    case system(Errno)
    /// A recording does not continue like the exchange.
    case endOfReplay
}

/// A bound netlink socket, as far as a dump needs one; captures and the tests have others.
package protocol NetlinkTransport: ~Copyable {
    /// The address that the kernel gave this socket.
    var portID: UInt32 { get }

    /// Sends one message to the kernel.
    mutating func send(_ message: [UInt8]) throws(TransportError)

    /// Receives one datagram; `EAGAIN` when none comes within the time limit.
    mutating func receive(into buffer: inout [UInt32]) throws(TransportError) -> NetlinkDatagram

    /// A moment after the latest reception: now, by the clock, unless it was another time.
    func receptionTime(_ clock: () -> WallTime) -> WallTime
}

extension NetlinkTransport where Self: ~Copyable {
    package func receptionTime(_ clock: () -> WallTime) -> WallTime { clock() }
}

/// What is known of a datagram beside its bytes.
package struct NetlinkDatagram {
    /// Its length, which is more than the buffer's if it was cut.
    package var byteCount: Int
    /// The netlink port of the sender; 0 is the kernel.
    package var sender: UInt32

    /// A datagram of so many bytes from a port.
    package init(byteCount: Int, sender: UInt32) {
        self.byteCount = byteCount
        self.sender = sender
    }
}

/// A socket of `NETLINK_SOCK_DIAG`, sock_diag(7), in the network namespace it was opened in.
///
/// Safe: the pointer is used by no copy, and freed once.
@safe
package struct SockDiagTransport: NetlinkTransport, ~Copyable {
    /// How long to wait for a message of a dump, which the kernel writes without waiting.
    static let receiveTimeoutSeconds = 10

    private let socket: OpaquePointer
    package let portID: UInt32

    /// Opens a socket in the calling thread's network namespace.
    ///
    /// The corresponding C functions are `mnl_socket_open2` and `mnl_socket_bind`.
    init() throws(Errno) {
        guard let opened = unsafe mnl_socket_open2(NETLINK_SOCK_DIAG, Int32(SOCK_CLOEXEC.rawValue))
        else { throw .current }
        var timeout = timeval(tv_sec: Self.receiveTimeoutSeconds, tv_usec: 0)
        guard
            unsafe mnl_socket_bind(opened, 0, MNL_SOCKET_AUTOPID) == 0,
            unsafe setsockopt(
                mnl_socket_get_fd(opened),
                SOL_SOCKET,
                SO_RCVTIMEO,
                &timeout,
                socklen_t(MemoryLayout<timeval>.size)
            ) == 0
        else {
            let failure = Errno.current
            _ = unsafe mnl_socket_close(opened)
            throw failure
        }
        unsafe socket = opened
        portID = unsafe mnl_socket_get_portid(opened)
    }

    /// Takes over a socket that another process has opened so.
    ///
    /// The corresponding C function is `mnl_socket_fdopen`.
    init(adopting descriptor: consuming FileDescriptor) throws(Errno) {
        let number = descriptor.release()
        guard let opened = unsafe mnl_socket_fdopen(number) else {
            let failure = Errno.current
            _ = close(number)
            throw failure
        }
        unsafe socket = opened
        portID = unsafe mnl_socket_get_portid(opened)
    }

    deinit {
        _ = unsafe mnl_socket_close(socket)
    }

    /// The number of its descriptor.
    var descriptor: Int32 { unsafe mnl_socket_get_fd(socket) }

    package mutating func send(_ message: [UInt8]) throws(TransportError) {
        // The array outlives the call, which only reads it.
        guard unsafe mnl_socket_sendto(socket, message, message.count) >= 0 else {
            throw .system(.current)
        }
    }

    /// Receives with `recvfrom`, since `mnl_socket_recvfrom` does not tell the sender.
    package mutating func receive(into buffer: inout [UInt32]) throws(TransportError)
        -> NetlinkDatagram
    {
        var sender = sockaddr_nl()
        let count = unsafe buffer.withUnsafeMutableBytes { bytes in
            unsafe withUnsafeMutablePointer(to: &sender) { sender in
                var length = socklen_t(MemoryLayout<sockaddr_nl>.size)
                // sockaddr_nl is the sockaddr of this family, and `length` its size.
                return unsafe sender.withMemoryRebound(to: sockaddr.self, capacity: 1) { sender in
                    unsafe recvfrom(
                        mnl_socket_get_fd(socket),
                        bytes.baseAddress,
                        bytes.count,
                        Int32(MSG_TRUNC),
                        sender,
                        &length
                    )
                }
            }
        }
        guard count >= 0 else { throw .system(.current) }
        return NetlinkDatagram(byteCount: count, sender: sender.nl_pid)
    }
}
