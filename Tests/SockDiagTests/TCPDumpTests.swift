import CLinux
import Glibc
import LinuxSystem
import Model
import Testing

@testable import SockDiag

/// Dumps of a kernel that follows a script.
@Suite struct TCPDumpTests {
    @Test func `A dump is asked for with one message`() throws {
        let run = Run([[.messages([.done()])]])
        #expect(try run.result.get() == DumpOutcome())
        #expect(run.log.sent.count == 1)
        #expect(
            run.log.sent.first?.prefix(16)
                == [
                    76, 0, 0, 0,  // nlmsg_len
                    18, 0,  // nlmsg_type: TCPDIAG_GETSOCK
                    0x01, 0x03,  // nlmsg_flags: NLM_F_REQUEST | NLM_F_DUMP
                    1, 0, 0, 0,  // nlmsg_seq
                    0, 0, 0, 0,  // nlmsg_pid: filled in by the kernel
                ]
        )
        #expect(
            run.log.sent.first?.dropFirst(16)
                == DumpRequest.everyFamily.payload(remotePort: 15008)[...]
        )
    }

    @Test func `Sockets are handed over with the time after the reception that brought them`()
        throws
    {
        let run = Run([[.messages([.socket(1), .socket(2)]), .messages([.socket(3), .done()])]])
        #expect(try run.result.get() == DumpOutcome(sockets: 3))
        #expect(run.cookies == [1, 2, 3])
        #expect(run.times == [1, 1, 2])
    }

    @Test func `A socket that comes again is dropped`() throws {
        let run = Run([[.messages([.socket(1), .socket(2), .socket(1), .done()])]])
        #expect(try run.result.get() == DumpOutcome(sockets: 2))
        #expect(run.cookies == [1, 2])
    }

    @Test func `A socket in another state or of another port is dropped`() throws {
        let run = Run([
            [.messages([.socket(1, state: TCP_CLOSE_WAIT), .socket(2, port: 443), .done()])]
        ])
        #expect(try run.result.get() == DumpOutcome())
    }

    @Test func `The union of two dumps is taken where one may miss sockets`() throws {
        let run = Run(
            [[.messages([.socket(1), .done()])], [.messages([.socket(2), .socket(1), .done()])]],
            rounds: 2
        )
        #expect(try run.result.get() == DumpOutcome(sockets: 2))
        #expect(run.cookies == [1, 2])
        #expect(run.log.sent.count == 2)
    }

    @Test(arguments: [EINVAL, ENOENT, EOPNOTSUPP, EPROTONOSUPPORT], [true, false])
    func `Each family is asked for alone where the kernel refuses both at once`(
        code: Int32,
        insideDone: Bool
    ) throws {
        let run = Run([
            [.messages([insideDone ? .done(-code) : .error(-code)])],
            [.messages([.socket(1, type: SOCK_DIAG_BY_FAMILY), .done()])],
            [.messages([.socket(2, type: SOCK_DIAG_BY_FAMILY), .done()])],
        ])
        #expect(try run.result.get() == DumpOutcome(sockets: 2))
        #expect(run.log.sent.map { $0[4] } == [18, 20, 20])
        #expect(run.log.sent.dropFirst().map { $0[16] } == [2, 10])
    }

    @Test(arguments: [true, false])
    func `A kernel without tcp_diag is an error and not an empty list`(insideDone: Bool) {
        let run = Run([[.messages([insideDone ? .done(-ENOENT) : .error(-ENOENT)])]])
        #expect(throws: SockDiagError.noTCPDiag) { try run.result.get() }
    }

    @Test func `Half of the families is no result`() {
        let run = Run([
            [.messages([.error(-EINVAL)])],
            [.messages([.socket(1, type: SOCK_DIAG_BY_FAMILY), .done()])],
            [.messages([.error(-EINVAL)])],
        ])
        #expect(throws: SockDiagError.refused(.ipv6, Errno(code: EINVAL))) { try run.result.get() }
        #expect(run.cookies == [1])
    }

    @Test(arguments: [EACCES, EPERM, EBUSY, ENOMEM])
    func `An error that does not mean an unknown request is not asked around`(code: Int32) {
        let run = Run([[.messages([.error(-code)])]])
        #expect(throws: SockDiagError.refused(.everyFamily, Errno(code: code))) {
            try run.result.get()
        }
        #expect(run.log.sent.count == 1)
    }

    @Test func `An error inside the end of a dump is an error, and what was seen stands`() {
        let run = Run([[.messages([.socket(1)]), .messages([.done(-ENOMEM)])]])
        #expect(throws: SockDiagError.refused(.everyFamily, Errno(code: ENOMEM))) {
            try run.result.get()
        }
        #expect(run.cookies == [1])
    }

    @Test(arguments: [true, false])
    func `An interrupted dump is done again`(byItsEnd: Bool) throws {
        let first: [FakeTransport.Message] =
            byItsEnd ? [.socket(1), .done().interrupted] : [.socket(1).interrupted, .done()]
        let run = Run([[.messages(first)], [.messages([.socket(1), .socket(2), .done()])]])
        #expect(try run.result.get() == DumpOutcome(sockets: 2))
        #expect(run.cookies == [1, 2])
    }

    @Test func `A dump that is always interrupted is incomplete, and what was seen stands`() throws
    {
        let run = Run((1...4).map { [.messages([.socket($0), .done().interrupted])] })
        #expect(try run.result.get() == DumpOutcome(sockets: 4, gaps: [.interrupted]))
        #expect(run.log.sent.count == 4)
    }

    @Test(arguments: [
        FakeTransport.Step.fails(ENOBUFS),
        .messages([FakeTransport.Message(type: UInt16(NLMSG_OVERRUN), payload: [])]),
    ])
    func `A dump that lost messages is done again`(loss: FakeTransport.Step) throws {
        let run = Run([
            [.messages([.socket(1)]), loss, .messages([.done()])],
            [.messages([.socket(2), .socket(1), .done()])],
        ])
        #expect(try run.result.get() == DumpOutcome(sockets: 2))
    }

    @Test func `A dump that loses messages again and again is incomplete`() throws {
        let run = Run([[.messages([.socket(1)]), .fails(ENOBUFS), .messages([.done()])]])
        #expect(try run.result.get() == DumpOutcome(sockets: 1, gaps: [.overrun]))
        #expect(run.log.sent.count == 4)
    }

    @Test func `A kernel that only loses messages is not listened to for ever`() throws {
        let losses = [FakeTransport.Step](repeating: .fails(ENOBUFS), count: 100)
        let run = Run([[.messages([.socket(1)])] + losses])
        #expect(try run.result.get() == DumpOutcome(sockets: 1, gaps: [.overrun]))
        #expect(run.log.sent.count == 1)
        #expect(run.log.receptions == 9)
    }

    @Test func `A socket that cannot be decoded is counted once and makes the result incomplete`()
        throws
    {
        let run = Run(
            [[.messages([.socket(1), .socket(2, hasInfo: false), .socket(3), .done()])]],
            rounds: 2
        )
        let gap = DumpOutcome.Gap.undecodable(count: 1, first: .missingTCPInfo)
        #expect(try run.result.get() == DumpOutcome(sockets: 2, gaps: [gap]))
    }

    @Test func `A signal does not end a dump`() throws {
        let run = Run(
            [[.fails(EINTR), .messages([.socket(1)]), .fails(EINTR), .messages([.done()])]],
            sendErrors: [EINTR]
        )
        #expect(try run.result.get() == DumpOutcome(sockets: 1))
    }

    @Test(arguments: faults)
    func `A fault of the replies is an error of its own, and what was seen stands`(
        step: FakeTransport.Step,
        error: SockDiagError
    ) {
        let run = Run([[.messages([.socket(1)]), step, .messages([.done()])]])
        #expect(throws: error) { try run.result.get() }
        #expect(run.cookies == [1])
    }

    private static let faults: [(FakeTransport.Step, SockDiagError)] = [
        (.fails(EAGAIN), .silent(seconds: 10)),
        (.fails(EIO), .cannotReceive(Errno(code: EIO))),
        (.raw([], length: 40_000), .truncated(bytes: 40_000)),
        (.raw([0], sender: 99), .wrongSender(99)),
        (
            .messages([.init(type: 3, sequenceOffset: 6, payload: memory(of: Int32(0)))]),
            .wrongSequence(expected: 1, received: 7)
        ),
        (
            .messages([.init(type: 3, port: 12, payload: memory(of: Int32(0)))]),
            .wrongPort(expected: 4711, received: 12)
        ),
        (.raw([]), .malformedReply),
        (.raw([16, 0, 0, 0, 3, 0, 0, 0]), .malformedReply),  // half a header
        (.messages([.init(type: 3, payload: [])]), .malformedReply),  // an end without its number
        (.messages([.init(type: 2, payload: [0, 0])]), .malformedReply),  // an error without one
        (.messages([.error(0)]), .malformedReply),  // an acknowledgement nobody asked for
        (.messages([.init(type: 20, payload: [])]), .malformedReply),  // another request's reply
    ]

    @Test(arguments: [0, 1, 15, 17, 4000, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff] as [UInt32])
    func `A message whose length is wrong is an error and ends the walk`(length: UInt32) {
        let header = memory(of: length) + [3, 0, 2, 0, 1, 0, 0, 0] + memory(of: FakeTransport.port)
        let run = Run([[.raw(header)]])
        #expect(throws: SockDiagError.malformedReply) { try run.result.get() }
    }

    @Test func `A reply cut at any byte is an error`() {
        let whole: [UInt8] =
            memory(of: UInt32(20)) + [3, 0, 2, 0, 1, 0, 0, 0] + memory(of: FakeTransport.port)
            + memory(of: Int32(0))
        for count in whole.indices {
            let run = Run([[.raw([UInt8](whole.prefix(count)))]])
            #expect(throws: SockDiagError.malformedReply) { try run.result.get() }
        }
        #expect(throws: Never.self) { try Run([[.raw(whole)]]).result.get() }
    }

    @Test func `A request that cannot be sent is an error`() {
        let run = Run([[]], sendErrors: [EACCES])
        #expect(throws: SockDiagError.cannotSend(Errno(code: EACCES))) { try run.result.get() }
    }
}

/// One dump of a scripted kernel, with all that came of it.
private struct Run {
    var cookies: [UInt64] = []
    /// The receptions there had been at each socket's time.
    var times: [Int64] = []
    let log = FakeTransport.Log()
    let result: Result<DumpOutcome, SockDiagError>

    init(_ scripts: [[FakeTransport.Step]], rounds: Int = 1, sendErrors: [Int32] = []) {
        let transport = FakeTransport(scripts, log: log, sendErrors: sendErrors)
        var dump = TCPDump(over: transport, rounds: rounds)
        var cookies: [UInt64] = []
        var times: [Int64] = []
        do throws(SockDiagError) {
            let outcome = try dump.run(
                remotePort: 15008,
                clock: { [log] in WallTime(milliseconds: Int64(log.receptions)) },
                body: { socket, time in
                    cookies.append(socket.cookie)
                    times.append(time.milliseconds)
                }
            )
            result = .success(outcome)
        } catch {
            result = .failure(error)
        }
        self.cookies = cookies
        self.times = times
    }
}
