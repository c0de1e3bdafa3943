@testable import Model
import Testing

@testable import IncidentLogs

/// Blocks of pcapng (draft-ietf-opsawg-pcapng), in either order of bytes.
struct PcapngWriter {
    var isSwapped = false

    func word(_ value: UInt32) -> [UInt8] {
        let bytes = (0..<4).map { UInt8(truncatingIfNeeded: value >> (UInt32($0) * 8)) }
        return isSwapped ? bytes.reversed() : bytes
    }

    func half(_ value: UInt16) -> [UInt8] {
        let bytes = [UInt8(value & 255), UInt8(value >> 8)]
        return isSwapped ? bytes.reversed() : bytes
    }

    func block(_ type: UInt32, _ body: [UInt8]) -> [UInt8] {
        let padded = body + [UInt8](repeating: 0, count: (4 - body.count % 4) % 4)
        let length = word(UInt32(padded.count + 12))
        return word(type) + length + padded + length
    }

    /// The beginning of a section.
    var header: [UInt8] {
        let version = half(1) + half(0)
        return block(
            0x0A0D_0D0A,
            word(0x1A2B_3C4D) + version + [UInt8](repeating: 0xFF, count: 8)
        )
    }

    func option(_ code: UInt16, _ value: [UInt8]) -> [UInt8] {
        half(code) + half(UInt16(value.count)) + value
            + [UInt8](repeating: 0, count: (4 - value.count % 4) % 4)
    }

    func interface(link: UInt16 = 101, _ options: [UInt8] = []) -> [UInt8] {
        let end = options.isEmpty ? [] : option(0, [])
        return block(1, half(link) + half(0) + word(0) + options + end)
    }

    /// An enhanced packet block, or one of the obsolete form.
    func packet(
        _ data: [UInt8],
        time: UInt64 = 1_700_000_000_123_456,
        interface: UInt16 = 0,
        isObsolete: Bool = false
    ) -> [UInt8] {
        block(
            isObsolete ? 2 : 6,
            (isObsolete ? half(interface) + half(0) : word(UInt32(interface)))
                + word(UInt32(time >> 32)) + word(UInt32(truncatingIfNeeded: time))
                + word(UInt32(data.count)) + word(UInt32(data.count + 100)) + data
        )
    }

    /// A block for a packet without a time.
    func simplePacket(_ data: [UInt8]) -> [UInt8] { block(3, word(UInt32(data.count)) + data) }
}

/// Captures in the form of pcapng: clocks of interfaces, blocks of every kind, and damage.
struct PcapngTests {
    private static let orders = [PcapngWriter(), PcapngWriter(isSwapped: true)]
    private static let segment = CaptureTests.segment4

    @Test(
        arguments: [
            ("microseconds, which need no word", nil, nil, 1_700_000_000_123_456, 0),
            ("nanoseconds", 9, nil, 1_700_000_000_123_456_789, 0),
            ("milliseconds", 3, nil, 1_700_000_000_123, -456),
            // 2^-20 seconds, of which 129,453 are 123,456 us.
            ("a power of two", 0x94, nil, 1_700_000_000 << 20 | 129_452, -1),
            ("an hour ahead", nil, 3600, 1_700_000_000_123_456, 3_600_000_000),
            ("an hour behind", nil, -3600, 1_700_000_000_123_456, -3_600_000_000),
        ] as [(String, UInt8?, Int64?, UInt64, Int64)]
    )
    func `A packet's time is by the clock of its interface`(
        _ name: String,
        _ resolution: UInt8?,
        _ offset: Int64?,
        _ time: UInt64,
        _ difference: Int64
    ) throws {
        for writer in Self.orders {
            let bits = offset.map { UInt64(bitPattern: $0) }
            let words = bits.map { [UInt32(truncatingIfNeeded: $0), UInt32($0 >> 32)] }
            let shift = words.map { writer.isSwapped ? $0.reversed() : $0 } ?? []
            let options =
                (resolution.map { writer.option(9, [$0]) } ?? [])
                + (offset == nil ? [] : writer.option(14, shift.flatMap(writer.word)))
            let file =
                writer.header + writer.interface(writer.option(2, Array("eth0".utf8)) + options)
                + writer.packet(Self.segment, time: time)
            let found = try #require(try CaptureTests.read(file).0.first)
            #expect(found.microseconds == 1_700_000_000_123_456 + difference, "\(name)")
        }
    }

    @Test func `A packet of the obsolete form is read, and blocks of other kinds are passed over`()
        throws
    {
        for writer in Self.orders {
            let file =
                writer.header + writer.interface(link: 1) + writer.interface()
                + writer.block(5, [1, 2, 3, 4])
                + writer.packet(Self.segment, interface: 1, isObsolete: true)
                + writer.block(0x0BAD, [])
            let (segments, counts) = try CaptureTests.read(file)
            #expect(segments.map(\.microseconds) == [1_700_000_000_123_456])
            #expect(!counts.isTruncated)
        }
    }

    @Test func `A new section has interfaces of its own, and an order of bytes of its own`() throws
    {
        let (first, second) = (Self.orders[0], Self.orders[1])
        let file =
            first.header + first.interface(link: 1) + second.header + second.interface()
            + second.packet(Self.segment)
        #expect(try CaptureTests.read(file).0.count == 1)
        let without = first.header + first.interface() + second.header
        #expect(throws: CaptureReader.Fault.damaged(byteOffset: without.count)) {
            try CaptureTests.read(without + second.packet(Self.segment))
        }
    }

    /// Packets that cannot be placed in time are not held against what other logs say.
    @Test func `A packet without a time, or beyond all times, is counted and not used`() throws {
        for writer in Self.orders {
            let start = writer.header + writer.interface()
            for packet in [
                writer.simplePacket(Self.segment), writer.packet(Self.segment, time: .max),
            ] {
                let (segments, counts) = try CaptureTests.read(start + packet)
                #expect(segments.isEmpty)
                #expect(counts == .init(packets: 1))
            }
        }
    }

    private static let writer = PcapngWriter()
    private static let start = writer.header + writer.interface()

    /// A block whose byte at an index is another.
    private static func changed(_ block: [UInt8], _ index: Int, to byte: UInt8) -> [UInt8] {
        var block = block
        block[index] = byte
        return block
    }

    @Test(
        arguments: [
            ("an order of bytes that is none", [], changed(writer.header, 8, to: 0)),
            ("a length that is too short", start, changed(writer.block(5, []), 4, to: 8)),
            ("a length that is no multiple of 4", start, changed(writer.block(5, []), 4, to: 13)),
            ("a length that is too long", start, changed(writer.block(5, []), 7, to: 2)),
            ("two lengths", start, changed(writer.block(5, [0, 0, 0, 0]), 12, to: 12)),
            ("an interface that is too short", start, writer.block(1, [101, 0, 0, 0])),
            ("a clock beyond all clocks", start, writer.interface(writer.option(9, [13]))),
            ("the same by powers of two", start, writer.interface(writer.option(9, [0x80 + 40]))),
            ("a packet of no interface", start, writer.packet(segment, interface: 1)),
            ("a packet that is too short", start, writer.block(6, writer.word(0))),
            (
                "a packet that is longer than its block", start,
                changed(writer.packet(segment), 21, to: 1)
            ),
            ("a packet before the interfaces", writer.header, writer.simplePacket(segment)),
            ("a packet without its length", start, writer.block(3, [])),
        ] as [(String, [UInt8], [UInt8])]
    )
    func `A block that cannot be is damage at its place`(
        _ name: String,
        _ start: [UInt8],
        _ block: [UInt8]
    ) {
        // What follows would be whole.
        let file = start + block + Self.writer.packet(Self.segment)
        #expect(throws: CaptureReader.Fault.damaged(byteOffset: start.count), "\(name)") {
            try CaptureTests.read(file)
        }
    }

    @Test func `A file that ends within a block is cut`() throws {
        let file = Self.start + Self.writer.packet(Self.segment)
        for length in [8, Self.writer.header.count + 5, file.count - 1] {
            let (segments, counts) = try CaptureTests.read(Array(file.prefix(length)))
            #expect(segments.isEmpty)
            #expect(counts.isTruncated)
        }
    }
}
