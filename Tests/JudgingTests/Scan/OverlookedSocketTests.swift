@testable import Judging
import Model
import Testing

/// Scans with history whose list lacks a connection that is still there.
@Suite struct OverlookedSocketTests {
    /// Two connections, one replaced and one deleted, and scans by the same snapshot.
    private struct World {
        let scenario = Scenario(ScanLoopTests.document)
        let sockets: [TCPSocket]
        var history: SocketHistory?
        /// The cookies that were looked up, scan by scan.
        var lookedUp: [[UInt64]] = []

        init(remembers: Bool = true) throws {
            sockets = try ["10.1.0.7", "10.1.0.8"].enumerated().map { number, peer in
                var made = try socket(
                    peer: peer,
                    silence: at(2010) - at(500),
                    cookie: UInt64(number + 1)
                )
                made.local = Endpoint(address: ScanLoopTests.proxy, port: 40_000)
                return made
            }
            if remembers {
                history = SocketHistory(epoch: ClockEpoch(bootID: "boot", bootedAt: at(0)))
            }
        }

        /// Scans a list without some cookies; `gone` are nowhere, and the others are found.
        mutating func scan(
            without hidden: Set<UInt64> = [],
            gone: Set<UInt64> = [],
            gaps: [String] = [],
            lookUpFails: Bool = false
        ) -> ScanResult {
            history?.beginRun()
            let loop = ScanLoop(by: scenario.ownership, scenario.policy)
            let clock = ClockReading(wall: at(2010), steady: .zero)
            var asked: [UInt64] = []
            var result = loop.run(remembering: history.take(), clock: { clock }) { scan in
                let target = ScanTarget(inode: 1, path: "/a", pid: nil, isComplete: false)
                scan.scan(target) { body in
                    for socket in sockets where !hidden.union(gone).contains(socket.cookie) {
                        body(socket, at(2010))
                    }
                    return gaps
                } lookUp: { keys, body in
                    asked += keys.map(\.cookie)
                    if lookUpFails { return ["no answer"] }
                    for socket in sockets
                    where !gone.contains(socket.cookie)
                        && keys.contains(SocketKey(socket, in: 1))
                    {
                        body(socket, at(2010))
                    }
                    return []
                }
            }
            history = result.history.take()
            lookedUp.append(asked)
            return result
        }
    }

    @Test func `What the list lacks is looked up, and found as if it had been listed`() throws {
        var world = try World()
        let first = world.scan()
        let second = world.scan(without: [1])
        #expect(world.lookedUp == [[], [1]])
        #expect(second.isComplete)
        #expect(second.findings.map(\.socket.cookie) == first.findings.map(\.socket.cookie))
        #expect(second.findings.map { $0.candidacy?.runs } == [2, 2])
        #expect(second.summary.sockets == 2 && second.summary.candidates == 2)
        let third = world.scan()
        #expect(third.findings.map { $0.candidacy?.runs } == [3, 3])
    }

    @Test func `Without a look-up, its consecutive runs would begin again`() throws {
        var world = try World()
        _ = world.scan()
        _ = world.scan(gone: [1])
        #expect(world.scan().findings.map { $0.candidacy?.runs } == [1, 3])
    }

    @Test func `What has closed is looked up once`() throws {
        var world = try World()
        _ = world.scan()
        let second = world.scan(gone: [1])
        #expect(second.isComplete && second.findings.map(\.socket.cookie) == [2])
        _ = world.scan(gone: [1])
        #expect(world.lookedUp == [[], [1], []])
        #expect(world.history?.count == 1)
    }

    @Test func `Nothing is looked up where nothing is missing, or nothing is remembered`() throws {
        var world = try World()
        _ = (world.scan(), world.scan(), world.scan())
        #expect(world.lookedUp == [[], [], []])
        var forgetful = try World(remembers: false)
        _ = (forgetful.scan(), forgetful.scan(without: [1]))
        #expect(forgetful.lookedUp == [[], []])
    }

    @Test func `Of a list with gaps nothing is looked up, and nothing counts as closed`() throws {
        var world = try World()
        _ = world.scan()
        let second = world.scan(without: [1], gaps: ["a part"])
        #expect(world.lookedUp == [[], []])
        #expect(!second.targets[0].isComplete && second.warnings == ["a part"])
        #expect(world.scan().findings.map { $0.candidacy?.runs } == [2, 3])
    }

    @Test func `Where the look-up fails the target is incomplete, and nothing counts as closed`()
        throws
    {
        var world = try World()
        _ = world.scan()
        let second = world.scan(without: [1], lookUpFails: true)
        #expect(second.warnings == ["no answer"] && !second.targets[0].isComplete)
        #expect(second.findings.map(\.socket.cookie) == [2])
        #expect(world.scan().findings.map { $0.candidacy?.runs } == [2, 3])
    }

    @Test func `What is looked up in one scan is bounded, and what is beyond counts as closed`()
        throws
    {
        var world = try World()
        var history = SocketHistory(epoch: ClockEpoch(bootID: "boot", bootedAt: at(0)))
        let count = UInt64(Scan.mostLookUps + 10)
        history.beginRun()
        for cookie in 1...count {
            var other = world.sockets[0]
            other.cookie = cookie
            let place = history.place(of: SocketKey(other, in: 1), seenAt: at(2000))
            history.see(place, at: at(2000), isCandidate: cookie <= 2)
        }
        history.endRun(at: at(2000), looks: [1: .whole], capture: nil)
        world.history = history
        let result = world.scan(without: [1, 2])
        #expect(world.lookedUp[0].count == Scan.mostLookUps)
        #expect(world.lookedUp[0].prefix(2) == [1, 2])
        #expect(result.isComplete)
    }
}
