import Model

/// Reads a packet capture, pcap or pcapng, as a stream: the TCP segments from and to a port.
///
/// The formats are those of pcap-savefile(5) and draft-ietf-opsawg-pcapng. Every length is checked
/// against what is there: a capture comes from outside.
package struct CaptureReader: ~Copyable {
    /// Why a capture cannot be read on.
    package enum Fault: Error, Hashable, Sendable {
        /// It is no capture.
        case foreign
        /// A header at a byte offset says what cannot be.
        case damaged(byteOffset: Int)
    }

    /// What was read so far.
    package struct Counts: Hashable, Sendable {
        /// The packets.
        package var packets = 0
        /// The TCP segments from and to the port.
        package var segments = 0
        /// The packets of a link type that is not understood.
        package var unknownLink = 0
        /// The packets that were cut before the end of the TCP header.
        package var cut = 0
        /// When the first packet was captured.
        package var first: WallTime?
        /// When the last packet was captured.
        package var last: WallTime?
        /// Whether the file ends within a packet.
        package var isTruncated = false
    }

    /// The form of the file, once its beginning is known.
    private enum Form {
        case unknown
        case pcap(PcapHeader)
        case pcapng(PcapngSection)
    }

    /// What was read so far.
    package private(set) var counts = Counts()
    private let port: UInt16
    private var form = Form.unknown
    private var buffer: [UInt8] = []
    /// The offset in the file of the first byte in the buffer.
    private var offset = 0

    /// A reader of the segments from and to a port.
    package init(port: UInt16) {
        self.port = port
    }

    /// Reads the next bytes, and calls `body` with each segment and the time of the first packet.
    package mutating func feed(
        _ chunk: Span<UInt8>,
        _ body: (TCPSegment, WallTime) -> Void
    ) throws(Fault) {
        // Taken out for the time, so that it has one owner and is not copied.
        var content: [UInt8] = []
        swap(&content, &buffer)
        content.append(chunk)
        var used = 0
        while true {
            let rest = content.span.extracting(droppingFirst: used)
            let length = try take(rest, at: offset + used, body)
            if length == 0 { break }
            used += length
        }
        content.removeFirst(used)
        swap(&content, &buffer)
        offset += used
    }

    /// Ends the capture.
    package mutating func finish() throws(Fault) {
        if case .unknown = form { throw .foreign }
        counts.isTruncated = !buffer.isEmpty
    }

    /// Reads what comes next; the number of bytes that it takes, or 0 if it is not all there.
    private mutating func take(
        _ rest: Span<UInt8>,
        at place: Int,
        _ body: (TCPSegment, WallTime) -> Void
    ) throws(Fault) -> Int {
        switch form {
        case .unknown:
            guard rest.count >= 4 else { return 0 }
            if PcapngSection.begins(rest) {
                form = .pcapng(PcapngSection())
                return try take(rest, at: place, body)
            }
            guard PcapHeader.begins(rest) else { throw .foreign }
            guard let header = PcapHeader(rest) else { return 0 }
            form = .pcap(header)
            return PcapHeader.size
        case .pcap(let header):
            switch header.record(rest) {
            case .incomplete: return 0
            case .damaged: throw .damaged(byteOffset: place)
            case .packet(let packet, let length):
                decode(rest.extracting(packet.data), packet, body)
                return length
            }
        case .pcapng(var section):
            switch section.block(rest) {
            case .incomplete: return 0
            case .damaged: throw .damaged(byteOffset: place)
            case .skipped(let length):
                form = .pcapng(section)
                return length
            case .packet(let packet, let length):
                decode(rest.extracting(packet.data), packet, body)
                return length
            }
        }
    }

    private mutating func decode(
        _ data: Span<UInt8>,
        _ packet: CapturedPacket,
        _ body: (TCPSegment, WallTime) -> Void
    ) {
        counts.packets += 1
        guard let microseconds = packet.microseconds else { return }
        let time = WallTime(milliseconds: microseconds / 1000)
        let first = counts.first ?? time
        counts.first = first
        counts.last = max(time, counts.last ?? time)
        switch PacketDecoder.decode(data, link: packet.link, length: packet.length, port: port) {
        case .other: break
        case .unknownLink: counts.unknownLink += 1
        case .cut: counts.cut += 1
        case .segment(let segment):
            counts.segments += 1
            var segment = segment
            segment.number = counts.packets
            segment.microseconds = microseconds
            body(segment, first)
        }
    }
}

/// A packet of a capture.
struct CapturedPacket {
    /// Where its bytes are, from the beginning of its record.
    var data: Range<Int>
    /// Its length on the wire.
    var length: Int
    /// What its first header is: a LINKTYPE of pcap.
    var link: UInt32
    /// When it was captured, since 1970; `nil` where the record does not say.
    var microseconds: Int64?

    /// More than any packet has: the largest that libpcap writes is half of it.
    static let largest = 1 << 19
}

/// The beginning of a file in the form of pcap-savefile(5).
struct PcapHeader {
    /// What a record is.
    enum Record {
        case incomplete
        case damaged
        case packet(CapturedPacket, length: Int)
    }

    static let size = 24
    private let isSwapped: Bool
    private let hasNanoseconds: Bool
    private let link: UInt32

    private static let microseconds: UInt32 = 0xA1B2_C3D4
    private static let nanoseconds: UInt32 = 0xA1B2_3C4D

    static func begins(_ bytes: Span<UInt8>) -> Bool {
        let magic = bytes.word(0, isSwapped: false)
        return [magic, magic.byteSwapped].contains { $0 == microseconds || $0 == nanoseconds }
    }

    /// Reads the header; `nil` if it is not all there.
    init?(_ bytes: Span<UInt8>) {
        guard bytes.count >= Self.size else { return nil }
        let magic = bytes.word(0, isSwapped: false)
        isSwapped = magic.byteSwapped == Self.microseconds || magic.byteSwapped == Self.nanoseconds
        hasNanoseconds = bytes.word(0, isSwapped: isSwapped) == Self.nanoseconds
        // The upper bits say whether frames have a check sum.
        link = bytes.word(20, isSwapped: isSwapped) & 0xFFFF
    }

    func record(_ bytes: Span<UInt8>) -> Record {
        guard bytes.count >= 16 else { return .incomplete }
        let captured = Int(bytes.word(8, isSwapped: isSwapped))
        let fraction = Int64(bytes.word(4, isSwapped: isSwapped))
        guard captured <= CapturedPacket.largest else { return .damaged }
        guard bytes.count >= 16 + captured else { return .incomplete }
        let seconds = Int64(bytes.word(0, isSwapped: isSwapped))
        let packet = CapturedPacket(
            data: 16..<16 + captured,
            length: Int(bytes.word(12, isSwapped: isSwapped)),
            link: link,
            microseconds: seconds * 1_000_000 + (hasNanoseconds ? fraction / 1000 : fraction)
        )
        return .packet(packet, length: 16 + captured)
    }
}

extension Span<UInt8> {
    /// The 32 bits at an index in the machine's order of bytes, or the other.
    func word(_ index: Int, isSwapped: Bool) -> UInt32 {
        var value: UInt32 = 0
        for place in 0..<4 { value |= UInt32(self[index + place]) << UInt32(place * 8) }
        // The loop above reads little-endian.
        let native = UInt32(littleEndian: value)
        return isSwapped ? native.byteSwapped : native
    }

    /// The 16 bits at an index, most significant byte first.
    func network16(_ index: Int) -> UInt16 { UInt16(self[index]) << 8 | UInt16(self[index + 1]) }

    /// The 32 bits at an index, most significant byte first.
    func network32(_ index: Int) -> UInt32 {
        UInt32(network16(index)) << 16 | UInt32(network16(index + 2))
    }
}
