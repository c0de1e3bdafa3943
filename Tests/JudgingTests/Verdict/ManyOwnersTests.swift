import Judging
import Model
import Testing

/// Addresses with several live owners: a connection that may be any owner's is no candidate.
@Suite struct ManyOwnersTests {
    static let early = PodLife.running
    static let late = PodLife.running.later(600)
    static let stuck = PodLife.running.later(1).with { $0.deletion = api(1800) }
    static let ending = PodLife.running.with { $0.deletion = api(2020) }
    static let starting = PodLife.running.with { $0.network = .notReady }
    static let contradicting = PodLife.running.later(600).with { $0.creation = api(1700) }

    static let rows: [(String, [PodLife], Double, String)] = [
        // All candidates: the weakest confidence counts, and of those the lowest row.
        ("before both", [early, late], 500, "replaced confirmed heard-before-owner-existed"),
        (
            "one confirmed, one suspected by its network", [late, early], 1000,
            "replaced suspected heard-before-owner-network"
        ),
        (
            "one confirmed, one stuck", [late.with { $0.networkTransition = nil }, stuck], 1500,
            "deleted suspected owner-stuck-terminating"
        ),
        (
            "two suspected: the lower row",
            [
                early.with { $0.networkTransition = api(1900) }, stuck,
            ], 1500, "deleted suspected owner-stuck-terminating"
        ),
        (
            "one whose times contradict", [early, contradicting], 500,
            "replaced suspected owner-times-contradict"
        ),
        // Not all: the first of current, terminating, undetermined.
        ("one candidate, one current", [late, early], 1500, "current confirmed heard-from-owner"),
        (
            "one candidate, one terminating", [late.with { $0.networkTransition = nil }, ending],
            1500, "terminating confirmed owner-terminating"
        ),
        (
            "one terminating, and one that started in the same second is no successor",
            [ending, early.with { $0.networkTransition = api(1900) }], 1500,
            "terminating confirmed owner-terminating"
        ),
        (
            "one candidate, one undetermined", [late, starting], 1500,
            "undetermined - owner-without-network"
        ),
        (
            "undetermined and current", [starting, early], 1500,
            "current confirmed heard-from-owner"
        ),
        (
            "undetermined and terminating",
            [starting, ending], 1500, "terminating confirmed owner-terminating"
        ),
        (
            "terminating and current", [ending, early], 1500, "current confirmed heard-from-owner"
        ),
        (
            "two current, one of which contradicts itself",
            [early, early.with { $0.creation = api(1005) }], 1500,
            "current assumed owner-times-contradict"
        ),
        (
            "two undetermined: the lower row", [starting, early.with { $0.firstStarted = nil }],
            1005, "undetermined - heard-around-owner-start"
        ),
        ("both current since", [early, early], 2005, "current assumed heard-since-snapshot"),
    ]

    @Test(arguments: rows)
    func `Each owner is judged`(_ row: (String, [PodLife], Double, String)) throws {
        for lives in [row.1, row.1.reversed()] {
            var document = Document()
            for (number, life) in lives.enumerated() { document = document.pod("p\(number)", life) }
            #expect(try Scenario(document).verdict(heard: row.2) == row.3, "\(row.0)")
        }
    }

    @Test func `A finding names all owners in their order`() throws {
        let document = Document().pod("b", Self.early).pod("c", Self.late).pod("a", Self.late)
        let finding = try Scenario(document).finding(heard: 500)
        #expect(finding.owners.map(\.identity.name) == ["a", "b", "c"])
    }

    static let joined: [(SnapshotScope, Double, String)] = [
        (.cluster, 997, "replaced confirmed heard-before-owner-existed"),
        (.unknown, 997, "replaced suspected another-cluster-may-own"),
        (.partial, 997, "replaced suspected another-cluster-may-own"),
        // A Pod of the other cluster may be too new to be listed.
        (.cluster, 1987.9, "replaced confirmed heard-before-owner-existed"),
        (.cluster, 1988, "replaced suspected another-cluster-may-own"),
    ]

    @Test(arguments: joined)
    func `An owner proves nothing of a cluster that is not shown whole`(
        scope: SnapshotScope,
        heard: Double,
        expected: String
    ) throws {
        var other = Document().pod("b", .running, at: ["10.1.0.8"])
        other.scope = scope
        let owner = heard < 1000 ? Self.early : PodLife.running.later(995)
        let scenario = Scenario(Document().pod("a", owner), other)
        #expect(try scenario.verdict(heard: heard) == expected)
    }

    @Test func `Nor does a finished Pod`() throws {
        var other = Document().pod("b", .running, at: ["10.1.0.8"])
        other.scope = .unknown
        let scenario = Scenario(Document().pod("a", .finished), other)
        #expect(try scenario.verdict(heard: 1200) == "deleted suspected another-cluster-may-own")
    }

    @Test(arguments: [
        (997.0, "replaced confirmed heard-before-owner-existed"),
        (1500, "terminating assumed owner-terminating"),
    ])
    func `Two clusters weaken what is heard and not what was never heard`(
        heard: Double,
        expected: String
    ) throws {
        let scenario = Scenario(
            Document().pod("a", Self.ending),
            Document().pod("b", Self.late)
        )
        #expect(try scenario.verdict(heard: heard) == expected)
    }

    @Test func `Two owners of one cluster beside another cluster's Pods are as sure as ever`()
        throws
    {
        let scenario = Scenario(
            Document().pod("a", Self.early).pod("b", Self.early),
            Document().pod("c", Self.early, at: ["10.1.0.8"])
        )
        #expect(try scenario.verdict(heard: 1500) == "current confirmed heard-from-owner")
    }

    @Test func `Of a Pod that two documents list the later life counts`() throws {
        let rebooted = PodLife.running.with { $0.networkTransition = api(1700) }
        let forward = Scenario(Document().pod("web", .running), Document().pod("web", rebooted))
        #expect(
            try forward.verdict(heard: 1500) == "replaced suspected heard-before-owner-network"
        )
        let backward = Scenario(Document().pod("web", rebooted), Document().pod("web", .running))
        #expect(try backward.verdict(heard: 1500) == "current confirmed heard-from-owner")
    }

    @Test func `The earliest C of a union counts`() throws {
        let scenario = Scenario(
            Document(stated: 2000).pod("web", .running),
            Document(stated: 1800).pod("other", .running, at: ["10.1.0.99"])
        )
        #expect(try scenario.verdict(heard: 1799) == "current assumed heard-since-snapshot")
        #expect(
            try scenario.verdict(heard: 1799, peer: "10.1.0.1") == "unlisted - heard-after-snapshot"
        )
        #expect(
            try scenario.verdict(heard: 1787, peer: "10.1.0.1")
                == "deleted suspected unowned-address"
        )
    }
}
