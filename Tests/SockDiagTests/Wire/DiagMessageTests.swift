import Model
import Testing

@testable import SockDiag

@Suite struct DiagMessageTests {
    @Test func `A reply of the kernel becomes a socket`() throws {
        let socket = try #require(try decode(message()))
        #expect(
            socket
                == TCPSocket(
                    family: .ipv4,
                    local: try endpoint("10.244.1.9", 40000),
                    peer: try endpoint("10.244.2.7", 15008),
                    interface: 3,
                    cookie: 0x0000_0002_0000_1001,
                    inode: 74565,
                    uid: 1337,
                    timer: .retransmit,
                    timerExpires: 204,
                    retransmits: 5,
                    unreadBytes: 390,
                    info: TCPInfo(
                        lastDataReceived: 61_000,
                        lastAckReceived: 60_000,
                        lastDataSent: 1_000,
                        unackedSegments: 2,
                        retransmits: 5,
                        probes: 1,
                        backoff: 4,
                        roundTripMicroseconds: 250,
                        unsentBytes: 77,
                        bytesSent: 0x1_0000_0001,
                        bytesReceived: 0x2_0000_0002,
                        traffic: TrafficCounters(
                            bytesReceived: 2,
                            bytesAcknowledged: 3,
                            segmentsSent: 13,
                            dataSegmentsReceived: 12,
                            dataSegmentsSent: 11
                        )
                    )
                )
        )
        #expect(socket.info.lastHeard == 60_000)
    }

    @Test(arguments: [
        ("fd00::9", "fd00:1::7", 10, AddressFamily.ipv6),
        ("10.0.0.1", "10.0.0.2", 2, .ipv4),
    ])
    func `The family is the message's`(
        local: String,
        peer: String,
        number: UInt8,
        family: AddressFamily
    ) throws {
        let socket = try #require(try decode(message(family: number, local: local, peer: peer)))
        #expect(socket.family == family)
        #expect(socket.local.address == IPAddress(local))
        #expect(socket.peer.address == IPAddress(peer))
    }

    @Test func `An IPv4-mapped address is the IPv4 address`() throws {
        let mapped = message(family: 10, local: "::ffff:10.0.0.1", peer: "::ffff:10.0.0.2")
        let socket = try #require(try decode(mapped))
        #expect(socket.family == .ipv6)
        #expect(socket.peer.address == IPAddress("10.0.0.2"))
        #expect(socket.peer.description == "10.0.0.2:15008")
    }

    @Test func `Bytes of an IPv4 address that look like IPv6 do not make it so`() throws {
        var odd = message()
        // The kernel leaves the last three words of an IPv4 address 0; older ones left garbage.
        odd.replaceSubrange(28..<40, with: [UInt8](repeating: 0xee, count: 12))
        #expect(try decode(odd)?.peer.address == IPAddress("10.244.2.7"))
    }

    @Test(arguments: [
        (UInt8(0), TCPTimer.none), (1, .retransmit), (2, .keepalive), (3, .keepalive),
        (4, .persist),
        (5, .keepalive), (255, .keepalive),
    ])
    func `The timer is the kernel's number`(number: UInt8, timer: TCPTimer) throws {
        #expect(try decode(message(timer: number))?.timer == timer)
    }

    @Test(arguments: [0] + Array(2...13) as [UInt8])
    func `A socket in another state is passed over`(state: UInt8) throws {
        #expect(try decode(message(state: state)) == nil)
    }

    @Test(arguments: [0, 15007, 15009, 0xa03a] as [UInt16])
    func `A socket of another port is passed over`(port: UInt16) throws {
        #expect(try decode(message(port: port)) == nil)
    }

    @Test func `A socket that is passed over need not be whole`() throws {
        #expect(try decode(message(state: 8, info: [])) == nil)
        #expect(try decode([UInt8](message(state: 8).prefix(72))) == nil)
    }

    @Test func `A reply cut at any byte is an error`() {
        let whole = message()
        for count in whole.indices {
            let expected: InetDiagError =
                switch count {
                case ..<72: .messageTooShort(bytes: count)
                case 72, 77...80: .missingTCPInfo
                case ..<77: .attributeOverrun(offset: 72)
                default: .attributeOverrun(offset: 80)
                }
            #expect(throws: expected) { try decode([UInt8](whole.prefix(count))) }
        }
    }

    @Test(arguments: [0, 1, 3, 11, 255] as [UInt8])
    func `Another address family is an error`(family: UInt8) {
        #expect(throws: InetDiagError.unknownFamily(family)) { try decode(message(family: family)) }
    }

    @Test(arguments: [0, 1, 3, 400, 0xffff] as [UInt16])
    func `An attribute with a wrong length is an error and ends the walk`(length: UInt16) {
        var broken = message()
        broken.replaceSubrange(72..<74, with: host(length))
        #expect(throws: InetDiagError.attributeOverrun(offset: 72)) { try decode(broken) }
    }

    @Test func `Flags in an attribute's type are no part of it`() throws {
        var flagged = message()
        flagged[83] |= 0xc0  // NLA_F_NESTED | NLA_F_NET_BYTEORDER
        #expect(try decode(flagged) != nil)
    }

    @Test(arguments: 0...300)
    func `Of a tcp_info of any length what is whole is read`(length: Int) throws {
        let info = tcpInfo + zeros(300 - tcpInfo.count)
        let cut = message(info: [UInt8](info.prefix(length)))
        guard length >= 72 else {
            #expect(throws: InetDiagError.tcpInfoTooShort(bytes: length)) { try decode(cut) }
            return
        }
        let read = try #require(try decode(cut)).info
        #expect(read.lastHeard == 60_000)
        #expect(read.bytesReceived == (length >= 136 ? 0x2_0000_0002 : nil))
        #expect(read.unsentBytes == (length >= 148 ? 77 : nil))
        #expect((read.traffic != nil) == (length >= 160))
        #expect(read.bytesSent == (length >= 208 ? 0x1_0000_0001 : nil))
    }

    @Test func `A reply is read at any alignment`() throws {
        let whole = message()
        for shift in 0..<8 {
            let shifted = zeros(shift) + whole
            let socket = unsafe try TCPSocket(
                diagMessage: shifted.span.bytes.extracting(droppingFirst: shift)
            )
            #expect(try decode(whole) == socket)
        }
    }
}

private func decode(_ message: [UInt8]) throws(InetDiagError) -> TCPSocket? {
    guard unsafe try TCPSocket.isEstablished(diagMessage: message.span.bytes, remotePort: 15008)
    else { return nil }
    return unsafe try TCPSocket(diagMessage: message.span.bytes)
}

private func endpoint(_ address: String, _ port: UInt16) throws -> Endpoint {
    Endpoint(address: try #require(IPAddress(address)), port: port)
}

/// Four words in network byte order, IPv4 in the first.
private func words(_ text: String, family: UInt8) -> [UInt8] {
    guard let address = IPAddress(text) else { return zeros(16) }
    let all = [address.high, address.low].flatMap { host($0.bigEndian) }
    return family == 10 ? all : all.suffix(4) + zeros(12)
}

/// A reply with two attributes; `INET_DIAG_INFO` is the second, at byte 80.
private func message(
    family: UInt8 = 2,
    state: UInt8 = 1,
    timer: UInt8 = 1,
    local: String = "10.244.1.9",
    peer: String = "10.244.2.7",
    port: UInt16 = 15008,
    info: [UInt8] = tcpInfo
) -> [UInt8] {
    bytes(
        [family],  // idiag_family
        [state],  // idiag_state: 1 is TCP_ESTABLISHED
        [timer],  // idiag_timer
        [5],  // idiag_retrans
        [0x9c, 0x40],  // id.idiag_sport: 40000, big-endian
        [UInt8(port >> 8), UInt8(port & 255)],  // id.idiag_dport, big-endian
        words(local, family: family),  // id.idiag_src
        words(peer, family: family),  // id.idiag_dst
        [0x03, 0, 0, 0],  // id.idiag_if: 3, host byte order
        [0x01, 0x10, 0, 0],  // id.idiag_cookie[0]: the low half
        [0x02, 0, 0, 0],  // id.idiag_cookie[1]: the high half
        host(UInt32(204)),  // idiag_expires: milliseconds
        host(UInt32(390)),  // idiag_rqueue
        host(UInt32(512)),  // idiag_wqueue
        host(UInt32(1337)),  // idiag_uid
        host(UInt32(74565)),  // idiag_inode
        host(UInt16(5)),  // nla_len
        host(UInt16(8)),  // nla_type: INET_DIAG_SHUTDOWN
        [0],  // its value
        zeros(3),  // padding to four bytes
        host(UInt16(4 + info.count)),  // nla_len
        host(UInt16(2)),  // nla_type: INET_DIAG_INFO
        info,
        zeros((4 - info.count % 4) % 4)  // padding to four bytes
    )
}

private let tcpInfo = bytes(
    [1],  // tcpi_state
    [4],  // tcpi_ca_state
    [5],  // tcpi_retransmits
    [1],  // tcpi_probes
    [4],  // tcpi_backoff
    [0, 0, 0],  // tcpi_options, window scales, flags
    zeros(16),  // tcpi_rto, _ato, _snd_mss, _rcv_mss
    host(UInt32(2)),  // tcpi_unacked
    zeros(16),  // tcpi_sacked, _lost, _retrans, _fackets
    host(UInt32(1_000)),  // tcpi_last_data_sent
    zeros(4),  // tcpi_last_ack_sent
    host(UInt32(61_000)),  // tcpi_last_data_recv
    host(UInt32(60_000)),  // tcpi_last_ack_recv
    zeros(8),  // tcpi_pmtu, _rcv_ssthresh
    host(UInt32(250)),  // tcpi_rtt
    zeros(32),  // tcpi_rttvar to tcpi_total_retrans
    zeros(16),  // tcpi_pacing_rate, _max_pacing_rate
    host(UInt64(0x3_0000_0003)),  // tcpi_bytes_acked
    host(UInt64(0x2_0000_0002)),  // tcpi_bytes_received
    host(UInt32(13)),  // tcpi_segs_out
    host(UInt32(25)),  // tcpi_segs_in
    host(UInt32(77)),  // tcpi_notsent_bytes
    host(UInt32(240)),  // tcpi_min_rtt
    host(UInt32(12)),  // tcpi_data_segs_in
    host(UInt32(11)),  // tcpi_data_segs_out
    zeros(40),  // tcpi_delivery_rate to tcpi_delivered_ce
    host(UInt64(0x1_0000_0001)),  // tcpi_bytes_sent
    zeros(24)  // tcpi_bytes_retrans to tcpi_snd_wnd
)
