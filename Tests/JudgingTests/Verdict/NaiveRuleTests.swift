import Judging
import Model
import Testing

/// The cases that break naive rules, such as "the Pod is younger than the connection's last
/// traffic" or "the address is in no list", each by its name.
@Suite struct NaiveRuleTests {
    @Test(arguments: [
        (1500, "current confirmed heard-from-owner"),
        (1013, "current confirmed heard-from-owner"),
        (997, "replaced confirmed heard-before-owner-existed"),
    ])
    func `A container restart makes no new Pod`(heard: Double, expected: String) throws {
        let life = PodLife.running.with {
            $0.firstStarted = api(1800)
            $0.ready = api(1805)
            $0.lastFinished = api(1790)
        }
        #expect(try Scenario(life).verdict(heard: heard) == expected)
    }

    @Test(arguments: [
        // The only container restarted at 1800: what was heard before cannot be told.
        (1500, "undetermined - heard-around-owner-start"),
        (1802, "undetermined - heard-around-owner-start"),
        (1803, "current confirmed heard-from-owner"),
        (997, "replaced confirmed heard-before-owner-existed"),
    ])
    func `A container restart on a cluster without the condition condemns nothing`(
        heard: Double,
        expected: String
    ) throws {
        let life = PodLife.runningWithoutCondition.with { $0.firstStarted = api(1800) }
        #expect(try Scenario(life).verdict(heard: heard) == expected)
    }

    @Test(arguments: [
        // The sidecar, an init container that runs on, has run since 1011; the application
        // restarted at 1800. The earliest start of the two is the sidecar's.
        (1013.999, "undetermined - heard-around-owner-start"),
        (1014, "current confirmed heard-from-owner"),
        (1500, "current confirmed heard-from-owner"),
    ])
    func `A restartable sidecar vouches for the network while the application restarts`(
        heard: Double,
        expected: String
    ) throws {
        let life = PodLife.runningWithoutCondition.with {
            $0.firstStarted = api(1011)
            $0.ready = api(1805)
        }
        #expect(try Scenario(life).verdict(heard: heard) == expected)
    }

    @Test func `An ephemeral container's start is none of the Pod's`() throws {
        // It is no field of a life: the newest thing in the Pod moves none of its times.
        let debugged = Document().pod("web", .running).pod("probe", .running.later(900), at: [])
        #expect(try Scenario(debugged).verdict(heard: 1500) == "current confirmed heard-from-owner")
    }

    static let pending = PodLife(
        creation: api(999),
        start: api(1000),
        networkTransition: api(1010),
        network: .ready,
        phase: .pending
    )

    @Test(arguments: [
        (997, "replaced confirmed heard-before-owner-existed"),
        (1002, "replaced suspected heard-before-owner-network"),
        (1013, "current confirmed heard-from-owner"),
    ])
    func `A Pending Pod with an address owns it`(heard: Double, expected: String) throws {
        #expect(try Scenario(Self.pending).verdict(heard: heard) == expected)
    }

    @Test(arguments: [
        (997, "replaced confirmed heard-before-owner-existed"),
        (998, "undetermined - owner-has-no-timestamps"),
        (1500, "undetermined - owner-has-no-timestamps"),
    ])
    func `A Pending Pod with an address on a cluster without the condition`(
        heard: Double,
        expected: String
    ) throws {
        let life = Self.pending.with { $0.network = .absent }
        #expect(try Scenario(life).verdict(heard: heard) == expected)
    }

    @Test(arguments: [
        // The node came up again and made the Pod's network anew at 1700.
        (997, "replaced confirmed heard-before-owner-existed"),
        (1500, "replaced suspected heard-before-owner-network"),
        (1692, "replaced suspected heard-before-owner-network"),
        (1693, "undetermined - heard-around-owner-start"),
        (1703, "current confirmed heard-from-owner"),
    ])
    func `A reboot leaves the UID and the address and makes a new network`(
        heard: Double,
        expected: String
    ) throws {
        let life = PodLife.running.with {
            $0.networkTransition = api(1700)
            $0.firstStarted = api(1702)
        }
        #expect(try Scenario(life).verdict(heard: heard) == expected)
    }

    @Test(arguments: [
        (1200, "replaced confirmed heard-before-owner-existed"),
        (1597, "replaced confirmed heard-before-owner-existed"),
        (1700, "current confirmed heard-from-owner"),
    ])
    func `A Job's Pod whose address moved on is no owner`(heard: Double, expected: String) throws {
        let document = Document().pod("job", .finished).pod("web", .running.later(600))
        let scenario = Scenario(document)
        #expect(try scenario.verdict(heard: heard) == expected)
        let finding = try scenario.finding(heard: heard)
        #expect(finding.owners.map(\.identity.name) == ["web"])
        #expect(finding.previousOwner?.identity.name == "job")
    }

    @Test(arguments: [
        (1200, "replaced confirmed heard-before-owner-existed"),
        (1599, "replaced suspected heard-before-owner-network"),
        (1700, "current confirmed heard-from-owner"),
    ])
    func `A stuck Terminating Pod is no owner beside its StatefulSet successor`(
        heard: Double,
        expected: String
    ) throws {
        let stuck = PodLife.running.with { $0.deletion = api(1500) }
        let document = Document().pod("db-0", stuck, uid: "1")
            .pod("db-0", .running.later(600), uid: "2")
        let scenario = Scenario(document)
        #expect(try scenario.verdict(heard: heard) == expected)
        let finding = try scenario.finding(heard: heard)
        #expect(finding.owners.map(\.identity.uid) == ["2"])
        #expect(finding.previousOwner?.identity.uid == "1")
    }

    @Test(arguments: [
        // One cluster's Pod started at 1000, the other's at 1600: whose the address is depends on
        // the network that the proxy is in.
        (997, "replaced confirmed heard-before-owner-existed"),
        (1200, "current assumed heard-from-owner"),
        (1700, "current assumed heard-from-owner"),
        (2005, "current assumed heard-since-snapshot"),
    ])
    func `A Pod's address listed in two clusters`(heard: Double, expected: String) throws {
        let scenario = Scenario(
            Document().pod("web", .running),
            Document().pod("db", .running.later(600))
        )
        #expect(try scenario.verdict(heard: heard) == expected)
    }

    @Test(arguments: [1200, 1500, 1990.0])
    func `A file copied today from yesterday's list confirms nobody's end`(heard: Double) throws {
        // Its newest time is a day old, its modification time 2000.
        let yesterday = PodLife.running.later(-86_400)
        var copied = Document(stated: nil, modified: 2000)
            .pod("other", yesterday, at: ["10.1.0.99"])
        var scenario = Scenario(copied)
        scenario.podCIDRs = ["10.1.0.0/16"]
        #expect(
            try scenario.verdict(heard: heard) == "deleted suspected unowned-if-snapshot-fresh"
        )
        // The same file, believed: this is what the weak bound prevents.
        copied.stated = 2000
        scenario.documents = [copied]
        let believed = try scenario.judgement(heard: 1200)
        #expect(believed.words == "deleted confirmed unowned-pod-address")
    }

    @Test(arguments: [1200, 1500, 1980.0])
    func `A list of one namespace confirms nobody's end, even with podCIDRs`(
        heard: Double
    ) throws {
        let block = try #require(IPPrefix("10.1.0.0/24"))
        let document = Document(scope: .unknown)
            .pod("other", .running, at: ["10.1.0.99"])
            .node(Node(name: "node-1", podCIDRs: [block]))
        let verdict = try Scenario(document).verdict(heard: heard)
        #expect(verdict == "deleted suspected unowned-address")
    }

    @Test func `An empty list said to be of the whole cluster confirms nobody's end`() throws {
        var scenario = Scenario(Document())
        scenario.podCIDRs = ["10.1.0.0/16"]
        #expect(try scenario.verdict(heard: 1200) == "deleted suspected unowned-address")
    }

    @Test func `A list that lost an item confirms nobody's end`() throws {
        var document = Document(problems: 1).pod("other", .running, at: ["10.1.0.99"])
        document.scope = .cluster
        var scenario = Scenario(document)
        scenario.podCIDRs = ["10.1.0.0/16"]
        #expect(try scenario.verdict(heard: 1200) == "deleted suspected unowned-address")
    }

    @Test func `A bare acknowledgement may hide a stale connection and cannot condemn one`() throws
    {
        // Heard after the new owner's network was ready, by whatever segment it was.
        #expect(try Scenario(.running).verdict(heard: 1020) == "current confirmed heard-from-owner")
    }
}
