@testable import Judging
import Model
import Testing

/// Targets that are scanned by the loop: what one says against the snapshots, and what becomes of
/// the others.
///
/// The proxy of a target is a Pod with the address 10.1.0.1, where the snapshot lists it.
@Suite struct ScanLoopTests {
    /// Web was replaced, job has gone; the snapshot lists the proxy.
    static let document = Document()
        .pod("web", .running)
        .pod("waypoint", .running.later(-900), at: ["10.1.0.1"])
        .node(
            Node(
                name: "node-1",
                podCIDRs: ["10.1.0.0/16", "fd00::/16"].compactMap(IPPrefix.init)
            )
        )

    static let proxy = IPAddress(ipv4: 0x0a01_0001)
    static let stranger = IPAddress(ipv4: 0x0a63_0001)

    /// A target whose connections come from an address.
    struct Target {
        var inode: UInt64
        var address = ScanLoopTests.proxy
        var peers = ["10.1.0.7", "10.1.0.8"]
        var heard = 500.0
        var identity = ProxyIdentity()
        var gaps: [String] = []
    }

    func run(
        _ document: Document = document,
        _ targets: Target...,
        history: SocketHistory? = nil,
        reaps: Bool = false
    ) throws -> ScanResult {
        let scenario = Scenario(document)
        let loop = ScanLoop(
            by: scenario.ownership,
            scenario.policy,
            ScanDetail(showsAll: true),
            reaps: reaps
        )
        let clock = ClockReading(wall: at(2010), steady: .zero)
        var sockets: [[TCPSocket]] = []
        for target in targets {
            sockets.append(
                try target.peers.enumerated().map { number, peer in
                    var socket = try socket(
                        peer: peer,
                        silence: at(2010) - at(target.heard),
                        cookie: target.inode * 100 + UInt64(number)
                    )
                    socket.local = Endpoint(address: target.address, port: 40_000)
                    return socket
                }
            )
        }
        return loop.run(remembering: history, clock: { clock }) { scan in
            for (target, sockets) in zip(targets, sockets) {
                let info = ScanTarget(
                    inode: target.inode,
                    path: "/run/netns/\(target.inode)",
                    pid: nil,
                    identity: target.identity,
                    isComplete: false
                )
                scan.scan(info) { body in
                    for socket in sockets { body(socket, at(2010)) }
                    return target.gaps
                }
            }
        }
    }

    private func words(_ result: ScanResult, target: Int = 0) -> [String] {
        result.findings.filter { $0.target == target }.map(\.judgement.words)
    }

    static let proofs = [
        "replaced confirmed heard-before-owner-existed", "deleted confirmed unowned-pod-address",
    ]

    @Test func `A proxy that is listed speaks against nothing`() throws {
        let result = try run(Self.document, Target(inode: 1))
        #expect(words(result) == Self.proofs)
        #expect(result.isComplete && result.notices == [])
        #expect(result.summary.confirmed == 2)
    }

    @Test func `In a target whose proxy is not listed nothing is proof, and in the others all`()
        throws
    {
        let result = try run(
            Self.document,
            Target(inode: 1),
            Target(inode: 2, address: Self.stranger)
        )
        #expect(words(result) == Self.proofs)
        #expect(
            words(result, target: 1)
                == Self.proofs.map { $0.replacing("confirmed", with: "suspected") }
        )
        #expect(result.targets.map(\.isComplete) == [true, false])
        #expect(result.targets.map(\.summary.confirmed) == [2, 0])
        #expect(result.targets.map(\.summary.suspected) == [0, 2])
        #expect(result.warnings.count == 1)
        #expect(
            result.warnings[0].hasPrefix(
                "network namespace '/run/netns/2': no cluster-wide snapshot lists"
            )
        )
        let explanation = result.findings.last?.explanation
        #expect(
            explanation?.hasSuffix("(no proof: the proxy contradicts the snapshot)") == true
        )
    }

    @Test func `A proxy that is younger than the snapshot makes nothing incomplete`() throws {
        let young = ProxyIdentity(startedAt: at(1995))
        let result = try run(
            Self.document,
            Target(inode: 1, address: Self.stranger, heard: 1996, identity: young)
        )
        #expect(
            words(result)
                == ["unlisted - heard-around-snapshot", "current confirmed heard-from-owner"]
        )
        #expect(result.isComplete && result.notices.count == 1)
        #expect(result.summary.candidates == 0)
    }

    @Test func `A young process does not excuse a list that lacks an old proxy`() throws {
        let young = ProxyIdentity(startedAt: at(1995))
        let result = try run(
            Self.document,
            Target(inode: 1, address: Self.stranger, identity: young)
        )
        #expect(
            words(result) == Self.proofs.map { $0.replacing("confirmed", with: "suspected") }
        )
        #expect(!result.isComplete && result.summary.confirmed == 0)
    }

    @Test func `Of a list from which times were cut nothing that it lacks is proof in any target`()
        throws
    {
        let result = try run(
            Self.document.pod("timeless", PodLife(phase: .running), at: ["10.1.0.9"]),
            Target(inode: 1),
            Target(inode: 2, peers: ["10.1.0.9"])
        )
        #expect(words(result) == [Self.proofs[0], "deleted suspected unowned-pod-address"])
        #expect(result.targets.map(\.isComplete) == [true, true])
        #expect(result.targets.map(\.summary.confirmed) == [1, 0])
        #expect(result.warnings.count == 1 && result.warnings[0].contains("no start time"))
    }

    @Test func `A family that was cut takes the proof from the targets that use it, and no other`()
        throws
    {
        let result = try run(
            Self.document,
            Target(inode: 1),
            Target(inode: 2, peers: ["10.1.0.7", "10.1.0.8", "fd00::7"])
        )
        #expect(words(result) == Self.proofs)
        #expect(
            words(result, target: 1) == [
                Self.proofs[0], "deleted suspected unowned-pod-address",
                "deleted suspected unowned-pod-address",
            ]
        )
        #expect(result.targets.map(\.isComplete) == [true, false])
        #expect(result.targets.map(\.summary.confirmed) == [2, 1])
        #expect(result.warnings.count == 1)
        #expect(
            result.warnings[0].hasPrefix(
                "network namespace '/run/netns/2': no snapshot lists an IPv6 address of a Pod"
            )
        )
    }

    // MARK: What is remembered

    private static let remembered = SocketHistory(
        epoch: ClockEpoch(bootID: "boot", bootedAt: at(0))
    )

    static let binders: [(String, Target, Document, isBound: Bool)] = {
        var cut = document.pod("timeless", PodLife(phase: .running), at: ["10.1.0.9"])
        cut.nodes = []
        let own = ["10.1.0.7"]
        var unscoped = document
        unscoped.scope = .unknown
        return [
            ("a list of unknown scope", Target(inode: 1, peers: own, heard: 1500), unscoped, true),
            (
                "a list of unknown scope without the proxy",
                Target(inode: 1, address: stranger, peers: own, heard: 1500), unscoped, false
            ),
            ("a whole target", Target(inode: 1, peers: own, heard: 1500), document, true),
            (
                "one that contradicts",
                Target(inode: 1, address: stranger, peers: own, heard: 1500), document, false
            ),
            (
                "one that was not seen as a whole",
                Target(inode: 1, peers: own, heard: 1500, gaps: ["a part"]), document, false
            ),
            (
                "one that uses a family that is cut",
                Target(inode: 1, peers: own + ["fd00::7"], heard: 1500), document, false
            ),
            (
                "a list that is cut",
                Target(inode: 1, peers: own + ["10.1.0.9"], heard: 1500), cut, false
            ),
        ]
    }()

    @Test(arguments: binders)
    func `Only a whole target that contradicts nothing binds`(
        _ row: (String, Target, Document, isBound: Bool)
    ) throws {
        let result = try run(row.2, row.1, history: Self.remembered)
        let first = try #require(result.findings.first { $0.owners.first?.identity.name == "web" })
        #expect(first.judgement.verdict == .current, "\(row.0)")
        let past = result.history?.past(of: SocketKey(first.socket, in: 1))
        #expect(past?.binding?.readNotBefore == (row.isBound ? at(2000) : nil), "\(row.0)")
    }

    @Test func `A candidate of a target that contradicts agrees with no later run`() throws {
        let first = try run(
            Self.document,
            Target(inode: 1, address: Self.stranger),
            history: Self.remembered
        )
        var history = try #require(first.history)
        history.beginRun()
        let second = try run(
            Self.document.pod("stranger", .running, at: ["10.99.0.1"]),
            Target(inode: 1, address: Self.stranger),
            history: history
        )
        #expect(second.findings.map { $0.candidacy?.runs } == [1, 1])
        #expect(words(second) == Self.proofs)
    }

    @Test func `Why targets may be missing is said, and makes the scan incomplete`() {
        let scenario = Scenario(Self.document)
        let clock = ClockReading(wall: at(2010), steady: .zero)
        let result = ScanLoop(by: scenario.ownership, scenario.policy).run(clock: { clock }) {
            $0.note("capture 'a': cannot read /proc/7/environ")
        }
        #expect(result.warnings == ["capture 'a': cannot read /proc/7/environ"])
        #expect(!result.isComplete)
    }

    @Test func `Where nothing can be looked up, a connection that is not listed counts as closed`()
        throws
    {
        var history = SocketHistory(epoch: ClockEpoch(bootID: "boot", bootedAt: at(0)))
        history.beginRun()
        let first = try run(Self.document, Target(inode: 1), history: history)
        var past = try #require(first.history)
        past.beginRun()
        let second = try run(
            Self.document,
            Target(inode: 1, peers: ["10.1.0.7"]),
            history: past
        )
        #expect(second.isComplete)
        #expect(words(second) == [Self.proofs[0]])
    }

    // MARK: What is destroyed

    @Test func `A reap acts on the targets that are complete`() throws {
        let result = try run(
            Self.document,
            Target(inode: 1, address: Self.stranger),
            Target(inode: 2),
            Target(inode: 3, gaps: ["a part"]),
            reaps: true
        )
        var destroyed: [Int] = []
        let outcome = ReapLoop(ReapPolicy(maxFraction: 1, insists: true), isDryRun: false).run(
            result,
            isOfOneClock: true
        ) { target, sockets, isStillMeant, report in
            destroyed += [Int](repeating: target, count: sockets.count)
            return nil
        }
        #expect(destroyed == [1, 1])
        #expect(outcome?.refusal == nil)
        #expect(outcome?.left == 4)
        #expect(
            outcome?.remarks.contains(
                "4 candidates stay open: its target was not fully"
                    + " scanned or contradicts the snapshot"
            ) == true
        )
    }

    @Test(arguments: [(1, "1 connection is"), (2, "2 connections are")])
    func `What was looked at too long before its end stays, and the run says so once`(
        late: Int,
        words: String
    ) throws {
        let result = try run(Self.document, Target(inode: 2), reaps: true)
        let outcome = ReapLoop(ReapPolicy(maxFraction: 1, insists: true), isDryRun: false).run(
            result,
            isOfOneClock: true
        ) { _, sockets, _, report in
            for index in sockets.indices { report(index, index < late ? .late : .destroyed) }
            return nil
        }
        #expect(
            outcome?.remarks == [
                "\(words) not destroyed: the program was stopped for more than 1 s after its second"
                    + " look; another run tries again"
            ]
        )
        let results = outcome?.findings.map { $0.reaping?.result }
        #expect(results == [.skipped, late == 1 ? .destroyed : .skipped])
    }

    @Test func `Of several targets the one that is refused is named`() throws {
        let result = try run(Self.document, Target(inode: 1), Target(inode: 2), reaps: true)
        let outcome = ReapLoop(ReapPolicy(), isDryRun: true).run(result, isOfOneClock: true) {
            _,
            _,
            _,
            _ in
            Issue.record("something is destroyed")
            return nil
        }
        let words = "nothing is destroyed yet: with 2 peers, fewer than 10"
        #expect(outcome?.refusal?.hasPrefix("/run/netns/1: \(words)") == true)
        #expect(outcome?.remarks.count == 2)
        #expect(outcome?.remarks.last?.hasPrefix("/run/netns/2: \(words)") == true)
        #expect(outcome?.left == 0)
    }

    @Test func `A connection that somebody makes up keeps none of the others from being destroyed`()
        throws
    {
        let result = try run(
            Self.document,
            Target(inode: 1),
            Target(inode: 2, peers: ["10.1.0.7", "fd00::7"]),
            reaps: true
        )
        var destroyed: [Int] = []
        let outcome = ReapLoop(ReapPolicy(maxFraction: 1, insists: true), isDryRun: false).run(
            result,
            isOfOneClock: true
        ) { target, sockets, isStillMeant, report in
            destroyed += [Int](repeating: target, count: sockets.count)
            return nil
        }
        #expect(destroyed == [0, 0])
        #expect(outcome?.refusal == nil)
    }

    @Test func `By a list that is cut nothing is destroyed`() throws {
        let result = try run(
            Self.document.pod("timeless", PodLife(phase: .running), at: ["10.1.0.9"]),
            Target(inode: 1),
            Target(inode: 2, peers: ["10.1.0.9"]),
            reaps: true
        )
        let outcome = ReapLoop(ReapPolicy(maxFraction: 1, insists: true), isDryRun: false).run(
            result,
            isOfOneClock: true
        ) { _, _, _, _ in
            Issue.record("something is destroyed")
            return nil
        }
        #expect(outcome?.refusal == ReapPlan.Refusal.incomplete.description)
    }
}
