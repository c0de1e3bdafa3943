@testable import Judging
import Model
import Testing

/// What a target's own proxy says against the snapshots and this machine's clock.
///
/// The proxy is `shop/waypoint`, a Pod of node-1 with the address 10.1.0.1, unless a test says
/// otherwise.
@Suite struct TargetTests {
    static let proxy = ProxyIdentity.PodName(namespace: "shop", name: "waypoint")

    /// What is known of the target, and what its connections show.
    static func target(
        at addresses: [String] = ["10.1.0.1"],
        pod: ProxyIdentity.PodName? = nil,
        uid: String? = nil,
        told: String? = nil,
        started: Double? = nil,
        heard: Double = 2005,
        isInHostNetwork: Bool = false
    ) -> TargetEvidence {
        var target = TargetEvidence(
            of: ProxyIdentity(
                pod: pod,
                podUID: uid,
                address: told.flatMap { IPAddress($0) },
                startedAt: started.map { JudgingTests.at($0) },
                isInHostNetwork: isInHostNetwork
            )
        )
        for address in addresses.compactMap(IPAddress.init) {
            target.note(address, heardAt: JudgingTests.at(heard))
        }
        return target
    }

    /// A list of a whole cluster with some Pods beside the ones of the test.
    static var cluster: Document { Document().pod("web", .running) }
    static var listed: Document { cluster.pod("waypoint", .running, at: ["10.1.0.1"]) }

    private static func doubt(_ target: TargetEvidence, by scenario: Scenario) -> TargetDoubt? {
        scenario.judge.doubt(of: target, named: "here")
    }

    // MARK: Another Pod

    @Test(arguments: [
        // The container's Pod by its UID, and whether the name is another's. Too young does not excuse.
        ("waypoint", 1500.0, false), ("web", 1500, true), ("web", 1999, true),
        ("of a static Pod", 1500, false),
    ])
    func `A proxy that says it is another Pod than its container's contradicts`(
        uid: String,
        started: Double,
        isForged: Bool
    ) {
        let target = Self.target(pod: Self.proxy, uid: uid, started: started, heard: 2005)
        let doubt = Self.doubt(target, by: Scenario(Self.listed))
        let expected = TargetDoubt.contradiction(
            "here: the proxy says that it is Pod shop/waypoint, but its container belongs to"
                + " shop/web: nothing is confirmed here; find out who runs it"
        )
        #expect(doubt == (isForged ? expected : nil))
    }

    @Test(arguments: [
        ("its address is listed", target(), true),
        ("nothing of it is", target(at: ["10.9.9.9"]), false),
        (
            "its Pod's name is, though not the address of its connections",
            target(at: ["10.9.9.9"], pod: proxy), true
        ),
        (
            "another Pod's name is",
            target(at: ["10.9.9.9"], pod: .init(namespace: "till", name: "waypoint")), false
        ),
        ("it has no connection that could tell", target(at: []), true),
    ])
    func `Connections are bound to Pods only by snapshots of their own cluster`(
        _ name: String,
        _ target: TargetEvidence,
        _ isListed: Bool
    ) {
        #expect(Scenario(Self.listed).judge.lists(target) == isListed, "\(name)")
    }

    // MARK: Another cluster

    struct Row: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let scenario: Scenario
        let target: TargetEvidence
        /// Part of the complaint; `nil` where there is none.
        let complaint: String?

        init(_ name: String, _ documents: [Document], _ target: TargetEvidence, _ text: String?) {
            testDescription = name
            var scenario = Scenario()
            scenario.documents = documents
            self.scenario = scenario
            self.target = target
            complaint = text
        }
    }

    static let byAddress: [Row] = {
        var unscoped = cluster
        unscoped.scope = .unknown
        var part = Document().pod("db", .running).pod("waypoint", .running, at: ["10.1.0.1"])
        part.scope = .partial
        var later = listed
        later.scope = .unknown
        let finished = cluster.pod("old", .finished, at: ["10.1.0.1"])
        let host = cluster.pod(
            "agent",
            .running.with { $0.isHostNetwork = true },
            at: ["10.1.0.1"]
        )
        let node = cluster.node(Node(name: "node-1", addresses: [IPAddress(ipv4: 0x0a01_0001)]))
        let entry = ExemptAddress(
            address: IPAddress(ipv4: 0x0a01_0001),
            kind: "WorkloadEntry",
            name: "shop/vm"
        )
        var withEntry = cluster
        withEntry.exempt = [entry]
        let several = ["10.9.9.9", "10.1.0.1", "fd00::1"]
        let unlisted = "lists an address of the scanned proxy (10.1.0.1)"
        return [
            Row("a Pod of the list", [listed], target(), nil),
            Row("none of the list", [cluster], target(), unlisted),
            Row("a list of unknown scope", [unscoped], target(), nil),
            Row("only a part of another cluster lists it", [cluster, part], target(), unlisted),
            Row("a part of the same cluster lists it", [cluster, later], target(), nil),
            Row(
                "one of two clusters lists it",
                [Document().pod("db", .running), listed],
                target(),
                nil
            ),
            Row("a Pod that has finished", [finished], target(), unlisted),
            Row("a host-network Pod", [host], target(), nil),
            Row("a Node", [node], target(), nil),
            Row("a virtual machine", [withEntry], target(), nil),
            Row("one of several addresses", [listed], target(at: several), nil),
            Row(
                "only another interface, of a Pod whose own address is listed",
                [listed],
                target(at: ["192.168.7.1"], told: "10.1.0.1"),
                nil
            ),
            Row(
                "only another interface, of a Pod whose own address is not listed",
                [cluster],
                target(at: ["192.168.7.1"], told: "10.1.0.1"),
                "(10.1.0.1, 192.168.7.1)"
            ),
            Row("no connection", [cluster], target(at: []), nil),
            Row(
                "addresses that are everywhere",
                [cluster],
                target(at: ["127.0.0.1", "::1", "169.254.7.1", "fe80::1", "febf::1"]),
                nil
            ),
            Row("one that is not link-local", [cluster], target(at: ["fec0::1"]), "(fec0::1)"),
            Row("the host network", [cluster], target(isInHostNetwork: true), nil),
            Row(
                "several addresses, none of them listed",
                [cluster],
                target(at: ["10.9.9.4", "10.9.9.3", "10.9.9.2", "10.9.9.1"]),
                "(10.9.9.1, 10.9.9.2, 10.9.9.3)"
            ),
        ]
    }()

    static let byName: [Row] = {
        let taken = cluster.pod("other", .running, at: ["10.1.0.1"])
        let other =
            "the proxy is Pod shop/waypoint, but in the snapshot its address 10.1.0.1 belongs to"
            + " shop/other"
        let missing = "the proxy is Pod shop/waypoint, but no cluster-wide snapshot lists it"
        let named = target(pod: proxy)
        let elsewhere = cluster.pod("waypoint", .running, at: ["10.1.0.2"])
        let namesake = ProxyIdentity.PodName(namespace: "other", name: "waypoint")
        var ofPart = taken
        ofPart.scope = .unknown
        var without = cluster
        without.scope = .unknown
        var right = listed
        right.scope = .unknown
        let onHost = target(pod: proxy, isInHostNetwork: true)
        let shared = cluster.pod(
            "agent",
            .running.with { $0.isHostNetwork = true },
            at: ["10.1.0.1"]
        )
        return [
            Row("its own name", [listed], named, nil),
            Row("another's address", [taken], named, other),
            Row("another's address, in a list of unknown scope", [ofPart], named, other),
            Row("a list of unknown scope that does not show it", [without], named, nil),
            Row("two lists of unknown scope, one of them right", [ofPart, right], named, nil),
            Row(
                "another's address, behind another interface",
                [taken],
                target(at: ["192.168.7.1"], pod: proxy, told: "10.1.0.1"),
                other
            ),
            Row(
                "another's address, its own name elsewhere",
                [
                    taken.pod("waypoint", .running, at: ["10.1.0.2"])
                ],
                named,
                other
            ),
            Row(
                "a Pod of that name in another namespace",
                [listed],
                target(pod: namesake),
                "other/waypoint"
            ),
            Row(
                "an old Pod beside it that is stuck",
                [
                    listed.pod("old", .running.with { $0.deletion = api(1500) }, at: ["10.1.0.1"])
                ],
                named,
                nil
            ),
            Row(
                "one of two clusters has it",
                [
                    Document().pod("db", .running, at: ["10.1.0.1"]), listed,
                ],
                named,
                nil
            ),
            Row(
                "neither of two clusters has it",
                [
                    Document().pod("db", .running, at: ["10.1.0.1"]), taken,
                ],
                named,
                "but in the snapshot its address"
            ),
            Row(
                "no connection yet, and it is listed",
                [elsewhere],
                target(at: [], pod: proxy),
                nil
            ),
            Row(
                "no connection yet, and it is not listed",
                [cluster],
                target(at: [], pod: proxy),
                missing
            ),
            Row("on the host network, listed", [elsewhere], onHost, nil),
            Row("on the host network, not listed", [shared], onHost, missing),
            Row(
                "a host-network Pod of that name at a Node's address",
                [
                    shared.pod(
                        "waypoint",
                        .running.with { $0.isHostNetwork = true },
                        at: ["10.1.0.1"]
                    )
                ],
                named,
                nil
            ),
        ]
    }()

    @Test(arguments: byAddress + byName)
    func `A snapshot of the proxy's own cluster lists the proxy`(row: Row) {
        let doubt = Self.doubt(row.target, by: row.scenario)
        guard let complaint = row.complaint else {
            #expect(doubt == nil)
            return
        }
        guard case .contradiction(let sentence) = doubt else {
            Issue.record("\(String(describing: doubt))")
            return
        }
        #expect(sentence.hasPrefix("here: ") && sentence.contains(complaint), "\(sentence)")
    }

    @Test(arguments: [
        // C - settle = 1990
        (1990.0, false), (1990.001, true), (2005, true), (500, false),
    ])
    func `A proxy that is younger than the snapshot is none of another cluster`(
        started: Double,
        isTooYoung: Bool
    ) {
        let doubt = Self.doubt(Self.target(started: started), by: Scenario(Self.cluster))
        let sentence =
            "here: the proxy started at \(at(started).rfc3339) and is too young to be listed in a"
            + " snapshot of 2026-11-21T10:33:20.000Z: an address that is missing there proves"
            + " nothing here; take another snapshot"
        if isTooYoung {
            #expect(doubt == .tooYoung(sentence))
        } else if case .contradiction = doubt {
            #expect(doubt?.sentence.contains("another cluster") == true)
        } else {
            Issue.record("\(String(describing: doubt))")
        }
    }

    @Test(arguments: [
        // C - settle - skew = 1988
        (1988.0, true), (1987.999, false), (100, false),
    ])
    func `A proxy that was heard of before the snapshot is not too young for it`(
        heard: Double,
        isTooYoung: Bool
    ) {
        let target = Self.target(started: 2005, heard: heard)
        guard let doubt = Self.doubt(target, by: Scenario(Self.cluster)) else {
            Issue.record("no doubt")
            return
        }
        if case .tooYoung = doubt { #expect(isTooYoung) } else { #expect(!isTooYoung) }
    }

    // MARK: This machine's clock

    /// The proxy's own Pod: created at 999, started at 1000 unless changed.
    private static func own(
        _ change: (inout PodLife) -> Void = { _ in },
        heartbeat: Int? = nil,
        stated: Double? = 2000,
        now: Double = 2010
    ) -> Scenario {
        var document = cluster.pod("waypoint", .running.with(change), at: ["10.1.0.1"])
        document.stated = stated
        document.modified = stated == nil ? 2000 : nil
        document = document.node(Node(name: "node-1", heartbeat: heartbeat.map { api($0) }))
        var scenario = Scenario(document)
        scenario.now = now
        return scenario
    }

    struct ClockRow: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let scenario: Scenario
        var started: Double?
        let complaint: String?
    }

    static let clocks: [ClockRow] = [
        ClockRow(testDescription: "all is well", scenario: own(), complaint: nil),
        ClockRow(
            testDescription: "started 2 s before its creation",
            scenario: own { $0.creation = api(1002) },
            complaint: nil
        ),
        ClockRow(
            testDescription: "started 3 s before its creation",
            scenario: own { $0.creation = api(1003) },
            complaint: "before it was created at 2026-11-21T10:16:43.000Z: the clock is behind"
        ),
        ClockRow(
            testDescription: "a mirror Pod, which is created after it started",
            scenario: own {
                $0.creation = api(1100)
                $0.isMirror = true
            },
            complaint: nil
        ),
        ClockRow(
            testDescription: "created 2 s after its process started",
            scenario: own(),
            started: 997,
            complaint: nil
        ),
        ClockRow(
            testDescription: "created more than 2 s after its process started",
            scenario: own(),
            started: 996.999,
            complaint:
                "after its process had started here at 2026-11-21T10:16:36.999Z: the clock is"
                + " behind"
        ),
        // A list takes 90 s, and the skew.
        ClockRow(
            testDescription: "started 92 s after the snapshot",
            scenario: own({ $0 = $0.later(1092) }, now: 2100),
            complaint: nil
        ),
        ClockRow(
            testDescription: "started 93 s after the snapshot",
            scenario: own({ $0 = $0.later(1093) }, now: 2100),
            complaint:
                "after the snapshot was taken at 2026-11-21T10:33:20.000Z: the clock is ahead"
        ),
        ClockRow(
            testDescription: "its Node heard 93 s after the snapshot",
            scenario: own(heartbeat: 2093, now: 2100),
            complaint: "the Node of the proxy's own Pod, shop/waypoint, was heard at"
        ),
        ClockRow(
            testDescription: "its Node heard after a moment that nobody states",
            scenario: own(heartbeat: 2093, stated: nil, now: 2100),
            complaint: nil
        ),
        ClockRow(
            testDescription: "its Node heard 2 s from now",
            scenario: own(heartbeat: 2012),
            complaint: nil
        ),
        ClockRow(
            testDescription: "its Node heard 3 s from now",
            scenario: own(heartbeat: 2013),
            complaint:
                "but this machine's clock says 2026-11-21T10:33:30.000Z: the clock was set back"
        ),
        ClockRow(
            testDescription: "started 3 s from now",
            scenario: own({ $0 = $0.later(1013) }),
            complaint: "the clock was set back"
        ),
    ]

    @Test(arguments: clocks)
    func `The proxy's own Pod and Node show what this machine's clock is worth`(row: ClockRow) {
        for target in [
            Self.target(started: row.started), Self.target(pod: Self.proxy, started: row.started),
        ] {
            let doubt = Self.doubt(target, by: row.scenario)
            guard let complaint = row.complaint else {
                #expect(doubt == nil)
                continue
            }
            guard case .contradiction(let sentence) = doubt else {
                Issue.record("\(String(describing: doubt))")
                continue
            }
            #expect(sentence.hasPrefix("here: ") && sentence.contains(complaint), "\(sentence)")
        }
    }

    @Test func `Of several Pods at the proxy's addresses none is known to be its own`() {
        let odd = PodLife.running.with { $0.creation = api(1003) }
        let scenario = Scenario(
            Self.cluster.pod("a", odd, at: ["10.1.0.1"]).pod("b", odd, at: ["10.1.0.2"])
        )
        let both = Self.target(at: ["10.1.0.1", "10.1.0.2"])
        #expect(Self.doubt(both, by: scenario) == nil)
        #expect(Self.doubt(Self.target(at: ["10.1.0.2"]), by: scenario) != nil)
    }

    @Test func `On the host network the Pod is known by its name alone`() {
        let odd = PodLife.running.with {
            $0.creation = api(1003)
            $0.isHostNetwork = true
        }
        let scenario = Scenario(Self.cluster.pod("waypoint", odd, at: ["10.1.0.1"]))
        let unnamed = Self.target(isInHostNetwork: true)
        #expect(Self.doubt(unnamed, by: scenario) == nil)
        let named = Self.target(pod: Self.proxy, isInHostNetwork: true)
        #expect(Self.doubt(named, by: scenario)?.sentence.contains("is behind") == true)
    }
}
