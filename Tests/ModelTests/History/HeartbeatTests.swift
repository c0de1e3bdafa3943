import Testing

@testable import Model

/// A look at an idle connection, so many seconds after the first, after so many pings and other
/// traffic.
func look(
    _ second: Double,
    pings: UInt32 = 0,
    heard: Double? = nil,
    other: TrafficCounters = TrafficCounters(),
    isSilent: Bool = false,
    isOwned: Bool = false
) -> SocketLook {
    SocketLook(
        at: TimeSpan(milliseconds: 1_000_000 + Int64(second * 1000)),
        traffic: TrafficCounters(
            bytesReceived: 5000 + 39 * pings + other.bytesReceived,
            bytesAcknowledged: 4000 + 39 * pings + other.bytesAcknowledged,
            segmentsSent: 300 + pings + other.segmentsSent,
            dataSegmentsReceived: 200 + pings + other.dataSegmentsReceived,
            dataSegmentsSent: 100 + pings + other.dataSegmentsSent
        ),
        silence: TimeSpan(
            milliseconds: Int64(((heard.map { second - $0 } ?? 1) * 1000).rounded())
        ),
        isSilent: isSilent,
        isOwned: isOwned
    )
}

/// What history says of the heartbeat of a connection after some looks, each in a run of its own.
private func traits(after looks: [SocketLook]) -> HeartbeatTraits {
    var history = SocketHistory(epoch: epoch)
    for look in looks {
        history.beginRun()
        history.take(look, at: history.place(of: key(), seenAt: at(0)))
        history.endRun(at: at(0), looks: [7: .whole], capture: nil)
    }
    return history.past(of: key())?.heartbeat ?? []
}

@Suite struct HeartbeatTests {
    @Test(arguments: [1, 2, 30, 110_127_366] as [UInt32])
    func `Each ping is 39 bytes and a data segment each way, and nothing else`(pings: UInt32) {
        let earlier = TrafficCounters(
            bytesReceived: 7,
            bytesAcknowledged: .max - 3,
            segmentsSent: .max,
            dataSegmentsReceived: 9,
            dataSegmentsSent: .max - 1
        )
        let now = TrafficCounters(
            bytesReceived: earlier.bytesReceived &+ 39 &* pings,
            bytesAcknowledged: earlier.bytesAcknowledged &+ 39 &* pings,
            segmentsSent: earlier.segmentsSent &+ pings,
            dataSegmentsReceived: earlier.dataSegmentsReceived &+ pings,
            dataSegmentsSent: earlier.dataSegmentsSent &+ pings
        )
        #expect(now.growth(since: earlier) == .pings(Int(pings)))
    }

    @Test(
        arguments: [
            // What came beside two pings.
            TrafficCounters(bytesReceived: 1),
            TrafficCounters(bytesReceived: 39),
            TrafficCounters(bytesAcknowledged: 39),
            TrafficCounters(bytesReceived: 39, bytesAcknowledged: 39),
            TrafficCounters(segmentsSent: 1),
            TrafficCounters(dataSegmentsReceived: 1),
            TrafficCounters(segmentsSent: 1, dataSegmentsSent: 1),
            TrafficCounters(bytesReceived: 35, segmentsSent: 1, dataSegmentsReceived: 1),
        ]
    )
    func `Anything beside the pings makes it no growth by pings`(other: TrafficCounters) throws {
        let (before, after) = (look(0), look(20, pings: 2, other: other))
        #expect(
            try #require(after.traffic).growth(since: #require(before.traffic)) == .other
        )
    }

    @Test func `What is only sent and acknowledged is no growth of what was received`() throws {
        let sent = TrafficCounters(bytesAcknowledged: 90, segmentsSent: 2, dataSegmentsSent: 1)
        let (before, after) = (look(0), look(20, other: sent))
        #expect(try #require(after.traffic).growth(since: #require(before.traffic)) == .nothing)
    }

    @Test(arguments: [(11.0, false), (11.001, true), (300, true)])
    func `A look is compared with one more than 11 seconds earlier`(second: Double, isKnown: Bool) {
        let traits = traits(after: [look(0), look(second, pings: 1)])
        #expect(traits.contains(.isPinging) == isKnown)
        #expect(traits.contains(.everPinged) == isKnown)
    }

    @Test func `Looks at a short interval are compared with one far enough back`() {
        let looks = (0...6).map { look(Double($0) * 2, pings: UInt32($0) / 5) }
        #expect(!traits(after: Array(looks[...5])).contains(.isPinging))
        #expect(traits(after: looks).contains(.isPinging))
    }

    @Test func `A connection is known to ping by the last that it received`() {
        let request = TrafficCounters(
            bytesReceived: 900,
            bytesAcknowledged: 300,
            segmentsSent: 2,
            dataSegmentsReceived: 1,
            dataSegmentsSent: 1
        )
        let pinged = [look(0), look(15, pings: 1)]
        #expect(traits(after: pinged).isSuperset(of: [.isPinging, .everPinged]))
        let silent = pinged + [look(60, pings: 1, heard: 10, isSilent: true)]
        #expect(traits(after: silent).contains(.isPinging))
        let used = pinged + [look(30, pings: 2, other: request)]
        #expect(traits(after: used).isDisjoint(with: .isPinging))
        #expect(traits(after: used).contains(.everPinged))
        #expect(traits(after: used + [look(45, pings: 3, other: request)]).contains(.isPinging))
    }

    @Test(
        arguments: [
            // The looks, each with the pings until then, and the last; whether it has kept pinging.
            ([(0, 0, 0), (15, 1, 10), (28, 2, 20)], true),
            ([(0, 0, 0), (15, 1, 10), (27.999, 2, 20)], false),
            ([(0, 0, 0), (15, 1, 13.25), (30, 2, 26.5)], true),
            ([(0, 0, 0), (15, 1, 13.251), (30, 2, 26)], false),
            ([(0, 0, -5), (15, 1, 10), (30, 2, 20)], false),
            ([(0, 0, 0), (300, 30, 300)], true),
            ([(0, 0, 0), (300, 29, 300)], false),
            ([(0, 0, 0), (15, 1, 10), (30, 1, 10)], false),
            ([(0, 0, 0), (15, 1, 10), (30, 1, 10), (45, 2, 40)], false),
            ([(0, 0, 0), (15, 1, 12), (30, 2, 24), (35, 2, 24)], true),
            // Its server stood still, and has just gone on.
            ([(0, 0, 0), (20, 2, 20), (40, 4, 40), (60, 5, 60), (80, 6, 79)], false),
        ] as [([(second: Double, pings: UInt32, heard: Double)], Bool)]
    )
    func `Who witnesses was pinged for 28 seconds or more, and never missed for over 13 seconds`(
        looks: [(second: Double, pings: UInt32, heard: Double)],
        isWitness: Bool
    ) {
        let traits = traits(
            after: looks.map { look($0.second, pings: $0.pings, heard: $0.heard) }
        )
        #expect(traits.contains(.keptPinging) == isWitness)
    }

    @Test(arguments: [(12.0, true), (12.001, false)])
    func `Who witnesses was heard within 12 seconds`(silence: Double, isWitness: Bool) {
        let traits = traits(
            after: [look(0), look(20, pings: 2), look(60, pings: 5, heard: 60 - silence)]
        )
        #expect(traits.contains(.isHeard) == isWitness)
        #expect(traits.contains(.keptPinging) == isWitness)
    }

    @Test func `Other traffic since the last comparison makes no witness`() {
        let pinged = [
            look(0), look(15, pings: 1, heard: 11), look(30, pings: 2, heard: 22),
        ]
        let more = TrafficCounters(bytesReceived: 100, dataSegmentsReceived: 1)
        #expect(traits(after: pinged + [look(35, pings: 2)]).contains(.keptPinging))
        let used = pinged + [look(35, pings: 2, other: more)]
        #expect(traits(after: used).isDisjoint(with: .keptPinging))
    }

    @Test(arguments: [(60.25, false), (60.251, true), (99, true)])
    func `A connection that is heard after it was silent is known for that`(
        heard: Double,
        isKnown: Bool
    ) {
        let traits = traits(
            after: [look(0), look(60, heard: 20, isSilent: true), look(100, heard: heard)]
        )
        #expect(traits.contains(.spokeAfterSilence) == isKnown)
    }

    @Test(arguments: [true, false])
    func `A silent look is one to compare with, however soon it comes`(isSilent: Bool) {
        let traits = traits(
            after: [
                look(0, heard: -40), look(5, heard: -40, isSilent: isSilent), look(10, heard: 8),
            ]
        )
        #expect(traits.contains(.spokeAfterSilence) == isSilent)
    }

    @Test func `What is received right after a silent look is known, and for good`() {
        let byte = TrafficCounters(bytesReceived: 1, dataSegmentsReceived: 1)
        let silent = [look(0), look(60, heard: 20, isSilent: true)]
        let heard = [look(61, heard: 60.1, other: byte), look(100, heard: 60.1, other: byte)]
        #expect(traits(after: silent + heard).contains(.spokeAfterSilence))
    }

    @Test func `What was heard after silence is known without counters, and for good`() {
        var looks = [look(60, heard: 20, isSilent: true), look(70, heard: 65), look(90)]
        for index in looks.indices { looks[index].traffic = nil }
        #expect(
            traits(after: looks) == [.spokeAfterSilence, .isHeard, .wasUnlisted, .wasUnlistedTwice]
        )
    }

    @Test func `A kernel that does not count shows no pings`() {
        var looks = [look(0), look(15, pings: 1), look(30, pings: 2), look(45, pings: 3)]
        looks[2].traffic = nil
        let traits = traits(after: looks)
        #expect(traits.isDisjoint(with: [.isPinging, .keptPinging]))
        #expect(traits.contains(.hasLook))
    }

    @Test(
        arguments: [
            // Looks every 30 s: how long the peer had been silent, and whether it had an owner.
            ([(1, true)], true), ([(1, false)], false), ([(12.001, true)], false),
            ([(1, true), (20, false)], true), ([(1, true), (12, false)], true),
            ([(1, true), (1, false), (1, false)], false),
            // Up to 10 s after the first look that found none, it may be a network that goes.
            ([(1, true), (1, false), (19.999, false)], false),
            ([(1, true), (1, false), (20, false)], true),
            ([(1, true), (1, false), (20, false), (50, false)], true),
            ([(1, true), (1, false), (20, false), (29, false)], false),
            ([(1, true), (1, false), (1, true), (1, false)], true),
            ([(1, true), (1, false), (1, true), (1, false), (1, false)], false),
            ([(1, true), (20, false), (1, false)], false),
            ([(1, false), (20, true)], false), ([(1, false), (12, true)], true),
        ] as [([(silence: Double, isOwned: Bool)], Bool)]
    )
    func `That the address had an owner is remembered until it is heard for long without one`(
        looks: [(silence: Double, isOwned: Bool)],
        isRemembered: Bool
    ) {
        let looks = looks.enumerated().map { number, one in
            look(
                Double(number) * 30,
                heard: Double(number) * 30 - one.silence,
                isOwned: one.isOwned
            )
        }
        #expect(traits(after: looks).contains(.wasOwned) == isRemembered)
    }

    @Test(arguments: [1.5, 2, 5, 10, 11.5, 12, 15, 20, 29, 60], [0, 2.5, 5, 9.9])
    func `What pings on without an owner is known for that within a minute`(
        interval: Double,
        phase: Double
    ) {
        let owned = look(0, heard: -1, isOwned: true)
        // By the third scan where it takes longer.
        let unlisted = stride(from: interval, through: max(60, 3 * interval), by: interval).map {
            time in
            let sincePing = (time + phase).truncatingRemainder(dividingBy: 10.05)
            return look(time, heard: time - sincePing, isOwned: false)
        }
        #expect(traits(after: [owned]).contains(.wasOwned))
        #expect(!traits(after: [owned] + unlisted).contains(.wasOwned))
    }

    @Test func `That nobody has the address any more tells nothing of whose it was`() {
        let looks = [
            look(0, heard: -1, isOwned: true), look(5, heard: -1, isOwned: false),
            look(9, heard: -1, isOwned: false),
        ]
        #expect(traits(after: looks).contains(.wasOwned))
        let unlisted = looks + [look(12, isOwned: false)]
        #expect(traits(after: unlisted).contains(.wasOwned))
        #expect(traits(after: unlisted + [look(30, heard: 22, isOwned: false)]).contains(.wasOwned))
        #expect(
            !traits(after: unlisted + [look(30, heard: 23, isOwned: false)]).contains(.wasOwned)
        )
    }

    @Test func `After the clock was set, no look is compared with those before`() {
        var history = SocketHistory(epoch: epoch)
        let place = history.place(of: key(), seenAt: at(0))
        history.take(look(0), at: place)
        history.take(look(30, pings: 3), at: place)
        history.forgetLooks()
        history.take(look(60, pings: 6), at: place)
        #expect(
            history.past(at: place).heartbeat == [.hasLook, .everPinged, .isHeard, .wasUnlisted]
        )
    }

    @Test func `What one run found of a heartbeat is not the next one's`() {
        var history = SocketHistory(epoch: epoch)
        let place = history.place(of: key(), seenAt: at(0))
        history.take(look(0), at: place)
        history.take(look(30, pings: 3), at: place)
        #expect(history.past(at: place).heartbeat.isSuperset(of: [.isHeard, .keptPinging]))
        history.beginRun()
        #expect(history.past(at: place).heartbeat.isDisjoint(with: [.isHeard, .keptPinging]))
    }

    @Test func `A socket that is remembered takes 136 bytes and its place in an index`() {
        #expect(MemoryLayout<SocketHistory.Record>.stride <= 136)
    }
}
