import CLinux
import Model

/// What the kernel finds a socket by.
struct SocketName: Hashable, Sendable {
    var family: AddressFamily
    var local: Endpoint
    var peer: Endpoint
    /// The interface that it is bound to, or 0.
    var interface: UInt32
    var cookie: UInt64

    /// The name of a socket as the kernel described it.
    init(_ socket: TCPSocket) {
        family = socket.family
        local = socket.local
        peer = socket.peer
        interface = socket.interface
        cookie = socket.cookie
    }

    /// The name of a socket of which only the key was kept.
    ///
    /// To the kernel, IPv4-mapped addresses of an IPv6 socket are the IPv4 addresses
    /// (inet_diag_find_one_icsk). A socket that is bound to an interface is not found without it.
    init(_ key: SocketKey) {
        family = key.peer.address.isIPv4 ? .ipv4 : .ipv6
        local = key.local
        peer = key.peer
        interface = 0
        cookie = key.cookie
    }
}

/// A request about one socket, which the kernel finds by its name.
///
/// Where the addresses fit no connection, the kernel tries the listener on the local port; the
/// cookie tells it from the socket that is meant (inet_diag_find_one_icsk, net/ipv4/inet_diag.c).
enum SocketRequest: Hashable, Sendable, CaseIterable {
    /// Describe the socket, with its `tcp_info`: `SOCK_DIAG_BY_FAMILY` without `NLM_F_DUMP`.
    case lookUp
    /// Close the socket at once, as an error of its connection: `SOCK_DESTROY`.
    case destroy

    /// The `nlmsg_type` of the request.
    var messageType: UInt16 {
        UInt16(self == .lookUp ? SOCK_DIAG_BY_FAMILY : SOCK_DESTROY)
    }

    /// The payload of the request's message: `struct inet_diag_req_v2`.
    ///
    /// - Returns: The bytes of the structure.
    func payload(for socket: SocketName) -> [UInt8] {
        var request = inet_diag_req_v2()
        request.sdiag_family = UInt8(socket.family.diagNumber)
        request.sdiag_protocol = UInt8(HALFOPEN_IPPROTO_TCP)
        if self == .lookUp { request.idiag_ext = UInt8(1 << (INET_DIAG_INFO - 1)) }
        request.id = inet_diag_sockid(of: socket)
        return bytes(of: request)
    }
}

extension inet_diag_sockid {
    fileprivate init(of socket: SocketName) {
        self.init()
        idiag_sport = socket.local.port.bigEndian
        idiag_dport = socket.peer.port.bigEndian
        idiag_src = socket.family.words(socket.local.address)
        idiag_dst = socket.family.words(socket.peer.address)
        idiag_if = socket.interface
        // All ones would mean any socket (INET_DIAG_NOCOOKIE); zero is no socket's.
        let cookie = socket.cookie == .max ? 0 : socket.cookie
        idiag_cookie = (UInt32(truncatingIfNeeded: cookie), UInt32(cookie >> 32))
    }
}

extension AddressFamily {
    fileprivate var diagNumber: Int {
        switch self {
        case .ipv4: HALFOPEN_AF_INET
        case .ipv6: HALFOPEN_AF_INET6
        }
    }

    /// The words of `struct inet_diag_sockid` for an address of a socket of this family.
    fileprivate func words(_ address: IPAddress) -> (UInt32, UInt32, UInt32, UInt32) {
        switch self {
        case .ipv4: (UInt32(truncatingIfNeeded: address.low).bigEndian, 0, 0, 0)
        case .ipv6:
            (
                UInt32(address.high >> 32).bigEndian,
                UInt32(truncatingIfNeeded: address.high).bigEndian,
                UInt32(address.low >> 32).bigEndian,
                UInt32(truncatingIfNeeded: address.low).bigEndian
            )
        }
    }
}
