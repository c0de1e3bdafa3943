// A release build finds the kinds of sockets in the module whose header it read first.
import CLinux
import Glibc
import Model

/// An endpoint as the system's calls take it, ip(7) and ipv6(7).
struct SocketAddress {
    private var storage = sockaddr_storage()
    private var length = socklen_t(MemoryLayout<sockaddr_storage>.size)

    /// The family of sockets that have such addresses.
    var family: Int32 { Int32(storage.ss_family) }

    /// The address of an endpoint.
    init(_ endpoint: Endpoint) {
        let port = endpoint.port.bigEndian
        let address = endpoint.address
        // Either struct is shorter than the storage.
        unsafe withUnsafeMutableBytes(of: &storage) { bytes in
            if address.isIPv4 {
                var inet = sockaddr_in()
                inet.sin_family = sa_family_t(AF_INET)
                inet.sin_port = port
                inet.sin_addr.s_addr = UInt32(truncatingIfNeeded: address.low).bigEndian
                unsafe bytes.storeBytes(of: inet, as: sockaddr_in.self)
            } else {
                var inet = sockaddr_in6()
                inet.sin6_family = sa_family_t(AF_INET6)
                inet.sin6_port = port
                unsafe withUnsafeMutableBytes(of: &inet.sin6_addr) {
                    unsafe $0.storeBytes(of: address.high.bigEndian, as: UInt64.self)
                    unsafe $0.storeBytes(
                        of: address.low.bigEndian,
                        toByteOffset: 8,
                        as: UInt64.self
                    )
                }
                unsafe bytes.storeBytes(of: inet, as: sockaddr_in6.self)
            }
        }
        length = socklen_t(
            address.isIPv4 ? MemoryLayout<sockaddr_in>.size : MemoryLayout<sockaddr_in6>.size
        )
    }

    /// Calls a function with the address and its length; the pointer is good as long as it runs.
    mutating func withPointer<Value>(
        _ body: (UnsafeMutablePointer<sockaddr>, inout socklen_t) -> Value
    ) -> Value {
        unsafe withUnsafeMutablePointer(to: &storage) { storage in
            unsafe storage.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe body($0, &length)
            }
        }
    }

    /// The port in host byte order.
    var port: UInt16 {
        // Both structs have it behind the family.
        unsafe withUnsafeBytes(of: storage) {
            UInt16(bigEndian: unsafe $0.load(fromByteOffset: 2, as: UInt16.self))
        }
    }
}

extension FileDescriptor {
    /// Begins a TCP connection, in the network namespace of the calling thread, and waits for nothing.
    ///
    /// The corresponding C functions are `socket` and `connect`. The descriptor does not block and has
    /// no patience.
    package init(connectingTo endpoint: Endpoint) throws(Errno) {
        var address = SocketAddress(endpoint)
        let socket = try Self.streamSocket(address.family)
        // No more is read than the length says.
        let result = unsafe address.withPointer { address, length in
            unsafe connect(socket.number, address, length)
        }
        let failure = Errno.current
        guard result == 0 || failure.code == EINPROGRESS else { throw failure }
        self = socket
    }

    /// Listens for TCP connections; accepting one waits for nothing.
    ///
    /// The corresponding C functions are `socket`, `bind` and `listen`.
    package init(listeningOn endpoint: Endpoint) throws(Errno) {
        var address = SocketAddress(endpoint)
        let socket = try Self.streamSocket(address.family)
        var isOn: Int32 = 1
        let size = socklen_t(MemoryLayout<Int32>.size)
        // The address of a server that has just ended can be used again. The variable is read.
        _ = unsafe setsockopt(socket.number, SOL_SOCKET, SO_REUSEADDR, &isOn, size)
        // No more is read than the length says.
        let result = unsafe address.withPointer { address, length in
            unsafe bind(socket.number, address, length)
        }
        guard result == 0 else { throw .current }
        guard listen(socket.number, 16) == 0 else { throw .current }
        self = socket
    }

    /// The port of a TCP socket, in host byte order.
    ///
    /// The corresponding C function is `getsockname`.
    package func localPort() throws(Errno) -> UInt16 {
        var address = SocketAddress(Endpoint(address: IPAddress(ipv4: 0), port: 0))
        let number = number
        // No more is written than the length says.
        let result = unsafe address.withPointer { address, length in
            length = socklen_t(MemoryLayout<sockaddr_storage>.size)
            return unsafe getsockname(number, address, &length)
        }
        guard result == 0 else { throw .current }
        return address.port
    }

    private static func streamSocket(_ family: Int32) throws(Errno) -> FileDescriptor {
        let kind = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
        let number = socket(family, Int32(kind), 0)
        guard number >= 0 else { throw .current }
        return FileDescriptor(owning: number, patience: 0)
    }
}
