import Judging
@testable import Model
import Testing

// The language of these tests. Times are seconds of a story whose second 0 is
// 2026-11-21T10:00:00Z. Unless a test says otherwise a Pod starts at 1000, the snapshot is read at
// 2000 and the scan runs at 2010, and every address is 10.1.0.7.

/// The moment of a second of the story.
func at(_ second: Double) -> WallTime {
    WallTime(milliseconds: 1_795_255_200_000 + Int64((second * 1000).rounded()))
}

/// The API's time of a second of the story.
func api(_ second: Int) -> APITime { APITime(epochSeconds: UInt32(1_795_255_200 + second)) }

/// The address of a test that needs but one.
let usualAddress = "10.1.0.7"

extension PodLife {
    /// A running Pod on a cluster that writes the network condition: network at 1010, container at
    /// 1012.
    static let running = PodLife(
        creation: api(999),
        start: api(1000),
        networkTransition: api(1010),
        firstStarted: api(1012),
        ready: api(1014),
        network: .ready,
        phase: .running
    )

    /// The same on a cluster without the condition.
    static let runningWithoutCondition = PodLife.running.with {
        $0.network = .absent
        $0.networkTransition = nil
    }

    /// A Pod that ran from 1000 to 1500, and lost its network at 1503.
    static let finished = PodLife.running.with {
        $0.phase = .succeeded
        $0.ready = nil
        $0.network = .notReady
        $0.networkTransition = api(1503)
        $0.lastFinished = api(1500)
    }

    /// This life, changed.
    func with(_ change: (inout PodLife) -> Void) -> PodLife {
        var life = self
        change(&life)
        return life
    }

    /// This life with all its times so many seconds later.
    func later(_ seconds: Int) -> PodLife {
        func moved(_ time: APITime?) -> APITime? {
            time.map { APITime(epochSeconds: UInt32(Int($0.epochSeconds) + seconds)) }
        }
        return with {
            $0.creation = moved(creation)
            $0.start = moved(start)
            $0.networkTransition = moved(networkTransition)
            $0.firstStarted = moved(firstStarted)
            $0.runningSince = moved(runningSince)
            $0.ready = moved(ready)
            $0.lastFinished = moved(lastFinished)
            $0.deletion = moved(deletion)
        }
    }

    /// The times that bound when the document was written.
    var observed: [APITime] {
        [creation, start, networkTransition, firstStarted, runningSince, ready, lastFinished]
            .compactMap { $0 }
    }
}

/// A document of the story.
struct Document {
    /// When the document says that it was read; `nil` leaves it to the file's time.
    var stated: Double? = 2000
    /// When its file was last modified; `nil` for a pipe, read from 2000 to 2001.
    var modified: Double?
    var scope = SnapshotScope.cluster
    var pods: [Pod] = []
    var nodes: [Node] = []
    var exempt: [ExemptAddress] = []
    var problems = 0
    /// Problems that hide nobody's owner.
    var remarks = 0
    var listsWorkloads = false
    var isOfOwnZtunnel = false

    /// The document with one Pod more, whose UID is its name unless given.
    func pod(
        _ name: String,
        _ life: PodLife,
        at addresses: [String] = [usualAddress],
        uid: String? = nil,
        node: String = "node-1"
    ) -> Document {
        var document = self
        let identity = PodIdentity(namespace: "shop", name: name, uid: uid ?? name, node: node)
        document.pods.append(
            Pod(identity: identity, addresses: addresses.compactMap(IPAddress.init), life: life)
        )
        return document
    }

    /// The document with one Node more.
    func node(_ node: Node) -> Document {
        var document = self
        document.nodes.append(node)
        return document
    }

    /// The document with one address more that is no Pod's.
    func exempting(_ address: String, kind: String, name: String) throws -> Document {
        var document = self
        let address = try #require(IPAddress(address))
        document.exempt.append(ExemptAddress(address: address, kind: kind, name: name))
        return document
    }

    var contents: SnapshotContents {
        var header = SnapshotDocument(
            source: "pods.json",
            format: .kubernetesList,
            modified: modified.map(at),
            readingBegan: at(2000)
        )
        header.readingEnded = at(2001)
        header.scope = scope
        header.listsWorkloads = listsWorkloads
        header.isOfOwnZtunnel = isOfOwnZtunnel
        header.statedReadTime = stated.map { (at($0), .document) }
        header.items = pods.count + nodes.count + exempt.count
        for pod in pods {
            for time in pod.life.observed {
                header.observe(time, node: pod.identity.node.utf8Span.span)
            }
        }
        for node in nodes {
            for time in [node.readyTransition, node.heartbeat].compactMap(\.self) {
                header.observe(time, node: node.name.utf8Span.span)
            }
        }
        for number in 0..<problems {
            header.note(SnapshotProblem(message: "\(number)", line: 1, byteOffset: 0))
        }
        for number in 0..<remarks {
            let problem = SnapshotProblem(message: "\(number)", line: 1, byteOffset: 0)
            header.note(problem, mayHideOwner: false)
        }
        var contents = SnapshotContents(document: header)
        for pod in pods { contents.pods.append(pod) }
        contents.nodes = nodes
        contents.exempt = exempt
        return contents
    }
}

/// Documents, a policy and a scan.
struct Scenario {
    var documents: [Document]
    var skew = 2.0
    var maxAge: TimeSpan? = .minutes(10)
    var exclude: [String] = []
    var podCIDRs: [String] = []
    var asked: Set<Verdict> = Verdict.candidates
    var silentAfter: TimeSpan? = .seconds(35)
    var now = 2010.0
    /// What earlier scans say of the socket.
    var history: SocketPast?

    init(_ documents: Document...) { self.documents = documents }

    /// The scenario in which no connection is judged by its heartbeat.
    var withoutHeartbeat: Scenario {
        var scenario = self
        scenario.silentAfter = nil
        return scenario
    }

    /// One Pod at the usual address.
    init(_ life: PodLife) { self.init(Document().pod("web", life)) }

    var ownership: IPOwnership {
        IPOwnership(documents.map(\.contents), podCIDRs: podCIDRs.compactMap(IPPrefix.init))
    }

    var policy: Policy {
        Policy(
            skew: TimeSpan(milliseconds: Int64(skew * 1000)),
            maxAge: maxAge,
            exclude: exclude.compactMap(IPPrefix.init),
            asked: asked,
            silentAfter: silentAfter
        )
    }

    var judge: Judge {
        let bound = history?.binding?.pod.uid
        return Judge(
            ownership: ownership,
            policy: policy,
            now: at(now),
            boundUIDs: Set([bound].compactMap { $0 })
        )
    }

    /// The scenario with a socket that was first seen at a second, and bound to a Pod by a snapshot
    /// of a `C`.
    func remembering(
        firstSeen: Double = 1900,
        boundTo name: String? = nil,
        by capture: Double = 1899
    ) -> Scenario {
        var scenario = self
        scenario.history = SocketPast(firstSeenAt: at(firstSeen))
        if let name {
            let pod = PodIdentity(namespace: "shop", name: name, uid: name, node: "node-1")
            scenario.history?.binding = SocketBinding(to: pod, readNotBefore: at(capture))
        }
        return scenario
    }

    var shortcomings: [String] {
        Premises.shortcomings(of: ownership, policy: policy, now: at(now))
    }

    /// The verdict on the peer's address when it was last heard at a second, and last sent data
    /// then or at an earlier one.
    func judgement(
        heard second: Double,
        data: Double? = nil,
        peer: String = usualAddress
    ) throws -> Judgement {
        var socket = try socket(peer: peer)
        if let data {
            socket.info.lastDataReceived = UInt32((at(second) - at(data)).milliseconds)
        }
        return judge.judge(socket, heardAt: at(second), history: history)
    }

    /// The same in words: `replaced confirmed heard-before-owner-existed`, `-` for no confidence.
    func verdict(heard second: Double, peer: String = usualAddress) throws -> String {
        try judgement(heard: second, peer: peer).words
    }

    /// What a report would say of a socket that the scan sees.
    func finding(
        heard second: Double,
        peer: String = usualAddress,
        timer: TCPTimer = .none
    ) throws -> Finding {
        var socket = try socket(peer: peer, silence: at(now) - at(second))
        socket.timer = timer
        if timer == .retransmit { socket.info.unackedSegments = 1 }
        if timer == .keepalive { socket.info.probes = 1 }
        let judge = judge
        let judgement = judge.judge(socket, heardAt: at(second), history: history)
        return judge.finding(
            for: socket,
            judgement,
            target: 0,
            now: at(now),
            history: history
        )
    }
}

/// An idle socket to port 15008 of an address.
func socket(
    peer: String = usualAddress,
    localPort: UInt16 = 40000,
    silence: TimeSpan = .zero,
    cookie: UInt64 = 1
) throws -> TCPSocket {
    let age = try #require(UInt32(exactly: silence.milliseconds))
    return TCPSocket(
        family: .ipv4,
        local: Endpoint(address: IPAddress(ipv4: 0x0a01_0001), port: localPort),
        peer: Endpoint(address: try #require(IPAddress(peer)), port: 15008),
        cookie: cookie,
        info: TCPInfo(lastDataReceived: age, lastAckReceived: age)
    )
}

extension Judgement {
    var words: String { "\(verdict.rawValue) \(confidence?.rawValue ?? "-") \(reason.rawValue)" }
}
