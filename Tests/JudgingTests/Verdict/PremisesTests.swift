import Judging
import Model
import Testing

/// What a snapshot must be for the scan to be complete, and for a verdict to be confirmed.
@Suite struct PremisesTests {
    @Test func `A sound snapshot has no shortcoming`() {
        #expect(Scenario(.running).shortcomings == [])
        #expect(Scenario(.runningWithoutCondition).shortcomings == [])
    }

    @Test func `An empty snapshot`() {
        #expect(
            Scenario(Document()).shortcomings == [
                "snapshot 'pods.json' has no items: an empty list proves nothing; check that it"
                    + " comes from the right cluster"
            ]
        )
    }

    @Test func `A snapshot from after a capture says what to compare`() {
        var scenario = Scenario(.running)
        scenario.now = 1900
        let advice = [
            (Premises.Clock.machine, "this machine's clock says", "compare the clocks"),
            (
                .capture, "the capture was made at",
                "take the snapshot before the capture, give its time (--captured-at), and compare"
                    + " the clocks"
            ),
        ]
        for (clock, subject, remedy) in advice {
            let found = Premises.shortcomings(
                of: scenario.ownership,
                policy: scenario.policy,
                now: at(1900),
                clock: clock
            )
            #expect(found.count == 1)
            #expect(found.first?.contains(" or later, but \(subject) ") == true, "\(found)")
            #expect(found.first?.hasSuffix(": nothing can be confirmed; \(remedy)") == true)
        }
    }

    @Test(
        arguments: [
            (Document().pod("web", .running), nil),
            (
                Document(),
                " has no items: an empty list proves nothing; check that it comes from"
                    + " the right cluster"
            ),
            (
                Document(stated: 2000, modified: 1990).pod("web", .running),
                " claims to be from 2026-11-21T10:33:20.000Z, but its file was written at"
                    + " 2026-11-21T10:33:10.000Z: what it does not list is not believed to be gone;"
                    + " take snapshots with pod-snapshot, which states the time"
            ),
        ] as [(Document, String?)]
    )
    func `A snapshot of an incident may be old, and must not contradict itself`(
        _ document: Document,
        _ fault: String?
    ) throws {
        let document = try #require(Scenario(document).ownership.documents.first)
        #expect(
            Premises.shortcomings(ofPast: document, skew: .seconds(2))
                == [fault].compactMap { $0.map { "snapshot 'pods.json'" + $0 } }
        )
    }

    @Test func `An empty snapshot beside a full one`() {
        let shortcomings = Scenario(Document().pod("web", .running), Document()).shortcomings
        #expect(shortcomings.count == 1)
        #expect(shortcomings.first?.contains("has no items") == true)
    }

    @Test func `A snapshot that lost items, or says that it is partial`() {
        #expect(
            Scenario(Document(problems: 3).pod("web", .running)).shortcomings == [
                "snapshot 'pods.json' is partial: 3 problems were found in it"
            ]
        )
        #expect(
            Scenario(Document(problems: 1).pod("web", .running)).shortcomings == [
                "snapshot 'pods.json' is partial: 1 problem was found in it"
            ]
        )
        #expect(
            Scenario(Document(scope: .partial).pod("web", .running)).shortcomings == [
                "snapshot 'pods.json' says that it covers only part of its cluster; take a"
                    + " snapshot of all namespaces"
            ]
        )
        #expect(Scenario(Document(scope: .unknown).pod("web", .running)).shortcomings == [])
    }

    @Test(arguments: [(2600.0, true), (2600.001, false), (2601, false), (2599, true)])
    func `A snapshot is too old beyond --max-age`(now: Double, isComplete: Bool) {
        var scenario = Scenario(.running)
        scenario.now = now
        let expected =
            "snapshot 'pods.json' is 10m\(now < 2601 ? "00" : "01")s old, more than --max-age"
            + " 10m00s; take a new one"
        #expect(scenario.shortcomings == (isComplete ? [] : [expected]))
        scenario.maxAge = nil
        #expect(scenario.shortcomings == [])
    }

    @Test func `The age is counted from the file where nobody states a moment`() {
        var scenario = Scenario(Document(stated: nil, modified: 1500).pod("web", .running))
        scenario.now = 2101
        #expect(scenario.shortcomings.count == 1)
        scenario.now = 2099
        #expect(scenario.shortcomings == [])
    }

    @Test(arguments: [(2002.0, true), (2002.001, false), (9000, false), (1000, true)])
    func `A file cannot show what was read after it was written`(stated: Double, isSound: Bool)
        throws
    {
        var scenario = Scenario(Document(stated: stated, modified: 2000).pod("web", .running))
        scenario.maxAge = nil
        scenario.now = 9010
        if isSound {
            #expect(scenario.shortcomings == [])
        } else {
            #expect(
                scenario.shortcomings == [
                    "snapshot 'pods.json' claims to be from \(at(stated).rfc3339), but its file"
                        + " was written at \(at(2000).rfc3339): nothing can be confirmed; give"
                        + " the time before the request (--captured-at), or compare the clocks"
                ]
            )
        }
        let confidence = isSound ? "confirmed" : "suspected"
        #expect(
            try scenario.verdict(heard: 500) == "replaced \(confidence) heard-before-owner-existed"
        )
    }

    @Test func `An old snapshot still judges, for it cannot make a false proof`() throws {
        var scenario = Scenario(.running)
        scenario.now = 90_000
        #expect(
            try scenario.verdict(heard: 500) == "replaced confirmed heard-before-owner-existed"
        )
    }

    static let heartbeats: [(String, Document, Double, isOld: Bool)] = {
        func document(_ heartbeats: [Int?], stated: Double = 8000) -> Document {
            var document = Document(stated: stated).pod("web", .running)
            for (number, heartbeat) in heartbeats.enumerated() {
                document = document.node(
                    Node(name: "node-\(number + 1)", heartbeat: heartbeat.map(api))
                )
            }
            return document
        }
        return [
            // --max-age and 10 min: 1200 s.
            ("20 min ago", document([6900]), 8100, false),
            ("a moment more", document([6900]), 8100.001, true),
            ("one of several is younger", document([100, 6900, nil]), 8100, false),
            ("Nodes that do not say", document([nil]), 8100, false),
            ("no Nodes", document([]), 8100, false),
            ("a list that says how old it is", document([5000], stated: 6000), 8100, false),
            ("a list that is as old as it may be", document([5000], stated: 7500), 8100, true),
        ]
    }()

    @Test(arguments: heartbeats)
    func `A list whose Nodes were last heard long ago is older than it claims`(
        _ row: (String, Document, Double, isOld: Bool)
    ) throws {
        var scenario = Scenario(row.1)
        scenario.podCIDRs = ["10.1.0.0/16"]
        scenario.now = row.2
        let complaints = scenario.shortcomings.filter { $0.contains("older than it claims") }
        #expect(complaints.count == (row.isOld ? 1 : 0), "\(row.0)")
        let absence = try scenario.verdict(heard: 500, peer: "10.1.0.8")
        #expect(
            absence == "deleted \(row.isOld ? "suspected" : "confirmed") unowned-pod-address",
            "\(row.0)"
        )
        #expect(
            try scenario.verdict(heard: 500) == "replaced confirmed heard-before-owner-existed"
        )
        let explanation = try scenario.finding(heard: 500, peer: "10.1.0.8").explanation
        let doubt = " (no proof: the snapshot is older than it claims)"
        #expect(explanation.hasSuffix(doubt) == row.isOld, "\(row.0)")
        scenario.maxAge = nil
        #expect(scenario.shortcomings == [])
        #expect(
            try scenario.verdict(heard: 500, peer: "10.1.0.8")
                == "deleted confirmed unowned-pod-address"
        )
    }

    @Test func `The complaint about an old list says what was heard when`() {
        let node = Node(name: "node-1", heartbeat: api(100))
        #expect(
            Scenario(Document().pod("web", .running).node(node)).shortcomings == [
                "snapshot 'pods.json' is older than it claims: its time is"
                    + " 2026-11-21T10:33:20.000Z, but none of its Nodes reported after"
                    + " 2026-11-21T10:01:40.000Z, 31m50s ago; take a new one, or accept an old"
                    + " one with --max-age 0"
            ]
        )
    }

    @Test func `A snapshot of Nodes alone tells nothing of Pods`() {
        #expect(
            Scenario(Document().node(Node(name: "node-1"))).shortcomings == [
                "no snapshot lists a Pod: the owner of an address cannot be determined"
            ]
        )
    }

    @Test func `A list from which the addresses were cut frees none of them`() throws {
        let cut = Document().pod("web", .running, at: [])
        let whole = Document().pod("api", .running, at: ["10.1.0.8"])
        for var scenario in [Scenario(cut), Scenario(whole, cut)] {
            scenario.podCIDRs = ["10.1.0.0/16"]
            #expect(
                scenario.shortcomings == [
                    "no Pod in snapshot 'pods.json' has an address: the owner of an address"
                        + " cannot be determined"
                ]
            )
            #expect(try scenario.judgement(heard: 500).confidence == .suspected)
        }
        let beside = Scenario(whole.pod("new", PodLife(phase: .pending), at: []))
        #expect(beside.shortcomings == [])
    }

    @Test func `Without the heartbeat a snapshot without Pod times answers for deleted Pods only`()
    {
        var scenario = Scenario(Document().pod("a", PodLife()).pod("b", PodLife()))
        #expect(scenario.shortcomings == [])
        scenario = scenario.withoutHeartbeat
        #expect(
            scenario.shortcomings == [
                "no Pod in snapshot 'pods.json' has a start time: this snapshot can prove deleted"
                    + " Pods (--only deleted), but not replaced ones"
            ]
        )
        scenario.asked = [.deleted]
        #expect(scenario.shortcomings == [])
    }

    @Test func `A snapshot without Pod times is not excused by another with them`() {
        let scenario = Scenario(Document().pod("a", .running), Document().pod("b", PodLife()))
        #expect(scenario.withoutHeartbeat.shortcomings.count == 1)
    }

    @Test(arguments: [
        PodLife(phase: .failed), PodLife(phase: .running, isHostNetwork: true),
        PodLife(phase: .running, isMirror: true),
    ])
    func `Pods that never have times excuse nobody and accuse nobody`(life: PodLife) {
        func shortcomings(_ document: Document) -> [String] {
            Scenario(document).withoutHeartbeat.shortcomings
        }
        #expect(shortcomings(Document().pod("a", life)) == [])
        let beside = Document().pod("a", life).pod("b", PodLife(), at: ["10.1.0.8"])
        #expect(shortcomings(beside).count == 1)
        #expect(shortcomings(beside.pod("c", .running, at: ["10.1.0.9"])) == [])
    }
}

extension Document {
    /// The document with Pods of two nodes, whose newest time is 1014.
    fileprivate var onTwoNodes: Document {
        pod("web", .running).pod("api", .running, at: ["10.1.0.8"], node: "node-2")
    }
}

/// A scanner's clock behind the snapshot's own times makes every comparison void.
@Suite struct ClockTests {
    static let rows: [(String, Document, Double)] = [
        // What bounds the clock from below, and where.
        ("the stated moment", Document(stated: 2000).pod("web", .running), 2000),
        ("the file's time", Document(stated: nil, modified: 1950).pod("web", .running), 1950),
        (
            "the file's time beside a stated moment",
            Document(stated: 2000, modified: 2005).pod("web", .running), 2005
        ),
        ("the newest time of two nodes", Document(stated: 1010).onTwoNodes, 1014),
        (
            "the newest time of two nodes, of a pipe",
            Document(stated: nil, modified: nil).onTwoNodes, 1014
        ),
    ]

    @Test(arguments: [
        // Now, what becomes of the node's own Pod and of another's; S = 1500, R = 1510.
        (1510.0, "replaced suspected owner-times-contradict"),
        (1512, "replaced confirmed heard-before-owner-existed"),
    ])
    func `One node's times that have not come yet weaken its own Pods alone`(
        now: Double,
        expected: String
    ) throws {
        let fast = PodLife.running.later(500).with { $0.firstStarted = api(1514) }
        let document = Document(stated: 1200).pod("web", fast.with { $0.ready = nil })
            .pod("api", .running, at: ["10.1.0.8"], node: "node-2")
        var scenario = Scenario(document)
        scenario.now = now
        #expect(try scenario.verdict(heard: 500) == expected)
        #expect(
            try scenario.verdict(heard: 500, peer: "10.1.0.8")
                == "replaced confirmed heard-before-owner-existed"
        )
        #expect(scenario.shortcomings == [])
    }

    @Test func `A finished Pod of the node whose clock is fast never lost its network surely`()
        throws
    {
        let fast = PodLife.running.later(1000)
        var scenario = Scenario(
            Document(stated: 1900).pod("job", .finished).pod("web", fast, at: ["10.1.0.8"])
                .pod("api", .running, at: ["10.1.0.9"], node: "node-2")
        )
        scenario.podCIDRs = ["10.1.0.0/16"]
        scenario.now = 2012
        #expect(try scenario.verdict(heard: 1200) == "deleted confirmed heard-from-finished-pod")
        scenario.now = 1990
        #expect(try scenario.verdict(heard: 1200) == "deleted suspected previous-owner-terminal")
    }

    @Test(arguments: [2002, 2600])
    func `A finished Pod that seems to start after the file was written may have been heard before`(
        start: Int
    ) throws {
        let fast = PodLife.finished.with {
            $0.start = api(start)
            $0.network = .ready
        }
        var scenario = Scenario(Document(stated: 1990, modified: 1991).pod("job", fast))
        scenario.podCIDRs = ["10.1.0.0/16"]
        scenario.now = 3000
        #expect(try scenario.verdict(heard: 1200) == "deleted suspected previous-owner-terminal")
    }

    @Test(arguments: rows)
    func `The clock may be behind by the skew and no more`(_ row: (String, Document, Double)) throws
    {
        for (offset, isSound) in [(0.0, true), (-2, true), (-2.001, false), (-3, false)] {
            var scenario = Scenario(row.1)
            scenario.now = row.2 + offset
            let judgement = try scenario.judgement(heard: 500)
            #expect(judgement.verdict == .replaced, "\(row.0)")
            #expect(
                judgement.confidence == (isSound ? .confirmed : .suspected),
                "\(row.0) \(offset)"
            )
            let complaints = scenario.shortcomings.filter { $0.contains("clock") }
            #expect(complaints.count == (isSound ? 0 : 1), "\(row.0) \(offset)")
        }
    }

    @Test func `The complaint tells both sides`() {
        var scenario = Scenario(.running)
        scenario.now = 1990
        #expect(
            scenario.shortcomings == [
                "snapshot 'pods.json' was taken at 2026-11-21T10:33:20.000Z or later, but this"
                    + " machine's clock says 2026-11-21T10:33:10.000Z: nothing can be confirmed;"
                    + " compare the clocks"
            ]
        )
    }

    @Test func `A deletionTimestamp lies in the future by its nature`() {
        let life = PodLife.running.with { $0.deletion = api(5000) }
        #expect(Scenario(life).shortcomings == [])
    }

    @Test func `Nothing at all is confirmed by an unsound clock`() throws {
        let scenarios = [
            Scenario(.running), Scenario(.finished), Scenario(.runningWithoutCondition),
            Scenario(.running.with { $0.deletion = api(2020) }),
        ]
        for var scenario in scenarios {
            scenario.now = 900
            for heard in stride(from: 0.0, to: 2100, by: 13) {
                #expect(try scenario.judgement(heard: heard).confidence != .confirmed)
            }
        }
    }

    @Test func `The skew is never under a second, however it is set`() {
        var policy = Policy(skew: .zero)
        #expect(policy.skew == .seconds(1))
        policy.skew = .seconds(5)
        #expect(policy.skew == .seconds(5))
        policy.skew = TimeSpan(milliseconds: 999)
        #expect(policy.skew == Policy.smallestSkew)
    }

    @Test(arguments: [
        (1.0, 998.999, "replaced confirmed heard-before-owner-existed"),
        (1, 999, "replaced suspected heard-before-owner-network"),
        (1, 1012, "current confirmed heard-from-owner"),
        (30, 969.999, "replaced confirmed heard-before-owner-existed"),
        (30, 970, "replaced suspected heard-before-owner-network"),
        (30, 975, "undetermined - heard-around-owner-start"),
        (30, 1040.999, "undetermined - heard-around-owner-start"),
        (30, 1041, "current confirmed heard-from-owner"),
        (30, 1970, "current confirmed heard-from-owner"),
        (30, 1971, "current assumed heard-since-snapshot"),
        // Under a second there is no skew: the API's times are whole seconds.
        (0, 998.999, "replaced confirmed heard-before-owner-existed"),
        (0, 999, "replaced suspected heard-before-owner-network"),
        (-5, 999, "replaced suspected heard-before-owner-network"),
    ])
    func `The skew widens every margin`(skew: Double, heard: Double, expected: String) throws {
        var scenario = Scenario(.running)
        scenario.skew = skew
        #expect(try scenario.verdict(heard: heard) == expected)
    }
}

/// An owner whose own times cannot all be true proves nothing.
@Suite struct OwnerTimesTests {
    static let contradictions: [(String, PodLife, Bool)] = [
        // Start earlier than creation.
        ("2 s before its creation", .running.with { $0.creation = api(1002) }, false),
        ("3 s before its creation", .running.with { $0.creation = api(1003) }, true),
        // Start later than R.
        ("2 s after R", .running.with { $0.start = api(1012) }, false),
        ("3 s after R", .running.with { $0.start = api(1013) }, true),
        ("3 s after R*", .runningWithoutCondition.with { $0.start = api(1015) }, true),
        ("2 s after R*", .runningWithoutCondition.with { $0.start = api(1014) }, false),
        // Start later than that of a container which is running now.
        ("2 s after a running container", .running.with { $0.runningSince = api(998) }, false),
        ("3 s after a running container", .running.with { $0.runningSince = api(997) }, true),
        ("without a creation", .running.with { $0.creation = nil }, false),
        ("without a start", .running.with { $0.start = nil }, false),
    ]

    @Test(arguments: contradictions)
    func `A start before the creation or after the network`(_ row: (String, PodLife, Bool)) throws {
        let scenario = Scenario(row.1)
        let weak = row.2
        #expect(
            try scenario.verdict(heard: 500)
                == (weak
                    ? "replaced suspected owner-times-contradict"
                    : "replaced confirmed heard-before-owner-existed"),
            "\(row.0)"
        )
        #expect(
            try scenario.verdict(heard: 1500)
                == (weak
                    ? "current assumed owner-times-contradict"
                    : "current confirmed heard-from-owner"),
            "\(row.0)"
        )
    }

    @Test(arguments: [
        // When the document was written, the owner's start, whether that contradicts.
        (Double?.some(1990), 1992, false), (1990, 1993, true), (1990, 1500, false),
        // A pipe, read until 2001.
        (nil, 2003, false), (nil, 2004, true),
    ])
    func `A start after the document was written`(
        modified: Double?,
        start: Int,
        isWeak: Bool
    ) throws {
        let life = PodLife(start: api(start), phase: .running)
        let scenario = Scenario(Document(stated: 1950, modified: modified).pod("web", life))
        #expect(
            try scenario.verdict(heard: 500)
                == (isWeak
                    ? "replaced suspected owner-times-contradict"
                    : "replaced confirmed heard-before-owner-existed")
        )
    }

    @Test func `A Pod being deleted is then only assumed to be heard`() throws {
        let life = PodLife.running.with {
            $0.creation = api(1005)
            $0.deletion = api(2020)
        }
        #expect(
            try Scenario(life).verdict(heard: 1500) == "terminating assumed owner-times-contradict"
        )
    }

    @Test func `What is not confirmed keeps its reason`() throws {
        let life = PodLife.running.with { $0.creation = api(1005) }
        #expect(
            try Scenario(life).verdict(heard: 1000)
                == "replaced suspected heard-before-owner-network"
        )
        #expect(try Scenario(life).verdict(heard: 2005) == "current assumed heard-since-snapshot")
    }
}
