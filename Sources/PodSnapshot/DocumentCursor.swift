import CJSONStream

/// Where in the document the present chunk begins.
struct DocumentCursor {
    private(set) var bytes = 0
    private var lines = 0

    /// The place of an offset in the present chunk.
    func place(_ offset: Int, in chunk: Span<UInt8>) -> SnapshotError.Place {
        let before = chunk.extracting(first: offset)
        return SnapshotError.Place(line: lines + 1 + before.lineFeeds, byteOffset: bytes + offset)
    }

    /// Moves on to the next chunk.
    mutating func advance(over chunk: Span<UInt8>) {
        bytes += chunk.count
        lines += chunk.lineFeeds
    }
}

extension Span<UInt8> {
    fileprivate var lineFeeds: Int {
        unsafe withUnsafeBufferPointer { bytes in
            unsafe cjs_count_lines(bytes.baseAddress, bytes.count)
        }
    }
}
