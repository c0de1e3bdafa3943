import Model
import TestSupport
import Testing

@testable import Judging

/// Scans that know owners by earlier ones, beside scans that judge anew what a file remembers.
@Suite struct KnownOwnerTests {
    private static let owned = Scenario(
        Document()
            .pod("web", .running.later(900))
            .pod("waypoint", .running.later(-900), at: ["10.1.0.1"])
    )

    @Test(arguments: UInt64(1)...50)
    func `What is known of owners changes nothing that is found or remembered`(seed: UInt64) throws
    {
        var random = SeededGenerator(seed: seed)
        let loops = [Self.owned, Self.owned, Self.owned, .random(&random)].map {
            ScanLoop(by: $0.ownership, $0.policy, ScanDetail(showsAll: true))
        }
        var known = SocketHistory(epoch: ClockEpoch(bootID: "b", bootedAt: at(0)))
        var sockets = try (0..<12).map { number in
            let peer = number % 3 == 0 ? "10.1.0.99" : usualAddress
            return try socket(peer: peer, silence: .seconds(60), cookie: UInt64(number))
        }
        for now in stride(from: 2025.0, through: 2130, by: 15) {
            for index in sockets.indices {
                sockets[index].info.lastDataReceived += 15_000
                sockets[index].info.lastAckReceived += 15_000
                if random.chance(3) { sockets[index].info.lastAckReceived = 500 }
                if random.chance(4) { sockets[index].info.lastDataReceived = 1000 }
                if random.chance(30) { sockets[index].peer = sockets[0].peer }
            }
            let listed = sockets + sockets.prefix(3)
            let loop = try #require(loops.randomElement(using: &random))
            var asInFile = try SocketHistory(words: known.words)
            known.beginRun()
            asInFile.beginRun()
            let one = loop.scan(listed, at: now, remembering: known)
            let other = loop.scan(listed, at: now, remembering: asInFile)
            #expect(one.findings.map(\.judgement) == other.findings.map(\.judgement))
            known = try #require(one.history)
            #expect(known.words == other.history?.words)
        }
    }
}
