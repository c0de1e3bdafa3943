import Judging
import Model
import Testing

// The language of the tests of the heartbeat, in the seconds of the other tests. Every 10 s from its
// opening on, a connection is pinged, until its other end is gone.

/// A connection of the proxy, as it is.
struct Line {
    var peer = usualAddress
    /// The namespace that holds it.
    var target: UInt64 = 1
    var opened = 1900.0
    /// From when on nothing is heard of the other end.
    var gone = Double.infinity
    /// Whether its server pings.
    var isPinged = true
    /// When a request and its answer are exchanged.
    var requests: [Double] = []
    /// Since when a request waits for its acknowledgement.
    var waits: Double?
    var hasUnread = false

    static let request = TrafficCounters(
        bytesReceived: 900,
        bytesAcknowledged: 300,
        segmentsSent: 2,
        dataSegmentsReceived: 1,
        dataSegmentsSent: 1
    )

    /// The socket as the kernel describes it at a moment.
    func socket(at second: Double, cookie: UInt64) throws -> TCPSocket {
        let end = min(second, gone)
        let answered = requests.filter { $0 <= end }
        let pings = isPinged ? max(0, ((end - opened) / 10).rounded(.down)) : 0
        let pinged = opened + pings * 10
        let heard = max(pinged, answered.max() ?? opened)
        let isByPing = pings > 0 && heard == pinged
        func age(_ moment: Double) -> UInt32 { UInt32(((second - moment) * 1000).rounded()) }
        var socket = try JudgingTests.socket(
            peer: peer,
            localPort: UInt16(40_000 + cookie),
            cookie: cookie
        )
        socket.unreadBytes = hasUnread ? 390 : 0
        let isWaiting = waits.map { $0 <= second } ?? false
        if isWaiting { socket.timer = .retransmit }
        let (p, r) = (UInt32(pings), UInt32(answered.count))
        socket.info = TCPInfo(
            lastDataReceived: age(heard),
            lastAckReceived: age(heard),
            lastDataSent: isByPing && !isWaiting ? age(heard) : age(heard) + 8,
            unackedSegments: isWaiting ? 1 : 0,
            retransmits: isWaiting ? 4 : 0,
            traffic: TrafficCounters(
                bytesReceived: 3000 + 39 * p + Self.request.bytesReceived * r,
                bytesAcknowledged: 2000 + 39 * p + Self.request.bytesAcknowledged * r,
                segmentsSent: 20 + p + Self.request.segmentsSent * r + (isWaiting ? 5 : 0),
                dataSegmentsReceived: 10 + p + Self.request.dataSegmentsReceived * r,
                dataSegmentsSent: 10 + p + Self.request.dataSegmentsSent * r + (isWaiting ? 5 : 0)
            )
        )
        return socket
    }
}

/// A proxy that is scanned a few times.
struct HeartbeatStory {
    /// What the scans are given; nothing by default.
    ///
    /// Before 2005, it is said to be 5 s old.
    var document: Document?
    /// The same where it changes.
    var earlierDocument: Document?
    var lines: [Line] = []
    /// The scans; the last is looked at.
    var scans: [Double] = [2040]
    var keepsHistory = true
    var policy = Policy(maxAge: nil)
    var identity = ProxyIdentity()
    /// By how much somebody sets the clock during the scan at a second.
    var step: (at: Double, by: Double)?
    var reaps = false

    func with(_ change: (inout HeartbeatStory) throws -> Void) rethrows -> HeartbeatStory {
        var story = self
        try change(&story)
        return story
    }

    /// What the last scan found.
    func result() throws -> ScanResult {
        var history =
            keepsHistory
            ? SocketHistory(epoch: ClockEpoch(bootID: "b1", bootedAt: at(0))) : nil
        var result: ScanResult?
        for second in scans {
            history?.beginRun()
            var latest = try scan(at: second, remembering: history.take())
            history = latest.history.take()
            result = latest
        }
        return try #require(result)
    }

    private func scan(
        at second: Double,
        remembering history: consuming SocketHistory?
    ) throws -> ScanResult {
        var document = second < 2000 ? earlierDocument ?? document : document
        if second < 2005, document?.stated != nil { document?.stated = second - 5 }
        let loop = ScanLoop(
            by: IPOwnership([document].compactMap { $0?.contents }),
            policy,
            ScanDetail(showsAll: true),
            reaps: reaps
        )
        let steady = TimeSpan(milliseconds: Int64((second * 1000).rounded()))
        var clocks = [ClockReading(wall: at(second), steady: steady)]
        let isSet = step.map { $0.at == second } ?? false
        clocks.append(
            ClockReading(
                wall: at(second + (isSet ? step?.by ?? 0 : 0)),
                steady: steady
            )
        )
        var sockets: [UInt64: [TCPSocket]] = [:]
        for (number, line) in lines.enumerated() where line.opened <= second {
            sockets[line.target, default: []].append(
                try line.socket(at: second, cookie: UInt64(number + 1))
            )
        }
        return loop.run(remembering: history, clock: { clocks.removeFirst() }) { scan in
            for (inode, sockets) in sockets.sorted(by: { $0.key < $1.key }) {
                let target = ScanTarget(
                    inode: inode,
                    path: nil,
                    pid: nil,
                    identity: identity,
                    isComplete: false
                )
                scan.scan(target) { body in
                    for socket in sockets { body(socket, at(second)) }
                    return []
                }
            }
        }
    }

    /// What the last scan says of the first connection: `silent confirmed pings-missed at-address`.
    func verdict() throws -> String { try verdicts()[0] }

    /// The same of every connection.
    func verdicts() throws -> [String] {
        let found = try result().findings.sorted { $0.socket.cookie < $1.socket.cookie }
        return found.map {
            $0.judgement.words + ($0.judgement.witness.map { " " + $0.rawValue } ?? "")
        }
    }
}

extension HeartbeatStory {
    /// A connection to a Pod that was pinged until a moment, another to the same address that is pinged
    /// yet, and scans that have seen both.
    static func known(gone: Double = 1995, _ document: Document? = nil) -> HeartbeatStory {
        HeartbeatStory(
            document: document,
            lines: [Line(gone: gone), Line()],
            scans: [1960, 1990, 2010, 2040]
        )
    }

    /// The same, but the other connection is to another address.
    static func known(
        gone: Double = 1995,
        beside peer: String,
        _ document: Document? = nil
    ) -> HeartbeatStory {
        known(gone: gone, document).with { $0.lines[1].peer = peer }
    }
}

extension Document {
    /// Pods on two nodes: web at the usual address and api on the same node, cart on another; and the
    /// proxy.
    static let cluster = Document()
        .pod("web", .running)
        .pod("api", .running, at: ["10.1.0.8"])
        .pod("cart", .running, at: ["10.1.0.9"], node: "node-2")
        .pod("waypoint", .running, at: ["10.1.0.1"])

    /// The document without a Pod.
    func without(_ name: String) -> Document {
        var document = self
        document.pods.removeAll { $0.identity.name == name }
        return document
    }
}
