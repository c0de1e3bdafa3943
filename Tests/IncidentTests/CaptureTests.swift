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
    static func pcapng(
        link: UInt16,
        _ packet: [UInt8],
        resolution: UInt8? = nil,
        isSwapped: Bool = false
    ) -> [UInt8] {
        let writer = PcapngWriter(isSwapped: isSwapped)
        let ticks: UInt64 = resolution == 9 ? 1_000_000_000 : 1_000_000
        let time = 1_700_000_000 * ticks + ticks / 1_000_000 * 123_456
        let options = resolution.map { writer.option(9, [$0]) } ?? []
        return writer.header + writer.interface(link: link, options)
            + writer.packet(packet, time: time)
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
            Self.pcapng(link: UInt16(link), packet, isSwapped: true),
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

    /// An IPv6 header, headers that may stand before TCP's, and the end of `segment6`.
    private static func extended(_ first: UInt8, _ headers: [UInt8]) -> [UInt8] {
        let length = 120 + headers.count
        return [0x60, 0, 0, 0, UInt8(length >> 8), UInt8(length & 255), first, 64]
            + segment6[8..<40] + headers + tcp
    }

    /// A header of 8 bytes, or of as many times more, before another.
    private static func header(before next: UInt8, more: UInt8 = 0) -> [UInt8] {
        [next, more] + [UInt8](repeating: 0, count: 6 + Int(more) * 8)
    }

    @Test(
        arguments: [
            ("none", extended(6, []), 1),
            ("options for each hop", extended(0, header(before: 6, more: 2)), 1),
            ("a routing header", extended(43, header(before: 6, more: 1)), 1),
            ("options for the destination", extended(60, header(before: 6)), 1),
            ("the header of a first fragment", extended(44, header(before: 6)), 1),
            ("two", extended(0, header(before: 60, more: 1) + header(before: 6)), 1),
            (
                "that of another fragment, which has no ports",
                extended(44, [6, 0, 0, 8, 0, 0, 0, 0]), 0
            ),
            ("one that hides what follows", extended(50, header(before: 6)), 0),
            (
                "more than anybody sends",
                extended(60, (0..<8).flatMap { _ in header(before: 60) } + header(before: 6)), 0
            ),
        ] as [(String, [UInt8], Int)]
    )
    func `IPv6 may have headers before that of TCP`(
        _ name: String,
        _ packet: [UInt8],
        _ segments: Int
    ) throws {
        let (found, counts) = try Self.read(Self.pcap(link: 101, packet))
        #expect(counts == .init(packets: 1, segments: segments, first: Self.time, last: Self.time))
        #expect(found.map(\.length) == [100].filter { _ in segments == 1 }, "\(name)")
        #expect(found.allSatisfy { $0.destination.port == 15_008 })
    }

    static let time = WallTime(milliseconds: 1_700_000_000_123)

    @Test(arguments: [
        ("within the headers before TCP's", Array(extended(0, header(before: 6)).prefix(46))),
        ("within the ports", Array(extended(0, header(before: 6)).prefix(50))),
        ("within TCP's", Array(extended(0, header(before: 6)).prefix(61))),
        ("within IPv6's", Array(segment6.prefix(39))),
        ("within IPv4's", Array(segment4.prefix(19))),
        ("before the ports of IPv4", Array(segment4.prefix(22))),
    ])
    func `A packet that is cut is counted wherever that is`(_ name: String, _ packet: [UInt8])
        throws
    {
        let counts = try Self.read(Self.pcap(link: 101, packet)).1
        #expect(counts.cut == 1, "\(name)")
        #expect(counts.segments == 0)
    }

    @Test(
        arguments: [
            ("a frame of another protocol", 1, ethernet + [0x08, 0x06] + segment4),
            (
                "a frame with more tags than anybody sends", 1,
                ethernet + [0x81, 0, 0, 1, 0x81, 0, 0, 1, 0x81, 0, 0, 1, 0x81, 0, 0, 1, 8, 0]
                    + segment4
            ),
            ("a frame that ends in its addresses", 1, Array(ethernet.prefix(10))),
            ("cooked, of another protocol", 276, [0x08, 0x06] + cooked + [0, 0, 0, 0] + segment4),
            ("cooked, and cut", 276, [0x08, 0x00] + cooked),
            ("a fragment that is not the first", 101, fragment),
            ("another version of IP", 101, [0x55] + segment4.dropFirst()),
        ] as [(String, UInt32, [UInt8])]
    )
    func `What carries no segment of TCP is passed over`(
        _ name: String,
        _ link: UInt32,
        _ packet: [UInt8]
    ) throws {
        let (segments, counts) = try Self.read(Self.pcap(link: link, packet))
        #expect(segments.isEmpty, "\(name)")
        #expect(counts == .init(packets: 1, first: Self.time, last: Self.time), "\(name)")
    }

    private static let fragment =
        Array(segment4[..<6]) + [0, 9] + Array(segment4[8...])

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
