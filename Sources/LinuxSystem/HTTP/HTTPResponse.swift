// A release build finds the kinds of sockets in the module whose header it read first.
import CLinux
import Glibc
import Model

/// The answer to a GET over plain HTTP/1.1, read in pieces: nothing holds the whole of it.
///
///     var response = try HTTPResponse(getting: "/config_dump", …)
///     while let piece = try response.next() { use(response.buffer.span.extracting(piece)) }
///
/// The whole exchange, from the connection to the last byte, has one time limit.
package struct HTTPResponse: ~Copyable {
    /// What was received last; ``next()`` says where in it the body is.
    package private(set) var buffer = [UInt8](repeating: 0, count: 64 * 1024)
    private var received = 0
    private var position = 0
    private let connection: FileDescriptor
    private var decoder: HTTPDecoder
    private let timeLimit: TimeSpan
    private let deadline: TimeSpan

    /// Sends the request once the connection is made, for which it waits.
    ///
    /// - Parameters:
    ///   - path: What to get, such as `/config_dump`.
    ///   - host: The server's name for the `Host` field.
    ///   - connection: A connected stream socket, or one that is being connected. One that does not
    ///     block must have no patience of its own.
    ///   - timeLimit: For the whole exchange.
    ///   - bodyLimit: The longest body, in bytes.
    /// - Throws: ``HTTPError``.
    package init(
        getting path: String,
        from host: String,
        over connection: consuming FileDescriptor,
        timeLimit: TimeSpan,
        bodyLimit: Int
    ) throws(HTTPError) {
        self.timeLimit = timeLimit
        deadline = steadyTime() + timeLimit
        decoder = HTTPDecoder(bodyLimit: bodyLimit)
        self.connection = connection
        try awaitConnection()
        let request = "GET \(path) HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n"
        do throws(Errno) {
            try self.connection.write(Array(request.utf8).span)
        } catch {
            throw .cannotSend(error)
        }
    }

    /// Receives until there is a piece of the body.
    ///
    /// - Returns: Where it is in the buffer; `nil` when the body is complete.
    /// - Throws: ``HTTPError``.
    package mutating func next() throws(HTTPError) -> Range<Int>? {
        while true {
            let piece = try Self.next(&decoder, buffer, received, &position)
            if let piece { return piece }
            // A server may keep the connection open.
            if decoder.isOver { return nil }
            received = try receive()
            position = 0
            if received == 0 {
                try decoder.finish()
                return nil
            }
        }
    }

    private static func next(
        _ decoder: inout HTTPDecoder,
        _ buffer: [UInt8],
        _ received: Int,
        _ position: inout Int
    ) throws(HTTPError) -> Range<Int>? {
        try decoder.next(in: buffer.span.extracting(first: received), from: &position)
    }

    private mutating func receive() throws(HTTPError) -> Int {
        while true {
            try expect(POLLIN)
            do throws(Errno) {
                return try connection.read(into: &buffer)
            } catch {
                if error.code != EAGAIN { throw .cannotReceive(error) }
            }
        }
    }

    /// Waits until a connection is made that is being made.
    ///
    /// The corresponding C function is `getsockopt`, socket(7) `SO_ERROR`.
    private func awaitConnection() throws(HTTPError) {
        try expect(POLLOUT)
        var (code, length) = (Int32(0), socklen_t(MemoryLayout<Int32>.size))
        // At most the size of the variable is written.
        let result = unsafe getsockopt(
            connection.number,
            SOL_SOCKET,
            SO_ERROR,
            &code,
            &length
        )
        if result != 0 { throw .cannotConnect(.current) }
        if code != 0 { throw .cannotConnect(Errno(code: code)) }
    }

    /// Waits for an event, as long as the exchange has time left.
    private func expect(_ event: Int32) throws(HTTPError) {
        let rest = max(0, (deadline - steadyTime()).milliseconds)
        do throws(Errno) {
            // Rounded up, so that the limit is not missed by a part of a millisecond.
            if rest > 0, try connection.wait(for: event, milliseconds: Int32(clamping: rest + 1)) {
                return
            }
        } catch {
            throw .cannotReceive(error)
        }
        throw .timedOut(timeLimit)
    }
}
