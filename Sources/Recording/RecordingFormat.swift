import Model

/// The bytes of a capture, halfopen-capture(5); its own integers are little-endian.
enum RecordingFormat {
    /// What a capture begins with; its version follows.
    static let magic = Array("halfopen.capture".utf8)
    static let version: UInt32 = 1
    static let preambleSize = magic.count + 4
    /// The length and the kind, before the payload.
    static let recordHeadSize = 8
    static let checksumSize = 4
    /// The longest payload, which no datagram of the kernel comes near: so much is held at once.
    static let mostPayload = 65_536

    /// What a record holds.
    enum Kind: UInt32 {
        case heading = 1
        case target, request, datagram, failure, problem, end
    }

    /// The byte order of this machine, which is that of the netlink messages.
    static let byteOrder = UInt16(1).littleEndian == 1 ? "little" : "big"
}

extension [UInt8] {
    mutating func append<Number: FixedWidthInteger>(littleEndian number: Number) {
        for index in 0..<Number.bitWidth / 8 {
            append(UInt8(truncatingIfNeeded: number >> Number(index * 8)))
        }
    }
}

extension ArraySlice<UInt8> {
    /// Takes the number that the bytes begin with; `nil` where they end before it does.
    mutating func takeLittleEndian<Number: FixedWidthInteger>(_ type: Number.Type) -> Number? {
        let size = Number.bitWidth / 8
        guard count >= size else { return nil }
        defer { self = dropFirst(size) }
        return prefix(size).reversed().reduce(0) { $0 << 8 | Number($1) }
    }
}

/// Named values: `NAME=VALUE`, each ended by a zero byte, as in environ(7).
struct RecordingFields {
    private(set) var bytes: [UInt8] = []
    private var values: [String: String] = [:]

    init() {}

    /// Reads named values; `nil` where the bytes are none.
    init?(_ bytes: ArraySlice<UInt8>) {
        guard bytes.isEmpty || bytes.last == 0 else { return nil }
        for field in bytes.split(separator: 0) {
            guard let sign = field.firstIndex(of: UInt8(ascii: "=")) else { return nil }
            let name = String(decoding: field[..<sign], as: UTF8.self)
            values[name] = String(decoding: field[(sign + 1)...], as: UTF8.self)
        }
    }

    /// Adds a value, if there is one.
    mutating func add(_ name: String, _ value: String?) {
        guard let value else { return }
        // A path and a host's name, which come from outside, hold no zero byte.
        bytes += Array("\(name)=\(value)".utf8) + [0]
    }

    /// The text of a name; `nil` where there is none.
    func text(_ name: String) -> String? { values[name] }

    /// The number of a name; `nil` where there is none or it is no such number.
    func number<Number: FixedWidthInteger>(_ name: String) -> Number? {
        values[name].flatMap { Number($0) }
    }
}
