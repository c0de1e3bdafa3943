import CLinux
import Model

extension TCPSocket {
    /// Whether a reply describes an ESTABLISHED socket of the remote port that was asked for.
    ///
    /// A kernel that walks its table without a lock may send a socket that has changed since it was
    /// chosen, or may not have filtered at all.
    ///
    /// - Parameters:
    ///   - message: The bytes after the netlink header: `struct inet_diag_msg` and its attributes.
    ///   - port: The remote port in host byte order.
    /// - Throws: ``InetDiagError/messageTooShort(bytes:)``.
    package static func isEstablished(
        diagMessage message: RawSpan,
        remotePort port: UInt16
    ) throws(InetDiagError) -> Bool {
        let header = try inet_diag_msg(startOf: message)
        return Int32(header.idiag_state) == halfopen_tcp_established
            && UInt16(bigEndian: header.id.idiag_dport) == port
    }

    /// Decodes the payload of a reply: `struct inet_diag_msg` and its attributes.
    ///
    /// - Parameter message: The bytes after the netlink header.
    /// - Throws: ``InetDiagError`` when the message cannot be read to its `tcp_info`.
    package init(diagMessage message: RawSpan) throws(InetDiagError) {
        let header = try inet_diag_msg(startOf: message)
        let family = try AddressFamily(diagFamily: header.idiag_family)
        self.init(
            family: family,
            local: Endpoint(
                address: family.address(header.id.idiag_src),
                port: UInt16(bigEndian: header.id.idiag_sport)
            ),
            peer: Endpoint(
                address: family.address(header.id.idiag_dst),
                port: UInt16(bigEndian: header.id.idiag_dport)
            ),
            interface: header.id.idiag_if,
            cookie: UInt64(header.id.idiag_cookie.1) << 32 | UInt64(header.id.idiag_cookie.0),
            inode: header.idiag_inode,
            uid: header.idiag_uid,
            timer: TCPTimer(diagTimer: header.idiag_timer),
            timerExpires: header.idiag_expires,
            retransmits: header.idiag_retrans,
            unreadBytes: header.idiag_rqueue,
            info: try TCPInfo(attributesOf: message)
        )
    }
}

extension inet_diag_msg {
    fileprivate init(startOf message: RawSpan) throws(InetDiagError) {
        guard let header = message.load(inet_diag_msg.self, at: 0) else {
            throw .messageTooShort(bytes: message.byteCount)
        }
        self = header
    }
}

extension AddressFamily {
    fileprivate init(diagFamily number: UInt8) throws(InetDiagError) {
        switch Int(number) {
        case HALFOPEN_AF_INET: self = .ipv4
        case HALFOPEN_AF_INET6: self = .ipv6
        default: throw .unknownFamily(number)
        }
    }

    /// An address of this family from the words of `struct inet_diag_sockid`.
    fileprivate func address(_ words: (UInt32, UInt32, UInt32, UInt32)) -> IPAddress {
        switch self {
        case .ipv4: IPAddress(ipv4: UInt32(bigEndian: words.0))
        case .ipv6: IPAddress(networkOrder: words)
        }
    }
}

extension TCPTimer {
    /// The timer of an `idiag_timer`; the kernel has no names for these numbers.
    ///
    /// 3 is TIME_WAIT's and is never seen on an ESTABLISHED socket. It and numbers that later
    /// kernels may add are no sign of outstanding data, so they are slow timers.
    fileprivate init(diagTimer number: UInt8) {
        self =
            switch number {
            case 0: .none
            case 1: .retransmit
            case 4: .persist
            default: .keepalive
            }
    }
}

extension TCPInfo {
    /// Finds `INET_DIAG_INFO` among the attributes that follow `struct inet_diag_msg`.
    @inline(__always)
    fileprivate init(attributesOf message: RawSpan) throws(InetDiagError) {
        let headerSize = MemoryLayout<nlattr>.size
        var offset = MemoryLayout<inet_diag_msg>.size
        while offset < message.byteCount {
            // Neither sum can overflow: a length has sixteen bits.
            guard
                let attribute = message.load(nlattr.self, at: offset),
                case let length = Int(attribute.nla_len),
                length >= headerSize, length <= message.byteCount &- offset
            else { throw .attributeOverrun(offset: offset) }
            // The flags in the upper bits of a type are not part of it (NLA_TYPE_MASK).
            let type = attribute.nla_type & ~UInt16(NLA_F_NESTED | NLA_F_NET_BYTEORDER)
            if Int(type) == INET_DIAG_INFO {
                try self.init(bytes: message.extracting(offset + headerSize..<offset + length))
                return
            }
            offset &+= (length &+ Int(NLA_ALIGNTO) &- 1) & ~(Int(NLA_ALIGNTO) &- 1)
        }
        throw .missingTCPInfo
    }

    @inline(__always)
    private init(bytes: RawSpan) throws(InetDiagError) {
        guard
            let lastDataReceived = bytes.load(UInt32.self, at: HALFOPEN_TCPI_LAST_DATA_RECV),
            let lastAckReceived = bytes.load(UInt32.self, at: HALFOPEN_TCPI_LAST_ACK_RECV),
            let lastDataSent = bytes.load(UInt32.self, at: HALFOPEN_TCPI_LAST_DATA_SENT),
            let unackedSegments = bytes.load(UInt32.self, at: HALFOPEN_TCPI_UNACKED),
            let retransmits = bytes.load(UInt8.self, at: HALFOPEN_TCPI_RETRANSMITS),
            let probes = bytes.load(UInt8.self, at: HALFOPEN_TCPI_PROBES),
            let backoff = bytes.load(UInt8.self, at: HALFOPEN_TCPI_BACKOFF),
            let roundTrip = bytes.load(UInt32.self, at: HALFOPEN_TCPI_RTT)
        else { throw .tcpInfoTooShort(bytes: bytes.byteCount) }
        self.init(
            lastDataReceived: lastDataReceived,
            lastAckReceived: lastAckReceived,
            lastDataSent: lastDataSent,
            unackedSegments: unackedSegments,
            retransmits: retransmits,
            probes: probes,
            backoff: backoff,
            roundTripMicroseconds: roundTrip,
            unsentBytes: bytes.load(UInt32.self, at: HALFOPEN_TCPI_NOTSENT_BYTES),
            bytesSent: bytes.load(UInt64.self, at: HALFOPEN_TCPI_BYTES_SENT),
            bytesReceived: bytes.load(UInt64.self, at: HALFOPEN_TCPI_BYTES_RECEIVED),
            traffic: TrafficCounters(tcpInfo: bytes)
        )
    }
}

extension TrafficCounters {
    /// The counters of a `tcp_info`; `nil` where the kernel does not send the last of them, and so
    /// perhaps none.
    @inline(__always)
    fileprivate init?(tcpInfo bytes: RawSpan) {
        guard
            let dataSegmentsSent = bytes.load(UInt32.self, at: HALFOPEN_TCPI_DATA_SEGS_OUT),
            let dataSegmentsReceived = bytes.load(UInt32.self, at: HALFOPEN_TCPI_DATA_SEGS_IN),
            let segmentsSent = bytes.load(UInt32.self, at: HALFOPEN_TCPI_SEGS_OUT),
            let bytesReceived = bytes.load(UInt64.self, at: HALFOPEN_TCPI_BYTES_RECEIVED),
            let bytesAcknowledged = bytes.load(UInt64.self, at: HALFOPEN_TCPI_BYTES_ACKED)
        else { return nil }
        self.init(
            bytesReceived: UInt32(truncatingIfNeeded: bytesReceived),
            bytesAcknowledged: UInt32(truncatingIfNeeded: bytesAcknowledged),
            segmentsSent: segmentsSent,
            dataSegmentsReceived: dataSegmentsReceived,
            dataSegmentsSent: dataSegmentsSent
        )
    }
}

extension RawSpan {
    /// The value that lies at an offset, aligned or not; `nil` where the bytes end before it does.
    ///
    /// Only for C structures and integers, of which every bit pattern is a value.
    @inline(__always)
    fileprivate func load<Value: BitwiseCopyable>(_ type: Value.Type, at offset: Int) -> Value? {
        guard offset >= 0, byteCount &- offset >= MemoryLayout<Value>.size else { return nil }
        return unsafe unsafeLoadUnaligned(fromUncheckedByteOffset: offset, as: type)
    }
}
