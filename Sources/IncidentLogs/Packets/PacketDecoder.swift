import Model

/// Reads the headers of a packet, from the link to TCP.
enum PacketDecoder {
    /// What a packet is.
    enum Packet {
        case segment(TCPSegment)
        /// No TCP segment of the port.
        case other
        /// A link type that is not understood.
        case unknownLink
        /// Its TCP header is not all there.
        case cut
    }

    /// Decodes the bytes of a packet that were captured.
    ///
    /// - Parameters:
    ///   - data: The bytes.
    ///   - link: The LINKTYPE of the first header (https://www.tcpdump.org/linktypes.html).
    ///   - length: The length of the packet on the wire.
    ///   - port: The port of one of the ends.
    static func decode(
        _ data: Span<UInt8>,
        link: UInt32,
        length: Int,
        port: UInt16
    ) -> Packet {
        guard let start = networkHeader(data, link) else { return .unknownLink }
        guard start >= 0 else { return .other }
        guard start < data.count else { return .cut }
        let packet = data.extracting(droppingFirst: start)
        return switch packet[0] >> 4 {
        case 4: ipv4(packet, length: length - start, port)
        case 6: ipv6(packet, length: length - start, port)
        default: .other
        }
    }

    /// Where the network's header begins; -1 where it is not IP's, `nil` for an unknown link type.
    private static func networkHeader(_ data: Span<UInt8>, _ link: UInt32) -> Int? {
        switch link {
        case 1: return afterTags(data, typeAt: 12)
        // Linux cooked, version 1 and 2.
        case 113: return afterTags(data, typeAt: 14)
        case 276:
            guard data.count >= 20 else { return -1 }
            return isIP(data.network16(0)) ? 20 : -1
        // BSD loopback.
        case 0, 108: return 4
        // Raw IP, also as OpenBSD and others number it.
        case 101, 12, 14, 228, 229: return 0
        default: return nil
        }
    }

    /// Where the network's header begins after an EtherType and the tags of VLANs.
    private static func afterTags(_ data: Span<UInt8>, typeAt index: Int) -> Int {
        var index = index
        for _ in 0..<4 {
            guard data.count >= index + 2 else { return -1 }
            let type = data.network16(index)
            if isIP(type) { return index + 2 }
            guard [0x8100, 0x88A8, 0x9100].contains(type) else { return -1 }
            index += 4
        }
        return -1
    }

    private static func isIP(_ type: UInt16) -> Bool { type == 0x0800 || type == 0x86DD }

    private static func ipv4(_ packet: Span<UInt8>, length: Int, _ port: UInt16) -> Packet {
        guard packet.count >= 20 else { return .cut }
        let header = Int(packet[0] & 0x0F) * 4
        // Only the first fragment has ports.
        guard header >= 20, packet[9] == 6, packet.network16(6) & 0x1FFF == 0 else { return .other }
        // A packet that the network card will cut has no length yet.
        let stated = Int(packet.network16(2))
        return tcp(
            packet,
            at: header,
            length: stated == 0 ? length : stated,
            from: IPAddress(ipv4: packet.network32(12)),
            to: IPAddress(ipv4: packet.network32(16)),
            port
        )
    }

    private static func ipv6(_ packet: Span<UInt8>, length: Int, _ port: UInt16) -> Packet {
        guard packet.count >= 40 else { return .cut }
        var next = packet[6]
        var index = 40
        // Hop-by-hop options, routing, fragment and destination options may come first.
        for _ in 0..<8 where next != 6 {
            guard packet.count >= index + 8 else { return .cut }
            switch next {
            case 0, 43, 60:
                next = packet[index]
                index += (Int(packet[index + 1]) + 1) * 8
            case 44:
                guard packet.network16(index + 2) & 0xFFF8 == 0 else { return .other }
                next = packet[index]
                index += 8
            default: return .other
            }
        }
        guard next == 6 else { return .other }
        let stated = Int(packet.network16(4))
        func address(_ start: Int) -> IPAddress {
            let words = (0..<4).map { UInt64(packet.network32(start + $0 * 4)) }
            return IPAddress(high: words[0] << 32 | words[1], low: words[2] << 32 | words[3])
        }
        guard packet.isTCP(at: index, ofPort: port) else {
            return packet.count < index + 4 ? .cut : .other
        }
        return tcp(
            packet,
            at: index,
            length: stated == 0 ? length : stated + 40,
            from: address(8),
            to: address(24),
            port
        )
    }

    private static func tcp(
        _ packet: Span<UInt8>,
        at index: Int,
        length: Int,
        from source: IPAddress,
        to destination: IPAddress,
        _ port: UInt16
    ) -> Packet {
        guard packet.count >= index + 4 else { return .cut }
        guard packet.isTCP(at: index, ofPort: port) else { return .other }
        guard packet.count >= index + 14 else { return .cut }
        let header = Int(packet[index + 12] >> 4) * 4
        return .segment(
            TCPSegment(
                number: 0,
                microseconds: 0,
                source: Endpoint(address: source, port: packet.network16(index)),
                destination: Endpoint(address: destination, port: packet.network16(index + 2)),
                sequence: packet.network32(index + 4),
                acknowledgement: packet.network32(index + 8),
                flags: TCPSegment.Flags(rawValue: packet[index + 13]),
                length: max(0, length - index - header)
            )
        )
    }
}

extension Span<UInt8> {
    /// Whether a TCP header at an index is from or to a port.
    fileprivate func isTCP(at index: Int, ofPort port: UInt16) -> Bool {
        count >= index + 4 && (network16(index) == port || network16(index + 2) == port)
    }
}
