import Judging
import Model
import TestSupport

/// Scans a world a few times, at any moments, with what snapshots its setting gives.
///
/// It holds what the program holds around a scan: the memory, the policy, and the closures that
/// list sockets, read the clocks, look again and destroy. The loops between are the program's.
struct Scanner {
    static let scans = 8

    let world: World
    let setting: Setting
    var ledger = Ledger()
    var reapLedger = ReapLedger()
    var heartbeatLedger = HeartbeatLedger()
    /// Those of the world, but for the ones that are destroyed.
    var connections: [Connection]
    var random: SeededGenerator
    let policy: Policy
    /// Whether it is known which Pods the proxies are.
    let namesProxies: Bool
    /// The number of scans so far.
    private(set) var runs = 0
    var memory: Memory
    /// A number that stands for all that was found, in this process.
    var fingerprint = Hasher()
    /// Whether no scan relies on what an earlier one by the same snapshot has found.
    let judgesAnew: Bool

    init(seed: UInt64, _ setting: Setting, judgesAnew: Bool = false) {
        self.judgesAnew = judgesAnew
        world = World(seed: seed, setting)
        self.setting = setting
        connections = world.connections
        policy = Policy(
            maxAge: setting.maxAge ?? (setting.reaping == nil ? nil : .minutes(5))
        )
        random = SeededGenerator(seed: ~seed)
        namesProxies = Int(seed &* 37 % 100) < setting.namesProxies
        memory = Memory(epoch: world.epoch(at: World.begins))
    }

    /// The scans of one seed, with all that they found.
    static func run(seed: UInt64, _ setting: Setting, judgesAnew: Bool = false) -> Scanner {
        var scanner = Scanner(seed: seed, setting, judgesAnew: judgesAnew)
        scanner.run()
        return scanner
    }

    private mutating func run() {
        if let watch = setting.watch { return run(watch) }
        let moments = self.moments()
        let api = ModelAPI(world: world, setting: setting)
        var snapshot: ModelSnapshot?
        var last = World.begins
        for moment in moments.sorted() {
            // The scan before waited for its snapshot.
            let now = max(moment, last)
            last = now
            if let old = snapshot, random.chance(percent: setting.reused) {
                scan(at: now, old)
                continue
            }
            let fresh = newSnapshot(by: api, at: now)
            snapshot = fresh
            // No earlier than the answer is there.
            last = max(now, fresh.ended + .seconds(1))
            scan(at: last, fresh)
        }
    }

    /// Scans at an interval, with a new snapshot now and then.
    private mutating func run(_ watch: Watch) {
        let interval = watch.intervals[Int(world.seed % UInt64(watch.intervals.count))]
        let refresh = watch.refreshes.randomElement(using: &random) ?? 30
        let length = min(World.ends - World.begins - .minutes(2), .seconds(interval * 150))
        let first = random.moment(World.begins + .minutes(2), World.ends - length)
        let api = ModelAPI(world: world, setting: setting)
        var (snapshot, next) = (ModelSnapshot?.none, first)
        for step in 0..<(length.milliseconds / 1000 / interval) {
            let now = first + .seconds(step * interval)
            // A snapshot is used when it is there.
            if snapshot == nil || next <= now {
                snapshot = newSnapshot(by: api, at: now)
                next = now + .seconds(refresh)
            }
            guard let snapshot, snapshot.ended < now else { continue }
            scan(at: now, snapshot)
        }
    }

    private mutating func newSnapshot(by api: ModelAPI, at now: WallTime) -> ModelSnapshot {
        let isCopy = random.chance(percent: setting.copied)
        if setting.manner == .ztunnel {
            return api.snapshot(began: now - random.span(0...0.5), &random)
        }
        let age =
            isCopy ? random.span(60...1200) : random.span(0...(random.chance(percent: 50) ? 3 : 30))
        return api.snapshot(began: now - age, written: isCopy ? now - .seconds(1) : nil, &random)
    }

    /// Any moments; and, in pairs, soon after some network came up, when the API knows least, and
    /// when it should know more.
    private mutating func moments() -> [WallTime] {
        let (first, last) = (World.begins + .minutes(2), World.ends)
        if setting.isWatched {
            return stride(from: 0, to: (last - first).milliseconds, by: 30_000).map {
                first + TimeSpan(milliseconds: $0)
            }
        }
        var moments = (0..<Self.scans / 2).map { _ in random.moment(first, last) }
        // And when what lives has just been silent for long.
        let deceptions = world.tunnels.flatMap(\.deceptions)
        while moments.count < Self.scans, let begin = deceptions.randomElement(using: &random) {
            moments.append(min(max(first, begin + random.span(20...80)), last))
        }
        while moments.count < Self.scans, let pod = world.pods.randomElement(using: &random) {
            guard let network = pod.networks.randomElement(using: &random) else { continue }
            let soon = network.up + random.span(2...14)
            moments += [soon, soon + random.span(10...90)].map { min(max(first, $0), last) }
        }
        return moments
    }

    /// Scans with a snapshot, and destroys what is to be.
    private mutating func scan(at now: WallTime, _ snapshot: ModelSnapshot) {
        let isOfOneClock = memory.open(
            epoch: world.epoch(at: now),
            isLost: random.chance(percent: setting.forgets),
            skew: policy.skew
        )
        let view = view(of: snapshot, at: now)
        runs += 1
        if view.isWrong, view.contradiction == nil {
            memory.taint = view.falsehood?.name ?? "the scanner's clock"
        }
        let loop = ScanLoop(
            by: view.ownership,
            policy,
            ScanDetail(showsAll: true),
            reaps: setting.reaping != nil
        )
        let clock = readClocks(at: now)
        var result = loop.run(
            remembering: setting.keepsHistory ? try? memory.begun(judgesAnew: judgesAnew) : nil,
            clock: { clock },
            visit: { scan in
                for number in view.proxies {
                    scan.scan(target(number, at: now)) { body in
                        list(number, at: now, body)
                        return []
                    }
                }
            }
        )
        memory.keep(result.history.take())
        record(result, view)
        guard let policy = setting.reaping else { return }
        reap(result, view, by: policy, isOfOneClock: isOfOneClock)
    }
}
