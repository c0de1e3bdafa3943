import CLinux
@testable import Model
import Testing

@testable import SockDiag

@Suite struct SocketRequestTests {
    @Test(arguments: [(SocketRequest.lookUp, UInt16(20), UInt8(0x02)), (.destroy, 21, 0)])
    func `A request names a socket by its addresses, interface and cookie`(
        request: SocketRequest,
        type: UInt16,
        extensions: UInt8
    ) throws {
        #expect(request.messageType == type)
        #expect(
            request.payload(for: try socket(.ipv4, "10.244.1.9", "10.244.2.7"))
                == bytes(
                    [2],  // sdiag_family: AF_INET
                    [6],  // sdiag_protocol: TCP
                    [extensions],  // idiag_ext: INET_DIAG_INFO in a look-up
                    [0],  // pad
                    zeros(4),  // idiag_states: of no meaning here
                    [0x9c, 0x40],  // id.idiag_sport: 40000, big-endian
                    [0x3a, 0xa0],  // id.idiag_dport: 15008, big-endian
                    [10, 244, 1, 9] + zeros(12),  // id.idiag_src
                    [10, 244, 2, 7] + zeros(12),  // id.idiag_dst
                    [0x03, 0, 0, 0],  // id.idiag_if: 3, host byte order
                    [0x01, 0x10, 0, 0],  // id.idiag_cookie[0]: the low half
                    [0x02, 0, 0, 0]  // id.idiag_cookie[1]: the high half
                )
        )
    }

    @Test(arguments: SocketRequest.allCases)
    func `Addresses of an IPv6 socket are IPv6`(request: SocketRequest) throws {
        let payload = request.payload(for: try socket(.ipv6, "fd00::9", "fd00:1::7"))
        #expect(payload[0] == 10)  // AF_INET6
        #expect(payload[12..<28] == bytes([0xfd], zeros(14), [9])[...])
        #expect(payload[28..<44] == bytes([0xfd, 0, 0, 1], zeros(11), [7])[...])
    }

    @Test(arguments: SocketRequest.allCases)
    func `An IPv6 socket with IPv4-mapped addresses is asked for as IPv6`(
        request: SocketRequest
    ) throws {
        let payload = request.payload(for: try socket(.ipv6, "10.244.1.9", "10.244.2.7"))
        #expect(payload[0] == 10)  // AF_INET6
        #expect(payload[12..<28] == bytes(zeros(10), [0xff, 0xff, 10, 244, 1, 9])[...])
        #expect(payload[28..<44] == bytes(zeros(10), [0xff, 0xff, 10, 244, 2, 7])[...])
    }

    @Test(arguments: [
        ("10.244.1.9", "10.244.2.7", AddressFamily.ipv4), ("fd00::9", "fd00:1::7", .ipv6),
    ])
    func `A socket of which only the key is known is asked for by its addresses`(
        local: String,
        peer: String,
        family: AddressFamily
    ) throws {
        var known = try socket(family, local, peer)
        let key = SocketKey(
            namespace: 7,
            cookie: known.cookie,
            local: known.local,
            peer: known.peer
        )
        known.interface = 0
        #expect(SocketName(key) == known)
    }

    @Test(arguments: SocketRequest.allCases)
    func `No cookie means any socket`(request: SocketRequest) throws {
        var anySocket = try socket(.ipv4, "10.244.1.9", "10.244.2.7")
        anySocket.cookie = .max
        #expect(request.payload(for: anySocket).suffix(8) == zeros(8)[...])
        // Half of one is a cookie like others.
        anySocket.cookie = 0xffff_ffff
        #expect(
            request.payload(for: anySocket).suffix(8)
                == bytes([0xff, 0xff, 0xff, 0xff], zeros(4))[...]
        )
    }
}

private func socket(_ family: AddressFamily, _ local: String, _ peer: String) throws -> SocketName {
    let socket = TCPSocket(
        family: family,
        local: Endpoint(address: try #require(IPAddress(local)), port: 40000),
        peer: Endpoint(address: try #require(IPAddress(peer)), port: 15008),
        interface: 3,
        cookie: 0x0000_0002_0000_1001,
        info: TCPInfo(lastDataReceived: 0, lastAckReceived: 0)
    )
    return SocketName(socket)
}
