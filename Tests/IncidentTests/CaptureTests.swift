@testable import Model
import Testing

@testable import IncidentLogs

/// Captures, byte by byte, and what the reader makes of them.
struct CaptureTests {
    /// IPv4 and TCP headers of a segment from 10.0.0.1:40000 to 10.0.0.2:15008, with 100 bytes of data.
    static let segment4: [UInt8] =
        [0x45, 0, 0, 140, 0, 1, 0x40, 0, 64, 6, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2] + tcp
    static let segment6: [UInt8] =
        [0x60, 0, 0, 0, 0, 120, 6, 64] + [UInt8](repeating: 0xFD, count: 16)
        + [UInt8](repeating: 0xFE, count: 16) + tcp
    static let tcp: [UInt8] = [
        0x9C, 0x40, 0x3A, 0xA0,  // The ports 40000 and 15008.
        0, 0, 1, 0, 0, 0, 2, 0,  // The sequence number and what is acknowledged.
        0x50, 0x18, 0, 63, 0, 0, 0, 0,  // 20 bytes of header, PSH and ACK.
    ]

    /// A file of pcap-savefile(5) with one packet.
    static func pcap(link: UInt32, _ packet: [UInt8], isSwapped: Bool = false, nano: Bool = false)
        -> [UInt8]
    {
        func word(_ value: UInt32) -> [UInt8] {
            let bytes = (0..<4).map { UInt8(truncatingIfNeeded: value >> (UInt32($0) * 8)) }
            return isSwapped ? bytes.reversed() : bytes
        }
        let magic: UInt32 = nano ? 0xA1B2_3C4D : 0xA1B2_C3D4
        let version: [UInt8] = isSwapped ? [0, 2, 0, 4] : [2, 0, 4, 0]
        return word(magic) + version + word(0) + word(0) + word(262_144) + word(link)
            + word(1_700_000_000) + word(nano ? 123_456_000 : 123_456)
            + word(UInt32(packet.count)) + word(UInt32(packet.count + 100)) + packet
    }

    /// A file of pcapng with one interface and one packet.
    static func pcapng(link: UInt16, _ packet: [UInt8], resolution: UInt8? = nil) -> [UInt8] {
        func word(_ value: UInt32) -> [UInt8] {
            (0..<4).map { UInt8(truncatingIfNeeded: value >> (UInt32($0) * 8)) }
        }
        func block(_ type: UInt32, _ body: [UInt8]) -> [UInt8] {
            let padded = body + [UInt8](repeating: 0, count: (4 - body.count % 4) % 4)
            let length = word(UInt32(padded.count + 12))
            return word(type) + length + padded + length
        }
        let ticks: UInt64 = resolution == 9 ? 1_000_000_000 : 1_000_000
        let time = 1_700_000_000 * ticks + ticks / 1_000_000 * 123_456
        let options: [UInt8] = resolution.map { [9, 0, 1, 0, $0, 0, 0, 0, 0, 0, 0, 0] } ?? []
        return block(
            0x0A0D_0D0A,
            word(0x1A2B_3C4D) + [1, 0, 0, 0] + [UInt8](repeating: 0xFF, count: 8)
        )
            + block(1, [UInt8(link & 255), UInt8(link >> 8), 0, 0] + word(0) + options)
            + block(
                6,
                word(0) + word(UInt32(time >> 32)) + word(UInt32(time & 0xFFFF_FFFF))
                    + word(UInt32(packet.count)) + word(UInt32(packet.count + 100)) + packet
            )
    }

    static func read(_ bytes: [UInt8], chunk: Int = .max) throws
        -> ([TCPSegment], CaptureReader.Counts)
    {
        var reader = CaptureReader(port: 15008)
        var segments: [TCPSegment] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let part = Array(rest.prefix(chunk))
            try reader.feed(part.span) { segment, _ in segments.append(segment) }
            rest = rest.dropFirst(chunk)
        }
        try reader.finish()
        return (segments, reader.counts)
    }

    private static let ethernet: [UInt8] = [UInt8](repeating: 2, count: 12)
    private static let cooked: [UInt8] = [UInt8](repeating: 0, count: 14)

    @Test(
        arguments: [
            (1, ethernet + [0x08, 0x00] + segment4),
            (1, ethernet + [0x81, 0x00, 0, 5, 0x08, 0x00] + segment4),
            (1, ethernet + [0x88, 0xA8, 0, 5, 0x81, 0x00, 0, 6, 0x86, 0xDD] + segment6),
            (113, cooked + [0x08, 0x00] + segment4),
            (276, [0x86, 0xDD] + [UInt8](repeating: 0, count: 18) + segment6),
            (101, segment4), (101, segment6), (228, segment4), (229, segment6),
        ] as [(UInt32, [UInt8])]
    )
    func `A segment is found behind every kind of link`(_ link: UInt32, _ packet: [UInt8]) throws {
        let files = [
            Self.pcap(link: link, packet), Self.pcap(link: link, packet, isSwapped: true),
            Self.pcap(link: link, packet, nano: true),
            Self.pcapng(link: UInt16(link), packet),
            Self.pcapng(link: UInt16(link), packet, resolution: 9),
        ]
        for file in files {
            for chunk in [1, 13, 65_536] {
                let segment = try #require(try Self.read(file, chunk: chunk).0.first)
                #expect(segment.source.port == 40_000)
                #expect(segment.destination.port == 15_008)
                #expect(segment.sequence == 256)
                #expect(segment.acknowledgement == 512)
                #expect(segment.flags.contains(.ack))
                #expect(segment.length == 100)
                #expect(segment.microseconds == 1_700_000_000_123_456)
            }
        }
    }

    @Test func `A packet of another port, protocol or link is counted`() throws {
        var other = Self.segment4
        other[23] = 0x99
        #expect(try Self.read(Self.pcap(link: 101, other)).1.segments == 0)
        var datagram = Self.segment4
        datagram[9] = 17
        #expect(try Self.read(Self.pcap(link: 101, datagram)).1.segments == 0)
        #expect(try Self.read(Self.pcap(link: 147, Self.segment4)).1.unknownLink == 1)
    }

    @Test func `A packet that is cut within the TCP header is counted`() throws {
        let cut = Array(Self.segment4.prefix(30))
        #expect(try Self.read(Self.pcap(link: 101, cut)).1.cut == 1)
        // All that is needed ends with the flags.
        #expect(try Self.read(Self.pcap(link: 101, Array(Self.segment4.prefix(34)))).0.count == 1)
    }

    @Test func `A file that is no capture, damaged or cut is told apart`() throws {
        #expect(throws: CaptureReader.Fault.foreign) { try Self.read(Array("GET / HTTP".utf8)) }
        #expect(throws: CaptureReader.Fault.foreign) { try Self.read([]) }
        var damaged = Self.pcap(link: 101, Self.segment4)
        damaged[35] = 0xFF
        #expect(throws: CaptureReader.Fault.damaged(byteOffset: 24)) { try Self.read(damaged) }
        let whole = Self.pcap(link: 101, Self.segment4)
        #expect(try Self.read(whole.dropLast()).1.isTruncated)
        #expect(try !Self.read(whole).1.isTruncated)
    }

    private static func read(_ bytes: ArraySlice<UInt8>) throws
        -> ([TCPSegment], CaptureReader.Counts)
    {
        try read(Array(bytes))
    }

    @Test(arguments: 0..<200)
    func `A capture whose bytes are changed at random neither crashes nor hangs`(_ seed: Int) {
        var bytes = Self.pcapng(link: 1, Self.ethernet + [0x08, 0x00] + Self.segment4)
        var state = UInt64(seed) &* 6_364_136_223_846_793_005 &+ 1
        for _ in 0..<4 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            bytes[Int(state >> 33) % bytes.count] = UInt8(truncatingIfNeeded: state >> 20)
        }
        let result = Result { try Self.read(bytes) }
        if case .success(let (segments, counts)) = result {
            #expect(segments.count <= counts.packets)
        }
    }
}
