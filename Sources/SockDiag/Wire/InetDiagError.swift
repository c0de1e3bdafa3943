/// Why the description of a socket could not be decoded.
package enum InetDiagError: Error, Hashable, Sendable {
    /// The message is shorter than `struct inet_diag_msg`.
    case messageTooShort(bytes: Int)
    /// `idiag_family` is neither `AF_INET` nor `AF_INET6`.
    case unknownFamily(UInt8)
    /// The attribute at this offset is shorter than its header or ends beyond the message.
    case attributeOverrun(offset: Int)
    /// The message has no `INET_DIAG_INFO` attribute.
    case missingTCPInfo
    /// `INET_DIAG_INFO` ends before the times that every verdict needs.
    case tcpInfoTooShort(bytes: Int)
}

extension InetDiagError: CustomStringConvertible {
    /// What is wrong with the message, as a clause.
    package var description: String {
        switch self {
        case .messageTooShort(let bytes): "it has only \(bytes) bytes"
        case .unknownFamily(let family): "its address family \(family) is not IPv4 or IPv6"
        case .attributeOverrun(let offset): "its attribute at byte \(offset) has a wrong length"
        case .missingTCPInfo: "it has no tcp_info"
        case .tcpInfoTooShort(let bytes): "its tcp_info has only \(bytes) bytes"
        }
    }
}
