import CJSONStream

/// The JSON parser, told which fields to hand over; one document long.
@safe
struct JSONFilter: ~Copyable {
    // Made in init and freed in deinit alone; no other name for it exists.
    private let parser: OpaquePointer

    /// Deeper than any document of the Kubernetes API, whose schemas nest about 30 levels.
    static let depthLimit = 64

    /// Longer than any value that is read: names have at most 253 bytes.
    private static let stringLimit = 4096

    /// A parser at the beginning of a document, or `nil` without memory for it.
    init?() {
        let parser = unsafe SnapshotField.withRows { rows in
            unsafe rows.baseAddress.flatMap {
                unsafe cjs_create($0, rows.count, Self.depthLimit, Self.stringLimit)
            }
        }
        guard let parser = unsafe parser else { return nil }
        unsafe self.parser = parser
    }

    deinit {
        unsafe cjs_destroy(parser)
    }

    /// How a chunk went, and where in it an error was found.
    struct Outcome {
        var status: cjs_status
        var position: Int
        /// The parser's own words for an error.
        var message: String
    }

    /// Reads the next chunk and calls `body` with `state` for each field in it, with the text if
    /// it is a string.
    mutating func feed<State, Failure>(
        _ chunk: Span<UInt8>,
        isLast: Bool,
        into state: inout State,
        _ body: (inout State, cjs_token, Span<UInt8>) throws(Failure) -> Void
    ) throws(Failure) -> Outcome {
        let batch = unsafe chunk.withUnsafeBufferPointer { bytes in
            unsafe cjs_feed(parser, bytes.baseAddress, bytes.count, isLast)
        }
        // The parser owns both until it is called again, and it is not called in this function.
        let tokens = unsafe UnsafeBufferPointer(start: batch.tokens, count: batch.token_count)
        let text = unsafe UnsafeBufferPointer(start: batch.text, count: batch.text_length)
        for index in tokens.indices {
            let token = unsafe tokens[index]
            let start = Int(token.text)
            let range = start..<start + Int(token.length)
            if token.is_in_chunk {
                try body(&state, token, chunk.extracting(range))
            } else {
                try unsafe body(&state, token, text.span.extracting(range))
            }
        }
        return unsafe Outcome(
            status: batch.status,
            position: batch.position,
            message: batch.message.map { unsafe String(cString: $0) } ?? ""
        )
    }
}
