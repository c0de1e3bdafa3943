import Judging
import Model
import Testing

/// The rows of the heartbeat beside those of the table.
@Suite struct HeartbeatRowTests {
    @Test func `An owner that pings no more is silent, whatever the table proves of it`() throws {
        #expect(
            try HeartbeatStory.known(.cluster).verdict()
                == "silent confirmed pings-missed at-address"
        )
        let leaving = Document.cluster.without("web")
            .pod("web", .running.with { $0.deletion = api(1990) })
        #expect(
            try HeartbeatStory.known(leaving).verdict()
                == "silent confirmed pings-missed at-address"
        )
    }

    // MARK: Witnesses on the node

    @Test(arguments: [
        ("10.1.0.8", "silent confirmed pings-missed on-node"),
        ("10.1.0.9", "silent suspected pings-missed"),
        ("10.1.0.10", "silent suspected pings-missed"),
    ])
    func `Another Pod of the same node is a witness`(peer: String, verdict: String) throws {
        #expect(try HeartbeatStory.known(beside: peer, .cluster).verdict() == verdict)
    }

    @Test func `Without a snapshot no node is known`() throws {
        #expect(
            try HeartbeatStory.known(beside: "10.1.0.8").verdict()
                == "silent suspected pings-missed"
        )
    }

    @Test(
        arguments: [
            // When each connection was first seen: C is 2000, and less settle and skew 1988.
            (1987.999, 1987.999, true), (1987.999, 1988, false), (1988, 1987.999, true),
        ]
    )
    func `A witness on the node was seen before the snapshot settled`(
        silent: Double,
        witness: Double,
        isProved: Bool
    ) throws {
        let story = HeartbeatStory.known(gone: 1997, beside: "10.1.0.8", .cluster).with { story in
            story.lines[0].opened = silent - 20
            story.lines[1].opened = witness
            story.scans = [silent - 20, witness, 2010, 2040].sorted()
        }
        #expect(try story.verdict().contains("confirmed") == isProved)
    }

    @Test(
        arguments: [
            // When the silent one was opened, and was last heard by a ping.
            (1988.0, 1998.0, true), (1988.001, 1998.001, false), (1987.999, 2017.999, true),
        ]
    )
    func `The silent one was seen before the snapshot settled, or heard before it was taken`(
        opened: Double,
        heard: Double,
        isProved: Bool
    ) throws {
        let story = HeartbeatStory.known(gone: heard, beside: "10.1.0.8", .cluster).with { story in
            story.lines[0].opened = opened
            story.scans = [1960, opened, 1999.5, 2018, 2060]
        }
        #expect(try story.verdict().contains("confirmed") == isProved)
    }

    @Test func `Where two Pods have the address, no node is known`() throws {
        let document = Document.cluster.pod("stuck", .running)
        #expect(
            try HeartbeatStory.known(beside: "10.1.0.8", document).verdict()
                == "silent suspected pings-missed"
        )
    }

    // MARK: Replaced

    /// Web, which started before the connections were seen and got its network later.
    static func successor(network: Int, start: Int = 1950) -> Document {
        let life = PodLife.running.with {
            ($0.creation, $0.start) = (api(start), api(start))
            $0.networkTransition = api(network)
            ($0.firstStarted, $0.ready) = (api(network + 1), api(network + 2))
        }
        return Document.cluster.without("web").pod("web", life)
    }

    @Test(
        arguments: [
            // Heard at 1990; 5 s and the skew before the network.
            (1998, "replaced confirmed silent-since-before-owner-network at-address"),
            (1997, "silent confirmed pings-missed at-address"),
        ]
    )
    func `Who fell silent before the owner had a network is replaced`(
        network: Int,
        verdict: String
    ) throws {
        let story = HeartbeatStory.known(Self.successor(network: network)).with {
            $0.earlierDocument = .cluster
        }
        #expect(try story.verdict() == verdict)
        let alone = story.with { $0.lines[1].peer = "10.1.0.9" }
        #expect(
            try alone.verdict()
                == verdict.replacing("confirmed", with: "suspected")
                .replacing(" at-address", with: "")
        )
    }

    @Test func `A proof of the table stands`() throws {
        let document = Self.successor(network: 1999, start: 1995)
        let story = HeartbeatStory.known(document).with { $0.earlierDocument = .cluster }
        #expect(try story.verdict() == "replaced confirmed heard-before-owner-existed")
    }

    @Test func `An owner whose times contradict each other replaces nobody`() throws {
        let document = Self.successor(network: 1999).withLast {
            $0.creation = api(1960)
        }
        let story = HeartbeatStory.known(document).with { $0.earlierDocument = .cluster }
        #expect(try story.verdict() == "silent confirmed pings-missed at-address")
    }

    // MARK: Deleted

    @Test func `An address that nobody has is deleted if it pings elsewhere`() throws {
        let story = HeartbeatStory.known(gone: 1987, .cluster.without("web")).with {
            $0.earlierDocument = .cluster
        }
        #expect(try story.verdict() == "deleted confirmed unowned-and-silent at-address")
    }

    /// The proxy's other connection is to another node.
    private func lonely(_ change: (inout HeartbeatStory) -> Void = { _ in }) -> HeartbeatStory {
        HeartbeatStory.known(gone: 1987, beside: "10.1.0.9", .cluster.without("web")).with {
            story in
            story.earlierDocument = .cluster
            change(&story)
        }
    }

    @Test func `Any witness is enough for who fell silent before the snapshot settled`() throws {
        #expect(try lonely().verdict() == "deleted confirmed unowned-and-silent elsewhere")
        #expect(
            try lonely { $0.document?.scope = .unknown }.verdict()
                == "deleted suspected unowned-and-silent"
        )
    }

    @Test(
        arguments: [
            (1987.999, true, true), (1988, true, false),
            // Both nodes were heard at 2005.
            (1962.999, false, true), (1963, false, false),
        ]
    )
    func `Settled is 10 seconds and the skew before the snapshot, and 30 more if it states no time`(
        heard: Double,
        isStated: Bool,
        isProved: Bool
    ) throws {
        let story = lonely {
            $0.lines[0].opened = heard - 50
            $0.lines[0].gone = heard
            guard !isStated else { return }
            $0.document?.stated = nil
            $0.document?.modified = 2009
            $0.document?.nodes = ["node-1", "node-2"].map { Node(name: $0, heartbeat: api(2005)) }
        }
        let verdict = try story.verdict()
        #expect(verdict.contains("confirmed") == isProved, "\(verdict)")
    }

    @Test(
        arguments: [
            // When the unpinged connection was heard, the scans, and whether its Pod was listed then.
            (1975.0, 1987.0, true, true), (1974.999, 1987, true, false), (1975, 1987, false, false),
        ]
    )
    func `Who was just heard while its Pod was listed need not have been seen to ping`(
        heard: Double,
        scan: Double,
        isListed: Bool,
        isProved: Bool
    ) throws {
        let story = lonely { story in
            story.lines[0] = Line(opened: 1945, isPinged: false, requests: [heard])
            story.scans = [1960, scan, 2010, 2040]
            if !isListed { story.earlierDocument = story.document }
        }
        #expect(try story.verdict().contains("confirmed unowned-and-silent") == isProved)
    }

    @Test func `Who was heard since the snapshot is not deleted, but silent`() throws {
        let story = HeartbeatStory.known(gone: 2003, .cluster.without("web")).with {
            $0.earlierDocument = .cluster
        }
        #expect(try story.verdict() == "silent confirmed pings-missed at-address")
    }

    // MARK: Silent

    @Test func `A finished Pod that may still have its network leaves it open who is gone`() throws
    {
        let finishing = PodLife.finished.with {
            ($0.network, $0.networkTransition, $0.lastFinished) = (.ready, api(1010), nil)
        }
        let document = Document.cluster.without("web").pod("job", finishing)
        let story = HeartbeatStory.known(document)
        #expect(try story.verdict() == "silent confirmed pings-missed at-address")
        let elsewhere = story.with { $0.lines[1].peer = "10.1.0.8" }
        #expect(try elsewhere.verdict() == "silent suspected pings-missed")
        // Heard so early that the table calls the address unowned.
        let early = HeartbeatStory.known(gone: 1987, document)
        #expect(try early.verdict() == "silent confirmed pings-missed at-address")
    }

    @Test func `The address of a node or a gateway is silent, and an excluded one nothing`() throws
    {
        let document = try Document.cluster.without("web")
            .exempting(usualAddress, kind: "Gateway", name: "eastwest")
        let story = HeartbeatStory.known(document)
        #expect(try story.verdict() == "silent confirmed pings-missed at-address")
        let excluded = try story.with {
            $0.policy.exclude = [try #require(IPPrefix("10.1.0.7/32"))]
        }
        #expect(try excluded.verdict() == "exempt - excluded")
    }

    // MARK: Snapshots without times

    private static let timeless = Document.cluster.with { document in
        for index in document.pods.indices { document.pods[index].life = PodLife() }
    }

    @Test(arguments: [
        (12.0, "current assumed heard-now"), (12.001, "undetermined - owner-has-no-timestamps"),
    ])
    func `An owner without times that was just heard is alive`(
        silence: Double,
        verdict: String
    ) throws {
        let story = HeartbeatStory(
            document: Self.timeless,
            lines: [Line(gone: 2020)],
            scans: [2020 + silence]
        )
        #expect(try story.verdict() == verdict)
        #expect(try story.result().isComplete)
        let off = story.with { $0.policy.silentAfter = nil }
        #expect(try off.verdict() == "undetermined - owner-has-no-timestamps")
        #expect(try !off.result().isComplete)
    }

    @Test func `A silent connection that only times could settle leaves the scan incomplete`()
        throws
    {
        let quiet = HeartbeatStory(
            document: Self.timeless,
            lines: [Line(gone: 2000, isPinged: false)]
        )
        #expect(try quiet.verdict() == "undetermined - owner-has-no-timestamps")
        #expect(
            try quiet.result().warnings == [
                "no Pod in snapshot 'pods.json' has a start time: this snapshot can prove deleted Pods"
                    + " (--only deleted), but not replaced ones"
            ]
        )
        #expect(try quiet.with { $0.policy.asked = [.deleted] }.result().isComplete)
        #expect(try quiet.with { $0.lines[0].isPinged = true }.result().isComplete)
    }

    // MARK: Contradictions

    @Test func `A snapshot of another cluster takes no proof from connections alone`() throws {
        let foreign = Document.cluster.without("waypoint")
        var story = HeartbeatStory.known(foreign)
        #expect(try story.verdict() == "silent confirmed pings-missed at-address")
        #expect(try story.result().summary.confirmed == 1)
        #expect(try !story.result().isComplete)
        story.lines[1].peer = "10.1.0.8"
        #expect(try story.verdict() == "silent suspected pings-missed")
        #expect(try story.result().summary.confirmed == 0)
    }

    @Test func `Where data was removed, nothing is deleted because it is not listed`() throws {
        let cut = Document.cluster.without("web").pod("cart2", PodLife(), at: ["10.1.0.11"])
        var story = lonely {
            $0.document = cut
            $0.lines.append(Line(peer: "10.1.0.11"))
        }
        #expect(try story.verdict() == "deleted suspected unowned-and-silent")
        story.lines[1].peer = usualAddress
        #expect(try story.verdict() == "deleted confirmed unowned-and-silent at-address")
    }
}

extension Document {
    /// The document, its last Pod changed.
    fileprivate func withLast(_ change: (inout PodLife) -> Void) -> Document {
        var document = self
        let last = document.pods.indices.last ?? 0
        document.pods[last].life = document.pods[last].life.with(change)
        return document
    }

    fileprivate func with(_ change: (inout Document) -> Void) -> Document {
        var document = self
        change(&document)
        return document
    }
}
