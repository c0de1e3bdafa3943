import Testing

@testable import Model

/// Sockets that the scan before saw and the present one does not.
@Suite struct OverlookedTests {
    private var history = SocketHistory(epoch: epoch)

    /// Begins a run that sees these sockets, and tells which others are missing.
    private mutating func missing(
        seeing sockets: [SocketKey] = [],
        in namespace: UInt64 = 7,
        atMost limit: Int = 10
    ) -> [UInt64] {
        history.beginRun()
        for socket in sockets { history.remember(socket, Sighting(20)) }
        return history.overlooked(in: namespace, atMost: limit).map(\.cookie)
    }

    @Test mutating func `A socket that was seen by both is not missing`() {
        history.run(seeing: [key(cookie: 1), key(cookie: 2)])
        #expect(missing(seeing: [key(cookie: 1), key(cookie: 2), key(cookie: 3)]) == [])
    }

    @Test mutating func `A socket that the scan before saw is missing, by all of its key`() {
        let known = key(cookie: 2, localPort: 40_002)
        history.run(seeing: [key(cookie: 1), known])
        history.beginRun()
        history.remember(key(cookie: 1), Sighting(20))
        #expect(history.overlooked(in: 7, atMost: 10) == [known])
    }

    @Test(arguments: [key(cookie: 1), key(cookie: 1, localPort: 40_001)])
    mutating func `A socket that is seen twice stands for no other`(again: SocketKey) {
        history.run(seeing: [key(cookie: 1), key(cookie: 2)])
        #expect(missing(seeing: [key(cookie: 1), again]) == [2])
        history.endRun(at: at(20), looks: [7: .whole], capture: nil)
        history.run(seeing: [key(cookie: 1), again])
        #expect(history.past(of: key(cookie: 2)) == nil)
    }

    @Test mutating func `What a run has seen and forgotten stands for no other socket`() {
        history.run(seeing: [key(cookie: 1)])
        history.beginRun()
        history.remember(key(cookie: 2, namespace: 8), Sighting(20))
        history.endRun(at: at(20), looks: [:], capture: nil)
        #expect(history.overlooked(in: 7, atMost: 10) == [key(cookie: 1)])
    }

    @Test mutating func `A socket that was read from a file was seen by no run`() throws {
        history.run(seeing: [key(cookie: 1)])
        history = try SocketHistory(words: history.words)
        #expect(history.overlooked(in: 7, atMost: 10) == [key(cookie: 1)])
        #expect(missing() == [1])
    }

    @Test mutating func `A socket that a whole scan has missed already is not looked for again`() {
        history.run(seeing: [key(cookie: 1), key(cookie: 2)])
        history.run(seeing: [key(cookie: 2)])
        #expect(missing() == [2])
    }

    @Test mutating func `A socket that a scan with gaps has missed is looked for`() {
        history.run(seeing: [key(cookie: 1)])
        history.run([7: .part])
        #expect(missing() == [1])
    }

    @Test mutating func `Each namespace has its own, also where one is asked for after another`() {
        let here = key(cookie: 1)
        let there = [key(cookie: 2, namespace: 8), key(cookie: 3, namespace: 8)]
        history.run([7: .whole, 8: .whole], seeing: [here] + there)
        history.beginRun()
        #expect(history.overlooked(in: 7, atMost: 10) == [here])
        history.remember(there[0], Sighting(20))
        #expect(history.overlooked(in: 8, atMost: 10) == [there[1]])
        #expect(history.overlooked(in: 9, atMost: 10) == [])
    }

    @Test mutating func `What is found is not missing any more`() {
        history.run(seeing: [key(cookie: 1)])
        #expect(missing() == [1])
        history.remember(key(cookie: 1), Sighting(20))
        #expect(history.overlooked(in: 7, atMost: 10) == [])
    }

    @Test mutating func `Candidates come first where not all can be looked for`() {
        history.beginRun()
        for cookie: UInt64 in 1...6 {
            history.remember(key(cookie: cookie), Sighting(10, isCandidate: cookie % 2 == 0))
        }
        history.endRun(at: at(10), looks: [7: .whole], capture: nil)
        #expect(missing(atMost: 4) == [2, 4, 6, 1])
    }

    @Test mutating func `Each run asks anew`() {
        history.run(seeing: [key(cookie: 1), key(cookie: 2)])
        #expect(missing(seeing: [key(cookie: 1)]) == [2])
        history.endRun(at: at(20), looks: [7: .whole], capture: nil)
        #expect(missing(seeing: [key(cookie: 3)]) == [1])
    }
}
