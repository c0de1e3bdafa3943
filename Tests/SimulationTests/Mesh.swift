import Model
import TestSupport

/// What the servers of a mesh are like, and the ways to them, in percent.
struct Mesh: Sendable {
    /// The worlds' nodes whose ztunnel pings.
    var pingingNodes = 100
    /// The Pods of those whose connections are pinged; the others' servers are of another make.
    var pingingPods = 100
    /// The nodes whose ztunnel stalls once, by itself or with the whole machine.
    var stalls = 20
    /// The nodes that are cut off from the proxy's for a while.
    var cuts = 20
    /// The worlds in which the proxy's own node is.
    var ownCuts = 10
    /// The nodes to which packets are lost for a while.
    var losses = 20
    /// The nodes whose ztunnel crashes.
    var crashes = 15
    /// The worlds in which every node's ztunnel is upgraded, one node after the other.
    var upgrades = 40
    /// The drains that last for minutes, because the grace period was raised.
    var longDrains = 30
    /// The worlds in which any node's Pods may get any address.
    var sharedAddresses = 40
    /// The connections that the proxy does not read for a while.
    var unread = 4
    /// For how many seconds.
    var unreadSeconds = 5.0...120.0
    /// The proxies that stand still now and then.
    var stalledProxies = 20
    /// The connections whose server stops its pings without a word; none is known.
    var mutes = 0
    /// The Pods that answer by a process of their own, as waypoints and gateways do, which may stand
    /// still while their node's ztunnel does not.
    var ownServers = 0
    /// How often a node that stalls does.
    var stallsEach = 1
    /// Whether applications send what looks like pings: 8 bytes every 10 s, answered in the same tick.
    var hasTwins = true

    /// A mesh in which everything goes wrong, and often.
    static let harsh = Mesh(
        stalls: 70,
        cuts: 50,
        ownCuts: 30,
        losses: 40,
        crashes: 30,
        upgrades: 70,
        longDrains: 50,
        sharedAddresses: 60,
        unread: 10,
        stalledProxies: 40,
        stallsEach: 3
    )
}

/// The way to a node, and its ztunnel.
struct ModelTunnel {
    /// A process of it.
    struct Process {
        var began: WallTime
        /// From when on it takes no new connections and pings no more: its successor is there.
        var drains: WallTime
        /// When it ends, and the kernel closes its connections.
        var ends: WallTime
        /// Whether it says at first that it will go, and later that it goes, as Envoy does; else it
        /// wants an answer in between.
        var drainsAsEnvoy: Bool
    }

    let pings: Bool
    /// Whether it leads to a Pod's own process.
    private(set) var isOwn = false
    private(set) var processes: [Process] = []
    /// When its process stands still, while the kernel answers.
    private(set) var stalls: [Range<WallTime>] = []
    /// When no packet passes.
    private(set) var cuts: [Range<WallTime>] = []
    /// When so many packets of a hundred are lost.
    private(set) var losses: [(when: Range<WallTime>, percent: Int)] = []
    /// From here to there.
    let latency: TimeSpan

    /// The way to a node, with what its setting has happen.
    ///
    /// - Parameters:
    ///   - node: The node, and what happens to it; `nil` for a way that leads elsewhere.
    ///   - mesh: How often what happens.
    ///   - upgrade: When the node's ztunnel is upgraded; `nil` for never.
    ///   - ownCuts: When the proxy's own node is cut off.
    init(
        to node: ModelNode?,
        _ mesh: Mesh,
        upgrade: WallTime?,
        ownCuts: [Range<WallTime>],
        _ random: inout SeededGenerator
    ) {
        pings = random.chance(percent: mesh.pingingNodes)
        latency = TimeSpan(milliseconds: .random(in: 0...2, using: &random))
        cuts = ownCuts
        run(upgrade, mesh, &random)
        if random.chance(percent: mesh.stalls) {
            for _ in 0..<mesh.stallsEach {
                let stall = Self.span(random.span(0...90), &random)
                stalls.append(stall)
                // The whole machine: not even its kernel answers.
                if random.chance(percent: 40) { cuts.append(stall) }
            }
        }
        if case .partition(let from, let back) = node?.outage, random.chance(percent: 50) {
            cuts.append(from..<back)
        }
        if random.chance(percent: mesh.cuts) {
            let isLong = random.chance(percent: 30)
            cuts.append(Self.span(random.span(isLong ? 60...600 : 1...60), &random))
        }
        if random.chance(percent: mesh.losses) {
            let percent = Int.random(in: 10...70, using: &random)
            losses.append((Self.span(random.span(30...300), &random), percent))
        }
    }

    /// A span of that length at any time.
    static func span(
        _ length: TimeSpan,
        _ random: inout SeededGenerator
    ) -> Range<WallTime> {
        let from = random.moment(World.begins, World.ends)
        return from..<from + length
    }

    private mutating func run(
        _ upgrade: WallTime?,
        _ mesh: Mesh,
        _ random: inout SeededGenerator
    ) {
        let never = World.ends + .minutes(60)
        var began = World.begins - .minutes(60)
        let crash =
            random.chance(percent: mesh.crashes) ? random.moment(World.begins, World.ends) : never
        for end in [upgrade, crash, never].compactMap({ $0 }).sorted() where end > began {
            var process = Process(
                began: began,
                drains: end,
                ends: end,
                drainsAsEnvoy: random.chance(percent: 30)
            )
            if end == upgrade {
                let isLong = random.chance(percent: mesh.longDrains)
                process.ends = end + random.span(isLong ? 40...1200 : 0...30)
            } else if end == crash, end != never {
                // Its kernel closes what it had; the next process takes a moment to start.
                began = end + random.span(1...10)
                processes.append(process)
                continue
            }
            processes.append(process)
            began = end
        }
    }

    /// The same way to a process of a Pod's own, which stands still at other times.
    func toOwnServer(_ mesh: Mesh, _ random: inout SeededGenerator) -> ModelTunnel {
        var own = self
        own.isOwn = true
        let never = World.ends + .minutes(60)
        own.processes = [
            Process(
                began: World.begins - .minutes(60),
                drains: never,
                ends: never,
                drainsAsEnvoy: true
            )
        ]
        own.stalls = (0..<mesh.stallsEach).map { _ in Self.span(random.span(0...90), &random) }
        return own
    }

    /// The process that takes a connection at a moment.
    func process(at moment: WallTime) -> Process? {
        processes.first { $0.began <= moment && moment < $0.drains }
    }

    /// The moment itself, or the end of the stall that it falls into.
    func acting(_ moment: WallTime) -> WallTime { stalls.end(of: moment) }

    /// Whether a packet that leaves then arrives.
    func delivers(at moment: WallTime, _ random: inout SeededGenerator) -> Bool {
        if cuts.contains(where: { $0.contains(moment) }) { return false }
        guard let loss = losses.first(where: { $0.when.contains(moment) }) else { return true }
        return !random.chance(percent: loss.percent)
    }

    /// Moments at which a look may be deceived: when something has just been silent for long enough.
    var deceptions: [WallTime] {
        (stalls + cuts + losses.map(\.when)).map(\.lowerBound)
            + processes.map(\.drains)
            .filter { $0 < World.ends }
    }
}

extension [Range<WallTime>] {
    /// The moment itself, or when the span that it falls into ends.
    func end(of moment: WallTime) -> WallTime {
        var moment = moment
        while let span = first(where: { $0.contains(moment) }) { moment = span.upperBound }
        return moment
    }
}
