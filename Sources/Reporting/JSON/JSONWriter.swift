import Model

/// Appends JSON to a buffer, field by field: no tree is built, and nothing is looked up.
///
/// It knows where a comma belongs and how a value is written; that braces match is the caller's
/// business, and easily seen where the shape is fixed.
struct JSONWriter {
    /// What was written so far; the caller may take it away at any time.
    var bytes: [UInt8] = []
    private var needsComma = false

    /// An object, or the object under a key: what `body` writes, in braces.
    mutating func object(_ name: String? = nil, _ body: (inout JSONWriter) -> Void) {
        open("{", name)
        body(&self)
        close("}")
    }

    /// The array under a key, of one object for each element.
    mutating func objects<Elements: Sequence>(
        _ name: String,
        _ elements: Elements,
        _ body: (inout JSONWriter, Elements.Element) -> Void
    ) {
        open("[", name)
        for element in elements {
            object { body(&$0, element) }
        }
        close("]")
    }

    mutating func open(_ bracket: Unicode.Scalar, _ name: String? = nil) {
        if let name { key(name) } else { comma() }
        bytes.append(UInt8(ascii: bracket))
        needsComma = false
    }

    mutating func close(_ bracket: Unicode.Scalar) {
        bytes.append(UInt8(ascii: bracket))
        needsComma = true
    }

    /// Starts a line for what comes next, after the comma that may belong there.
    mutating func line(indent: Int) {
        comma()
        endLine(indent: indent)
        needsComma = false
    }

    /// Starts a line for a closing bracket, or after the document.
    mutating func endLine(indent: Int = 0) {
        bytes.append(UInt8(ascii: "\n"))
        for _ in 0..<indent { bytes.append(UInt8(ascii: " ")) }
    }

    /// Starts another document on a line of its own.
    mutating func endDocument() {
        endLine()
        needsComma = false
    }

    private mutating func comma() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
    }

    private mutating func key(_ name: String) {
        comma()
        bytes.append(UInt8(ascii: "\""))
        bytes.append(contentsOf: name.utf8)
        bytes.append(UInt8(ascii: "\""))
        bytes.append(UInt8(ascii: ":"))
        needsComma = true
    }
}

// An absent fact is null, never omitted: every field takes an optional.
extension JSONWriter {
    mutating func null(_ name: String) {
        key(name)
        bytes.append(contentsOf: "null".utf8)
    }

    mutating func field(_ name: String, _ value: Bool) {
        key(name)
        bytes.append(contentsOf: (value ? "true" : "false").utf8)
    }

    mutating func field(_ name: String, _ value: (some BinaryInteger)?) {
        guard let value else { return null(name) }
        key(name)
        if value < 0 { bytes.append(UInt8(ascii: "-")) }
        // The description of a concrete type costs a third of that of `some BinaryInteger`.
        bytes.append(contentsOf: String(UInt64(value.magnitude)).utf8)
    }

    mutating func field(_ name: String, _ value: String?) {
        guard let value else { return null(name) }
        key(name)
        quote(value)
    }

    mutating func field(_ name: String, _ values: [String]) {
        open("[", name)
        for value in values {
            comma()
            quote(value)
            needsComma = true
        }
        close("]")
    }

    /// A moment as RFC 3339 in UTC with milliseconds.
    mutating func field(_ name: String, _ value: WallTime?) {
        guard let value else { return null(name) }
        key(name)
        bytes.append(UInt8(ascii: "\""))
        value.appendRFC3339(to: &bytes)
        bytes.append(UInt8(ascii: "\""))
    }

    /// A time of the Kubernetes API as the API writes it.
    mutating func field(_ name: String, apiTime value: APITime) {
        key(name)
        bytes.append(UInt8(ascii: "\""))
        value.wallTime.appendAPITime(to: &bytes)
        bytes.append(UInt8(ascii: "\""))
    }

    /// A length of time as a number of seconds with three decimals.
    mutating func field(_ name: String, seconds value: TimeSpan?) {
        guard let value else { return null(name) }
        key(name)
        value.appendSeconds(to: &bytes)
    }

    /// A 64-bit identifier as a hexadecimal string: a number would lose bits in most readers.
    mutating func field(_ name: String, hexadecimal value: UInt64) {
        key(name)
        bytes.append(contentsOf: "\"0x".utf8)
        bytes.append(contentsOf: String(value, radix: 16).utf8)
        bytes.append(UInt8(ascii: "\""))
    }
}

extension JSONWriter {
    private mutating func quote(_ text: String) {
        bytes.append(UInt8(ascii: "\""))
        let isPlain = text.utf8.allSatisfy {
            $0 >= 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
        }
        if isPlain {
            bytes.append(contentsOf: text.utf8)
        } else {
            for scalar in text.unicodeScalars { escape(scalar) }
        }
        bytes.append(UInt8(ascii: "\""))
    }

    /// Beside what JSON demands, what would steer a terminal is escaped: reports are read with
    /// `cat`, too.
    private mutating func escape(_ scalar: Unicode.Scalar) {
        switch scalar {
        case "\"": bytes.append(contentsOf: "\\\"".utf8)
        case "\\": bytes.append(contentsOf: "\\\\".utf8)
        case "\n": bytes.append(contentsOf: "\\n".utf8)
        case "\r": bytes.append(contentsOf: "\\r".utf8)
        case "\t": bytes.append(contentsOf: "\\t".utf8)
        case _ where scalar.steersTerminal:
            for unit in UTF16.encode(scalar) ?? .init() {
                let digits = String(unit, radix: 16)
                bytes.append(contentsOf: "\\u".utf8)
                bytes.append(contentsOf: repeatElement(UInt8(ascii: "0"), count: 4 - digits.count))
                bytes.append(contentsOf: digits.utf8)
            }
        default: bytes.append(contentsOf: UTF8.encode(scalar) ?? .init())
        }
    }
}
