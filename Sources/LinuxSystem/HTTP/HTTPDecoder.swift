/// Finds the body in the bytes of an answer of HTTP/1.1 (RFC 9112), which come in any pieces.
///
/// Strict: what a well-behaved server does not send is an error, for nothing may pass as a body that
/// is not the whole of one.
package struct HTTPDecoder: Sendable {
    /// The longest header, and the longest trailer: in bytes.
    package static let headLimit = 16 * 1024
    /// The longest line with the size of a chunk.
    private static let chunkLineLimit = 1024

    private enum Phase {
        case statusLine, fields
        /// A body of a known length, of which so much is left.
        case sized(Int)
        /// A body that ends with the connection.
        case endless
        case chunkSize
        /// A chunk of which so much is left.
        case chunk(Int)
        case chunkEnd
        case trailer
        case over
    }

    private var phase = Phase.statusLine
    private var line = HTTPLine(limit: headLimit)
    private let bodyLimit: Int
    private var bodyLength = 0
    /// Whether the status was one before the final one, such as 100.
    private var isInterim = false
    private var length: Int?
    private var isChunked = false

    /// A decoder at the beginning of an answer, whose body has at most so many bytes.
    package init(bodyLimit: Int) { self.bodyLimit = bodyLimit }

    /// Whether the answer is complete, whether or not the connection has ended.
    package var isOver: Bool {
        if case .over = phase { true } else { false }
    }

    /// Finds the next piece of the body.
    ///
    /// - Parameters:
    ///   - input: The bytes that came last.
    ///   - position: Where to go on in them; afterwards where the next call is to.
    /// - Returns: Where the piece is in the input; `nil` where there is no other in it.
    package mutating func next(
        in input: Span<UInt8>,
        from position: inout Int
    ) throws(HTTPError) -> Range<Int>? {
        while position < input.count {
            switch phase {
            case .sized(let left), .chunk(let left):
                return take(left, of: input, from: &position)
            case .endless:
                defer { position = input.count }
                try grow(by: input.count - position)
                return position..<input.count
            case .over: throw .excessData
            default:
                guard let line = try nextLine(in: input, from: &position) else { return nil }
                try take(line)
            }
        }
        return nil
    }

    /// Ends the answer with the connection.
    package func finish() throws(HTTPError) {
        switch phase {
        case .over, .endless: return
        default: throw .endedEarly
        }
    }

    private mutating func take(
        _ left: Int,
        of input: Span<UInt8>,
        from position: inout Int
    ) -> Range<Int> {
        let piece = position..<position + min(left, input.count - position)
        position = piece.upperBound
        let rest = left - piece.count
        if case .chunk = phase {
            phase = rest > 0 ? .chunk(rest) : .chunkEnd
            line = HTTPLine(limit: Self.chunkLineLimit)
        } else {
            phase = rest > 0 ? .sized(rest) : .over
        }
        return piece
    }

    private mutating func grow(by count: Int) throws(HTTPError) {
        let (length, isTooLong) = bodyLength.addingReportingOverflow(count)
        guard !isTooLong, length <= bodyLimit else { throw .bodyTooLong(limit: bodyLimit) }
        bodyLength = length
    }

    // MARK: Lines

    private mutating func nextLine(
        in input: Span<UInt8>,
        from position: inout Int
    ) throws(HTTPError) -> [UInt8]? {
        do throws(HTTPLine.Fault) {
            return try line.take(input, from: &position)
        } catch {
            switch (phase, error) {
            case (.statusLine, .malformed): throw .malformedStatusLine
            case (.chunkSize, _), (.chunkEnd, _): throw .malformedChunk
            case (_, .malformed): throw .malformedField
            case (_, .tooLong): throw .headTooLong(limit: Self.headLimit)
            }
        }
    }

    private mutating func take(_ line: [UInt8]) throws(HTTPError) {
        switch phase {
        case .statusLine:
            try takeStatus(line)
            phase = .fields
        case .fields where line.isEmpty: try beginBody()
        case .fields: try takeField(line)
        case .chunkSize: try beginChunk(line)
        case .chunkEnd:
            guard line.isEmpty else { throw .malformedChunk }
            phase = .chunkSize
        case .trailer where line.isEmpty: phase = .over
        case .trailer: if HTTPField(line) == nil { throw .malformedField }
        case .sized, .endless, .chunk, .over: break
        }
    }

    /// Takes a line such as `HTTP/1.1 200 OK`, of which the words at the end may be missing.
    private mutating func takeStatus(_ line: [UInt8]) throws(HTTPError) {
        let digits = line.dropFirst(9).prefix(3)
        guard
            line.starts(with: "HTTP/1.1 ".utf8) || line.starts(with: "HTTP/1.0 ".utf8),
            digits.count == 3, let code = Self.number(digits, radix: 10), code >= 100,
            line.count == 12 || line[12] == UInt8(ascii: " ")
        else { throw .malformedStatusLine }
        isInterim = code < 200 && code != 101
        guard code == 200 || isInterim else { throw .status(code) }
    }

    private mutating func takeField(_ line: [UInt8]) throws(HTTPError) {
        guard let field = HTTPField(line) else { throw .malformedField }
        switch field.name {
        case "content-length":
            let digits = Array(field.value.utf8)
            guard length == nil, let number = Self.number(digits[...], radix: 10) else {
                throw .malformedLength
            }
            length = number
        case "transfer-encoding":
            guard !isChunked, field.value.lowercased() == "chunked" else { throw .unknownEncoding }
            isChunked = true
        case "content-encoding":
            guard field.value.lowercased() == "identity" else { throw .unknownEncoding }
        default: break
        }
    }

    private mutating func beginBody() throws(HTTPError) {
        guard length == nil || !isChunked else { throw .malformedLength }
        if isInterim {
            (phase, length, isChunked) = (.statusLine, nil, false)
        } else if isChunked {
            (phase, line) = (.chunkSize, HTTPLine(limit: Self.chunkLineLimit))
        } else if let length {
            try grow(by: length)
            phase = length > 0 ? .sized(length) : .over
        } else {
            phase = .endless
        }
    }

    /// Takes the size of a chunk, behind which there may be extensions.
    private mutating func beginChunk(_ line: [UInt8]) throws(HTTPError) {
        let digits = line.prefix { $0 != UInt8(ascii: ";") && $0 != UInt8(ascii: " ") }
        guard digits.allSatisfy({ Self.digit($0, radix: 16) != nil }), !digits.isEmpty else {
            throw .malformedChunk
        }
        guard let size = Self.number(digits, radix: 16) else { throw .chunkSizeOverflow }
        try grow(by: size)
        if size == 0 { self.line = HTTPLine(limit: Self.headLimit) }
        phase = size > 0 ? .chunk(size) : .trailer
    }

    /// The number that digits and nothing else make; `nil` also where it is too large.
    private static func number(_ digits: ArraySlice<UInt8>, radix: Int) -> Int? {
        guard !digits.isEmpty else { return nil }
        var number = 0
        for byte in digits {
            let (product, isLarge) = number.multipliedReportingOverflow(by: radix)
            guard let digit = digit(byte, radix: radix), !isLarge else { return nil }
            let (sum, isTooLarge) = product.addingReportingOverflow(digit)
            if isTooLarge { return nil }
            number = sum
        }
        return number
    }

    private static func digit(_ byte: UInt8, radix: Int) -> Int? {
        let digit: Int
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): digit = Int(byte - UInt8(ascii: "0"))
        case UInt8(ascii: "a")...UInt8(ascii: "f"): digit = Int(byte - UInt8(ascii: "a")) + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): digit = Int(byte - UInt8(ascii: "A")) + 10
        default: return nil
        }
        return digit < radix ? digit : nil
    }
}
