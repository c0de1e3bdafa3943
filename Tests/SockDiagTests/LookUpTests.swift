import CLinux
import Glibc
import LinuxSystem
@testable import Model
import Testing

@testable import SockDiag

/// Sockets that a dump left out, looked up at a kernel that follows a script.
@Suite struct LookUpTests {
    @Test func `Sockets that a dump left out are looked up over the same netlink socket`() throws {
        let log = FakeTransport.Log()
        let transport = FakeTransport(
            [
                [.messages([.socket(1), .socket(3), .done()])],
                [.messages([.found(2).after(0), .error(-ENOENT).after(1)])],
            ],
            log: log
        )
        var dump = TCPDump(over: transport, rounds: 1)
        var cookies: [UInt64] = []
        _ = try dump.run(remotePort: 15008, clock: log.time) { socket, _ in
            cookies.append(socket.cookie)
        }
        var times: [Int64] = []
        try dump.exchange.lookUp([key(2), key(4)], clock: log.time) { socket, now in
            cookies.append(socket.cookie)
            times.append(now.milliseconds)
        }
        #expect(cookies == [1, 3, 2])
        // The clock is read after the kernel's description came.
        #expect(times == [2])
        #expect(log.sent.count == 2)
        #expect(
            log.sent[1]
                == [
                    72, 0, 0, 0,  // nlmsg_len
                    20, 0,  // nlmsg_type: SOCK_DIAG_BY_FAMILY
                    0x01, 0x00,  // nlmsg_flags: NLM_F_REQUEST
                    2, 0, 0, 0,  // nlmsg_seq: after the dump's
                    0, 0, 0, 0,  // nlmsg_pid: filled in by the kernel
                ] + SocketRequest.lookUp.payload(for: SocketName(key(2))) + [
                    72, 0, 0, 0, 20, 0, 0x01, 0x00, 3, 0, 0, 0, 0, 0, 0, 0,
                ] + SocketRequest.lookUp.payload(for: SocketName(key(4)))
        )
    }

    @Test(arguments: [
        FakeTransport.Message.error(-ENOENT),
        .socket(1, type: SOCK_DIAG_BY_FAMILY, state: TCP_CLOSE_WAIT),
        .socket(1, type: SOCK_DIAG_BY_FAMILY, port: 443),
        .found(2),  // Another cookie and address.
    ])
    func `A socket that has closed, or is another, is not found`(
        answer: FakeTransport.Message
    ) throws {
        #expect(try lookUp([1], [[answer]]).cookies == [])
    }

    @Test(arguments: [EINVAL, EPERM, EOPNOTSUPP])
    func `A refusal does not say that the socket has closed`(code: Int32) {
        #expect(throws: SockDiagError.cannotLookUp(Errno(code: code))) {
            try lookUp([1, 2], [[.found(1), .error(-code)]])
        }
    }

    @Test func `A description that cannot be read does not say so, either`() {
        #expect(throws: SockDiagError.malformedReply) {
            try lookUp([1], [[.socket(1, type: SOCK_DIAG_BY_FAMILY, hasInfo: false)]])
        }
    }

    @Test func `A kernel that does not answer is an error`() {
        #expect(throws: SockDiagError.silent(seconds: 10)) { try lookUp([1, 2], [[.found(1)]]) }
    }

    @Test func `No more are asked for at once than the kernel can answer`() throws {
        let (cookies, log) = try lookUp(
            Array(1...65),
            [(1...64).map(FakeTransport.Message.found), [.found(65)]]
        )
        #expect(cookies == Array(1...65))
        #expect(log.sent.map(\.count) == [64 * 72, 72])
    }

    @Test func `Nothing is sent for no socket`() throws {
        #expect(try lookUp([], [[]]).log.sent.isEmpty)
    }

    @Test func `What cannot be looked up is said with the kernel's error`() {
        #expect(
            SockDiagError.cannotLookUp(Errno(code: EINVAL)).description
                == "cannot look a TCP socket up: the kernel answered EINVAL (Invalid argument)"
        )
    }

    /// Looks sockets up, with the answers to each time of sending.
    @discardableResult
    private func lookUp(
        _ cookies: [UInt32],
        _ answers: [[FakeTransport.Message]]
    ) throws(SockDiagError) -> (cookies: [UInt64], log: FakeTransport.Log) {
        let log = FakeTransport.Log()
        var sent = 0
        let scripts = answers.enumerated().map { turn, messages in
            defer { sent += messages.count }
            // The transport counts the times of sending.
            return messages.enumerated().map { number, message in
                FakeTransport.Step.messages([message.after(UInt32(sent + number - turn))])
            }
        }
        var exchange = NetlinkExchange(over: FakeTransport(scripts, log: log))
        var found: [UInt64] = []
        try exchange.lookUp(cookies.map(key), clock: log.time) { socket, _ in
            found.append(socket.cookie)
        }
        return (found, log)
    }
}

/// The key of the socket of that cookie, as ``FakeTransport`` describes it.
private func key(_ cookie: UInt32) -> SocketKey {
    SocketKey(
        namespace: 7,
        cookie: UInt64(cookie),
        local: Endpoint(address: IPAddress(ipv4: 0), port: 0),
        peer: Endpoint(address: IPAddress(ipv4: 0x0a00_0000 + cookie), port: 15008)
    )
}

extension FakeTransport.Message {
    /// The description of a socket in answer to a look-up.
    fileprivate static func found(_ cookie: UInt32) -> Self {
        .socket(cookie, type: SOCK_DIAG_BY_FAMILY)
    }
}

extension FakeTransport.Log {
    /// The number of receptions, as a clock.
    fileprivate func time() -> WallTime { WallTime(milliseconds: Int64(receptions)) }
}
