import Judging
import Model
import TestSupport

/// Scans a world a few times, at any moments, with what snapshots its setting gives.
struct Scanner {
    static let scans = 8

    let world: World
    let setting: Setting
    private(set) var ledger: Ledger
    var reapLedger = ReapLedger()
    /// Those of the world, but for the ones that are destroyed.
    var connections: [Connection]
    var random: SeededGenerator
    private let policy: Policy
    private var history = Scanner.noHistory
    private static let noHistory = SocketHistory(
        epoch: ClockEpoch(bootID: "boot", bootedAt: World.begins)
    )

    init(seed: UInt64, _ setting: Setting) {
        world = World(seed: seed, setting)
        self.setting = setting
        ledger = Ledger()
        connections = world.connections
        policy = Policy(maxAge: setting.reaping == nil ? nil : .minutes(5))
        random = SeededGenerator(seed: ~seed)
    }

    /// The scans of one seed, with all that they found.
    static func run(seed: UInt64, _ setting: Setting) -> Scanner {
        var scanner = Scanner(seed: seed, setting)
        scanner.run()
        return scanner
    }

    private mutating func run() {
        let moments = self.moments()
        let api = ModelAPI(world: world, setting: setting)
        var snapshot: ModelSnapshot?
        for now in moments.sorted() {
            if let old = snapshot, random.chance(percent: setting.reused) {
                scan(at: now, old)
                continue
            }
            let isCopy = random.chance(percent: setting.copied)
            let age =
                isCopy
                ? random.span(60...1200) : random.span(0...(random.chance(percent: 50) ? 3 : 30))
            let fresh = api.snapshot(
                began: now - age,
                written: isCopy ? now - .seconds(1) : nil,
                &random
            )
            snapshot = fresh
            // No earlier than the answer is there.
            scan(at: max(now, fresh.ended + .seconds(1)), fresh)
        }
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
        while moments.count < Self.scans, let pod = world.pods.randomElement(using: &random) {
            guard let network = pod.networks.randomElement(using: &random) else { continue }
            let soon = network.up + random.span(2...14)
            moments += [soon, soon + random.span(10...90)].map { min(max(first, $0), last) }
        }
        return moments
    }

    /// The inode of the network namespace.
    private static let namespace: UInt64 = 1

    private mutating func scan(at now: WallTime, _ snapshot: ModelSnapshot) {
        let falsehood = setting.falsehood.flatMap { random.chance(percent: $0.percent) ? $0 : nil }
        let contents = falsehood?.told(of: snapshot, in: world) ?? snapshot.contents
        let ownership = IPOwnership(contents)
        if random.chance(percent: setting.forgets) { history = Self.noHistory }
        let judge = Judge(
            ownership: ownership,
            policy: policy,
            now: world.scanner.reading(now),
            boundUIDs: history.boundUIDs
        )
        let remembers = setting.keepsHistory && judge.timesAreSound
        if remembers { history.beginRun() }
        var ofAddress: [IPAddress: Judgement] = [:]
        var reaping = setting.reaping.map {
            ReapRun(
                $0,
                ownership,
                judge,
                agreement: agreement(by: ownership),
                isFalse: falsehood != nil
            )
        }
        for (index, connection) in connections.enumerated() where connection.isEstablished(at: now)
        {
            let (socket, heardAt) = read(connection, at: now)
            let key = SocketKey(
                namespace: Self.namespace,
                cookie: socket.cookie,
                local: socket.local,
                peer: socket.peer
            )
            let past = remembers ? history.past(of: key) : nil
            var judgement = judge.judge(socket, heardAt: heardAt, history: past)
            if remembers {
                history.remember(
                    key,
                    SocketSighting(
                        seenAt: world.scanner.reading(now),
                        isCandidate: judgement.verdict.isCandidate,
                        binding: binding(of: socket, judgement, heardAt, judge)
                    )
                )
            }
            if setting.planted == .verdictPerAddress {
                judgement = ofAddress[connection.peer] ?? judgement
                ofAddress[connection.peer] = judgement
            }
            if reaping != nil {
                let candidacy = remembers ? history.candidacy(of: key) : nil
                reaping?.note(index, socket, judgement, heardAt, past: past, candidacy)
            }
            ledger.record(
                Sighting(
                    world: world,
                    connection: connection,
                    snapshot: snapshot,
                    owners: ownership.claims(on: connection.peer).owners.map {
                        ownership.pods.identity($0).uid
                    },
                    now: now,
                    heardAt: heardAt,
                    judgement: judgement
                )
            )
        }
        let shortcomings = Premises.shortcomings(
            of: ownership,
            policy: policy,
            now: world.scanner.reading(now)
        )
        if remembers {
            history.endRun(
                at: world.scanner.reading(now),
                looks: [Self.namespace: .whole],
                capture: shortcomings.isEmpty ? ownership.captureBound : nil
            )
        }
        if let reaping { reap(reaping, isComplete: shortcomings.isEmpty, at: now) }
    }

    private func agreement(by ownership: IPOwnership) -> ReapPlan.Agreement {
        ReapPlan.Agreement(
            earlier: setting.keepsHistory
                ? history.latestCapture(of: CollectionOfOne(Self.namespace)) : nil,
            present: ownership.captureBound
        )
    }

    /// The Pod that a judgement binds a socket to.
    private func binding(
        of socket: TCPSocket,
        _ judgement: Judgement,
        _ heardAt: WallTime,
        _ judge: Judge
    ) -> SocketBinding? {
        guard setting.planted == .bindsWithoutCapture, judgement.verdict == .current else {
            return judge.binding(of: socket, judgement, heardAt: heardAt)
        }
        let sure = Judgement(.current, .confirmed, .heardFromOwner)
        var binding = judge.binding(of: socket, sure, heardAt: .distantPast)
        binding?.captureBound = .distantPast
        return binding
    }

    /// The socket as the kernel describes it, and when its peer was heard by the scanner's clock,
    /// which is read a moment later.
    mutating func read(
        _ connection: Connection,
        at now: WallTime
    ) -> (TCPSocket, heardAt: WallTime) {
        let heard = connection.heard(by: now)
        func age(_ moment: WallTime) -> UInt32 {
            // The kernel counts in ticks of 4 ms.
            UInt32(max(0, (now - moment).milliseconds / 4 * 4))
        }
        let waits = connection.waits.map { $0 <= now } ?? false
        let socket = TCPSocket(
            family: .ipv4,
            local: Endpoint(address: World.waypointAddress, port: connection.port),
            peer: Endpoint(address: connection.peer, port: 15008),
            cookie: connection.cookie,
            timer: waits ? .retransmit : .none,
            info: TCPInfo(
                lastDataReceived: age(heard.data),
                lastAckReceived: age(heard.ack),
                unackedSegments: waits ? 1 : 0
            )
        )
        let read = world.scanner.reading(now) + random.span(0...0.02)
        return (socket, read - TimeSpan(milliseconds: Int64(socket.info.lastHeard)))
    }
}
