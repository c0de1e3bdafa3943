@testable import Model
import TestSupport
import Testing

@Suite struct IPPrefixTests {
    @Test(arguments: [
        ("10.244.0.0/16", "10.244.0.0/16"), ("10.244.1.7/16", "10.244.0.0/16"),
        ("10.244.1.7", "10.244.1.7/32"), ("0.0.0.0/0", "0.0.0.0/0"), ("1.2.3.4/0", "0.0.0.0/0"),
        ("fd00::7/64", "fd00::/64"), ("fd00::7", "fd00::7/128"), ("fd00::7/0", "::/0"),
        ("::ffff:10.244.1.7", "10.244.1.7/32"), ("::ffff:10.244.1.7/112", "10.244.0.0/16"),
        ("::ffff:0:0/96", "0.0.0.0/0"),
    ])
    func `A block is read and written by its first address`(text: String, form: String) {
        #expect(IPPrefix(text)?.description == form)
    }

    @Test(arguments: [
        "", "/", "/8", "10.244.0.0/", "10.244.0.0/33", "10.244.0.0/-1", "10.244.0.0/+8",
        "10.244.0.0/8/8", "10.244.0.0/ 8", "10.244.0.0/8 ", "10.244.0.0/255.255.0.0",
        "10.244/16", "fd00::/129", "fd00::/x", "fd00::/99999999999999999999", "pods/8",
        "10.244.0.0/１６",
    ])
    func `What is no block is refused`(text: String) {
        #expect(IPPrefix(text) == nil)
    }

    @Test(arguments: 0...32)
    func `An IPv4 block of any length has its first and last address and no neighbour`(
        length: Int
    ) throws {
        let block = try #require(IPPrefix("172.22.181.107/\(length)"))
        let size = UInt64(1) << (32 - length)
        let first = UInt64(0xac16_b56b) / size * size
        let last = first + size - 1
        #expect(block.contains(ipv4(first)) && block.contains(ipv4(last)))
        #expect(first == 0 || !block.contains(ipv4(first - 1)))
        #expect(last == 0xffff_ffff || !block.contains(ipv4(last + 1)))
        #expect(block.base == ipv4(first))
        #expect(block.description == "\(ipv4(first))/\(length)")
    }

    @Test(arguments: 0...128)
    func `An IPv6 block of any length has what shares its leading bits and nothing else`(
        length: Int
    ) throws {
        var random = SeededGenerator(seed: UInt64(length))
        let address = IPAddress(high: 0x2001_0db8_8000_0001, low: random.next() | 1)
        let block = try #require(IPPrefix("\(address)/\(length)"))
        #expect(block.contains(address) && block.contains(block.base))
        for bit in 0..<128 {
            // Bit 0 is the most significant.
            let flipped =
                bit < 64
                ? IPAddress(high: address.high ^ 1 << UInt64(63 - bit), low: address.low)
                : IPAddress(high: address.high, low: address.low ^ 1 << UInt64(127 - bit))
            #expect(block.contains(flipped) == (bit >= length), "bit \(bit)")
        }
        #expect(IPPrefix(block.description) == block)
    }

    @Test(arguments: ["::/0", "::/64", "::/80", "::/95", "::ffff:0:0/90"])
    func `An IPv6 block has no IPv4 address, however short it is`(text: String) throws {
        let block = try #require(IPPrefix(text))
        #expect(!block.contains(ipv4(0x0af4_0107)))
    }

    @Test func `An IPv4 block has mapped addresses, and no IPv6 address`() throws {
        let everything = try #require(IPPrefix("0.0.0.0/0"))
        #expect(everything.contains(try #require(IPAddress("::ffff:10.0.0.1"))))
        #expect(!everything.contains(try #require(IPAddress("::10.0.0.1"))))
        #expect(!everything.contains(try #require(IPAddress("fd00::7"))))
    }
}

private func ipv4(_ bits: UInt64) -> IPAddress { IPAddress(ipv4: UInt32(bits)) }
