/// Fixtures are those of a little-endian machine: netlink speaks the host's byte order.

/// Fields written one a line, as one run of bytes.
func bytes(_ fields: [UInt8]...) -> [UInt8] {
    fields.flatMap { $0 }
}

/// So many zero bytes.
func zeros(_ count: Int) -> [UInt8] {
    [UInt8](repeating: 0, count: count)
}

/// A number in host byte order.
func host<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
    (0..<Number.bitWidth / 8).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) }
}
