@testable import Judging
import Model
import Testing

/// What is destroyed where the snapshot is believed: twenty peers speak for it.
@Suite struct ReapPlanTests {
    private let mesh = Story().owned(101...120).connected(to: 101...120, heard: 1990)

    @Test func `Proven candidates are destroyed, longest silent first`() {
        let plan = mesh.connected(to: 1...1, heard: 1500).connected(to: 2...2, heard: 1400)
            .connected(to: 3...3, heard: 1600).plan
        #expect(plan.refusal == nil)
        #expect(plan.peers == [2, 1, 3])
        #expect(plan.spared.isEmpty)
    }

    @Test func `Of those silent for as long the order is the report's`() {
        #expect(mesh.connected(to: 1...3, heard: 1500).plan.peers == [1, 2, 3])
    }

    @Test func `Who is alive, too new or undetermined is neither destroyed nor mentioned`() {
        let plan = mesh.owned(1...1, since: 1900).connected(to: 1...1, heard: 1901)
            .connected(to: 2...2, heard: 2005).plan
        #expect(plan.refusal == nil)
        #expect(plan.victims.isEmpty)
        #expect(plan.spared.isEmpty)
    }

    @Test func `Candidates without proof stay unless they are asked for`() {
        let story = mesh.with { $0.knowsBlocks = false }.connected(to: 1...1, heard: 1500)
        #expect(story.plan.stays == ["1: not proven"])
        #expect(story.plan.victims.isEmpty)
        #expect(story.plan.refusal == nil)
        let widened = story.with { $0.policy.includesSuspected = true }
        #expect(widened.plan.peers == [1])
    }

    @Test func `Who is gone only if the snapshot is as fresh as its file always stays`() {
        let story = mesh.with {
            $0.stated = nil
            $0.policy.includesSuspected = true
        }
        #expect(story.connected(to: 1...1, heard: 1990).plan.stays == ["1: not proven"])
        #expect(story.connected(to: 1...1, heard: 1900).plan.peers == [1])
    }

    @Test(arguments: [(99, false), (100, false), (100.001, true), (1000, true)])
    func `Owners that are too young spare their predecessors' connections`(
        age: Double,
        isSpared: Bool
    ) {
        let plan = mesh.owned(1...1, since: 1910).connected(to: 1...2, heard: 1500)
            .with { $0.policy.minOwnerAge = TimeSpan(milliseconds: Int64(age * 1000)) }.plan
        #expect(plan.peers == (isSpared ? [2] : [1, 2]))
        #expect(plan.stays == (isSpared ? ["1: its owner is younger than --min-owner-age"] : []))
    }

    @Test(arguments: [0, 1, 2, 3, 100])
    func `No more than the greatest number are destroyed, and the others named`(max: Int) {
        let plan = mesh.connected(to: 1...3, heard: 1500).with { $0.policy.max = max }.plan
        #expect(plan.peers == Array([1, 2, 3].prefix(max)))
        #expect(plan.stays == [1, 2, 3].dropFirst(max).map { "\($0): more than --max allows" })
    }

    static let broken: [(Story, ReapPlan.Refusal)] = [
        (Story().with { $0.isSound = false }, .incomplete),
        (Story().with { $0.incompleteTargets = [0] }, .incomplete),
        (Story().with { $0.isOfOneClock = false }, .clockWasSet),
    ]

    @Test(arguments: broken)
    func `A scan that is no ground to stand on destroys nothing`(
        broken: Story,
        refusal: ReapPlan.Refusal
    ) {
        let story = broken.owned(101...120).connected(to: 101...120, heard: 1990)
        #expect(story.plan.refusal == refusal)
        let plan = story.connected(to: 1...1, heard: 1500).plan
        #expect(plan.refusal == refusal)
        #expect(plan.victims.isEmpty)
    }

    @Test func `Where there is no target nothing is refused`() {
        let plan = ReapPlan(findings: [], targets: [], isSound: true, policy: ReapPolicy())
        #expect(plan.refusal == nil)
        #expect(plan.victims.isEmpty)
    }

    @Test func `In a target that is not complete nothing is destroyed, and in the others all`() {
        let story = mesh.connected(to: 101...120, heard: 1990, target: 2)
            .connected(to: 1...2, heard: 1500)
            .connected(to: 3...4, heard: 1500, target: 1)
            .connected(to: 5...5, heard: 1500, target: 2)
        let plan = story.with { $0.incompleteTargets = [1] }.plan
        #expect(plan.refusal == nil)
        #expect(plan.peers == [1, 2, 5])
        #expect(
            plan.stays == [
                "3: its target was not fully scanned or contradicts the"
                    + " snapshot",
                "4: its target was not fully scanned or contradicts the snapshot",
            ]
        )
    }
}

/// Whoever runs a program on the node can make it a target, and make up its connections: that decides
/// nothing about the others.
@Suite struct InventedTargetTests {
    /// A proxy with a stale connection, and twenty peers that speak for the snapshot.
    private static let mesh = Story().owned(101...120).connected(to: 101...120, heard: 1990)
        .connected(to: 1...1, heard: 1500)

    static let inventions: [(String, Story, ReapPlan.Refusal)] = [
        (
            "most of its peers are unknown",
            mesh.connected(to: 131...150, heard: 1400, target: 1),
            .doubtsTooMany(20, of: 20, allowed: 0.5)
        ),
        (
            "its own address is listed nowhere",
            mesh.connected(to: 101...120, heard: 1990, target: 1, from: Story.address(200))
                .connected(to: 2...2, heard: 1400, target: 1, from: Story.address(200)),
            .unknownProxy(Story.address(200))
        ),
        (
            "its own address is that of a Pod that is younger than what it heard",
            mesh.owned(200...200, since: 1450)
                .connected(to: 101...120, heard: 1990, target: 1, from: Story.address(200))
                .connected(to: 2...2, heard: 1400, target: 1, from: Story.address(200)),
            .youngProxy(Story.address(200), started: at(1450), heard: at(1400))
        ),
        (
            "it has few peers", mesh.connected(to: 2...2, heard: 1400, target: 1),
            .needsAnotherRun(peers: 1, .history)
        ),
    ]

    @Test(arguments: inventions)
    func `A target that shows the snapshot to be wrong is spared alone`(
        _ row: (String, Story, ReapPlan.Refusal)
    ) {
        let plan = row.1.plan
        #expect(plan.refusal == nil, "\(row.0)")
        #expect(plan.targetRefusals == [1: row.2], "\(row.0)")
        #expect(plan.peers == [1], "\(row.0)")
        #expect(plan.spared.allSatisfy { $0.finding.target == 1 })
        #expect(plan.spared.allSatisfy { $0.objection == .targetRefused })
        #expect(!plan.spared.isEmpty)
    }

    @Test(arguments: inventions)
    func `Where nothing else was to be destroyed its reason is the run's`(
        _ row: (String, Story, ReapPlan.Refusal)
    ) {
        let plan = row.1.with { $0.connections.removeAll { $0.peer == 1 } }.plan
        #expect(plan.refusal == row.2, "\(row.0)")
        #expect(plan.victims.isEmpty)
    }

    @Test func `Its connections use up nothing of what may be destroyed in another`() {
        let plan = Self.mesh.connected(to: 101...120, heard: 1990, target: 1)
            .connected(to: 2...6, heard: 1000, target: 1)
            .with { $0.policy.max = 2 }.plan
        #expect(plan.peers == [2, 3, 1], "longest silent first")
        #expect(plan.stays == [4, 5, 6].map { "\($0): more than --max allows" })
    }

    @Test func `Its peers do not speak for the snapshot in another`() {
        let plan = Story().owned(101...120).connected(to: 101...120, heard: 1990, target: 1)
            .connected(to: 1...12, heard: 1500).plan
        #expect(plan.refusal == .doubtsTooMany(12, of: 12, allowed: 0.5))
    }

    @Test func `That it was not there in the run before keeps no other from agreeing`() {
        let few = Story().owned(101...105).connected(to: 101...105, heard: 1990)
            .connected(to: 1...1, heard: 1500, runs: 2)
            .connected(to: 2...2, heard: 1500, runs: 2, target: 1)
        let plan = few.with {
            $0.earlier = 1900
            $0.newTargets = [1]
        }.plan
        #expect(plan.peers == [1])
        #expect(plan.targetRefusals == [1: .needsAnotherRun(peers: 1, .newerSnapshot)])
    }
}

/// A wrong snapshot shows in what it says of all peers, and of the proxy.
@Suite struct RefusalTests {
    // MARK: The proxy

    private let mesh = Story().owned(101...120).connected(to: 101...120, heard: 1990)
        .connected(to: 1...1, heard: 1500)

    @Test func `A snapshot without the proxy is another cluster's, or a part`() {
        let plan = mesh.with { $0.proxyStart = nil }.plan
        #expect(plan.refusal == .unknownProxy(Story.proxy))
        #expect(plan.victims.isEmpty)
    }

    @Test func `A proxy on its node's network is known by that`() {
        let story = mesh.with {
            $0.proxyStart = nil
            $0.nodes = [Story.proxy]
        }
        #expect(story.plan.peers == [1])
    }

    @Test(arguments: [(1500, true), (1502, true), (1503, false), (1999, false)])
    func `A proxy that is younger than its connections shows that times are wrong`(
        start: Double,
        isBelieved: Bool
    ) {
        let plan = mesh.with { $0.proxyStart = start }.plan
        #expect(plan.peers == (isBelieved ? [1] : []))
        let refusal = ReapPlan.Refusal.youngProxy(
            Story.proxy,
            started: at(start),
            heard: at(1500)
        )
        #expect(plan.refusal == (isBelieved ? nil : refusal))
    }

    @Test func `Who destroys nothing is not told that the snapshot is wrong`() {
        let story = Story().owned(101...120).connected(to: 101...120, heard: 1990)
        #expect(story.with { $0.proxyStart = nil }.plan.refusal == nil)
    }

    // MARK: Many peers

    @Test(arguments: [
        // Doubted, vouched for, the greatest part.
        (5, 5, 0.5, true), (6, 5, 0.5, false), (6, 4, 0.5, false), (10, 0, 0.5, false),
        (10, 0, 1, true), (1, 9, 0, false), (1, 9, 0.1, true), (2, 9, 0.1, false),
        (100, 100, 0.5, true), (101, 100, 0.5, false),
    ])
    func `Doubt of more than a part of ten peers or more refuses the run`(
        doubted: Int,
        vouchedFor: Int,
        part: Double,
        isBelieved: Bool
    ) {
        var story = Story().connected(to: 1...doubted, heard: 1500)
        if vouchedFor > 0 {
            story = story.owned(301...300 + vouchedFor)
                .connected(to: 301...300 + vouchedFor, heard: 1990)
        }
        let plan = story.with { $0.policy.maxFraction = part }.plan
        #expect(plan.victims.count == (isBelieved ? min(doubted, 100) : 0))
        let refusal = ReapPlan.Refusal.doubtsTooMany(
            doubted,
            of: doubted + vouchedFor,
            allowed: part
        )
        #expect(plan.refusal == (isBelieved ? nil : refusal))
    }

    @Test func `The part is of all that would be hit, and not of the greatest number`() {
        let story = Story().connected(to: 1...20, heard: 1500).with { $0.policy.max = 1 }
        #expect(story.plan.refusal == .doubtsTooMany(20, of: 20, allowed: 0.5))
    }

    @Test func `Insisting does not lift it, nor do two runs that agree`() {
        let story = Story().connected(to: 1...20, heard: 1500, runs: 5).with {
            $0.policy.insists = true
            $0.earlier = 1900
        }
        #expect(story.plan.refusal == .doubtsTooMany(20, of: 20, allowed: 0.5))
    }

    @Test func `A mesh that was restarted on the same addresses is believed when it has settled`() {
        func restarted(at start: Double) -> Story {
            Story().owned(1...20, since: start).connected(to: 1...20, heard: 1500)
                .connected(to: 1...20, heard: 1999)
        }
        #expect(restarted(at: 1900).plan.refusal == .doubtsTooMany(20, of: 20, allowed: 0.5))
        #expect(restarted(at: 1711).plan.refusal == .doubtsTooMany(20, of: 20, allowed: 0.5))
        #expect(restarted(at: 1710).plan.victims.count == 20)
    }

    @Test func `It is believed at once where its Pods were heard before the snapshot`() {
        let story = Story().owned(1...20, since: 1900).connected(to: 1...20, heard: 1500)
            .connected(to: 1...20, heard: 1998)
        #expect(story.plan.victims.count == 20)
    }

    @Test func `A snapshot in which all started now cannot vouch for itself`() {
        let story = Story().owned(1...20, since: 1995).connected(to: 1...5, heard: 1500)
            .connected(to: 6...20, heard: 2009)
        #expect(story.plan.refusal == .doubtsTooMany(5, of: 5, allowed: 0.5))
    }

    @Test func `Peers that talk and are not listed speak against the snapshot`() {
        let story = Story().owned(101...102).connected(to: 101...102, heard: 1990)
            .connected(to: 1...1, heard: 1500).connected(to: 2...10, heard: 2009)
        #expect(story.plan.refusal == .doubtsTooMany(10, of: 12, allowed: 0.5))
    }

    @Test func `What is left out does not count`() {
        let story = Story().owned(101...109).connected(to: 101...109, heard: 1990)
            .connected(to: 1...1, heard: 1500).connected(to: 201...220, heard: 2009)
        #expect(story.plan.refusal == .doubtsTooMany(21, of: 30, allowed: 0.5))
        let excluding = story.with { $0.exclude = IPPrefix("10.1.0.192/26").map { [$0] } ?? [] }
        #expect(excluding.plan.peers == [1])
    }

    // MARK: Few peers

    private let few = Story().owned(101...105).connected(to: 101...105, heard: 1990)

    @Test(arguments: [
        // The runs that found it, C of the run before, whether --yes was given twice.
        (1, nil, false, false), (2, nil, false, false), (1, 1900, false, false),
        (2, 2000, false, false), (2, 2100, false, false), (2, 1900, false, true),
        (1, nil, true, true),
    ])
    func `Of few peers a candidate needs two runs by different snapshots, or insistence`(
        runs: Int,
        earlier: Double?,
        insists: Bool,
        isBelieved: Bool
    ) {
        let plan = few.connected(to: 1...1, heard: 1500, runs: runs).with {
            $0.earlier = earlier
            $0.policy.insists = insists
        }.plan
        #expect(plan.peers == (isBelieved ? [1] : []))
        let lack = earlier == nil ? ReapPlan.Lack.history : .newerSnapshot
        #expect(plan.refusal == (isBelieved ? nil : .needsAnotherRun(peers: 6, lack)))
    }

    @Test func `Where runs agree on some those are destroyed`() {
        let plan = few.connected(to: 1...1, heard: 1500, runs: 2)
            .connected(to: 2...2, heard: 1500).with { $0.earlier = 1900 }.plan
        #expect(plan.refusal == nil)
        #expect(plan.peers == [1])
        #expect(plan.stays == ["2: a second run with a newer snapshot must agree"])
    }

    @Test func `Nine peers are few, and ten are many`() {
        let nine = Story().connected(to: 1...1, heard: 1500).owned(101...108)
            .connected(to: 101...108, heard: 1990)
        #expect(nine.plan.refusal == .needsAnotherRun(peers: 9, .history))
        #expect(nine.owned(109...109).connected(to: 109...109, heard: 1990).plan.peers == [1])
    }

    // MARK: Words

    @Test(arguments: [
        (ReapPlan.Refusal.incomplete, "incomplete"),
        (.unknownProxy(Story.proxy), "10.9.0.1"),
        (.youngProxy(Story.proxy, started: at(1), heard: at(0)), "10:00:01"),
        (.doubtsTooMany(3, of: 4, allowed: 0.5), "3 of 4 peers are gone, replaced or unknown"),
        (.doubtsTooMany(3, of: 4, allowed: 0.125), "more than the 12.5 % of --max-fraction"),
        (.needsAnotherRun(peers: 1, .history), "with 1 peer, fewer than 10"),
        (
            .needsAnotherRun(peers: 2, .history),
            "run again with --state and a snapshot that states a later"
        ),
        (
            .needsAnotherRun(peers: 2, .newerSnapshot),
            "run again with a snapshot that states a later"
        ),
        (.needsAnotherRun(peers: 2, .snapshot), "run twice with --state and -s FILE or --ztunnel"),
    ])
    func `A refusal says why`(refusal: ReapPlan.Refusal, words: String) {
        #expect(refusal.description.hasPrefix("nothing is destroyed"))
        #expect(refusal.description.contains(words))
    }
}
