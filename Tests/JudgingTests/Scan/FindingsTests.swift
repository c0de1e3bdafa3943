@testable import Judging
@testable import Model
import Testing

private let now = WallTime(epochSeconds: 2_000_000)

private func socket(
    _ address: String,
    cookie: UInt64,
    port: UInt16 = 40_000,
    info: TCPInfo = TCPInfo(lastDataReceived: 7000, lastAckReceived: 5000)
) throws -> TCPSocket {
    TCPSocket(
        family: .ipv6,
        local: Endpoint(address: try #require(IPAddress("fd00::1")), port: port),
        peer: Endpoint(address: try #require(IPAddress(address)), port: 15008),
        interface: 3,
        cookie: cookie,
        inode: 4,
        uid: 5,
        timer: .keepalive,
        timerExpires: 6,
        retransmits: 7,
        unreadBytes: 8,
        info: info
    )
}

private let unknown = Judgement(.deleted, .confirmed, .unownedPodAddress)

private func findings(_ judged: [JudgedSocket]) -> Findings {
    var findings = Findings()
    for socket in judged { findings.append(socket, past: nil, candidacy: nil) }
    return findings
}

@Suite struct FindingsTests {
    @Test(arguments: [
        TCPInfo(lastDataReceived: 1, lastAckReceived: 2),
        TCPInfo(
            lastDataReceived: .max,
            lastAckReceived: 1,
            lastDataSent: 2,
            unackedSegments: 3,
            retransmits: 4,
            probes: 5,
            backoff: 6,
            roundTripMicroseconds: 7,
            unsentBytes: 0,
            bytesSent: .max,
            bytesReceived: 0
        ),
        TCPInfo(lastDataReceived: 1, lastAckReceived: 2, bytesSent: 0),
        TCPInfo(lastDataReceived: 1, lastAckReceived: 2, unsentBytes: 9, bytesReceived: 1),
    ])
    func `A judged socket is the socket that was judged`(info: TCPInfo) throws {
        let socket = try socket("10.0.0.1", cookie: 1, info: info)
        let judged = JudgedSocket(socket, unknown, target: 2, now: now)
        #expect(judged.socket == socket)
        #expect(judged.judgement == unknown)
        #expect(judged.target == 2)
    }

    @Test func `A judged socket takes little memory, because a machine may have a million`() {
        #expect(MemoryLayout<JudgedSocket>.stride <= 136)
    }

    @Test func `A finding is what the judge makes of the socket`() throws {
        let judge = Judge(ownership: IPOwnership([]), policy: Policy(), now: now)
        let socket = try socket("10.0.0.1", cookie: 1)
        let past = SocketPast(firstSeenAt: now - .seconds(100))
        let candidacy = Candidacy(since: now - .seconds(50), runs: 3)
        var findings = Findings(by: judge)
        findings.append(
            JudgedSocket(socket, unknown, target: 0, now: now),
            past: past,
            candidacy: candidacy
        )
        var expected = judge.finding(for: socket, unknown, target: 0, now: now, history: past)
        expected.candidacy = candidacy
        #expect(Array(findings) == [expected])
    }

    @Test func `The order of a report is by target, verdict, peer, port and cookie`() throws {
        let current = Judgement(.current, .assumed, .heardSinceSnapshot)
        let inOrder = [
            JudgedSocket(try socket("10.0.0.2", cookie: 9), unknown, target: 0, now: now),
            JudgedSocket(try socket("10.0.0.10", cookie: 8), unknown, target: 0, now: now),
            JudgedSocket(try socket("fd00::2", cookie: 7), unknown, target: 0, now: now),
            JudgedSocket(try socket("10.0.0.1", cookie: 6, port: 9), current, target: 0, now: now),
            JudgedSocket(try socket("10.0.0.1", cookie: 4, port: 10), current, target: 0, now: now),
            JudgedSocket(try socket("10.0.0.1", cookie: 5, port: 10), current, target: 0, now: now),
            JudgedSocket(try socket("10.0.0.1", cookie: 3), unknown, target: 1, now: now),
        ]
        let sorted = findings(inOrder.reversed()).sorted()
        #expect(sorted.map(\.socket.cookie) == [9, 8, 7, 6, 4, 5, 3])
    }

    @Test func `What was proof loses that once, and says why`() throws {
        var found = findings([
            JudgedSocket(try socket("10.0.0.1", cookie: 1), unknown, target: 0, now: now),
            JudgedSocket(try socket("10.0.0.2", cookie: 2), unknown, target: 1, now: now),
        ])
        found.unconfirm(from: 1, because: .proxyContradicts) { _ in true }
        found.unconfirm(from: 0, because: .snapshotWasCut) { $0.verdict == .deleted }
        #expect(found.map(\.judgement.confidence) == [.suspected, .suspected])
        let doubts = ["data was removed from the snapshot", "the proxy contradicts the snapshot"]
        for (finding, doubt) in zip(found, doubts) {
            #expect(finding.explanation.hasSuffix(" (no proof: \(doubt))"))
        }
    }

    @Test func `More findings than a chunk holds keep their places`() throws {
        let count = 10_000
        let judged = try (0..<count).map {
            JudgedSocket(
                try socket("10.0.0.1", cookie: UInt64(count - $0)),
                unknown,
                target: 0,
                now: now
            )
        }
        var found = findings(judged).sorted()
        found.name(SocketProcess(pid: 1, command: "envoy"), at: 0)
        found.name(SocketProcess(pid: 2, command: "envoy"), at: 5000)
        found.name(SocketProcess(pid: 1, command: "envoy"), at: 9999)
        #expect(found.count == count)
        #expect([0, 5000, 9999].map { found[$0].socket.cookie } == [1, 5001, 10_000])
        #expect([0, 1, 5000, 9999].map { found[$0].process?.pid } == [1, nil, 2, 1])
        #expect(found.holding(at: 5000) == (target: 0, inode: 4))
    }

    @Test func `A finding that is put in its place stays as it is`() throws {
        var found = findings([
            JudgedSocket(try socket("10.0.0.1", cookie: 1), unknown, target: 0, now: now),
            JudgedSocket(try socket("10.0.0.2", cookie: 2), unknown, target: 0, now: now),
        ])
        let first = found[0]
        found[1].explanation = "because"
        found[1].reaping = Reaping(.destroy)
        found.name(SocketProcess(pid: 1, command: "envoy"), at: 1)
        #expect(found[0] == first)
        #expect(found[1].explanation == "because")
        #expect(found[1].reaping?.action == .destroy)
        #expect(found[1].process?.pid == 1)
        found.insert(found[1], at: 0)
        found.removeLast()
        #expect(found.map(\.socket.cookie) == [2, 1])
    }
}
