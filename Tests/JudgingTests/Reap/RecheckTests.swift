@testable import Judging
import Model
import Testing

/// The second look at a socket whose peer was last heard at 1500, a second after the scan.
@Suite struct RecheckTests {
    private static let now = Story.now + .seconds(1)
    private let story = Story().connected(to: 1...1, heard: 1500)

    private func recheck(
        heard: Double = 1500,
        at now: WallTime = Self.now,
        _ change: (inout TCPSocket) -> Void = { _ in }
    ) throws -> Recheck {
        let victim = try #require(story.findings.first)
        var socket = Story.socket(0, to: 1, heard: heard, by: now)
        change(&socket)
        return ReapPolicy().recheck(victim, now: socket, at: now, by: story.judge)
    }

    @Test(arguments: [1500, 1500.25, 1499.9, 1499])
    func `A socket on which nothing was heard since is destroyed`(heard: Double) throws {
        #expect(try recheck(heard: heard) == .destroy)
    }

    @Test func `It may be long until it is looked at`() throws {
        #expect(try recheck(at: at(2300)) == .destroy)
    }

    @Test(arguments: [1500.251, 1800, 2009.9, 2010, 2010.5, 2011])
    func `One whose peer was heard came to life`(heard: Double) throws {
        #expect(try recheck(heard: heard) == .skip(.cameToLife))
    }

    @Test func `A bare acknowledgement is life, too`() throws {
        let recheck = try recheck {
            $0.info.lastAckReceived = 300
        }
        #expect(recheck == .skip(.cameToLife))
    }

    @Test func `One that is not there has closed`() throws {
        let victim = try #require(story.findings.first)
        let recheck = ReapPolicy().recheck(victim, now: nil, at: Self.now, by: story.judge)
        #expect(recheck == .skip(.closed))
    }

    static let changes: [(String, @Sendable (inout TCPSocket) -> Void)] = [
        ("cookie", { $0.cookie = 99 }),
        ("family", { $0.family = .ipv6 }),
        ("interface", { $0.interface = 7 }),
        ("local address", { $0.local = Endpoint(address: Story.address(9), port: $0.local.port) }),
        ("local port", { $0.local = Endpoint(address: $0.local.address, port: 9) }),
        ("peer's address", { $0.peer = Endpoint(address: Story.address(9), port: $0.peer.port) }),
        ("peer's port", { $0.peer = Endpoint(address: $0.peer.address, port: 9) }),
    ]

    @Test(arguments: changes)
    func `Another connection is not the one that was judged`(
        _ row: (String, @Sendable (inout TCPSocket) -> Void)
    ) throws {
        #expect(try recheck(row.1) == .skip(.anotherConnection), "\(row.0)")
    }

    @Test func `A clock that was set forward spares it, and so does one that was set back`() throws
    {
        // The kernel's age goes on as ever.
        let age: (inout TCPSocket) -> Void = {
            $0.info.lastDataReceived = 511_000
            $0.info.lastAckReceived = 511_000
        }
        #expect(try recheck(at: Self.now, age) == .destroy)
        #expect(try recheck(at: Self.now + .minutes(60), age) == .skip(.cameToLife))
        #expect(try recheck(at: Self.now - .minutes(60), age) == .skip(.clockMoved))
    }

    @Test func `Ages that wrap look like life`() throws {
        let recheck = try recheck {
            $0.info.lastDataReceived = 5
            $0.info.lastAckReceived = 5
        }
        #expect(recheck == .skip(.cameToLife))
    }

    @Test func `One that another judge would not condemn stays`() throws {
        let victim = try #require(story.findings.first)
        let socket = Story.socket(0, to: 1, heard: 1500, by: Self.now)
        let owned = story.owned(1...1).judge
        #expect(
            ReapPolicy().recheck(victim, now: socket, at: Self.now, by: owned)
                == .skip(.judgedOtherwise(Judgement(.current, .confirmed, .heardFromOwner)))
        )
        let doubting = story.with { $0.knowsBlocks = false }.judge
        let suspected = Judgement(.deleted, .suspected, .unownedAddress)
        #expect(
            ReapPolicy().recheck(victim, now: socket, at: Self.now, by: doubting)
                == .skip(.judgedOtherwise(suspected))
        )
        let widened = ReapPolicy(includesSuspected: true)
        #expect(widened.recheck(victim, now: socket, at: Self.now, by: doubting) == .destroy)
    }

    @Test(arguments: [
        (Recheck.Change.closed, "it has already closed"),
        (.cameToLife, "its peer was heard again"),
        (
            .judgedOtherwise(Judgement(.current, .confirmed, .heardFromOwner)),
            "it is current now (heard-from-owner)"
        ),
    ])
    func `What has changed has a name`(change: Recheck.Change, words: String) {
        #expect(change.description == words)
    }
}
