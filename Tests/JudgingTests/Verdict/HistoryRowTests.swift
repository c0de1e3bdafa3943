import Judging
import Model
import Testing

/// The rows that stand on what earlier scans saw, and what binds a socket to a Pod.
@Suite struct HistoryRowTests {
    // MARK: Owned addresses

    @Test(arguments: [
        // Heard, data heard: S - skew = 998, R = 1010.
        (997.999, 997.999, "replaced confirmed heard-before-owner-existed"),
        (998, 998, "replaced confirmed bound-to-previous-owner"),
        (1003, 1003, "replaced confirmed bound-to-previous-owner"),
        (1009.999, 1009.999, "replaced confirmed bound-to-previous-owner"),
        (1010, 1010, "undetermined - heard-around-owner-start"),
        (1013, 1013, "current confirmed heard-from-owner"),
        // A bare acknowledgement of the old Pod may come at any time.
        (1500, 1009.999, "replaced confirmed bound-to-previous-owner"),
        (2005, 900, "replaced confirmed bound-to-previous-owner"),
        (1500, 1010, "current confirmed heard-from-owner"),
    ])
    func `A socket bound to another Pod, until the owner sends data`(
        heard: Double,
        data: Double,
        expected: String
    ) throws {
        let scenario = Scenario(.running).remembering(boundTo: "old")
        #expect(try scenario.judgement(heard: heard, data: data).words == expected)
    }

    @Test(arguments: [
        (1998.999, "replaced confirmed bound-to-previous-owner"),
        (1999.999, "replaced confirmed bound-to-previous-owner"),
        (2000, "undetermined - heard-around-owner-start"),
        (2001, "undetermined - heard-around-owner-start"),
    ])
    func `A binding is used only with a snapshot of a strictly later C`(
        capture: Double,
        expected: String
    ) throws {
        let scenario = Scenario(.running).remembering(boundTo: "old", by: capture)
        #expect(try scenario.verdict(heard: 1004) == expected)
    }

    @Test func `A binding to the owner changes nothing`() throws {
        let scenario = Scenario(.running).remembering(boundTo: "web")
        #expect(
            try scenario.verdict(heard: 1004) == "undetermined - heard-around-owner-start"
        )
    }

    @Test func `A restart of the owner's network does not make it another Pod`() throws {
        let restarted = PodLife.running.with { $0.networkTransition = api(1900) }
        let scenario = Scenario(restarted).remembering(firstSeen: 1500, boundTo: "web", by: 1499)
        #expect(
            try scenario.verdict(heard: 1500) == "replaced suspected heard-before-owner-network"
        )
    }

    @Test(arguments: [("", false), ("Kubernetes//Pod/shop/web", true), ("0b54-4a59", true)])
    func `No UID, and none of ztunnel's, contradicts a binding`(
        uid: String,
        isOfZtunnel: Bool
    ) throws {
        let document = Document(listsWorkloads: isOfZtunnel).pod("web", .running, uid: uid)
        let scenario = Scenario(document).remembering(boundTo: "old")
        #expect(
            try scenario.verdict(heard: 1004) == "undetermined - heard-around-owner-start"
        )
    }

    @Test func `Without a condition R* ends the use of a binding`() throws {
        let scenario = Scenario(.runningWithoutCondition).remembering(boundTo: "old")
        #expect(
            try scenario.verdict(heard: 1011.999) == "replaced confirmed bound-to-previous-owner"
        )
        #expect(try scenario.verdict(heard: 1012) == "undetermined - heard-around-owner-start")
    }

    @Test func `An owner that has no network, and no R, cannot have sent data`() throws {
        let life = PodLife.running.with { $0.network = .notReady }
        let scenario = Scenario(life).remembering(boundTo: "old")
        #expect(try scenario.verdict(heard: 1900) == "replaced confirmed bound-to-previous-owner")
    }

    @Test func `A mirror Pod's times say nothing, so that a binding does not either`() throws {
        let life = PodLife.running.with { $0.isMirror = true }
        let scenario = Scenario(life).remembering(firstSeen: 100, boundTo: "old")
        #expect(try scenario.verdict(heard: 500) == "undetermined - owner-has-no-timestamps")
    }

    @Test func `Of two owners the one that the socket is bound to keeps it`() throws {
        let document = Document().pod("old", .running).pod("web", .running.later(300))
        let scenario = Scenario(document).remembering(boundTo: "old")
        #expect(try scenario.verdict(heard: 1200) == "current confirmed heard-from-owner")
    }

    @Test(arguments: [
        (997.999, "replaced confirmed seen-before-owner-existed"),
        (998, "undetermined - heard-around-owner-start"),
        (1900, "undetermined - heard-around-owner-start"),
    ])
    func `A socket that was seen before its owner existed`(
        firstSeen: Double,
        expected: String
    ) throws {
        let scenario = Scenario(.running).remembering(firstSeen: firstSeen)
        #expect(try scenario.verdict(heard: 1004) == expected)
    }

    static let talkers: [(String, PodLife, Double, String)] = [
        ("just before R", .running, 1009.999, "replaced confirmed seen-before-owner-existed"),
        ("since R", .running, 1010, "current confirmed heard-from-owner"),
        (
            "just before R*", .runningWithoutCondition, 1011.999,
            "replaced confirmed seen-before-owner-existed"
        ),
        ("since R*", .runningWithoutCondition, 1012, "current confirmed heard-from-owner"),
        (
            "just before S, with neither", .running.with { $0.network = .notReady }, 999.999,
            "replaced confirmed seen-before-owner-existed"
        ),
        (
            "since S, with neither", .running.with { $0.network = .notReady }, 1000,
            "undetermined - owner-without-network"
        ),
    ]

    @Test(arguments: talkers)
    func `A socket that was seen before its owner existed, until the owner sends data`(
        _ row: (String, PodLife, Double, String)
    ) throws {
        // An acknowledgement of the dead Pod may come at any time.
        let scenario = Scenario(row.1).remembering(firstSeen: 900)
        #expect(try scenario.judgement(heard: 1500, data: row.2).words == row.3, "\(row.0)")
    }

    @Test func `A clock that is behind, or times that contradict, leave a suspicion`() throws {
        var slow = Scenario(.running).remembering(boundTo: "old")
        slow.now = 1900
        #expect(try slow.verdict(heard: 1004) == "replaced suspected bound-to-previous-owner")
        let life = PodLife.running.with { $0.creation = api(1005) }
        let odd = Scenario(life).remembering(boundTo: "old")
        #expect(try odd.verdict(heard: 1004) == "replaced suspected owner-times-contradict")
    }

    @Test func `A finished Pod whose network may live caps what history proves`() throws {
        let living = PodLife.finished.with {
            $0.network = .ready
            $0.networkTransition = api(1010)
        }
        let document = Document().pod("job", living).pod("web", .running.later(600))
        let scenario = Scenario(document).remembering(firstSeen: 1100, boundTo: "old")
        #expect(try scenario.verdict(heard: 1603) == "replaced suspected previous-owner-terminal")
    }

    // MARK: Addresses of nobody

    private static let others = Document().pod("other", .running, at: ["10.1.0.99"])

    @Test(arguments: [
        (1987.999, "deleted confirmed previous-owner-gone"),
        // C - settle - skew
        (1988, "unlisted - heard-around-snapshot"),
        (1998, "unlisted - heard-after-snapshot"),
    ])
    func `A socket bound to a Pod that is gone`(heard: Double, expected: String) throws {
        let scenario = Scenario(Self.others).remembering(boundTo: "old")
        #expect(try scenario.verdict(heard: heard) == expected)
    }

    static let unproved: [(String, Scenario)] = {
        var unscoped = others
        unscoped.scope = .unknown
        var opaque = others.pod("ztunnel's", .running, at: ["10.1.0.98"], uid: "0b54-4a59")
        opaque.listsWorkloads = true
        return [
            ("another scope", Scenario(unscoped).remembering(boundTo: "old")),
            ("opaque UIDs", Scenario(opaque).remembering(boundTo: "old")),
            ("the same C", Scenario(others).remembering(boundTo: "old", by: 2000)),
            ("no binding", Scenario(others).remembering(firstSeen: 100)),
        ]
    }()

    @Test(arguments: unproved)
    func `Without proof that the bound Pod is gone`(_: String, scenario: Scenario) throws {
        #expect(try scenario.verdict(heard: 1500) == "deleted suspected unowned-address")
    }

    static let elsewhere: [(PodLife, [String])] = [
        (.running, ["10.1.0.98"]), (.running, []), (.finished, ["10.1.0.98"]), (.finished, []),
        (.running.with { $0.network = .notReady }, ["10.1.0.98"]),
    ]

    @Test(arguments: elsewhere)
    func `A bound Pod that lists the address no longer is gone from it`(
        life: PodLife,
        addresses: [String]
    ) throws {
        let document = Self.others.pod("old", life, at: addresses)
        let scenario = Scenario(document).remembering(boundTo: "old")
        #expect(try scenario.verdict(heard: 1500) == "deleted confirmed previous-owner-gone")
    }

    @Test func `A bound Pod that lives on is named with the address that it has now`() throws {
        let moved = Self.others.pod("old", .running, at: ["10.1.0.98"])
        let finding = try Scenario(moved).remembering(boundTo: "old").finding(heard: 1500)
        #expect(finding.previousOwner?.identity.description == "shop/old")
        #expect(
            finding.explanation.hasPrefix(
                "an earlier scan proved that this connection belongs to shop/old, which has"
                    + " 10.1.0.98 now and no longer 10.1.0.7; no Pod has that address, and"
                    + " nothing has been heard"
            )
        )
    }

    // MARK: Names

    @Test func `The Pod that history remembers is named, and when the socket was first seen`()
        throws
    {
        let finding = try Scenario(.running).remembering(boundTo: "old").finding(heard: 1004)
        #expect(finding.previousOwner?.identity.description == "shop/old")
        #expect(finding.firstSeenAt == at(1900))
        let own = try Scenario(.running).remembering(boundTo: "web").finding(heard: 1004)
        #expect(own.previousOwner == nil)
        let gone = try Scenario(Self.others).remembering(boundTo: "old").finding(heard: 1500)
        #expect(
            gone.explanation.hasPrefix(
                "shop/old had 10.1.0.7 and is gone, no Pod has the address now"
            )
        )
    }

    // MARK: What binds

    private func boundTo(_ scenario: Scenario, heard: Double) throws -> String? {
        let judge = scenario.judge
        let socket = try socket()
        let judgement = judge.judge(socket, heardAt: at(heard))
        return judge.provenOwner(of: socket, judgement, heardAt: at(heard))
            .map { scenario.ownership.pods.identity($0).uid }
    }

    @Test func `A confirmed owner binds`() throws {
        #expect(try boundTo(Scenario(.running), heard: 1500) == "web")
    }

    @Test func `A rebooted node's Pods that exchange addresses are not bound to each other's`()
        throws
    {
        // By 1990 the owner has lost its network, and by 1992 another has the address; the API
        // tells neither before 2002, when the connection made at 1993 has fallen silent.
        #expect(try boundTo(Scenario(.runningWithoutCondition), heard: 1994) == nil)
        #expect(try boundTo(Scenario(.runningWithoutCondition), heard: 1987) != nil)
    }

    static let binders: [(String, Scenario, Double)] = {
        var slow = Scenario(.running)
        slow.now = 1900
        let deleted = PodLife.running.with { $0.deletion = api(1990) }
        let odd = PodLife.running.with { $0.creation = api(1005) }
        let pair = Document().pod("a", .running).pod("b", .running)
        let workload = Document(listsWorkloads: true).pod("web", .running, uid: "0b54-4a59")
        return [
            ("heard since the snapshot", Scenario(.running), 1999),
            ("heard when another may not have been listed yet", Scenario(.running), 1988),
            ("around its start", Scenario(.running), 1005),
            ("before it", Scenario(.running), 500),
            ("the clock is behind", slow, 1500),
            ("it is being deleted", Scenario(deleted), 1500),
            ("its times contradict", Scenario(odd), 1500),
            ("two owners", Scenario(pair), 1500),
            ("no UID", Scenario(Document().pod("web", .running, uid: "")), 1500),
            ("ztunnel's UID", Scenario(workload), 1500),
        ]
    }()

    @Test(arguments: binders)
    func `Nothing less binds`(_: String, scenario: Scenario, heard: Double) throws {
        #expect(try boundTo(scenario, heard: heard) == nil)
    }
}
