import Glibc
import Model
import Testing

@testable import SockDiag

/// What the kernel counts of pings: records of 39 bytes each way, over the loopback device.
struct KernelPingTests {
    @Test func `Pings and their answers are all that a connection grew by`() throws {
        var pair = try Pair()
        // The first bring bare acknowledgements: until the kernel sees question and answer.
        for _ in 1...20 { try pair.ping() }
        let before = try pair.look()
        for _ in 1...5 { try pair.ping() }
        let after = try pair.look()
        #expect(after.growth(since: before) == .pings(5))
        #expect(after.growth(since: after) == .nothing)
    }

    @Test(arguments: [1, 38, 40, 78]) func `Data of another length is no ping`(length: Int) throws {
        var pair = try Pair()
        for _ in 1...20 { try pair.ping() }
        let before = try pair.look()
        try pair.ping(bytes: length)
        #expect(try pair.look().growth(since: before) == .other)
    }

    @Test func `What is not read yet is counted apart`() throws {
        var pair = try Pair()
        try pair.ping()
        try #require(send(pair.server, [UInt8](repeating: 1, count: 39), 39, 0) == 39)
        #expect(try pair.socket { $0.unreadBytes > 0 }.unreadBytes == 39)
    }
}

/// Both ends of a connection within this namespace.
private struct Pair: ~Copyable {
    struct Failure: Error { var step: String }

    let client: Int32
    let server: Int32
    private let port: UInt16

    init() throws {
        (client, server, port) = try Self.connected()
    }

    private static func connected() throws -> (client: Int32, server: Int32, port: UInt16) {
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        let listener = Glibc.socket(AF_INET, kind, 0)
        defer { close(listener) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        func with(_ call: (UnsafeMutablePointer<sockaddr>) -> Int32) -> Int32 {
            withUnsafeMutablePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1, call)
            }
        }
        guard with({ bind(listener, $0, size) }) == 0, listen(listener, 1) == 0 else {
            throw Failure(step: "listen")
        }
        guard with({ getsockname(listener, $0, &size) }) == 0 else { throw Failure(step: "name") }
        let client = Glibc.socket(AF_INET, kind, 0)
        guard with({ connect(client, $0, size) }) == 0 else { throw Failure(step: "connect") }
        let server = accept(listener, nil, nil)
        guard server >= 0 else { throw Failure(step: "accept") }
        return (client, server, UInt16(bigEndian: address.sin_port))
    }

    deinit {
        close(client)
        close(server)
    }

    /// The server asks, and the client answers with as much.
    mutating func ping(bytes count: Int = 39) throws {
        var bytes = [UInt8](repeating: 7, count: count)
        guard
            send(server, bytes, count, 0) == count,
            recv(client, &bytes, count, Int32(MSG_WAITALL)) == count,
            send(client, bytes, count, 0) == count,
            recv(server, &bytes, count, Int32(MSG_WAITALL)) == count
        else { throw Failure(step: "ping") }
    }

    /// The client's counters, once its last answer is acknowledged.
    func look() throws -> TrafficCounters {
        try #require(try socket { $0.info.unackedSegments == 0 }.info.traffic)
    }

    /// The client's socket, once it is as it must become.
    func socket(when isReady: (TCPSocket) -> Bool) throws -> TCPSocket {
        for _ in 1...200 {
            let found = try #require(try dump(.current, port: port).sockets.first)
            if isReady(found) { return found }
            usleep(10_000)
        }
        throw Failure(step: "wait")
    }
}
