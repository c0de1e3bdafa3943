import Model
import Testing

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

extension SocketSighting {
    /// A sighting at a second, of a socket heard at 0.
    init(_ second: Int64, isCandidate: Bool = false, binding: SocketBinding? = nil) {
        self.init(seenAt: at(second), heardAt: at(0), isCandidate: isCandidate, binding: binding)
    }
}

@Suite struct SocketHistoryTests {
    private var history = SocketHistory(epoch: epoch)

    @Test mutating func `A socket keeps the time at which it was first seen`() {
        history.remember(key(), SocketSighting(10))
        history.remember(key(), SocketSighting(20))
        #expect(history.past(of: key()) == SocketPast(firstSeenAt: at(10)))
    }

    @Test(arguments: [
        key(cookie: 2), key(namespace: 8), key(localPort: 40001),
    ])
    mutating func `Another cookie, namespace or tuple is another socket`(other: SocketKey) {
        history.remember(key(), SocketSighting(10))
        #expect(history.past(of: other) == nil)
        history.remember(other, SocketSighting(20))
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
        let first = SocketBinding(to: pod("web"), captureBound: at(100))
        history.remember(key(), SocketSighting(110, binding: first))
        let second = SocketBinding(to: pod(later), captureBound: at(capture))
        history.remember(key(), SocketSighting(210, binding: second))
        history.remember(key(), SocketSighting(220))
        #expect(
            history.past(of: key())?.binding
                == SocketBinding(to: pod(name), captureBound: at(remembered))
        )
    }

    @Test mutating func `A candidate's age and runs count from its last acquittal`() throws {
        for (second, isCandidate) in [(10, true), (20, false), (30, true), (40, true)] {
            history.remember(key(), SocketSighting(Int64(second), isCandidate: isCandidate))
        }
        let candidacy = try #require(history.candidacy(of: key()))
        #expect(candidacy.since == at(30))
        #expect(candidacy.runs == 2)
        history.remember(key(), SocketSighting(50))
        #expect(history.candidacy(of: key()) == nil)
    }

    @Test(arguments: [(false, 2), (true, 20)])
    mutating func `A socket is forgotten when runs did not see it`(isUnread: Bool, runs: Int) {
        history.remember(key(), SocketSighting(10))
        for run in 1...runs {
            #expect(history.count == 1, "run \(run)")
            history.beginRun()
            history.endRun { _ in isUnread }
        }
        #expect(history.count == 0)
    }

    @Test mutating func `A run that did not look at a candidate ends its runs on end, not its age`()
        throws
    {
        for (run, isSeen) in [true, true, false, true].enumerated() {
            history.beginRun()
            if isSeen { history.remember(key(), SocketSighting(Int64(run), isCandidate: true)) }
            history.endRun { _ in false }
        }
        let candidacy = try #require(history.candidacy(of: key()))
        #expect(candidacy.runs == 1)
        #expect(candidacy.since == at(0))
    }

    @Test mutating func `A socket that one run missed is known to the next, and absent no more`() {
        history.remember(key(), SocketSighting(10))
        for second in [Int64](arrayLiteral: 20, 40, 60) {
            history.beginRun()
            history.endRun()
            history.beginRun()
            history.remember(key(), SocketSighting(second))
            history.endRun()
        }
        #expect(history.past(of: key())?.firstSeenAt == at(10))
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
