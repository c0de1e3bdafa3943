/// A section of a file in the form of draft-ietf-opsawg-pcapng: its interfaces.
struct PcapngSection {
    /// What a block is.
    enum Block {
        case incomplete
        case damaged
        case skipped(length: Int)
        case packet(CapturedPacket, length: Int)
    }

    private struct Interface {
        var link: UInt32
        /// The ticks of its clock in a second.
        var ticks: UInt64 = 1_000_000
        /// What is added to its times, in seconds.
        var offset: Int64 = 0
    }

    private static let header: UInt32 = 0x0A0D_0D0A
    private static let byteOrder: UInt32 = 0x1A2B_3C4D
    private static let largestBlock = 16 << 20
    private static let mostInterfaces = 4096

    private var isSwapped = false
    private var interfaces: [Interface] = []

    static func begins(_ bytes: Span<UInt8>) -> Bool { bytes.word(0, isSwapped: false) == header }

    /// Reads a block, whose length stands at its beginning and at its end.
    mutating func block(_ bytes: Span<UInt8>) -> Block {
        guard bytes.count >= 12 else { return .incomplete }
        if Self.begins(bytes) {
            let order = bytes.word(8, isSwapped: false)
            guard order == Self.byteOrder || order.byteSwapped == Self.byteOrder else {
                return .damaged
            }
            isSwapped = order != Self.byteOrder
            interfaces = []
        }
        let length = Int(bytes.word(4, isSwapped: isSwapped))
        guard length >= 12, length % 4 == 0, length <= Self.largestBlock else { return .damaged }
        guard bytes.count >= length else { return .incomplete }
        guard Int(bytes.word(length - 4, isSwapped: isSwapped)) == length else { return .damaged }
        let body = bytes.extracting(first: length - 4)
        switch bytes.word(0, isSwapped: isSwapped) {
        case 1: return addInterface(body) ? .skipped(length: length) : .damaged
        case 2: return packet(body, length, isObsolete: true)
        case 3: return simplePacket(body, length)
        case 6: return packet(body, length, isObsolete: false)
        default: return .skipped(length: length)
        }
    }

    private mutating func addInterface(_ body: Span<UInt8>) -> Bool {
        guard body.count >= 16, interfaces.count < Self.mostInterfaces else { return false }
        var interface = Interface(link: bits16(body, 8))
        var index = 16
        while index + 4 <= body.count {
            let (code, length) = (bits16(body, index), Int(bits16(body, index + 2)))
            guard code != 0, index + 4 + length <= body.count else { break }
            if code == 9, length == 1 {
                guard let ticks = Self.ticks(body[index + 4]) else { return false }
                interface.ticks = ticks
            } else if code == 14, length == 8 {
                let words = (bits32(body, index + 4), bits32(body, index + 8))
                let (low, high) = isBigEndian ? (words.1, words.0) : words
                interface.offset = Int64(bitPattern: UInt64(high) << 32 | UInt64(low))
            }
            index += 4 + (length + 3) / 4 * 4
        }
        interfaces.append(interface)
        return true
    }

    /// The ticks in a second by the option if_tsresol: a negative power of 10, or of 2.
    private static func ticks(_ resolution: UInt8) -> UInt64? {
        let power = Int(resolution & 0x7F)
        if resolution & 0x80 != 0 { return power < 40 ? 1 << UInt64(power) : nil }
        guard power <= 12 else { return nil }
        return (0..<power).reduce(1) { ticks, _ in ticks * 10 }
    }

    private func packet(_ body: Span<UInt8>, _ length: Int, isObsolete: Bool) -> Block {
        guard body.count >= 28 else { return .damaged }
        let number = Int(isObsolete ? bits16(body, 8) : bits32(body, 8))
        let captured = Int(bits32(body, 20))
        guard number < interfaces.count, captured <= body.count - 28 else { return .damaged }
        let interface = interfaces[number]
        let time = UInt64(bits32(body, 12)) << 32 | UInt64(bits32(body, 16))
        let (seconds, rest) = time.quotientAndRemainder(dividingBy: interface.ticks)
        let (scaled, overflow) = rest.multipliedReportingOverflow(by: 1_000_000)
        // Beyond the year 9999 it is no time, and its sum could overflow.
        let sum = Int64(truncatingIfNeeded: seconds).addingReportingOverflow(interface.offset)
        let isTime = !overflow && !sum.overflow && (0..<253_402_300_800).contains(sum.partialValue)
        let packet = CapturedPacket(
            data: 28..<28 + captured,
            length: Int(bits32(body, 24)),
            link: interface.link,
            microseconds: isTime
                ? sum.partialValue * 1_000_000 + Int64(scaled / interface.ticks) : nil
        )
        return .packet(packet, length: length)
    }

    /// A packet without a time.
    private func simplePacket(_ body: Span<UInt8>, _ length: Int) -> Block {
        guard body.count >= 12, let interface = interfaces.first else { return .damaged }
        let original = Int(bits32(body, 8))
        let packet = CapturedPacket(
            data: 12..<12 + min(original, body.count - 12),
            length: original,
            link: interface.link,
            microseconds: nil
        )
        return .packet(packet, length: length)
    }

    private var isBigEndian: Bool { isSwapped == (UInt16(1).littleEndian == 1) }

    private func bits32(_ bytes: Span<UInt8>, _ index: Int) -> UInt32 {
        bytes.word(index, isSwapped: isSwapped)
    }

    private func bits16(_ bytes: Span<UInt8>, _ index: Int) -> UInt32 {
        let value = bytes.network16(index)
        return UInt32(isBigEndian ? value : value.byteSwapped)
    }
}
