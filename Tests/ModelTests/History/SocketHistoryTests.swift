import Testing

@testable import Model

let epoch = ClockEpoch(bootID: "b1", bootedAt: WallTime(epochSeconds: 1_795_000_000))

/// The moment of a second of the story.
func at(_ second: Int64) -> WallTime { WallTime(epochSeconds: 1_795_255_200 + second) }

/// A socket of a namespace.
func key(cookie: UInt64 = 1, namespace: UInt64 = 7, localPort: UInt16 = 40000) -> SocketKey {
    SocketKey(
        namespace: namespace,
        cookie: cookie,
        local: Endpoint(address: IPAddress(ipv4: 0x0a01_0001), port: localPort),
        peer: Endpoint(address: IPAddress(ipv4: 0x0a01_0007), port: 15008)
    )
}

/// A Pod whose UID is its name.
func pod(_ name: String) -> PodIdentity {
    PodIdentity(namespace: "shop", name: name, uid: name, node: "node-1")
}

/// What a scan learns of a socket.
struct Sighting {
    var seenAt: WallTime
    var isCandidate: Bool
    var binding: SocketBinding?

    /// A sighting at a second.
    init(_ second: Int64, isCandidate: Bool = false, binding: SocketBinding? = nil) {
        seenAt = at(second)
        self.isCandidate = isCandidate
        self.binding = binding
    }
}

extension SocketHistory {
    /// Remembers what a run found of a socket.
    mutating func remember(_ socket: SocketKey, _ sighting: Sighting) {
        let place = place(of: socket, seenAt: sighting.seenAt)
        see(place, at: sighting.seenAt, isCandidate: sighting.isCandidate)
        guard let binding = sighting.binding else { return }
        bind(place, to: number(of: binding.pod), by: binding.readNotBefore)
    }

    /// Since when a socket is a candidate.
    func candidacy(of socket: SocketKey) -> Candidacy? {
        position(of: socket).flatMap(candidacy)
    }

    /// A run that looks into the given namespaces and sees the given sockets.
    mutating func run(
        _ looks: [UInt64: LookExtent] = [7: .whole],
        at second: Int64 = 10,
        capture: WallTime? = nil,
        seeing sockets: [SocketKey] = [],
        isCandidate: Bool = false
    ) {
        beginRun()
        for socket in sockets {
            remember(socket, Sighting(second, isCandidate: isCandidate))
        }
        endRun(at: at(second), looks: looks, capture: capture)
    }
}

@Suite struct SocketHistoryTests {
    private var history = SocketHistory(epoch: epoch)

    @Test mutating func `Of each socket its peer, time, openness and Pod are told`() {
        let bound = Sighting(10, binding: SocketBinding(to: pod("web"), readNotBefore: at(5)))
        history.beginRun()
        history.remember(key(cookie: 1), bound)
        history.remember(key(cookie: 2), Sighting(10))
        history.endRun(at: at(10), looks: [7: .whole], capture: nil)
        history.beginRun()
        history.remember(key(cookie: 1), Sighting(20))
        history.remember(key(cookie: 3), Sighting(20))
        history.endRun(at: at(20), looks: [7: .whole], capture: nil)
        struct Told: Equatable {
            var firstSeenAt: WallTime
            var openAt: WallTime?
            var pod: PodIdentity?
        }
        var told: [Told] = []
        history.forEachSocket { peer, firstSeenAt, openAt, boundTo in
            #expect(peer == key().peer)
            told.append(Told(firstSeenAt: firstSeenAt, openAt: openAt, pod: boundTo))
        }
        // The second was not there any more.
        #expect(told.contains(Told(firstSeenAt: at(10), openAt: at(20), pod: pod("web"))))
        #expect(told.contains(Told(firstSeenAt: at(20), openAt: at(20), pod: nil)))
        #expect(!told.contains { $0.firstSeenAt == at(10) && $0.pod == nil && $0.openAt != nil })
    }

    @Test mutating func `A socket keeps the time at which it was first seen`() {
        history.remember(key(), Sighting(10))
        history.remember(key(), Sighting(20))
        #expect(history.past(of: key()) == SocketPast(firstSeenAt: at(10)))
    }

    @Test(arguments: [
        key(cookie: 2), key(namespace: 8), key(localPort: 40001),
    ])
    mutating func `Another cookie, namespace or tuple is another socket`(other: SocketKey) {
        history.remember(key(), Sighting(10))
        #expect(history.past(of: other) == nil)
        history.remember(other, Sighting(20))
        #expect(history.past(of: other)?.firstSeenAt == at(20))
    }

    @Test(arguments: [
        // The binding that is proved later: its Pod, its C, who is remembered.
        ("web", Int64(200), "web", Int64(100)),
        ("api", 200, "api", 200),
        ("api", 100, "web", 100),
        ("api", 99, "web", 100),
    ])
    mutating func `A binding gives way only to proof of a later snapshot`(
        later: String,
        capture: Int64,
        name: String,
        remembered: Int64
    ) {
        let first = SocketBinding(to: pod("web"), readNotBefore: at(100))
        history.remember(key(), Sighting(110, binding: first))
        let second = SocketBinding(to: pod(later), readNotBefore: at(capture))
        history.remember(key(), Sighting(210, binding: second))
        history.remember(key(), Sighting(220))
        #expect(
            history.past(of: key())?.binding
                == SocketBinding(to: pod(name), readNotBefore: at(remembered))
        )
    }

    @Test mutating func `A candidate's age and runs count from its last acquittal`() throws {
        for (second, isCandidate) in [(10, true), (20, false), (30, true), (40, true)] {
            history.remember(key(), Sighting(Int64(second), isCandidate: isCandidate))
        }
        let candidacy = try #require(history.candidacy(of: key()))
        #expect(candidacy.since == at(30))
        #expect(candidacy.runs == 2)
        history.remember(key(), Sighting(50))
        #expect(history.candidacy(of: key()) == nil)
    }

    @Test(arguments: [(LookExtent.whole, 2), (.part, 20)])
    mutating func `A socket is forgotten when scans of its namespace did not see it`(
        look: LookExtent,
        runs: Int
    ) {
        history.run(seeing: [key()])
        for run in 1...runs {
            #expect(history.count == 1, "run \(run)")
            history.run([7: look])
        }
        #expect(history.count == 0)
    }

    @Test mutating func `Runs that looked elsewhere change nothing`() throws {
        history.run(at: 10, seeing: [key()], isCandidate: true)
        for second in Int64(11)...60 { history.run([8: .whole], at: second) }
        history.run(at: 61, seeing: [key()], isCandidate: true)
        let candidacy = try #require(history.candidacy(of: key()))
        #expect(candidacy.runs == 2)
        #expect(candidacy.since == at(10))
        #expect(history.past(of: key())?.firstSeenAt == at(10))
    }

    @Test mutating func `Two targets that take turns each have their own consecutive runs`() throws
    {
        let other = key(cookie: 2, namespace: 8)
        for second in Int64(1)...3 {
            history.run([7: .whole], at: second, seeing: [key()], isCandidate: true)
            history.run([8: .whole], at: second, seeing: [other], isCandidate: true)
            #expect(history.candidacy(of: key())?.runs == Int(second))
            #expect(history.candidacy(of: other)?.runs == Int(second))
        }
    }

    @Test(arguments: [(days: Int64(8), seconds: Int64(0), count: 1), (8, 1, 0)])
    mutating func `A namespace that nothing has looked at for eight days is forgotten`(
        days: Int64,
        seconds: Int64,
        count: Int
    ) {
        history.run(at: 10, seeing: [key()])
        history.run([8: .whole], at: 10 + days * 86_400 + seconds)
        #expect(history.count == count)
    }

    @Test(
        arguments: [
            // How each scan looked, and whether it saw the candidate; then its consecutive runs.
            ([(LookExtent.whole, true), (.whole, true), (.whole, false), (.whole, true)], 1),
            ([(.whole, true), (.part, false), (.whole, true)], 2),
            ([(.whole, true), (.part, true), (.whole, true)], 3),
            ([(.part, true), (.whole, false), (.part, false), (.whole, true)], 1),
        ] as [([(look: LookExtent, isSeen: Bool)], Int)]
    )
    mutating func `Only a whole scan without the candidate ends its consecutive runs, not its age`(
        scans: [(look: LookExtent, isSeen: Bool)],
        runs: Int
    ) throws {
        for (second, scan) in scans.enumerated() {
            history.run(
                [7: scan.look],
                at: Int64(second),
                seeing: scan.isSeen ? [key()] : [],
                isCandidate: true
            )
        }
        let candidacy = try #require(history.candidacy(of: key()))
        #expect(candidacy.runs == runs)
        #expect(candidacy.since == at(0))
    }

    @Test mutating func `A socket that one run missed is known to the next, and absent no more`() {
        history.run(seeing: [key()])
        for second in [Int64](arrayLiteral: 20, 40, 60) {
            history.run()
            history.run(at: second, seeing: [key()])
        }
        #expect(history.past(of: key())?.firstSeenAt == at(10))
    }

    @Test mutating func `The capture of a run is that of the namespaces it looked at`() {
        history.run([7: .whole, 8: .whole], capture: at(100))
        history.run([8: .whole], capture: at(200))
        history.run([9: .whole], capture: nil)
        #expect(history.capture(of: 7) == at(100))
        #expect(history.capture(of: 8) == at(200))
        #expect(history.capture(of: 9) == nil)
        #expect(history.capture(of: 10) == nil)
    }

    @Test(arguments: [
        ("b1", Int64(0), true), ("b1", 2000, true), ("b1", -2000, true), ("b1", 2001, false),
        ("b1", -2001, false), ("b2", 0, false),
    ])
    func `An epoch ends when the machine is booted or its clock is set`(
        bootID: String,
        step: Int64,
        continues: Bool
    ) {
        let now = ClockEpoch(
            bootID: bootID,
            bootedAt: epoch.bootedAt + TimeSpan(milliseconds: step)
        )
        #expect(now.continues(epoch, skew: .seconds(2)) == continues)
    }
}
