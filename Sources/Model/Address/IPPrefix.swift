/// A block of addresses in CIDR notation, such as `10.244.0.0/16`.
@usableFromInline package struct IPPrefix: Hashable, Sendable, CustomStringConvertible {
    /// The first address of the block.
    @usableFromInline package let base: IPAddress
    /// The number of leading bits of the 128-bit form that all addresses of the block share.
    private let bits: Int
    /// Those bits.
    @usableFromInline let mask: IPAddress

    /// Reads a block; a bare address is a block of one, and bits after the prefix are ignored.
    ///
    /// - Returns: `nil` when the text is no address, or the length is no number in its range.
    package init?(_ text: String) {
        let parts = text.split(separator: "/", maxSplits: 1, omittingEmptySubsequences: false)
        guard let address = IPAddress(String(parts[0])) else { return nil }
        let isDottedQuad = !parts[0].utf8.contains(UInt8(ascii: ":"))
        let longest = isDottedQuad ? 32 : 128
        var length = longest
        if parts.count == 2 {
            guard
                parts[1].utf8.allSatisfy((UInt8(ascii: "0")...UInt8(ascii: "9")).contains),
                let given = Int(parts[1]), given <= longest
            else { return nil }
            length = given
        }
        bits = isDottedQuad ? length + 96 : length
        // Swift's smart shift of 64 or more yields 0, of less than 0 shifts the other way.
        mask = IPAddress(
            high: ~(UInt64.max >> UInt64(min(bits, 64))),
            low: ~(bits <= 64 ? UInt64.max : UInt64.max >> UInt64(bits - 64))
        )
        base = address.masked(by: mask)
    }

    /// Whether the address lies in this block.
    ///
    /// An IPv6 block has no IPv4 address, although the mapped form lies in `::/0`: to exclude all
    /// of IPv6 must not hide a single IPv4 peer.
    @usableFromInline package func contains(_ address: IPAddress) -> Bool {
        address.isIPv4 == base.isIPv4 && address.masked(by: mask) == base
    }

    /// The block in CIDR notation.
    @usableFromInline package var description: String {
        "\(base)/\(base.isIPv4 && bits >= 96 ? bits - 96 : bits)"
    }
}

extension IPAddress {
    /// The address with only those bits that a mask has.
    @usableFromInline func masked(by mask: IPAddress) -> IPAddress {
        IPAddress(high: high & mask.high, low: low & mask.low)
    }
}
