import CLinux
import Glibc
import LinuxSystem
import Model
import Testing

@testable import SockDiag

/// Sockets that are destroyed by a kernel that follows a script.
@Suite struct DestroyTests {
    @Test func `Sockets are looked up, and then destroyed by the same names`() throws {
        let run = Run([1, 2], [[found(1), found(2)], [done(3), done(4)]])
        try run.result.get()
        #expect(run.results == [.destroyed, .destroyed])
        #expect(run.log.sent.count == 2)
        #expect(
            run.log.sent.first
                == [
                    72, 0, 0, 0,  // nlmsg_len
                    20, 0,  // nlmsg_type: SOCK_DIAG_BY_FAMILY
                    0x01, 0x00,  // nlmsg_flags: NLM_F_REQUEST
                    1, 0, 0, 0,  // nlmsg_seq
                    0, 0, 0, 0,  // nlmsg_pid: filled in by the kernel
                ] + SocketRequest.lookUp.payload(for: SocketName(socket(1))) + [
                    72, 0, 0, 0, 20, 0, 0x01, 0x00, 2, 0, 0, 0, 0, 0, 0, 0,
                ] + SocketRequest.lookUp.payload(for: SocketName(socket(2)))
        )
        #expect(
            run.log.sent.last
                == [
                    72, 0, 0, 0,  // nlmsg_len
                    21, 0,  // nlmsg_type: SOCK_DESTROY
                    0x05, 0x00,  // nlmsg_flags: NLM_F_REQUEST | NLM_F_ACK
                    3, 0, 0, 0,  // nlmsg_seq
                    0, 0, 0, 0,  // nlmsg_pid: filled in by the kernel
                ] + SocketRequest.destroy.payload(for: SocketName(socket(1))) + [
                    72, 0, 0, 0, 21, 0, 0x05, 0x00, 4, 0, 0, 0, 0, 0, 0, 0,
                ] + SocketRequest.destroy.payload(for: SocketName(socket(2)))
        )
    }

    @Test func `Answers are known by their sequence numbers, and not by their order`() throws {
        let run = Run([1, 2, 3], [[failed(2), found(3), found(1)], [done(5), failed(4, EPERM)]])
        try run.result.get()
        #expect(run.results == [.destroyed, .gone, .refusal(EPERM)])
    }

    @Test func `A socket that closed before it was looked up is gone`() throws {
        let run = Run([1], [[failed(1)]])
        try run.result.get()
        #expect(run.results == [.gone])
        #expect(run.log.sent.count == 1)
    }

    @Test func `A socket that closed after it was looked up is gone`() throws {
        let run = Run([1], [[found(1)], [failed(2)]])
        try run.result.get()
        #expect(run.results == [.gone])
    }

    @Test(arguments: [
        found(1, .socket(1, type: SOCK_DIAG_BY_FAMILY, state: TCP_CLOSE_WAIT)),
        found(1, .socket(1, type: SOCK_DIAG_BY_FAMILY, port: 443)),
        found(1, .socket(2, type: SOCK_DIAG_BY_FAMILY)),  // Another cookie and address.
        found(1, .socket(1, type: SOCK_DIAG_BY_FAMILY, hasInfo: false)),
    ])
    func `A socket that is not what it was is left alone`(answer: Answer) throws {
        let run = Run([1], [[answer]])
        try run.result.get()
        #expect(run.results == [.skipped])
        #expect(run.asked.isEmpty)
        #expect(run.log.sent.count == 1)
    }

    @Test func `A socket that is not meant any more is left alone`() throws {
        let run = Run([1, 2, 3], [[found(1), found(2), found(3)], [done(4)]], meant: [2])
        try run.result.get()
        #expect(run.results == [.skipped, .destroyed, .skipped])
        #expect(
            run.log.sent.last?.suffix(56)
                == SocketRequest.destroy.payload(for: SocketName(socket(2)))[...]
        )
    }

    @Test func `Whether a socket is still meant is asked with a moment after its description`()
        throws
    {
        let run = Run([1, 2], [[found(1), found(2)], [done(3), done(4)]])
        try run.result.get()
        #expect(run.asked == [1, 2])
        #expect(run.times == [1, 2])
    }

    @Test(arguments: [EPERM, EOPNOTSUPP, EINVAL, ENOMEM])
    func `A refusal is a result of its own`(code: Int32) throws {
        let run = Run([1, 2], [[found(1), found(2)], [failed(3, code), failed(4, code)]])
        try run.result.get()
        let refused = Destruction.refusal(code)
        #expect(run.results == [refused, refused])
    }

    @Test func `No more sockets are condemned at once than the kernel can answer for`() throws {
        let cookies = Array(1...65) as [UInt32]
        let run = Run(
            cookies,
            [
                (1...64).map { found($0, .socket($0, type: SOCK_DIAG_BY_FAMILY)) },
                (65...128).map { done($0) },
                [found(129, .socket(65, type: SOCK_DIAG_BY_FAMILY))],
                [done(130)],
            ]
        )
        try run.result.get()
        #expect(run.results == [Destruction?](repeating: .destroyed, count: 65))
        #expect(run.log.sent.map { $0[4] } == [20, 21, 20, 21])
        #expect(run.log.sent.map(\.count) == [64 * 72, 64 * 72, 72, 72])
    }

    @Test func `Nothing is sent for no socket`() throws {
        let run = Run([], [])
        try run.result.get()
        #expect(run.log.sent.isEmpty)
    }

    @Test func `Of sockets without an answer nothing is said, and what was said stands`() {
        let run = Run([1, 2], [[found(1), found(2)], [done(3), .fails(ENOBUFS)]])
        #expect(throws: SockDiagError.cannotReceive(Errno(code: ENOBUFS))) {
            try run.result.get()
        }
        #expect(run.results == [.destroyed, nil])
    }

    @Test func `A kernel that does not answer is an error`() {
        let run = Run([1, 2], [[found(1)]])
        #expect(throws: SockDiagError.silent(seconds: 10)) { try run.result.get() }
        #expect(run.results == [nil, nil])
        #expect(run.log.sent.count == 1)
    }

    @Test(arguments: [
        ([found(1), found(1)], SockDiagError.malformedReply),  // Answered twice.
        ([found(3)], .wrongSequence(expected: 1, received: 3)),
        ([found(0)], .wrongSequence(expected: 1, received: 0)),
        ([done(1)], .malformedReply),  // A look-up is not acknowledged.
        ([found(1, .init(type: 3, payload: []))], .malformedReply),  // NLMSG_DONE.
        ([found(1, .init(type: 2, payload: [0]))], .malformedReply),  // An error without a number.
    ])
    func `A wrong answer to a look-up destroys nothing`(
        answers: [Answer],
        error: SockDiagError
    ) {
        let run = Run([1, 2], [answers])
        #expect(throws: error) { try run.result.get() }
        #expect(run.results == [nil, nil])
        #expect(run.log.sent.count == 1)
    }

    @Test func `A description is no acknowledgement`() {
        let run = Run([1], [[found(1)], [found(2)]])
        #expect(throws: SockDiagError.malformedReply) { try run.result.get() }
        #expect(run.results == [nil])
    }
}

/// What is received: a message in answer to the request of a sequence number, or an error.
enum Answer {
    case message(UInt32, FakeTransport.Message)
    case fails(Int32)

    func step(countedFrom first: UInt32) -> FakeTransport.Step {
        switch self {
        case .message(let sequence, let message): .messages([message.after(sequence &- first)])
        case .fails(let code): .fails(code)
        }
    }
}

/// The description of the socket with the request's number for a cookie, unless told otherwise.
private func found(_ sequence: UInt32, _ message: FakeTransport.Message? = nil) -> Answer {
    .message(sequence, message ?? .socket(sequence, type: SOCK_DIAG_BY_FAMILY))
}

private func done(_ sequence: UInt32) -> Answer { .message(sequence, .error(0)) }

private func failed(_ sequence: UInt32, _ code: Int32 = ENOENT) -> Answer {
    .message(sequence, .error(-code))
}

/// The socket of that cookie, as ``FakeTransport`` describes it.
private func socket(_ cookie: UInt32) -> TCPSocket {
    TCPSocket(
        family: .ipv4,
        local: Endpoint(address: IPAddress(ipv4: 0), port: 0),
        peer: Endpoint(address: IPAddress(ipv4: 0x0a00_0000 + cookie), port: 15008),
        cookie: UInt64(cookie),
        info: TCPInfo(lastDataReceived: 0, lastAckReceived: 0)
    )
}

/// Sockets destroyed by a scripted kernel, with all that came of it.
private struct Run {
    var results: [Destruction?]
    /// The cookies that were asked about.
    var asked: [UInt64] = []
    /// The receptions there had been when they were.
    var times: [Int64] = []
    let log = FakeTransport.Log()
    let result: Result<Void, SockDiagError>

    /// Runs with one list of answers, each in a datagram of its own, for each time of sending.
    init(_ cookies: [UInt32], _ answers: [[Answer]], meant: Set<UInt64>? = nil) {
        let scripts = answers.enumerated().map { turn, answers in
            // The transport counts the times of sending.
            answers.map { $0.step(countedFrom: UInt32(turn + 1)) }
        }
        var exchange = NetlinkExchange(over: FakeTransport(scripts, log: log))
        var results = [Destruction?](repeating: nil, count: cookies.count)
        var asked: [UInt64] = []
        var times: [Int64] = []
        do throws(SockDiagError) {
            try exchange.destroy(
                cookies.map(socket),
                clock: { [log] in WallTime(milliseconds: Int64(log.receptions)) },
                isStillMeant: { _, socket, now in
                    asked.append(socket.cookie)
                    times.append(now.milliseconds)
                    return meant?.contains(socket.cookie) ?? true
                },
                report: { results[$0] = $1 }
            )
            result = .success(())
        } catch {
            result = .failure(error)
        }
        self.results = results
        self.asked = asked
        self.times = times
    }
}

extension Destruction {
    /// The refusal of an error number, as a message says it.
    fileprivate static func refusal(_ code: Int32) -> Destruction {
        .refused(SockDiagError.cannotDestroy(Errno(code: code)).description)
    }
}
