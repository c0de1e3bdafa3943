@testable import Judging
@testable import Model
import Testing

// The language of these tests. Times are seconds of a story whose second 0 is 2026-11-21T10:00:00Z.
// Unless a test says otherwise a Pod starts at 1000, the snapshot is read at 2000 and the scan runs
// at 2010. Peer number N has the address 10.1.0.N, and the proxy 10.9.0.1.

/// A scan by a snapshot, and what is planned by it.
struct Story {
    /// What is scanned: connections to a peer, each last heard at some moment.
    struct Scanned {
        var peer: Int
        var heard: Double
        var runs = 1
        var target = 0
        var proxy = Story.proxy
    }

    static let proxy = IPAddress(ipv4: 0x0a09_0001)
    /// The time of all scans.
    static let now = at(2010)

    /// When the Pods that the snapshot lists started, by number.
    var owners: [Int: Double] = [:]
    /// When the proxy's did; `nil` where it is not listed.
    var proxyStart: Double? = 100
    var nodes: [IPAddress] = []
    var exclude: [IPPrefix] = []
    /// Whether the snapshot is of ztunnel's workloads, which have no times.
    var isOfWorkloads = false
    /// Whether the snapshot knows which addresses are Pods'.
    var knowsBlocks = true
    /// When the snapshot says that it was read; `nil` leaves it to its file, of 2000 too.
    var stated: Double? = 2000
    var connections: [Scanned] = []
    /// Whether the snapshots and the clock are sound.
    var isSound = true
    var isOfOneClock = true
    var incompleteTargets: Set<Int> = []
    /// The targets that the run before did not look at.
    var newTargets: Set<Int> = []
    var earlier: Double?
    var policy = ReapPolicy()

    /// The story with connections to some peers, each last heard at the same moment.
    func connected(
        to peers: ClosedRange<Int>,
        heard: Double,
        runs: Int = 1,
        target: Int = 0,
        from proxy: IPAddress = Story.proxy
    ) -> Story {
        with { story in
            story.connections += peers.map {
                Scanned(peer: $0, heard: heard, runs: runs, target: target, proxy: proxy)
            }
        }
    }

    /// The story in which the snapshot lists some Pods.
    func owned(_ peers: ClosedRange<Int>, since start: Double = 1000) -> Story {
        with { story in for peer in peers { story.owners[peer] = start } }
    }

    func with(_ change: (inout Story) -> Void) -> Story {
        var story = self
        change(&story)
        return story
    }
}

extension Story {
    var ownership: IPOwnership {
        var document = SnapshotDocument(
            source: "pods.json",
            format: .compact,
            modified: at(2000),
            readingBegan: at(2001)
        )
        document.scope = .cluster
        document.listsWorkloads = isOfWorkloads
        document.statedReadTime = stated.map { (at($0), .document) }
        if let newest = APITime(at(1999)) { document.observe(newest) }
        document.items = 1
        var contents = SnapshotContents(document: document)
        for (number, start) in owners.sorted(by: { $0.key < $1.key }) {
            contents.pods.append(pod("web-\(number)", Self.address(number), start))
        }
        if let proxyStart { contents.pods.append(pod("waypoint", Self.proxy, proxyStart)) }
        contents.nodes = [
            Node(
                name: "node-1",
                addresses: nodes,
                podCIDRs: IPPrefix("10.1.0.0/16").map { knowsBlocks ? [$0] : [] } ?? [],
                isReady: true,
                readyTransition: nil
            )
        ]
        return IPOwnership([contents])
    }

    static func address(_ number: Int) -> IPAddress {
        IPAddress(ipv4: UInt32(0x0a01_0000 + number))
    }

    private func pod(_ name: String, _ address: IPAddress, _ start: Double) -> Pod {
        let time = APITime(at(start))
        let life =
            isOfWorkloads
            ? PodLife()
            : PodLife(
                creation: time,
                start: time,
                networkTransition: APITime(at(start + 2)),
                network: .ready,
                phase: .running
            )
        let identity = PodIdentity(namespace: "shop", name: name, uid: name, node: "node-1")
        return Pod(identity: identity, addresses: [address], life: life)
    }

    var judge: Judge {
        Judge(ownership: ownership, policy: Policy(exclude: exclude), now: Self.now)
    }

    static func socket(
        _ cookie: Int,
        to peer: Int,
        from proxy: IPAddress = Story.proxy,
        heard: Double,
        by now: WallTime
    ) -> TCPSocket {
        let age = UInt32(max(0, (now - at(heard)).milliseconds))
        return TCPSocket(
            family: .ipv4,
            local: Endpoint(address: proxy, port: UInt16(40_000 + cookie)),
            peer: Endpoint(address: address(peer), port: 15008),
            cookie: UInt64(cookie),
            info: TCPInfo(lastDataReceived: age, lastAckReceived: age)
        )
    }

    /// The judged connections, all of them.
    var findings: [Finding] {
        let judge = judge
        return connections.enumerated().map { number, scanned in
            let socket = Self.socket(
                number,
                to: scanned.peer,
                from: scanned.proxy,
                heard: scanned.heard,
                by: Self.now
            )
            let judgement = judge.judge(socket, heardAt: Self.now - socket.silence)
            var finding = judge.finding(
                for: socket,
                judgement,
                target: scanned.target,
                now: Self.now
            )
            finding.candidacy = Candidacy(since: at(1900), runs: scanned.runs)
            return finding
        }
    }

    var plan: ReapPlan { plan { _ in } }

    /// The plan after something else than the table has judged some connections.
    func plan(rejudging rejudge: (inout [Finding]) -> Void) -> ReapPlan {
        let findings = findings
        var judged = findings
        rejudge(&judged)
        let (ownership, last) = (ownership, connections.map(\.target).max() ?? 0)
        let agreement = ReapPlan.Agreement(
            earlier: earlier.map(at),
            present: ownership.readNotBefore
        )
        return ReapPlan(
            findings: judged,
            targets: (0...last).map { target in
                var survey = SnapshotPlausibility(of: ownership, skew: .seconds(2))
                for finding in findings where finding.target == target {
                    survey.note(finding.socket, finding.judgement, heardAt: finding.heardAt)
                }
                return ReapPlan.Ground(
                    survey: survey,
                    isComplete: !incompleteTargets.contains(target),
                    agreement: newTargets.contains(target)
                        ? ReapPlan.Agreement(earlier: nil, present: agreement.present) : agreement
                )
            },
            isSound: isSound,
            isOfOneClock: isOfOneClock,
            policy: policy
        )
    }
}

extension ReapPlan {
    /// The last byte of each victim's peer, in order.
    var peers: [Int] { victims.map { Int($0.socket.peer.address.low & 0xff) } }

    /// The same of the others, with why they stay.
    var stays: [String] {
        spared.map { "\($0.finding.socket.peer.address.low & 0xff): \($0.objection)" }
    }
}
