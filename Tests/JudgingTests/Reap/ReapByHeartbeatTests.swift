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
        #expect(plan.stays == ["2: \(ReapPlan.Objection.needsAnotherRun)"])
        let other = self.plan([Self.byNode], of: few)
        #expect(other.refusal == .needsAnotherRun(peers: 3))
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

    @Test func `What is only suspected stays`() {
        let plan = plan([Judgement(.silent, .suspected, .pingsMissed)], of: few)
        #expect(plan.peers == [])
        #expect(plan.stays == ["1: \(ReapPlan.Objection.suspected)"])
    }

    @Test(arguments: [
        // The seconds for which the living are silent, whether they are listed, what is destroyed.
        (0.0, true, true), (12.0, true, true), (12.001, true, false), (0.0, false, false),
    ])
    func `Where workloads have no times, those that ping now speak for the snapshot`(
        silence: Double,
        isListed: Bool,
        isBelieved: Bool
    ) {
        let mesh = Story().with { $0.isOfWorkloads = true }
        let story = (isListed ? mesh.owned(101...110) : mesh)
            .connected(to: 1...10, heard: 1900).connected(to: 101...110, heard: 2010 - silence)
        let gone = Judgement(.deleted, .confirmed, .unownedAndSilent, witness: .elsewhere)
        let plan = plan([gone], of: story)
        #expect(plan.peers == (isBelieved ? [1] : []))
        let doubted = isListed ? 10 : 20
        #expect(
            plan.refusal
                == (isBelieved ? nil : .doubtsTooMany(doubted, of: doubted, allowed: 0.5))
        )
    }

    @Test func `Living workloads do not outvote more peers than --max-fraction allows`() {
        let story = Story().with { $0.isOfWorkloads = true }.owned(101...110)
            .connected(to: 1...11, heard: 1900).connected(to: 101...110, heard: 2009)
        let gone = Judgement(.deleted, .confirmed, .unownedAndSilent, witness: .elsewhere)
        #expect(plan([gone], of: story).refusal == .doubtsTooMany(11, of: 21, allowed: 0.5))
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
