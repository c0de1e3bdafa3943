/// Bytes that come in chunks and go in pieces, with their place in the whole.
struct ByteQueue {
    private var bytes: [UInt8] = []
    private var first = 0
    /// Where ``rest`` begins, counted from the first byte ever.
    private(set) var offset = 0

    /// The bytes that have come and not gone.
    var rest: ArraySlice<UInt8> { bytes[first...] }

    mutating func append(_ chunk: ArraySlice<UInt8>) {
        // Less than a record is left, whose bytes move once.
        bytes.removeFirst(first)
        first = 0
        bytes += chunk
    }

    mutating func drop(_ count: Int) {
        first += count
        offset += count
    }
}
