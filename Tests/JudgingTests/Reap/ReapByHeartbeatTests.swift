import Model
import Testing

@testable import Judging

/// What is destroyed of the connections whose pings stopped.
@Suite struct ReapByHeartbeatTests {
    private static let byConnections = Judgement(
        .silent,
        .confirmed,
        .pingsMissed,
        witness: .atAddress
    )
    private static let byNode = Judgement(.silent, .confirmed, .pingsMissed, witness: .onNode)

    /// The plan for connections that the table calls the owner's, and their heartbeat does not.
    private func plan(_ judgements: [Judgement], of story: Story) -> ReapPlan {
        story.plan { findings in
            for (index, judgement) in judgements.enumerated() {
                findings[index].judgement = judgement
            }
        }
    }

    private static let few = Story().owned(1...3).connected(to: 1...3, heard: 1900)
    private var few: Story { Self.few }

    @Test func `What connections alone prove needs no second snapshot that agrees`() {
        let plan = plan([Self.byConnections, Self.byNode], of: few)
        #expect(plan.refusal == nil)
        #expect(plan.peers == [1])
        #expect(plan.stays == ["2: \(ReapPlan.Objection.needsAnotherRun(.history))"])
        let other = self.plan([Self.byNode], of: few)
        #expect(other.refusal == .needsAnotherRun(peers: 3, .history))
    }

    @Test func `A snapshot that may be wrong keeps only what it had a part in`() {
        let story = few.with { $0.proxyStart = nil }
        let plan = plan([Self.byConnections, Self.byNode], of: story)
        #expect(plan.refusal == nil)
        #expect(plan.peers == [1])
        #expect(plan.stays == ["2: \(ReapPlan.Objection.snapshotDoubted)"])
        let other = self.plan([Self.byNode], of: story)
        #expect(other.refusal == .unknownProxy(Story.proxy))
        #expect(other.peers == [])
    }

    @Test(arguments: [
        few.with { $0.isSound = false }, few.with { $0.isOfOneClock = false },
        few.with { $0.incompleteTargets = [0] },
    ])
    func `An unsound scan destroys nothing of it either`(story: Story) {
        let plan = plan([Self.byConnections], of: story)
        #expect(plan.refusal != nil)
        #expect(plan.peers == [])
    }

    @Test func `Without a snapshot, no second run can agree on what is only suspected`() {
        let suspected = Judgement(.silent, .suspected, .pingsMissed)
        let story = Self.few.with {
            $0.hasSnapshot = false
            $0.policy.includesSuspected = true
            $0.earlier = 1900
        }
        let plan = plan([Self.byConnections, suspected], of: story)
        #expect(plan.peers == [1])
        #expect(plan.stays == ["2: without a snapshot, no second run can agree"])
        #expect(self.plan([suspected], of: story).refusal == .needsAnotherRun(peers: 3, .snapshot))
    }

    @Test func `What is only suspected stays`() {
        let plan = plan([Judgement(.silent, .suspected, .pingsMissed)], of: few)
        #expect(plan.peers == [])
        #expect(plan.stays == ["1: \(ReapPlan.Objection.suspected)"])
    }

    @Test func `Without a snapshot there is none that may be wrong`() throws {
        let story = HeartbeatStory.known().with { $0.reaps = true }
        let result = try story.result()
        let outcome = try #require(
            ReapLoop(ReapPolicy(), isDryRun: true).run(result, isOfOneClock: true) { _, _, _, _ in
                nil
            }
        )
        #expect(outcome.refusal == nil)
        #expect(outcome.findings.map(\.reaping?.action) == [.wouldDestroy, nil])
    }

    /// Twelve connections are heard, at 2010 or before, and one more peer has gone.
    @Test(arguments: [
        // Of whom the document is, when they were heard, and what is destroyed.
        (isOfOwn: true, listed: 1...12, heard: 2005, victims: [13]),
        // No later than their next ping is due, and later.
        (isOfOwn: true, listed: 1...12, heard: 1998, victims: [13]),
        (isOfOwn: true, listed: 1...12, heard: 1997.999, victims: []),
        // Half of the list is missing, which says nothing of the peer that is gone.
        (isOfOwn: true, listed: 1...4, heard: 2005, victims: []),
        // It may be of another cluster, where the same addresses are in use.
        (isOfOwn: false, listed: 1...12, heard: 2005, victims: []),
    ])
    func `Who is heard and is listed by the own ztunnel vouches for its list`(
        isOfOwn: Bool,
        listed: ClosedRange<Int>,
        heard: Double,
        victims: [Int]
    ) {
        let story = Story().owned(listed).connected(to: 1...12, heard: heard)
            .connected(to: 13...13, heard: 1900)
            .with {
                $0.isOfZtunnel = true
                $0.isOfOwnZtunnel = isOfOwn
            }
        let plan = story.plan { findings in
            findings[12].judgement = Judgement(
                .deleted,
                .confirmed,
                .unownedAndSilent,
                witness: .elsewhere
            )
        }
        #expect(plan.peers == victims)
        #expect((plan.refusal == nil) == !victims.isEmpty)
    }

    // MARK: The second look

    @Test(arguments: [
        // How long it is silent, heard at 1990 and looked at again at 2045; what is not read.
        ("nothing changed", UInt32(55), UInt32(0), Recheck.destroy),
        ("the peer was heard", 1, 0, .skip(.cameToLife)),
        ("something came that the proxy has not read", 55, 39, .skip(.cameToLife)),
    ])
    func `The second look asks whether the connection is silent yet`(
        name: String,
        silence: UInt32,
        unread: UInt32,
        expected: Recheck
    ) throws {
        let found = try HeartbeatStory.known().result().findings.first { $0.socket.cookie == 1 }
        let finding = try #require(found)
        let judge = Judge(ownership: IPOwnership([]), policy: Policy(), now: at(2040))
        var socket = finding.socket
        socket.info.lastDataReceived = silence * 1000
        socket.info.lastAckReceived = silence * 1000
        socket.unreadBytes = unread
        #expect(
            ReapPolicy().recheck(finding, now: socket, at: at(2045), by: judge) == expected,
            "\(name)"
        )
    }
}
