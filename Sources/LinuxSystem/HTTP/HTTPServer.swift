// A release build finds the kinds of sockets in the module whose header it read first.
import CLinux
import Glibc
import Model

/// A small server of HTTP/1.1, to which GET and HEAD are all that there is.
///
/// Whoever connects can make it neither wait nor grow: it never blocks, an exchange has a time limit,
/// a request a length, and of too many connections the oldest ends.
package struct HTTPServer: Sendable {
    /// What bounds its clients.
    package struct Limits: Sendable {
        /// How many may be connected.
        package var connections = 32
        /// How long one may take for its request.
        package var request = TimeSpan.seconds(5)
        /// How long one may take to receive the answer.
        package var answer = TimeSpan.seconds(20)

        /// The limits for some scrapers.
        package init() {}
    }

    private let limits: Limits
    private let answer: @Sendable (HTTPRequest) -> HTTPAnswer

    /// A server.
    ///
    /// - Parameters:
    ///   - limits: What bounds its clients.
    ///   - answer: Answers each GET and HEAD; called by the thread that serves.
    package init(
        _ limits: Limits = Limits(),
        answer: @escaping @Sendable (HTTPRequest) -> HTTPAnswer
    ) {
        self.limits = limits
        self.answer = answer
    }

    /// Serves forever, or until the socket fails.
    ///
    /// The corresponding C functions are `poll` and `accept`.
    ///
    /// - Parameter listener: A socket that listens and does not block.
    package func serve(on listener: borrowing FileDescriptor) {
        var connections: [HTTPServerConnection] = []
        while advance(&connections, listener) {}
    }

    /// Waits for something to happen, and deals with it.
    ///
    /// - Returns: Whether it can go on.
    private func advance(
        _ connections: inout [HTTPServerConnection],
        _ listener: borrowing FileDescriptor
    ) -> Bool {
        var requests = connections.map(\.interest)
        requests.append(pollfd(fd: listener.number, events: Int16(POLLIN), revents: 0))
        let now = steadyTime()
        let wait = connections.map(\.deadline).min().map { max(0, ($0 - now).milliseconds) }
        let limit = wait.map { Int32(clamping: $0 + 1) } ?? -1
        if unsafe poll(&requests, nfds_t(requests.count), limit) < 0 {
            let failure = Errno.current
            return failure.code == EINTR || failure.code == ENOMEM
        }
        for (connection, request) in zip(connections, requests) where request.revents != 0 {
            connection.advance(limits, answer)
        }
        let later = steadyTime()
        connections.removeAll { $0.isOver || $0.deadline <= later }
        return requests.last?.revents == 0 || accept(from: listener, into: &connections)
    }

    /// Accepts a connection; whether others may come.
    private func accept(
        from listener: borrowing FileDescriptor,
        into connections: inout [HTTPServerConnection]
    ) -> Bool {
        let number = Glibc.accept(listener.number, nil, nil)
        let failure = Errno.current
        if number >= 0 {
            _ = fcntl(number, F_SETFD, FD_CLOEXEC)
            _ = fcntl(number, F_SETFL, O_NONBLOCK)
            // The first is the oldest.
            if connections.count >= limits.connections { connections.removeFirst() }
            let socket = FileDescriptor(owning: number, patience: 0)
            let deadline = steadyTime() + limits.request
            connections.append(HTTPServerConnection(socket, deadline: deadline))
            return true
        }
        switch failure.code {
        case EMFILE, ENFILE, ENOBUFS, ENOMEM:
            // Somebody else has to let go; until then the kernel keeps the connection.
            _ = usleep(100_000)
            return true
        case EBADF, EINVAL, ENOTSOCK, EOPNOTSUPP: return false
        // What was wrong with the connection is over with it, accept(2).
        default: return true
        }
    }
}

/// A client of a server.
private final class HTTPServerConnection {
    private enum Phase {
        case request
        /// Sending, from this byte on.
        case answer(Int)
        /// All was sent. What the client still sends is read, because a connection that is closed with
        /// unread data is reset, and the answer lost.
        case end
    }

    private let socket: FileDescriptor
    private(set) var deadline: TimeSpan
    private(set) var isOver = false
    private var phase = Phase.request
    private var decoder = HTTPRequestDecoder()
    private var output: [UInt8] = []
    private var body: [UInt8] = []

    init(_ socket: consuming FileDescriptor, deadline: TimeSpan) {
        self.socket = socket
        self.deadline = deadline
    }

    /// What it waits for.
    var interest: pollfd {
        let event = if case .answer = phase { POLLOUT } else { POLLIN }
        return pollfd(fd: socket.number, events: Int16(event), revents: 0)
    }

    /// Does what the client is ready for.
    func advance(
        _ limits: HTTPServer.Limits,
        _ answer: (HTTPRequest) -> HTTPAnswer
    ) {
        switch phase {
        case .request: receive(limits, answer)
        case .answer(let sent): send(from: sent)
        case .end:
            var rest = [UInt8](repeating: 0, count: 4096)
            if read(into: &rest) == 0 { isOver = true }
        }
    }

    private func receive(
        _ limits: HTTPServer.Limits,
        _ answer: (HTTPRequest) -> HTTPAnswer
    ) {
        var piece = [UInt8](repeating: 0, count: 4096)
        guard let count = read(into: &piece) else { return }
        guard count > 0 else { return isOver = true }
        do throws(HTTPRequest.Fault) {
            let input = piece.span.extracting(first: count)
            guard let request = try decoder.take(input) else { return }
            begin(reply(to: request, answer), hasBody: request.method != "HEAD")
        } catch {
            let status =
                error == .tooLong ? "431 Request Header Fields Too Large" : "400 Bad Request"
            begin(
                HTTPAnswer(status: status, body: Array("cannot read the request\n".utf8)),
                hasBody: true
            )
        }
        deadline = steadyTime() + limits.answer
        send(from: 0)
    }

    private func reply(
        to request: HTTPRequest,
        _ answer: (HTTPRequest) -> HTTPAnswer
    ) -> HTTPAnswer {
        ["GET", "HEAD"].contains(request.method)
            ? answer(request)
            : HTTPAnswer(
                status: "405 Method Not Allowed",
                fields: ["Allow: GET, HEAD"],
                body: Array("use GET\n".utf8)
            )
    }

    private func begin(_ answer: HTTPAnswer, hasBody: Bool) {
        (output, body) = (answer.head, hasBody ? answer.body : [])
        phase = .answer(0)
    }

    private func send(from start: Int) {
        var sent = start
        while sent < output.count + body.count {
            let count = sent < output.count ? write(output, sent) : write(body, sent - output.count)
            guard let count else { break }
            sent += count
        }
        phase = .answer(sent)
        if !isOver, sent == output.count + body.count {
            _ = shutdown(socket.number, Int32(SHUT_WR))
            (phase, output, body) = (.end, [], [])
        }
    }

    /// Reads what is there; `nil` where nothing is yet, 0 at the end or where the connection failed.
    private func read(into buffer: inout [UInt8]) -> Int? {
        do throws(Errno) {
            return try socket.read(into: &buffer)
        } catch {
            return error.code == EAGAIN ? nil : 0
        }
    }

    /// Sends bytes from an index on; how many, or `nil` where none has room now.
    ///
    /// A client that is gone ends the connection, and no signal is raised.
    private func write(_ bytes: [UInt8], _ start: Int) -> Int? {
        let number = socket.number
        // No more is read than the bytes that are left.
        let count = unsafe bytes.span.extracting(droppingFirst: start).withUnsafeBytes {
            unsafe Glibc.send(number, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        let failure = Errno.current
        if count >= 0 { return count }
        if failure.code != EAGAIN, failure.code != EINTR { isOver = true }
        return nil
    }
}
