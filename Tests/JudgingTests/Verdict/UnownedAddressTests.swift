import Judging
import Model
import Testing

/// The rows of the verdict table for an address that no live Pod owns, and their boundaries.
@Suite struct UnownedAddressTests {
    /// Some other Pod, so that the list is no empty one.
    static let others = Document().pod("other", .running, at: ["10.1.0.99"])

    @Test(arguments: [
        // C - settle - skew = 1988
        (0, "deleted suspected unowned-address"),
        (1987, "deleted suspected unowned-address"),
        (1987.999, "deleted suspected unowned-address"),
        (1988, "unlisted - heard-around-snapshot"),
        (1989, "unlisted - heard-around-snapshot"),
        // C' - skew = 1998
        (1997, "unlisted - heard-around-snapshot"),
        (1997.999, "unlisted - heard-around-snapshot"),
        (1998, "unlisted - heard-after-snapshot"),
        (1999, "unlisted - heard-after-snapshot"),
        (2010, "unlisted - heard-after-snapshot"),
    ])
    func `An address that nothing is known of`(heard: Double, expected: String) throws {
        #expect(try Scenario(Self.others).verdict(heard: heard) == expected)
    }

    @Test(arguments: [
        // The file is of 2000, the newest time of 1900: C = 1870, C' = 2000.
        (0, "deleted suspected unowned-address"),
        (1857, "deleted suspected unowned-address"),
        (1857.999, "deleted suspected unowned-address"),
        (1858, "deleted suspected unowned-if-snapshot-fresh"),
        (1859, "deleted suspected unowned-if-snapshot-fresh"),
        (1997, "deleted suspected unowned-if-snapshot-fresh"),
        (1997.999, "deleted suspected unowned-if-snapshot-fresh"),
        (1998, "unlisted - heard-after-snapshot"),
    ])
    func `The same when nobody states the moment of the snapshot`(
        heard: Double,
        expected: String
    ) throws {
        let newest = PodLife.running.with { $0.ready = api(1900) }
        let document = Document(stated: nil, modified: 2000).pod("other", newest, at: ["10.1.0.99"])
        #expect(try Scenario(document).verdict(heard: heard) == expected)
    }

    @Test(arguments: [
        (0, "deleted confirmed unowned-pod-address"),
        (1987, "deleted confirmed unowned-pod-address"),
        (1987.999, "deleted confirmed unowned-pod-address"),
        (1988, "unlisted - heard-around-snapshot"),
        (1998, "unlisted - heard-after-snapshot"),
    ])
    func `An address that Pods are given`(heard: Double, expected: String) throws {
        let block = try #require(IPPrefix("10.1.0.0/24"))
        let byNode = Scenario(Self.others.node(Node(name: "node-1", podCIDRs: [block])))
        #expect(try byNode.verdict(heard: heard) == expected)
        var byOption = Scenario(Self.others)
        byOption.podCIDRs = ["10.0.0.0/8", "fd00::/64"]
        #expect(try byOption.verdict(heard: heard) == expected)
    }

    @Test func `An address outside the blocks that Pods are given stays suspected`() throws {
        var scenario = Scenario(Self.others)
        scenario.podCIDRs = ["10.1.0.0/24"]
        let verdict = try scenario.verdict(heard: 100, peer: "10.1.1.0")
        #expect(verdict == "deleted suspected unowned-address")
    }

    @Test(arguments: [
        // Started at 1012: + 1 s + skew = 1015. Finished at 1500: - skew = 1498.
        (0, "deleted confirmed previous-owner-gone"),
        (1014, "deleted confirmed previous-owner-gone"),
        (1014.999, "deleted confirmed previous-owner-gone"),
        (1015, "deleted confirmed heard-from-finished-pod"),
        (1016, "deleted confirmed heard-from-finished-pod"),
        (1497, "deleted confirmed heard-from-finished-pod"),
        (1498, "deleted confirmed heard-from-finished-pod"),
        (1498.001, "deleted confirmed previous-owner-gone"),
        (1499, "deleted confirmed previous-owner-gone"),
        (1987.999, "deleted confirmed previous-owner-gone"),
        (1988, "unlisted - heard-around-snapshot"),
    ])
    func `An address that a finished Pod has lost`(heard: Double, expected: String) throws {
        #expect(try Scenario(.finished).verdict(heard: heard) == expected)
    }

    @Test(arguments: [SnapshotScope.unknown, .partial])
    func `What a finished Pod said is its own, whatever the list shows`(
        scope: SnapshotScope
    ) throws {
        let scenario = Scenario(Document(scope: scope).pod("job", .finished))
        #expect(
            try scenario.verdict(heard: 1200) == "deleted confirmed heard-from-finished-pod"
        )
        #expect(try scenario.verdict(heard: 1600) == "deleted suspected unowned-address")
    }

    @Test(arguments: ["Node", "Service", "Gateway", "WorkloadEntry"])
    func `An address that is no Pod's`(kind: String) throws {
        let document = try Self.others.exempting(usualAddress, kind: kind, name: "x")
        for heard in [0.0, 1200, 1995, 2005] {
            #expect(try Scenario(document).verdict(heard: heard) == "exempt - not-a-pod")
        }
    }

    @Test func `A Node's address is no Pod's`() throws {
        let address = try #require(IPAddress(usualAddress))
        let document = Self.others.node(Node(name: "node-1", addresses: [address]))
        #expect(try Scenario(document).verdict(heard: 100) == "exempt - not-a-pod")
    }

    @Test(arguments: [PodPhase.running, .pending, .succeeded, .failed], [0, 1200, 2005.0])
    func `The address of a host-network Pod is its node's`(phase: PodPhase, heard: Double) throws {
        let life = PodLife.finished.with {
            $0.phase = phase
            $0.isHostNetwork = true
        }
        #expect(try Scenario(life).verdict(heard: heard) == "exempt - not-a-pod")
    }

    @Test func `A Pod at an address that is also a node's is judged`() throws {
        let hostPod = PodLife.running.with { $0.isHostNetwork = true }
        let document = try Document().pod("web", .running).pod("proxy", hostPod)
            .exempting(usualAddress, kind: "Node", name: "node-1")
        let verdict = try Scenario(document).verdict(heard: 500)
        #expect(verdict == "replaced confirmed heard-before-owner-existed")
    }

    @Test(arguments: [100.0, 1200, 1999, 2009])
    func `An excluded address is exempt whatever is known of it`(heard: Double) throws {
        for document in [Document().pod("web", .running), Self.others] {
            var scenario = Scenario(document)
            scenario.exclude = ["192.0.2.0/24", "10.1.0.0/29"]
            #expect(try scenario.verdict(heard: heard) == "exempt - excluded")
            #expect(try scenario.verdict(heard: heard, peer: "10.1.0.8") != "exempt - excluded")
        }
    }

    @Test func `To exclude all of IPv6 hides no IPv4 peer`() throws {
        var scenario = Scenario(.running)
        scenario.exclude = ["::/0"]
        #expect(
            try scenario.verdict(heard: 500) == "replaced confirmed heard-before-owner-existed"
        )
    }

    @Test(arguments: ["::ffff:10.1.0.7", "10.1.0.7"])
    func `A mapped address is the IPv4 address`(listed: String) throws {
        let scenario = Scenario(Document().pod("web", .running, at: [listed]))
        for peer in ["10.1.0.7", "::ffff:10.1.0.7"] {
            let verdict = try scenario.verdict(heard: 500, peer: peer)
            #expect(verdict == "replaced confirmed heard-before-owner-existed")
        }
    }
}

/// A Pod that has finished may have its network yet: the cap on every confirmed candidate.
@Suite struct PreviousOwnerTerminalTests {
    /// On a cluster without the condition: finished at 1500, gone at 1500 + 60 s + skew = 1562.
    static let withoutCondition = PodLife.finished.with {
        $0.network = .absent
        $0.networkTransition = nil
    }

    static let cases: [(String, PodLife, Double, Bool)] = [
        (
            "its node's clock was behind: when its network was gone is not known",
            PodLife.finished.with { $0.creation = api(1003) }, 2000, true
        ),
        ("a clock within the skew", PodLife.finished.with { $0.creation = api(1002) }, 2000, false),
        // Why, the finished Pod, C, whether it caps.
        ("condition False before C", .finished, 1503, false),
        ("condition False just after C", .finished, 1502.999, true),
        ("60 s and the skew after the end", withoutCondition, 1562, false),
        ("not yet 60 s and the skew", withoutCondition, 1561, true),
        ("not by a millisecond", withoutCondition, 1561.999, true),
        (
            "the condition is still True",
            .finished.with {
                $0.network = .ready
                $0.networkTransition = api(1010)
            }, 2000, true
        ),
        ("no end known", withoutCondition.with { $0.lastFinished = nil }, 2000, true),
        (
            "a False condition without its time", .finished.with { $0.networkTransition = nil },
            2000, true
        ),
        ("a mirror Pod", withoutCondition.with { $0.isMirror = true }, 1510, false),
        ("a host-network Pod", withoutCondition.with { $0.isHostNetwork = true }, 1510, false),
    ]

    @Test(arguments: cases)
    func `An owned address`(_ row: (String, PodLife, Double, Bool)) throws {
        let owner = PodLife.running.later(490)
        let document = Document(stated: row.2).pod("web", owner).pod("job", row.1)
        let expected =
            row.3
            ? "replaced suspected previous-owner-terminal"
            : "replaced confirmed heard-before-owner-existed"
        #expect(try Scenario(document).verdict(heard: 1200) == expected, "\(row.0)")
    }

    @Test(arguments: cases.prefix(10))
    func `An unowned address`(_ row: (String, PodLife, Double, Bool)) throws {
        let document = Document(stated: row.2).pod("job", row.1)
        var scenario = Scenario(document)
        scenario.podCIDRs = ["10.1.0.0/16"]
        let expected =
            row.3
            ? "deleted suspected previous-owner-terminal"
            : "deleted confirmed heard-from-finished-pod"
        #expect(try scenario.verdict(heard: 1200) == expected, "\(row.0)")
    }

    @Test(arguments: [
        // S of the finished Pod - skew = 998: heard before that, it was another's.
        (997, "replaced confirmed heard-before-owner-existed"),
        (997.999, "replaced confirmed heard-before-owner-existed"),
        (998, "replaced suspected previous-owner-terminal"),
        (999, "replaced suspected previous-owner-terminal"),
        // What is not confirmed needs no cap.
        (1488, "replaced suspected heard-before-owner-network"),
        (1550, "current confirmed heard-from-owner"),
    ])
    func `A finished Pod hides only what was heard since it existed`(
        heard: Double,
        expected: String
    ) throws {
        let living = PodLife.finished.with {
            $0.network = .ready
            $0.networkTransition = api(1010)
        }
        let document = Document().pod("web", .running.later(490)).pod("job", living)
        #expect(try Scenario(document).verdict(heard: heard) == expected)
    }

    @Test func `A finished Pod of unknown start may have been heard at any time`() throws {
        let document = Document().pod("web", .running).pod("job", PodLife(phase: .failed))
        let verdict = try Scenario(document).verdict(heard: 5)
        #expect(verdict == "replaced suspected previous-owner-terminal")
    }

    @Test func `One finished Pod that may live caps what another's end would confirm`() throws {
        let second = Self.withoutCondition.with {
            $0.creation = api(1100)
            $0.start = api(1100)
            $0.firstStarted = api(1102)
            $0.lastFinished = nil
        }
        let document = Document().pod("first", .finished).pod("second", second)
        #expect(
            try Scenario(document).verdict(heard: 1200)
                == "deleted suspected previous-owner-terminal"
        )
        #expect(
            try Scenario(document).verdict(heard: 1050)
                == "deleted confirmed heard-from-finished-pod"
        )
    }
}
