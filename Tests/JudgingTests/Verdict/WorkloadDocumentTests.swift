@testable import Judging
import Model
import Testing

/// Snapshots of ztunnel's workloads: they own addresses, and prove nothing.
@Suite struct WorkloadDocumentTests {
    private func uid(_ name: String) -> String { "Kubernetes//Pod/shop/\(name)" }

    /// ztunnel's workloads: no times, and nobody but `--captured-at` states when.
    private func dump(stated: Double? = nil, modified: Double = 2000) -> Document {
        var document = Document(stated: stated, modified: modified)
        document.listsWorkloads = true
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

    @Test func `Without the heartbeat it can answer for deleted Pods, not for replaced`() throws {
        #expect(Scenario(dump()).shortcomings == [])
        var scenario = Scenario(dump()).withoutHeartbeat
        #expect(
            scenario.shortcomings == [
                "no Pod in snapshot 'pods.json' has a start time: this snapshot can prove deleted"
                    + " Pods (--only deleted), but not replaced ones"
            ]
        )
        scenario.asked = [.deleted]
        #expect(scenario.shortcomings.isEmpty)
    }

    /// UIDs of ztunnel's, of which none is an API server's, whatever it looks like.
    private static let uids = [
        "Kubernetes//Pod/shop/web", "0d6e4079-e367-11ea-87d0-0242ac130003", "web", "old",
    ]

    @Test(arguments: uids)
    func `No UID of it binds a connection, or contradicts that one is bound`(uid: String) throws {
        let scenario = Scenario(dump(stated: 2000).pod("web", PodLife(), uid: uid))
            .remembering(boundTo: "old")
        #expect(
            try scenario.verdict(heard: 1500) == "undetermined - owner-has-no-timestamps"
        )
        let judgement = Judgement(.current, .confirmed, .heardFromOwner)
        #expect(
            scenario.judge.provenOwner(of: try socket(), judgement, heardAt: at(1500)) == nil
        )
    }

    @Test(arguments: uids)
    func `The Pod that a connection is bound to is not called its own predecessor`(
        uid: String
    ) throws {
        let scenario = Scenario(dump(stated: 2000).pod("web", PodLife(), uid: uid))
        let same = try scenario.remembering(boundTo: "web").finding(heard: 1500)
        #expect(same.previousOwner == nil)
        let other = try scenario.remembering(boundTo: "earlier").finding(heard: 1500)
        #expect(other.previousOwner?.identity.name == "earlier")
    }

    @Test func `A finished Pod of a list is no owner because ztunnel lists it yet`() throws {
        let life = PodLife.finished
        var scenario = Scenario(Document().pod("web", life))
        scenario.documents.append(dump(stated: 2000).pod("web", PodLife(), uid: uid("web")))
        #expect(try scenario.verdict(heard: 1200) == "deleted confirmed heard-from-finished-pod")
    }
}
