/// Lines of HTTP's header, which end with CR and LF (RFC 9112, section 2.2), gathered from the pieces
/// in which they come.
struct HTTPLine: Sendable {
    /// Why there will be no line.
    enum Fault: Error {
        /// A control character in it, or an end without CR.
        case malformed
        case tooLong
    }

    /// How many bytes all lines together may have from now on.
    private(set) var left: Int
    private var bytes: [UInt8] = []

    /// Lines of so many bytes at most, all together.
    init(limit: Int) { left = limit }

    /// Takes bytes from an input up to the end of the line.
    ///
    /// - Returns: The line without its end; `nil` where the input ends before it.
    mutating func take(
        _ input: Span<UInt8>,
        from position: inout Int
    ) throws(Fault) -> [UInt8]? {
        while position < input.count {
            let byte = input[position]
            position += 1
            left -= 1
            guard left >= 0 else { throw .tooLong }
            if byte == UInt8(ascii: "\n") {
                guard bytes.last == UInt8(ascii: "\r") else { throw .malformed }
                defer { bytes.removeAll(keepingCapacity: true) }
                return Array(bytes.dropLast())
            }
            let isText = byte >= 0x20 && byte != 0x7f || byte == UInt8(ascii: "\t")
            guard isText || byte == UInt8(ascii: "\r"), bytes.last != UInt8(ascii: "\r") else {
                throw .malformed
            }
            bytes.append(byte)
        }
        return nil
    }
}

/// A header field, RFC 9110, section 5.
struct HTTPField: Hashable, Sendable {
    /// The name in lower case.
    let name: String
    /// The value without the blanks around it.
    let value: String

    /// The field of a line; `nil` where it is none.
    ///
    /// A continued line, which begins with a blank, is none either.
    init?(_ line: [UInt8]) {
        guard let colon = line.firstIndex(of: UInt8(ascii: ":")), colon > 0,
            line[..<colon].allSatisfy(Self.isTokenByte)
        else { return nil }
        name = String(decoding: line[..<colon], as: UTF8.self).lowercased()
        let blanks: Set = [UInt8(ascii: " "), UInt8(ascii: "\t")]
        let rest = line[(colon + 1)...].drop { blanks.contains($0) }
        let end = rest.lastIndex { !blanks.contains($0) }.map { $0 + 1 } ?? rest.startIndex
        value = String(decoding: rest[..<end], as: UTF8.self)
    }

    /// Whether a byte may stand in a field's name or a method, RFC 9110, section 5.6.2.
    static func isTokenByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"):
            true
        default: "!#$%&'*+-.^_`|~".utf8.contains(byte)
        }
    }
}
