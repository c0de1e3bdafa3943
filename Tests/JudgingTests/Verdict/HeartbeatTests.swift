import Model
import Testing

@testable import Judging

/// The clauses of the heartbeat, each with what holds and what just does not.
@Suite struct HeartbeatTests {
    // MARK: Without a snapshot and without history

    @Test(
        arguments: [
            // How long the connection was not heard.
            (0.0, "current assumed heard-now"),
            (12, "current assumed heard-now"),
            (12.001, "undetermined - not-silent-long-enough"),
            (34.999, "undetermined - not-silent-long-enough"),
            (35, "silent suspected pings-missed"),
            (3000, "silent suspected pings-missed"),
        ]
    )
    func `One look shows by the silence alone what is missed`(
        silence: Double,
        verdict: String
    ) throws {
        let story = HeartbeatStory(
            lines: [Line(gone: 2000)],
            scans: [2000 + silence],
            keepsHistory: false
        )
        #expect(try story.verdict() == verdict)
        #expect(try story.result().isComplete)
    }

    @Test(arguments: [(60.0, 59.999, false), (60, 60, true), (25, 25, true), (10, 24.999, false)])
    func `The limit is the user's, and never under 25 seconds`(
        limit: Double,
        silence: Double,
        isSilent: Bool
    ) throws {
        let story = HeartbeatStory(
            lines: [Line(gone: 2000)],
            scans: [2000 + silence],
            policy: Policy(maxAge: nil, silentAfter: .seconds(Int64(limit)))
        )
        #expect(try story.verdict().hasPrefix("silent") == isSilent)
    }

    @Test func `A connection that the proxy does not read is not silent`() throws {
        let story = HeartbeatStory(lines: [Line(gone: 2000, hasUnread: true)], scans: [2100])
        #expect(try story.verdict() == "undetermined - not-silent-long-enough")
    }

    @Test func `Where nothing shows pings, the scan is incomplete and says what is missing`() throws
    {
        let story = HeartbeatStory(
            lines: [Line(gone: 2000, isPinged: false), Line(gone: 2000, isPinged: false)],
            scans: [2040]
        )
        #expect(
            try story.verdicts() == Array(repeating: "undetermined - pings-not-seen", count: 2)
        )
        #expect(
            try story.result().warnings == [
                "2 connections have been silent for 35s or more, but nothing shows that their servers"
                    + " send pings: give a snapshot (-s), or let earlier scans be remembered (--state,"
                    + " watch)"
            ]
        )
    }

    // MARK: What makes a suspicion

    @Test func `Data that is retransmitted and not acknowledged is a suspicion`() throws {
        let asked = Line(gone: 2000, isPinged: false, waits: 2010)
        #expect(
            try HeartbeatStory(lines: [asked]).verdict() == "silent suspected pings-missed"
        )
    }

    @Test(arguments: [(1, true), (2, false), (3, false)])
    func `Silent connections are suspected together if half of them miss pings`(
        others: Int,
        areSuspected: Bool
    ) throws {
        let quiet = Line(gone: 2000, isPinged: false)
        let story = HeartbeatStory(
            lines: [quiet, Line(gone: 2000)] + Array(repeating: quiet, count: others - 1)
        )
        let verdicts = try story.verdicts()
        #expect(verdicts[1] == "silent suspected pings-missed")
        #expect((verdicts[0] == verdicts[1]) == areSuspected)
    }

    @Test func `Those that are heard do not count among the silent ones`() throws {
        let quiet = Line(gone: 2000, isPinged: false)
        let living = Line(isPinged: false, requests: [2035])
        let story = HeartbeatStory(lines: [quiet, Line(gone: 2000), living, living, living])
        #expect(try story.verdict() == "silent suspected pings-missed")
    }

    @Test func `A connection on which no data was ever exchanged ends with no ping`() throws {
        var socket = try socket(silence: .seconds(40))
        socket.info.lastDataSent = socket.info.lastDataReceived
        #expect(socket.missesPings([]))
        socket.info.traffic = TrafficCounters()
        #expect(!socket.missesPings([]))
    }

    @Test(
        arguments: [
            // When a neighbour at the address that is not pinged was heard, by scans at 1978, 2020
            // and 2040.
            ([2015.0, 2030], true), ([1980], true), ([1980, 2030], false), ([2030], false),
        ]
    )
    func `Nothing is suspected where an unpinged connection was heard after it had been silent`(
        requests: [Double],
        isSuspected: Bool
    ) throws {
        let neighbour = Line(opened: 1950, isPinged: false, requests: requests)
        let story = HeartbeatStory(
            lines: [Line(gone: 2005), neighbour],
            scans: [1978, 2020, 2040]
        )
        #expect(try story.verdict().hasPrefix("silent suspected") == isSuspected)
        let elsewhere = story.with { $0.lines[1].peer = "10.1.0.8" }
        #expect(try elsewhere.verdict() == "silent suspected pings-missed")
    }

    // MARK: What makes a proof

    @Test func `A connection that pinged is half-open while its address pings on another`() throws {
        #expect(
            try HeartbeatStory.known().verdict() == "silent confirmed pings-missed at-address"
        )
    }

    @Test func `Without history nothing is proof`() throws {
        let story = HeartbeatStory.known().with { $0.keepsHistory = false }
        #expect(try story.verdict() == "silent suspected pings-missed")
    }

    @Test(
        arguments: [
            // The scans before the one at 2040.
            ([1960.0, 1990, 2010], true), ([1960, 1990], true), ([1960], true), ([], false),
            ([1984, 2010], true), ([1984, 1995], true), ([1990, 2010], false), ([1990], false),
            ([1984, 1990, 2000], true), ([1994, 2010], false),
        ]
    )
    func `Two looks more than 11 seconds apart must have seen its pings`(
        scans: [Double],
        isProved: Bool
    ) throws {
        let story = HeartbeatStory.known().with { $0.scans = scans + [2040] }
        #expect(try story.verdict().contains("confirmed") == isProved)
    }

    @Test(arguments: [([1955.0], true), ([1975], false), ([1992], false)])
    func `Pings must be the last that was received`(requests: [Double], isProved: Bool) throws {
        let story = HeartbeatStory.known().with { $0.lines[0].requests = requests }
        #expect(try story.verdict().contains("confirmed") == isProved)
    }

    @Test(
        arguments: [
            // The other connection to the address.
            (Line(opened: 1900), true),
            // Two looks that are 28 s apart have seen it pinged, or less.
            (Line(opened: 2009), true), (Line(opened: 2011), false),
            (Line(opened: 1900, gone: 2035), true), (Line(opened: 1900, gone: 2025), false),
            (Line(opened: 1900, isPinged: false, requests: [2039]), false),
            (Line(opened: 1900, requests: [2035]), false),
            (Line(target: 2, opened: 1900), false),
        ]
    )
    func `A witness has kept pinging until now`(other: Line, isWitness: Bool) throws {
        let story = HeartbeatStory.known().with { $0.lines[1] = other }
        #expect(try story.verdict().contains("confirmed") == isWitness)
    }

    @Test(arguments: [
        // Its server may have stood still until just now, and then answers both.
        (Line(isPinged: false, requests: [2030]), false),
        (Line(opened: 1900), true),
    ])
    func `For data that waits, too, the other connection must have kept pinging`(
        other: Line,
        isWitness: Bool
    ) throws {
        let story = HeartbeatStory.known().with { story in
            story.lines = [Line(gone: 1995, waits: 1998), other]
        }
        #expect(try story.verdict().contains("confirmed") == isWitness)
    }

    @Test func `Data that waits is known to ping, whatever was received since`() throws {
        let story = HeartbeatStory.known().with { story in
            story.lines[0].requests = [1992]
            story.lines[0].waits = 1998
        }
        #expect(try story.verdict() == "silent confirmed pings-missed at-address")
    }

    @Test func `After the clock was set during a scan, its looks prove nothing`() throws {
        let story = HeartbeatStory.known().with { $0.step = (2010, 60) }
        #expect(try story.verdict() == "silent suspected pings-missed")
    }

    @Test func `With the heartbeat off, the table alone decides`() throws {
        let story = HeartbeatStory.known(.cluster).with {
            $0.policy = Policy(maxAge: nil, silentAfter: nil)
        }
        #expect(try story.verdict() == "current confirmed heard-from-owner")
    }
}
