import Testing

@testable import Model

/// Sockets of which the owner is known by the same snapshots.
@Suite struct OwnedSocketTests {
    private var history = SocketHistory(epoch: epoch)

    /// A socket as the kernel describes it at second 20, of the given key, whose peer sent data then.
    private func socket(_ key: SocketKey, dataAt: Int64) -> TCPSocket {
        let silence = UInt32((20 - dataAt) * 1000)
        return TCPSocket(
            family: .ipv4,
            local: key.local,
            peer: key.peer,
            cookie: key.cookie,
            info: TCPInfo(lastDataReceived: silence, lastAckReceived: silence)
        )
    }

    /// Sees the socket of a key at second 20; whether its owner was known.
    private mutating func sees(_ key: SocketKey, dataAt: Int64) -> Bool {
        let now = ClockReading(wall: at(20), steady: .seconds(1000))
        return history.seeOwned(
            socket(key, dataAt: dataAt),
            in: key.namespace,
            at: now
        ) != nil
    }

    @Test mutating func `By the same snapshots an owner who sends data later is the owner again`() {
        let (first, second) = (IPOwnership([]), IPOwnership([]))
        history.rely(on: first.id)
        let place = history.place(of: key(), seenAt: at(10))
        #expect(!sees(key(), dataAt: 10))
        history.noteOwned(at: place, heardAt: at(10))
        history.noteOwned(at: place, heardAt: at(12))
        let copy = first
        history.rely(on: copy.id)
        #expect(sees(key(), dataAt: 10))
        #expect(sees(key(), dataAt: 11))
        #expect(!sees(key(), dataAt: 9))
        history.rely(on: second.id)
        #expect(!sees(key(), dataAt: 11))
        history.rely(on: first.id)
        #expect(!sees(key(), dataAt: 11))
    }

    @Test(arguments: [key(localPort: 40_001), key(cookie: 2), key(namespace: 8)])
    mutating func `Another socket is not its owner's`(other: SocketKey) {
        history.rely(on: IPOwnership([]).id)
        history.noteOwned(at: history.place(of: key(), seenAt: at(10)), heardAt: at(10))
        #expect(!sees(other, dataAt: 20))
        let place = history.place(of: other, seenAt: at(20))
        #expect(history.past(at: place).firstSeenAt == at(20))
        #expect(!sees(other, dataAt: 20))
    }

    /// What it was before: a candidate, absent, silent, not listed, or nothing of that.
    @Test(
        arguments: [
            (Sighting(10, isCandidate: true), [], 0), (Sighting(10), [], 1),
            (Sighting(10), [look(0, isSilent: true)], 0),
            (Sighting(10), [look(0), look(12, pings: 1), look(24, pings: 2)], 3),
            (Sighting(10), [look(0, isOwned: true), look(5), look(17)], 0), (Sighting(10), [], 0),
        ] as [(Sighting, [SocketLook], Int)]
    )
    mutating func `It is remembered as one that is judged to be its owner's`(
        sighting: Sighting,
        looks: [SocketLook],
        absences: Int
    ) {
        history.remember(key(), sighting)
        for look in looks {
            history.beginRun()
            history.take(look, at: history.place(of: key(), seenAt: at(10)))
        }
        for _ in 0..<absences { history.run([7: .part]) }
        history.beginRun()
        history.rely(on: IPOwnership([]).id)
        let place = history.place(of: key(), seenAt: at(10))
        history.noteOwned(at: place, heardAt: at(15))
        history.beginRun()
        var judged = history
        let again = judged.place(of: key(), seenAt: at(20))
        let now = TimeSpan.seconds(1000)
        judged.take(
            SocketLook(
                at: now,
                traffic: nil,
                silence: .seconds(2),
                isSilent: false,
                isOwned: true
            ),
            at: again
        )
        judged.see(again, at: at(20), isCandidate: false)
        #expect(sees(key(), dataAt: 18))
        #expect(history.words == judged.words)
        #expect(history.past(of: key()) == judged.past(of: key()))
    }

    @Test mutating func `It was seen, and is neither missing nor absent`() {
        history.run(seeing: [key(cookie: 1), key(cookie: 2)])
        history.rely(on: IPOwnership([]).id)
        history.beginRun()
        let place = history.place(of: key(cookie: 1), seenAt: at(15))
        history.noteOwned(at: place, heardAt: at(15))
        history.beginRun()
        #expect(sees(key(cookie: 1), dataAt: 18))
        #expect(history.overlooked(in: 7, atMost: 10) == [key(cookie: 2)])
        var seen: [WallTime] = []
        history.forEachSeen(in: 7) { _, firstSeenAt, _ in seen.append(firstSeenAt) }
        #expect(seen == [at(10)])
        history.endRun(at: at(20), looks: [7: .whole], capture: nil)
        history.run()
        #expect(history.past(of: key(cookie: 1)) != nil)
        #expect(history.past(of: key(cookie: 2)) == nil)
    }
}
