import Foundation
import Glibc
import LinuxSystem
import Model
import Testing

/// A connection whose other end does what a function says.
private func connection(_ serve: @escaping @Sendable (Int32) -> Void) throws -> FileDescriptor {
    var ends: [Int32] = [-1, -1]
    try #require(socketpair(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0, &ends) == 0)
    let far = ends[1]
    try #require(fcntl(ends[0], F_SETFL, O_NONBLOCK) == 0)
    DispatchQueue.global().async {
        serve(far)
        close(far)
    }
    return FileDescriptor(owning: ends[0], patience: 0)
}

/// Reads the request up to its empty line.
private func readRequest(_ socket: Int32) -> String {
    var request = ""
    var byte: UInt8 = 0
    while !request.hasSuffix("\r\n\r\n"), read(socket, &byte, 1) == 1 {
        request.unicodeScalars.append(Unicode.Scalar(byte))
    }
    return request
}

/// Writes to a connection that the other end may have closed.
@discardableResult
private func send(_ text: String, _ socket: Int32) -> Bool {
    let bytes = Array(text.utf8)
    var sent = 0
    while sent < bytes.count {
        let count = bytes[sent...].withUnsafeBytes {
            Glibc.send(socket, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        if count < 0 { return false }
        sent += count
    }
    return true
}

/// How many bytes the body has, and their sum.
private func get(
    over connection: consuming FileDescriptor,
    timeLimit: TimeSpan = .seconds(20),
    bodyLimit: Int = 10_000_000
) throws -> (count: Int, sum: Int) {
    var response = try HTTPResponse(
        getting: "/config_dump",
        from: "127.0.0.1:15000",
        over: connection,
        timeLimit: timeLimit,
        bodyLimit: bodyLimit
    )
    var (count, sum) = (0, 0)
    while let piece = try response.next() {
        count += piece.count
        for index in piece { sum += Int(response.buffer[index]) }
    }
    return (count, sum)
}

@Suite struct HTTPResponseTests {
    @Test func `A body of many buffers comes whole, and the request is what was asked for`() throws
    {
        let answer = try get(
            over: connection { socket in
                let request = readRequest(socket)
                let isRight =
                    request == "GET /config_dump HTTP/1.1\r\nHost: 127.0.0.1:15000\r\n"
                    + "Connection: close\r\n\r\n"
                let body = String(repeating: isRight ? "a" : "b", count: 3_000_000)
                send("HTTP/1.1 200 OK\r\nContent-Length: 3000000\r\n\r\n\(body)", socket)
            }
        )
        #expect(answer.count == 3_000_000)
        #expect(answer.sum == 3_000_000 * 97)
    }

    @Test func `An answer of known length is complete though the server keeps the connection`()
        throws
    {
        let answer = try get(
            over: connection { socket in
                _ = readRequest(socket)
                send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", socket)
                var byte: UInt8 = 0
                _ = read(socket, &byte, 1)
            }
        )
        #expect(answer.count == 2)
    }

    @Test(
        arguments: [
            "", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf",
        ]
    )
    func `A server that stops amid its answer is waited for no longer than the limit`(
        answer: String
    ) throws {
        let limit = TimeSpan(milliseconds: 150)
        let began = steadyTime()
        #expect(throws: HTTPError.timedOut(limit)) {
            try get(
                over: connection { socket in
                    _ = readRequest(socket)
                    send(answer, socket)
                    var byte: UInt8 = 0
                    _ = read(socket, &byte, 1)
                },
                timeLimit: limit
            )
        }
        #expect(steadyTime() - began >= limit)
    }

    @Test func `A server that sends a byte now and then does not prolong the limit`() throws {
        let limit = TimeSpan(milliseconds: 200)
        #expect(throws: HTTPError.timedOut(limit)) {
            try get(
                over: connection { socket in
                    _ = readRequest(socket)
                    send("HTTP/1.1 200 OK\r\n\r\n", socket)
                    while send("x", socket) { usleep(10_000) }
                },
                timeLimit: limit
            )
        }
    }

    @Test func `A server that ends amid its answer is an early end`() throws {
        #expect(throws: HTTPError.endedEarly) {
            try get(
                over: connection { socket in
                    _ = readRequest(socket)
                    send("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf", socket)
                }
            )
        }
    }

    @Test func `An answer that goes on for ever ends at the size limit`() throws {
        #expect(throws: HTTPError.bodyTooLong(limit: 200_000)) {
            try get(
                over: connection { socket in
                    _ = readRequest(socket)
                    send("HTTP/1.1 200 OK\r\n\r\n", socket)
                    while send(String(repeating: "x", count: 4096), socket) {}
                },
                bodyLimit: 200_000
            )
        }
    }

    @Test(arguments: ["127.0.0.1", "::1"])
    func
        `A port on which nobody listens refuses the connection, and one that is taken cannot be used`(
            address: String
        ) throws
    {
        let any = Endpoint(address: try #require(IPAddress(address)), port: 0)
        let server = try FileDescriptor(listeningOn: any)
        let endpoint = Endpoint(address: any.address, port: try server.localPort())
        #expect(throws: Errno(code: EADDRINUSE)) {
            _ = try FileDescriptor(listeningOn: endpoint)
        }
        // It is accepted by the kernel, and never answered.
        #expect(throws: HTTPError.timedOut(TimeSpan(milliseconds: 50))) {
            try get(
                over: FileDescriptor(connectingTo: endpoint),
                timeLimit: TimeSpan(milliseconds: 50)
            )
        }
        _ = consume server
        #expect(throws: HTTPError.cannotConnect(Errno(code: ECONNREFUSED))) {
            try get(over: FileDescriptor(connectingTo: endpoint))
        }
    }
}
