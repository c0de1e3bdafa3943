import CJSONStream

/// Reads JSON objects, one on each line, and hands over wanted values of each.
///
/// All lines are one array to the parser, which is then made once and not for each line.
@safe
struct JSONLines: ~Copyable {
    private static let depthLimit = 32
    private static let stringLimit = 65_536

    private let keys: [StaticString]
    // Made and freed in this type alone; no other name for it exists.
    private var parser: OpaquePointer?

    /// A reader of objects of which some keys are wanted, at most 64.
    init(keys: [StaticString]) {
        self.keys = keys
        unsafe parser = Self.makeParser(keys)
    }

    deinit {
        if let parser = unsafe parser { unsafe cjs_destroy(parser) }
    }

    /// Reads a line and calls `body` with each wanted value of it, in its order: the index of its key
    /// in the list, and the string or the digits of the number.
    ///
    /// - Returns: Whether the line is one JSON object; of one that is not, some values may have been
    ///   handed over.
    mutating func read(_ line: Span<UInt8>, _ body: (Int, Span<UInt8>) -> Void) -> Bool {
        read(line, look: { _, _ in }, isWanted: { true }, body)
    }

    /// Reads a line twice: a first look at its values tells whether they are wanted.
    mutating func read(
        _ line: Span<UInt8>,
        look: (Int, Span<UInt8>) -> Void,
        isWanted: () -> Bool,
        _ body: (Int, Span<UInt8>) -> Void
    ) -> Bool {
        guard let parser = unsafe parser else { return false }
        let batch = unsafe line.withUnsafeBufferPointer {
            unsafe cjs_feed(parser, $0.baseAddress, $0.count, false)
        }
        let tokens = unsafe UnsafeBufferPointer(start: batch.tokens, count: batch.token_count)
        let text = unsafe UnsafeBufferPointer(start: batch.text, count: batch.text_length)
        // An element of the array has row 1: a line may hold several, with commas between.
        let isObject =
            unsafe batch.status == .more && tokens.first?.kind == .object
            && tokens.last?.kind == .object_end
            && !tokens.dropFirst().dropLast().contains { $0.row == 1 }
        if isObject {
            unsafe Self.forEach(tokens, text, line, look)
            if isWanted() { unsafe Self.forEach(tokens, text, line, body) }
        }
        if isObject, unsafe Self.separate(parser) { return true }
        // The parser has ended, or is amid what the line has not ended.
        unsafe cjs_destroy(parser)
        unsafe self.parser = Self.makeParser(keys)
        return false
    }

    /// Ends an element of the array; whether nothing else had begun since.
    private static func separate(_ parser: OpaquePointer) -> Bool {
        // Inside a string, and after the digits of a number, a comma alone is no mistake.
        let batch = unsafe feed(parser, ",null,")
        return unsafe batch.status == .more && batch.token_count == 1
            && batch.tokens?.pointee.kind == .null
    }

    private static func forEach(
        _ tokens: UnsafeBufferPointer<cjs_token>,
        _ text: UnsafeBufferPointer<UInt8>,
        _ line: Span<UInt8>,
        _ body: (Int, Span<UInt8>) -> Void
    ) {
        for index in tokens.indices {
            let token = unsafe tokens[index]
            let start = Int(token.text)
            let range = start..<start + Int(token.length)
            switch token.kind {
            case .string where token.is_in_chunk:
                body(Int(token.row) - 2, line.extracting(range))
            case .string, .long_string:
                unsafe body(Int(token.row) - 2, text.span.extracting(range))
            case .number:
                let digits = line.digits(after: Int(token.position))
                body(Int(token.row) - 2, line.extracting(digits))
            default: break
            }
        }
    }

    private static func makeParser(_ keys: [StaticString]) -> OpaquePointer? {
        // The keys are texts that live as long as the program; the table is copied.
        var rows = unsafe [cjs_row(), cjs_row()]
        for key in keys {
            let name = unsafe UnsafeRawPointer(key.utf8Start).assumingMemoryBound(to: CChar.self)
            unsafe rows.append(
                cjs_row(parent: 1, key: name, inside: 0, is_only_elements: false)
            )
        }
        guard let parser = unsafe cjs_create(rows, rows.count, depthLimit, stringLimit) else {
            return nil
        }
        _ = unsafe feed(parser, "[")
        return unsafe parser
    }

    private static func feed(_ parser: OpaquePointer, _ text: StaticString) -> cjs_batch {
        unsafe cjs_feed(parser, text.utf8Start, text.utf8CodeUnitCount, false)
    }
}

extension Span<UInt8> {
    /// Where the digits of a number are whose key, or a string before it, begins at an index.
    fileprivate func digits(after position: Int) -> Range<Int> {
        var start = Swift.min(position, count)
        while start < count, self[start] != UInt8(ascii: ":") { start += 1 }
        while start < count, !isDigit(start), self[start] != UInt8(ascii: ",") { start += 1 }
        var end = start
        while isDigit(end) { end += 1 }
        return start..<end
    }
}
