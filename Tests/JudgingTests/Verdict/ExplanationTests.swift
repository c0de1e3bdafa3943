import Judging
import Model
import Testing

/// The sentence of every reason, as an operator reads it.
///
/// Second 1000 of the story is 10:16:40Z,
/// 1500 is 10:25:00Z, the snapshot's 2000 is 10:33:20Z, the scan's 2010 is 10:33:30Z.
@Suite struct ExplanationTests {
    struct Row: Sendable, CustomTestStringConvertible {
        let reason: Reason
        let scenario: Scenario
        let heard: Double
        var timer = TCPTimer.none
        let sentence: String
        var testDescription: String { "\(reason.rawValue) \(timer.rawValue)" }
    }

    static let others = Document().pod("other", .running, at: ["10.1.0.99"])

    static func excluding() -> Scenario {
        var scenario = Scenario(.running)
        scenario.exclude = ["10.1.0.0/24"]
        return scenario
    }

    static func podAddresses(_ document: Document = others) -> Scenario {
        var scenario = Scenario(document)
        scenario.podCIDRs = ["10.1.0.0/24"]
        return scenario
    }

    static func slowClock(_ scenario: Scenario) -> Scenario {
        var slow = scenario
        slow.now = 1900
        return slow
    }

    static let livingJob = PodLife.finished.with {
        $0.network = .ready
        $0.networkTransition = api(1010)
    }

    /// A Pod that was evicted: nothing tells when its last container ended.
    static let evictedJob = PodLife.finished.with {
        $0.phase = .failed
        $0.network = .absent
        $0.networkTransition = nil
        $0.lastFinished = nil
    }

    static var namespaceOfAnotherCluster: Document {
        var document = others
        document.scope = .unknown
        return document
    }

    static let rest: [Row] = [
        Row(
            reason: .excluded,
            scenario: excluding(),
            heard: 500,
            sentence: """
                10.1.0.7 is excluded (--exclude)
                """
        ),
        Row(
            reason: .notAPod,
            scenario: Scenario(.running.with { $0.isHostNetwork = true }),
            heard: 500,
            sentence: """
                10.1.0.7 belongs to a host-network Pod, so it is the address of its node: not judged
                """
        ),
        Row(
            reason: .notAPod,
            scenario: Scenario(
                others.node(Node(name: "node-1", addresses: [IPAddress(ipv4: 0x0a01_0007)]))
            ),
            heard: 500,
            sentence: """
                10.1.0.7 is the address of Node node-1, not of a Pod: not judged
                """
        ),
        Row(
            reason: .heardAfterSnapshot,
            scenario: Scenario(others),
            heard: 2005,
            sentence: """
                no Pod in the snapshot of 10:33:20Z has 10.1.0.7, but the peer was heard at \
                10:33:25Z: its Pod may be newer than the snapshot; take another snapshot
                """
        ),
        Row(
            reason: .heardAroundSnapshot,
            scenario: Scenario(others),
            heard: 1990,
            sentence: """
                no Pod in the snapshot of 10:33:20Z has 10.1.0.7, but the peer was heard at \
                10:33:10Z: its Pod may be newer than the snapshot; take another snapshot
                """
        ),
        Row(
            reason: .ownerNodeLost,
            scenario: Scenario(Document().pod("web", .running).node(EndingOwnerTests.lostNode)),
            heard: 1500,
            sentence: """
                10.1.0.7 belongs to shop/web, whose node is not Ready, and nothing has been \
                heard on this connection since 10:25:00Z: it is unknown whether the Pod still \
                runs; check the node
                """
        ),
        Row(
            reason: .ownerNodeLost,
            scenario: Scenario(Document().pod("web", .running).node(Node(name: "node-2"))),
            heard: 1500,
            sentence: """
                10.1.0.7 belongs to shop/web, whose node is no longer a Node of the cluster, \
                and nothing has been heard on this connection since 10:25:00Z: it is unknown \
                whether the Pod still runs; check the node
                """
        ),
        Row(
            reason: .ownerWithoutNetwork,
            scenario: Scenario(.running.with { $0.network = .notReady }),
            heard: 1500,
            sentence: """
                10.1.0.7 belongs to shop/web, which has no network now: it is starting, \
                restarting or ending; take another snapshot
                """
        ),
        Row(
            reason: .ownerHasNoTimestamps,
            scenario: Scenario(.running.with { $0.isMirror = true }),
            heard: 1500,
            sentence: """
                10.1.0.7 belongs to shop/web, but the snapshot does not say since when: this \
                connection, last heard at 10:25:00Z, belongs to this Pod or to an earlier one
                """
        ),
        Row(
            reason: .heardAroundOwnerStart,
            scenario: Scenario(.running),
            heard: 1005,
            sentence: """
                10.1.0.7 belongs to shop/web, whose network was ready by 10:16:50Z, and the \
                peer was last heard at 10:16:45Z, too early to tell whether it was this Pod or \
                an earlier one: the next traffic will show it
                """
        ),
        Row(
            reason: .heardAroundOwnerStart,
            scenario: Scenario(.runningWithoutCondition),
            heard: 1005,
            timer: .retransmit,
            sentence: """
                10.1.0.7 belongs to shop/web, whose network was ready by 10:16:52Z, and the \
                peer was last heard at 10:16:45Z, too early to tell whether it was this Pod or \
                an earlier one: the next traffic will show it
                """
        ),
        Row(
            reason: .ownerTerminating,
            scenario: Scenario(.running.with { $0.deletion = api(2020) }),
            heard: 1500,
            sentence: """
                10.1.0.7 belongs to shop/web, which is being deleted and was last heard at \
                10:25:00Z: this connection ends with that Pod
                """
        ),
        Row(
            reason: .heardFromOwner,
            scenario: Scenario(.running),
            heard: 1500,
            sentence: """
                10.1.0.7 belongs to shop/web, which was last heard at 10:25:00Z
                """
        ),
        Row(
            reason: .heardSinceSnapshot,
            scenario: Scenario(.running),
            heard: 2005,
            sentence: """
                10.1.0.7 belongs to shop/web according to the snapshot of 10:33:20Z, and the \
                peer was last heard at 10:33:25Z: only a newer snapshot can prove that it was \
                this Pod
                """
        ),
        Row(
            reason: .ownerTimesContradict,
            scenario: Scenario(.running.with { $0.creation = api(1005) }),
            heard: 1500,
            sentence: """
                10.1.0.7 belongs to shop/web, started at 10:16:40Z, and the peer was last \
                heard at 10:25:00Z; but the times of that Pod contradict each other, so a clock \
                was wrong and nothing is proven: check the clock of its node
                """
        ),
    ]

    @Test(arguments: candidates + rest)
    func `The sentence of a reason`(_ row: Row) throws {
        let finding = try row.scenario.finding(heard: row.heard, timer: row.timer)
        #expect(finding.judgement.reason == row.reason)
        #expect(finding.explanation == row.sentence)
    }

    @Test func `Every reason has a sentence here`() {
        let explained = Set((Self.candidates + Self.rest).map(\.reason))
            .union(HeartbeatExplanationTests.rows.map(\.reason))
        #expect(explained == Set(Reason.allCases))
    }
}
