import CLinux

/// A request for the ESTABLISHED TCP sockets of one remote port, with their `tcp_info`.
///
/// The filters on state and port work in every kernel that has sock_diag, and need no bytecode
/// (net/ipv4/inet_diag.c).
package enum DumpRequest: Hashable, Sendable, CaseIterable {
    /// Both families in one pass over the kernel's table: `TCPDIAG_GETSOCK`, `struct inet_diag_req`.
    ///
    /// The older of the two interfaces; the kernel takes it to mean `AF_UNSPEC`, which the newer
    /// refuses.
    case everyFamily
    /// `AF_INET`: `SOCK_DIAG_BY_FAMILY`, `struct inet_diag_req_v2`.
    case ipv4
    /// `AF_INET6`, IPv4-mapped sockets included: `SOCK_DIAG_BY_FAMILY`, `struct inet_diag_req_v2`.
    case ipv6

    /// The `nlmsg_type` of the request, and of the replies to it.
    package var messageType: UInt16 {
        self == .everyFamily ? UInt16(TCPDIAG_GETSOCK) : UInt16(SOCK_DIAG_BY_FAMILY)
    }

    /// The payload of the request's message.
    ///
    /// - Parameter port: The remote port in host byte order.
    /// - Returns: The bytes of the request's structure.
    package func payload(remotePort port: UInt16) -> [UInt8] {
        let extensions = UInt8(1 << (INET_DIAG_INFO - 1))
        let states = UInt32(1) << UInt32(halfopen_tcp_established)
        var id = inet_diag_sockid()
        id.idiag_dport = port.bigEndian
        if self == .everyFamily {
            var request = inet_diag_req()
            request.idiag_ext = extensions
            request.idiag_states = states
            request.id = id
            return bytes(of: request)
        }
        var request = inet_diag_req_v2()
        request.sdiag_family = UInt8(self == .ipv4 ? HALFOPEN_AF_INET : HALFOPEN_AF_INET6)
        request.sdiag_protocol = UInt8(HALFOPEN_IPPROTO_TCP)
        request.idiag_ext = extensions
        request.idiag_states = states
        request.id = id
        return bytes(of: request)
    }
}

/// The memory of a C structure that has no padding.
func bytes<Structure: BitwiseCopyable>(of structure: Structure) -> [UInt8] {
    // The pointer is valid for the closure, and every byte of the structure is initialised.
    unsafe withUnsafeBytes(of: structure) { unsafe [UInt8]($0) }
}
