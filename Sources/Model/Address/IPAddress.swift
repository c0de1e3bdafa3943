import Glibc

/// An IPv4 or IPv6 address, normalised: an IPv4-mapped IPv6 address *is* the IPv4 address.
///
/// Held as the 128 bits of the IPv6 form (IPv4 as `::ffff:a.b.c.d`), so that a socket of either
/// family compares equal to the address that Kubernetes writes.
@usableFromInline package struct IPAddress: Hashable, Comparable, Sendable {
    /// The first 64 bits, the first byte of the address being the most significant.
    @usableFromInline package let high: UInt64
    /// The last 64 bits.
    @usableFromInline package let low: UInt64

    private static let mappedPrefix: UInt64 = 0x0000_ffff

    /// An address of 128 bits.
    ///
    /// - Parameters:
    ///   - high: The first 64 bits, as a number.
    ///   - low: The others.
    @usableFromInline package init(high: UInt64, low: UInt64) {
        (self.high, self.low) = (high, low)
    }
}

extension IPAddress {
    /// The IPv4 address of the given 32 bits, its first byte the most significant.
    @usableFromInline package init(ipv4 bits: UInt32) {
        self.init(high: 0, low: Self.mappedPrefix << 32 | UInt64(bits))
    }

    /// Whether this is an IPv4 address, written as such or mapped into IPv6.
    @usableFromInline package var isIPv4: Bool { high == 0 && low >> 32 == Self.mappedPrefix }

    /// IPv4 before IPv6, each in numeric order.
    @usableFromInline package static func < (left: IPAddress, right: IPAddress) -> Bool {
        if left.isIPv4 != right.isIPv4 { return left.isIPv4 }
        return (left.high, left.low) < (right.high, right.low)
    }
}

extension IPAddress: CustomStringConvertible {
    /// Reads an address in presentation form: dotted quad or RFC 4291 text, without zone or prefix.
    ///
    /// The corresponding C function is `inet_pton`.
    ///
    /// - Returns: `nil` when the text is neither.
    package init?(_ text: String) {
        var v4 = in_addr()
        var v6 = in6_addr()
        guard !text.utf8.contains(0) else { return nil }
        // Both calls write at most the structure they are given.
        if unsafe inet_pton(AF_INET, text, &v4) == 1 {
            self.init(ipv4: UInt32(bigEndian: v4.s_addr))
        } else if unsafe inet_pton(AF_INET6, text, &v6) == 1 {
            let words = unsafe v6.__in6_u.__u6_addr32
            self.init(networkOrder: (words.0, words.1, words.2, words.3))
        } else {
            return nil
        }
    }

    /// Reads an address in presentation form from UTF-8, as ``init(_:)`` does from a string.
    ///
    /// IPv4 is read here: a snapshot holds hundreds of thousands of such addresses.
    package init?(utf8 text: Span<UInt8>) {
        if let bits = Self.dottedQuad(text) {
            self.init(ipv4: bits)
        } else {
            let string = unsafe text.withUnsafeBufferPointer {
                unsafe String(decoding: $0, as: UTF8.self)
            }
            self.init(string)
        }
    }

    /// Four numbers without leading zeros, as `inet_pton` has them.
    private static func dottedQuad(_ text: Span<UInt8>) -> UInt32? {
        var bits: UInt32 = 0
        var number: UInt32 = 0
        var isInNumber = false
        var dots = 0
        for index in text.indices {
            let digit = UInt32(text[index] ^ UInt8(ascii: "0"))
            if digit < 10 {
                if isInNumber, number == 0 { return nil }
                number = number * 10 + digit
                if number > 255 { return nil }
                isInNumber = true
            } else {
                guard text[index] == UInt8(ascii: "."), isInNumber else { return nil }
                bits = bits << 8 | number
                number = 0
                isInNumber = false
                dots += 1
            }
        }
        return dots == 3 && isInNumber ? bits << 8 | number : nil
    }

    /// The address of four 32-bit words in network byte order, as `struct in6_addr` and
    /// `struct inet_diag_sockid` hold them.
    @usableFromInline package init(networkOrder words: (UInt32, UInt32, UInt32, UInt32)) {
        self.init(
            high: UInt64(UInt32(bigEndian: words.0)) << 32 | UInt64(UInt32(bigEndian: words.1)),
            low: UInt64(UInt32(bigEndian: words.2)) << 32 | UInt64(UInt32(bigEndian: words.3))
        )
    }

    /// The presentation form: `10.244.1.7`, `fd00::7`.
    ///
    /// The corresponding C function is `inet_ntop`.
    @usableFromInline package var description: String {
        if isIPv4 {
            let bits = low
            return "\(bits >> 24 & 255).\(bits >> 16 & 255).\(bits >> 8 & 255).\(bits & 255)"
        }
        let words = InlineArray<2, UInt64> { $0 == 0 ? high.bigEndian : low.bigEndian }
        return unsafe words.span.withUnsafeBytes { source in
            unsafe withUnsafeTemporaryAllocation(
                of: CChar.self,
                capacity: Int(INET6_ADDRSTRLEN)
            ) { text in
                // The buffer has the size that inet_ntop(3) asks for, so it cannot fail.
                _ = unsafe inet_ntop(
                    AF_INET6,
                    source.baseAddress,
                    text.baseAddress,
                    socklen_t(text.count)
                )
                return unsafe String(
                    decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)),
                    as: UTF8.self
                )
            }
        }
    }
}
