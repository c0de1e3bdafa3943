import Glibc
import Model
import TestSupport
import Testing

@Suite struct IPAddressTests {
    @Test(arguments: [
        ("0.0.0.0", "0.0.0.0"), ("10.244.1.7", "10.244.1.7"),
        ("255.255.255.255", "255.255.255.255"),
        ("::ffff:10.244.1.7", "10.244.1.7"), ("::FFFF:0af4:0107", "10.244.1.7"),
        ("0:0:0:0:0:ffff:10.244.1.7", "10.244.1.7"),
        ("::", "::"), ("::1", "::1"), ("FD00::0007", "fd00::7"),
        ("fd00:0:0:1:0:0:0:7", "fd00:0:0:1::7"), ("2001:db8::", "2001:db8::"),
        // Neighbours of the mapped block that are IPv6.
        ("::fffe:10.244.1.7", "::fffe:af4:107"), ("::1:ffff:0af4:107", "::1:ffff:af4:107"),
        ("::10.244.1.7", "::10.244.1.7"), ("1::ffff:10.244.1.7", "1::ffff:af4:107"),
    ])
    func `An address is read and written in its one form`(text: String, form: String) {
        #expect(IPAddress(text)?.description == form)
        #expect(IPAddress(utf8: text.utf8Span.span)?.description == form)
    }

    @Test(arguments: [
        "", " ", "10.244.1", "10.244.1.7.1", "10.244.1.256", "10.244.1.-1", "010.244.1.7",
        "0x0a.0.0.1", "10.244.1.7 ", " 10.244.1.7", "10.244.1.7/32", "10.244.1.7:15008",
        "fd00::7%eth0", "[fd00::7]", "fd00::7::1", "fd00:::7", "fd00", "12345::", "g::",
        "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "::ffff:10.244.1", "localhost", "167772161",
        "10.244.1.7\0", "10.244.1.7\0.example", "１0.0.0.1",
    ])
    func `What is no address is refused`(text: String) {
        #expect(IPAddress(text) == nil)
        #expect(IPAddress(utf8: text.utf8Span.span) == nil)
    }

    @Test(arguments: UInt64(1)...4)
    func `Bytes are read like a string, whatever they are`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<5000 {
            let length = Int.random(in: 0...16, using: &random)
            let text = String(
                (0..<length).map { _ in "00125.9.:".randomElement(using: &random) ?? "." }
            )
            #expect(IPAddress(utf8: text.utf8Span.span) == IPAddress(text), "\(text)")
        }
    }

    @Test(arguments: UInt64(1)...4)
    func `IPv6 is written as inet_ntop writes it, and reads back`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<2000 {
            // Groups are zeroed at random, so that runs of zeros of every place and length occur.
            var bytes = [UInt8](repeating: 0, count: 16)
            for group in 0..<8 where Bool.random(using: &random) {
                bytes[2 * group] = .random(in: 0...255, using: &random)
                bytes[2 * group + 1] = .random(in: 0...3, using: &random)
            }
            let words = bytes.withUnsafeBytes { raw in
                (0..<4).map { raw.loadUnaligned(fromByteOffset: 4 * $0, as: UInt32.self) }
            }
            let address = IPAddress(networkOrder: (words[0], words[1], words[2], words[3]))
            if address.isIPv4 { continue }
            #expect(address.description == presentation(AF_INET6, bytes), "\(bytes)")
            #expect(IPAddress(address.description) == address, "\(bytes)")
        }
    }

    @Test(arguments: UInt64(1)...2)
    func `IPv4 is written as inet_ntop writes it, and reads back`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<2000 {
            let bits = UInt32.random(in: 0 ... .max, using: &random)
            let address = IPAddress(ipv4: bits)
            let bytes = (0..<4).map { UInt8(truncatingIfNeeded: bits >> (24 - 8 * $0)) }
            #expect(address.description == presentation(AF_INET, bytes))
            #expect(IPAddress(address.description) == address)
            #expect(IPAddress("::ffff:\(address)") == address)
            #expect(address.isIPv4)
        }
    }

    @Test func `A mapped address of a socket is the IPv4 address of a Pod`() {
        let words = (UInt32(0), UInt32(0), UInt32(0xffff).bigEndian, UInt32(0x0af4_0107).bigEndian)
        #expect(IPAddress(networkOrder: words) == IPAddress("10.244.1.7"))
        #expect(IPAddress(networkOrder: words).hashValue == IPAddress("10.244.1.7")?.hashValue)
    }

    @Test func `IPv4 comes before IPv6, each in numeric order`() {
        let ordered = [
            "0.0.0.0", "9.255.255.255", "10.0.0.2", "10.0.0.10", "255.255.255.255",
            "::", "::1", "::ffff:0:0:1", "2001:db8::", "fd00::7", "fd00:0:0:1::",
        ].compactMap(IPAddress.init)
        #expect(ordered.count == 11)
        #expect(ordered.shuffled().sorted() == ordered)
    }

    @Test(arguments: [
        ("10.244.1.7", UInt16(15008), "10.244.1.7:15008"), ("fd00::7", 1, "[fd00::7]:1"),
        ("::ffff:10.244.1.7", 65535, "10.244.1.7:65535"),
    ])
    func `An endpoint sets IPv6 in brackets`(address: String, port: UInt16, text: String) throws {
        let endpoint = Endpoint(address: try #require(IPAddress(address)), port: port)
        #expect(endpoint.description == text)
    }
}

/// What inet_ntop(3) makes of an address in network byte order.
private func presentation(_ family: Int32, _ bytes: [UInt8]) -> String {
    var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
    guard inet_ntop(family, bytes, &text, socklen_t(text.count)) != nil else { return "" }
    return String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
}
