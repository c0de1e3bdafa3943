/// An input of libFuzzer, to be read in chunks.
package struct FuzzInput {
    /// All of it.
    package let bytes: [UInt8]
    /// Where its chunks are, in their order.
    package let chunks: [Range<Int>]

    /// An input in chunks of a size; without one, in a single chunk.
    package init(_ bytes: [UInt8], chunk size: Int? = nil) {
        self.bytes = bytes
        chunks = stride(from: 0, to: bytes.count, by: size ?? max(bytes.count, 1)).map { start in
            start..<min(start + (size ?? bytes.count), bytes.count)
        }
    }

    /// What libFuzzer hands over, whole, and in chunks of at most 13 bytes.
    ///
    /// Its length gives the size of the chunks. A parser must come to the same with both.
    package static func bothWays(
        _ bytes: UnsafePointer<UInt8>?,
        _ count: Int
    ) -> (whole: FuzzInput, parts: FuzzInput) {
        // libFuzzer's buffer has so many bytes, and lives while its function is called.
        let input = unsafe Array(UnsafeBufferPointer(start: bytes, count: count))
        return (FuzzInput(input), FuzzInput(input, chunk: count % 13 + 1))
    }
}
