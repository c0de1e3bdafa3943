/// The checksum of IEEE 802.3, gzip and zlib (RFC 1952, section 8), which finds every damage of up to
/// 32 bits in a row.
struct CRC32 {
    private static let table: [UInt32] = (0..<256).map { byte in
        (0..<8).reduce(UInt32(byte)) { value, _ in
            value & 1 == 0 ? value >> 1 : value >> 1 ^ 0xEDB8_8320
        }
    }

    /// The checksum of these bytes.
    static func of(_ bytes: some Sequence<UInt8>) -> UInt32 {
        let table = table
        return ~bytes.reduce(0xFFFF_FFFF) { state, byte in
            table[Int(UInt8(truncatingIfNeeded: state) ^ byte)] ^ state >> 8
        }
    }
}
