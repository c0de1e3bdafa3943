/// What came over the channel is not what the other end sends.
struct MalformedMessage: Error, Hashable {}

/// Makes a message of the channel: numbers in the machine's byte order, texts with their length.
struct MessageWriter {
    /// A text is at most so many bytes; the rest of a longer one is left out.
    static let longestText = 4096

    private(set) var bytes: [UInt8] = []

    mutating func put<Number: FixedWidthInteger>(_ number: Number) {
        for byte in 0..<Number.bitWidth / 8 {
            bytes.append(UInt8(truncatingIfNeeded: number >> (byte * 8)))
        }
    }

    mutating func put(_ flag: Bool) { put(flag ? 1 : 0 as UInt8) }

    mutating func put(_ text: String) {
        let utf8 = text.utf8.prefix(Self.longestText)
        put(UInt16(utf8.count))
        bytes += utf8
    }

    mutating func put<Number: FixedWidthInteger>(_ number: Number?) {
        put(number != nil)
        if let number { put(number) }
    }

    mutating func put(_ text: String?) {
        put(text != nil)
        if let text { put(text) }
    }
}

/// Takes a message of the channel apart.
struct MessageReader {
    private var rest: ArraySlice<UInt8>

    init(_ bytes: [UInt8]) {
        rest = bytes[...]
    }

    mutating func number<Number: FixedWidthInteger>(
        _: Number.Type = Number.self
    ) throws(MalformedMessage) -> Number {
        let size = Number.bitWidth / 8
        guard rest.count >= size else { throw MalformedMessage() }
        defer { rest = rest.dropFirst(size) }
        return rest.prefix(size).reversed().reduce(0) { $0 << 8 | Number(truncatingIfNeeded: $1) }
    }

    mutating func flag() throws(MalformedMessage) -> Bool {
        switch try number(UInt8.self) {
        case 0: false
        case 1: true
        default: throw MalformedMessage()
        }
    }

    mutating func text() throws(MalformedMessage) -> String {
        let count = Int(try number(UInt16.self))
        guard count <= rest.count, count <= MessageWriter.longestText else {
            throw MalformedMessage()
        }
        defer { rest = rest.dropFirst(count) }
        return String(decoding: rest.prefix(count), as: UTF8.self)
    }

    mutating func optionalNumber<Number: FixedWidthInteger>(
        _: Number.Type = Number.self
    ) throws(MalformedMessage) -> Number? {
        try flag() ? try number() : nil
    }

    mutating func optionalText() throws(MalformedMessage) -> String? {
        try flag() ? try text() : nil
    }

    /// Ends the message: nothing may be left of it.
    func finish() throws(MalformedMessage) {
        guard rest.isEmpty else { throw MalformedMessage() }
    }
}
