import Foundation
import Glibc
import LinuxSystem
import Model
import Synchronization
import Testing

/// What a server answers to bytes, and when it ends the connection.
@Suite struct HTTPServerTests {
    /// A server on a port of its own; its thread and its socket live as long as the tests.
    private static func start(_ limits: HTTPServer.Limits = HTTPServer.Limits()) throws -> Endpoint
    {
        let loopback = try #require(IPAddress("127.0.0.1"))
        let listener = try FileDescriptor(listeningOn: Endpoint(address: loopback, port: 0))
        let endpoint = Endpoint(address: loopback, port: try listener.localPort())
        let kept = Kept(listener)
        try startThread {
            HTTPServer(limits) { request in
                HTTPAnswer(
                    type: "text/x-test",
                    body: Array(
                        repeating: UInt8(ascii: "x"),
                        count: Int(request.path.dropFirst()) ?? 3
                    )
                )
            }
            .serve(on: kept.listener)
        }
        return endpoint
    }

    private final class Kept: Sendable {
        let listener: FileDescriptor

        init(_ listener: consuming FileDescriptor) { self.listener = listener }
    }

    /// A connection that waits for at most ten seconds.
    private static func connect(to endpoint: Endpoint) throws -> FileDescriptor {
        let socket = try FileDescriptor(connectingTo: endpoint)
        try #require(try socket.wait(for: POLLOUT, milliseconds: 10_000))
        return FileDescriptor(owning: dup(socket.number), patience: 10_000)
    }

    /// What comes back for bytes, up to the end of the connection.
    private func answer(to request: String, at endpoint: Endpoint) throws -> String {
        let socket = try Self.connect(to: endpoint)
        try socket.write(Array(request.utf8).span)
        return String(decoding: try socket.readAll(atMost: .max), as: UTF8.self)
    }

    private static let head = """
        HTTP/1.1 200 OK\r
        Content-Type: text/x-test\r
        Content-Length: 3\r
        Cache-Control: no-store\r
        X-Content-Type-Options: nosniff\r
        Connection: close\r
        \r\n
        """

    @Test(
        arguments: [
            ("GET /x HTTP/1.1\r\nHost: a\r\n\r\n", head + "xxx"),
            ("GET /x?y=1 HTTP/1.1\r\nAccept: */*\r\nhost:\r\n\r\n", head + "xxx"),
            ("GET / HTTP/1.0\r\n\r\n", head + "xxx"), ("HEAD / HTTP/1.0\r\n\r\n", head),
            // A body is not read, nor what comes behind a request.
            ("GET / HTTP/1.0\r\nContent-Length: 4\r\n\r\nbody", head + "xxx"),
            ("GET / HTTP/1.0\r\n\r\nGET / HTTP/1.0\r\n\r\n", head + "xxx"),
        ]
    )
    func `A request is answered, and the connection ends`(request: String, expected: String) throws
    {
        #expect(try answer(to: request, at: Self.start()) == expected)
    }

    @Test(
        arguments: [
            ("POST / HTTP/1.0\r\n\r\n", "405 Method Not Allowed"),
            ("DELETE / HTTP/1.1\r\nHost: a\r\n\r\n", "405 Method Not Allowed"),
            ("\r\n", "400 Bad Request"), ("GET\r\n", "400 Bad Request"),
            ("GET /\r\n", "400 Bad Request"), ("GET / HTTP/2.0\r\n", "400 Bad Request"),
            ("GET  / HTTP/1.1\r\n", "400 Bad Request"), ("GET x HTTP/1.1\r\n", "400 Bad Request"),
            ("G(T / HTTP/1.1\r\n", "400 Bad Request"), ("GET / HTTP/1.1\n", "400 Bad Request"),
            ("GET /\u{7f} HTTP/1.1\r\n", "400 Bad Request"),
            ("GET / HTTP/1.1\r\n\r\n", "400 Bad Request"),
            ("GET / HTTP/1.1\r\nno colon\r\n", "400 Bad Request"),
            ("\u{16}\u{3}\u{1}\0\0\0", "400 Bad Request"),
            (
                "GET /\(String(repeating: "x", count: 9000)) HTTP/1.1\r\n",
                "431 Request Header Fields Too Large"
            ),
            (
                "GET / HTTP/1.1\r\n\(String(repeating: "A: x\r\n", count: 2000))",
                "431 Request Header Fields Too Large"
            ),
        ]
    )
    func `What is no request is refused by its status`(request: String, status: String) throws {
        let answer = try answer(to: request, at: Self.start())
        #expect(answer.hasPrefix("HTTP/1.1 \(status)\r\n"))
        #expect(answer.contains("\r\nConnection: close\r\n"))
    }

    @Test func `A request may come byte by byte, and a large answer is received whole`() throws {
        let endpoint = try Self.start()
        let socket = try Self.connect(to: endpoint)
        for byte in "GET /5000000 HTTP/1.0\r\n\r\n".utf8 {
            let bytes = [byte]
            try socket.write(bytes.span)
        }
        let answer = try socket.readAll(atMost: .max)
        #expect(answer.count > 5_000_000)
        #expect(answer.suffix(5_000_000).allSatisfy { $0 == UInt8(ascii: "x") })
    }

    @Test func `A client that sends no request, or takes no answer, is ended in time`() throws {
        var limits = HTTPServer.Limits()
        limits.request = TimeSpan(milliseconds: 100)
        limits.answer = TimeSpan(milliseconds: 200)
        let endpoint = try Self.start(limits)
        let silent = try Self.connect(to: endpoint)
        #expect(try silent.readAll(atMost: 100) == [])
        let half = try Self.connect(to: endpoint)
        try half.write(Array("GET / HTTP".utf8).span)
        #expect(try half.readAll(atMost: 100) == [])
        let greedy = try Self.connect(to: endpoint)
        try greedy.write(Array("GET /50000000 HTTP/1.0\r\n\r\n".utf8).span)
        // The server's time begins with the answer, however late it comes to that.
        var first: [UInt8] = [0]
        #expect(try greedy.read(into: &first) == 1)
        usleep(400_000)
        #expect(try cut(greedy) < 50_000_000)
        #expect(try answer(to: "GET / HTTP/1.0\r\n\r\n", at: endpoint).hasSuffix("xxx"))
    }

    /// How much comes before a connection ends, in whatever way.
    private func cut(_ socket: borrowing FileDescriptor) throws -> Int {
        var (count, buffer) = (0, [UInt8](repeating: 0, count: 1 << 20))
        while let more = try? socket.read(into: &buffer), more > 0 { count += more }
        return count
    }

    @Test func `Of more clients than it takes the oldest goes, and one with a request is answered`()
        throws
    {
        var limits = HTTPServer.Limits()
        limits.connections = 4
        let endpoint = try Self.start(limits)
        let oldest = try Self.connect(to: endpoint)
        let others = try (0..<40).map { _ in dup(try Self.connect(to: endpoint).number) }
        defer { others.forEach { close($0) } }
        #expect(try answer(to: "GET / HTTP/1.0\r\n\r\n", at: endpoint).hasSuffix("xxx"))
        #expect(try cut(oldest) == 0)
    }

    @Test func `Clients that reset their connections leave the server as it was`() throws {
        let endpoint = try Self.start()
        for _ in 0..<50 {
            let socket = try Self.connect(to: endpoint)
            try socket.write(Array("GET /1000000 HTTP/1.0\r\n\r\n".utf8).span)
            var option = linger(l_onoff: 1, l_linger: 0)
            let size = socklen_t(MemoryLayout<linger>.size)
            setsockopt(socket.number, SOL_SOCKET, SO_LINGER, &option, size)
        }
        #expect(try answer(to: "GET / HTTP/1.0\r\n\r\n", at: endpoint).hasSuffix("xxx"))
    }
}
