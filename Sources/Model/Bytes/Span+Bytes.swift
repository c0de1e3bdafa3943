import Glibc

extension Span<UInt8> {
    /// Whether these are the same bytes.
    func isSame(_ other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        return unsafe withUnsafeBytes { bytes in
            unsafe other.withUnsafeBytes { others in
                // What has no address is empty.
                guard
                    let start = bytes.baseAddress, let otherStart = others.baseAddress
                else { return true }
                return unsafe memcmp(start, otherStart, bytes.count) == 0
            }
        }
    }

    /// Whether one of the bytes is the given one.
    func holds(_ byte: UInt8) -> Bool {
        unsafe withUnsafeBytes { bytes in
            // What has no address is empty.
            guard let start = bytes.baseAddress else { return false }
            return unsafe memchr(start, CInt(byte), bytes.count) != nil
        }
    }

    /// The bytes from an index on as a number in the machine's byte order.
    func number<Number: FixedWidthInteger & BitwiseCopyable>(
        at index: Int,
        as type: Number.Type
    ) -> Number {
        // Any bytes are a number, and that they are there is checked.
        unsafe bytes.unsafeLoadUnaligned(fromByteOffset: index, as: type)
    }
}

extension [UInt8] {
    /// Appends the bytes of a span.
    mutating func append(_ bytes: Span<UInt8>) {
        // The buffer is copied before the call returns.
        unsafe bytes.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }
}
