import Judging
import Model
import Testing

/// Snapshots whose UIDs are names, as ztunnel's: they own addresses, and prove nothing.
@Suite struct NameBasedTests {
    private func uid(_ name: String) -> String { "Kubernetes//Pod/shop/\(name)" }

    /// ztunnel's workloads: no times, and nobody but `--captured-at` states when.
    private func dump(stated: Double? = nil, modified: Double = 2000) -> Document {
        var document = Document(stated: stated, modified: modified)
        document.hasNameBasedUIDs = true
        return document.pod("other", PodLife(), at: ["10.1.0.99"], uid: uid("other"))
    }

    @Test(arguments: [nil, 2000], [0.0, 1500, 1989, 2005])
    func `Whose connection an owner's is cannot be told`(stated: Double?, heard: Double) throws {
        let document = dump(stated: stated).pod("web", PodLife(), uid: uid("web"))
        #expect(
            try Scenario(document).verdict(heard: heard)
                == "undetermined - owner-has-no-timestamps"
        )
    }

    @Test(
        arguments: [
            // Nobody states when it was taken: C' is the file's time, 2000, and no time bounds C.
            (nil, 0, "deleted suspected unowned-if-snapshot-fresh"),
            (nil, 1997.999, "deleted suspected unowned-if-snapshot-fresh"),
            (nil, 1998, "unlisted - heard-after-snapshot"),
            // Stated: C - settle - skew = 1988.
            (2000, 0, "deleted suspected unowned-address"),
            (2000, 1987.999, "deleted suspected unowned-address"),
            (2000, 1988, "unlisted - heard-around-snapshot"),
            (2000, 1998, "unlisted - heard-after-snapshot"),
        ] as [(Double?, Double, String)]
    )
    func `An address without owner is suspected, in whatever block and scope`(
        stated: Double?,
        heard: Double,
        expected: String
    ) throws {
        var scenario = Scenario(dump(stated: stated))
        scenario.podCIDRs = ["10.1.0.0/16"]
        #expect(try scenario.verdict(heard: heard) == expected)
    }

    @Test func `Beside a list of a whole cluster it takes the proof from an address without owner`()
        throws
    {
        let list = Document().pod("third", .running, at: ["10.1.0.98"])
        var scenario = Scenario(list)
        scenario.podCIDRs = ["10.1.0.0/16"]
        #expect(try scenario.verdict(heard: 100) == "deleted confirmed unowned-pod-address")
        scenario.documents.append(dump(stated: 2000))
        #expect(try scenario.verdict(heard: 100) == "deleted suspected unowned-address")
    }

    @Test func `What a finished Pod said is proof by the list alone`() throws {
        var scenario = Scenario(Document().pod("job", .finished))
        scenario.documents.append(dump(stated: 2000))
        #expect(try scenario.verdict(heard: 1200) == "deleted confirmed heard-from-finished-pod")
        #expect(try scenario.verdict(heard: 1600) == "deleted suspected unowned-address")
    }

    @Test func `A Pod that a list has, too, is judged by the list`() throws {
        var scenario = Scenario(Document().pod("web", .running))
        scenario.documents.append(dump(stated: 2000).pod("web", PodLife(), uid: uid("web")))
        #expect(
            try scenario.verdict(heard: 500) == "replaced confirmed heard-before-owner-existed"
        )
        #expect(try scenario.verdict(heard: 1500) == "current confirmed heard-from-owner")
        #expect(try scenario.finding(heard: 500).owners.map(\.identity.uid) == ["web"])
    }

    @Test func `Another Pod of the same address leaves open whose a connection is`() throws {
        var scenario = Scenario(Document().pod("web", .running))
        scenario.documents.append(dump(stated: 2000).pod("old", PodLife(), uid: uid("old")))
        #expect(
            try scenario.verdict(heard: 500) == "undetermined - owner-has-no-timestamps"
        )
    }

    @Test func `A machine or a host-network Pod is no Pod to be judged`() throws {
        let machine = try dump().exempting(usualAddress, kind: "WorkloadEntry", name: "shop/vm")
        #expect(try Scenario(machine).verdict(heard: 100) == "exempt - not-a-pod")
        let hostPod = dump().pod("proxy", PodLife(isHostNetwork: true), uid: uid("proxy"))
        #expect(try Scenario(hostPod).verdict(heard: 100) == "exempt - not-a-pod")
    }

    @Test func `It can answer for deleted Pods, not for replaced ones`() throws {
        var scenario = Scenario(dump())
        #expect(
            scenario.shortcomings == [
                "no Pod of snapshot 'pods.json' says when it started: it can answer for deleted"
                    + " Pods (--only deleted), not for replaced ones"
            ]
        )
        scenario.asked = [.deleted]
        #expect(scenario.shortcomings.isEmpty)
    }
}
