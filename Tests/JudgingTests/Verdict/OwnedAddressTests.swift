import Judging
import Model
import Testing

/// The rows of the verdict table for an address that one live Pod owns, and their boundaries.
@Suite struct OwnedAddressTests {
    @Test(arguments: [
        // S - skew = 998
        (0, "replaced confirmed heard-before-owner-existed"),
        (997, "replaced confirmed heard-before-owner-existed"),
        (997.999, "replaced confirmed heard-before-owner-existed"),
        (998, "replaced suspected heard-before-owner-network"),
        (999, "replaced suspected heard-before-owner-network"),
        // R - 5 s - skew = 1003
        (1002, "replaced suspected heard-before-owner-network"),
        (1002.999, "replaced suspected heard-before-owner-network"),
        (1003, "undetermined - heard-around-owner-start"),
        (1004, "undetermined - heard-around-owner-start"),
        // R + 1 s + skew = 1013
        (1012, "undetermined - heard-around-owner-start"),
        (1012.999, "undetermined - heard-around-owner-start"),
        (1013, "current confirmed heard-from-owner"),
        (1014, "current confirmed heard-from-owner"),
        // C - skew = 1998
        (1997, "current confirmed heard-from-owner"),
        (1998, "current confirmed heard-from-owner"),
        (1998.001, "current assumed heard-since-snapshot"),
        (1999, "current assumed heard-since-snapshot"),
        (2010, "current assumed heard-since-snapshot"),
    ])
    func `A running Pod`(heard: Double, expected: String) throws {
        #expect(try Scenario(.running).verdict(heard: heard) == expected)
    }

    @Test(
        arguments: [
            // The condition is dated at 1900, a container has run since 1012: R + 1 s + skew = 1015.
            (1012, 997.999, "replaced confirmed heard-before-owner-existed"),
            (1012, 1004.999, "replaced suspected heard-before-owner-network"),
            (1012, 1014.999, "undetermined - heard-around-owner-start"),
            (1012, 1015, "current confirmed heard-from-owner"),
            (1012, 1500, "current confirmed heard-from-owner"),
            // No container has run for as long: the network may have been made anew.
            (1901, 1500, "replaced suspected heard-before-owner-network"),
            (nil, 1500, "replaced suspected heard-before-owner-network"),
        ] as [(Int?, Double, String)]
    )
    func `A Pod whose kubelet was upgraded in place`(
        running: Int?,
        heard: Double,
        expected: String
    ) throws {
        let life = PodLife.running.with {
            $0.networkTransition = api(1900)
            $0.runningSince = running.map(api)
        }
        #expect(try Scenario(life).verdict(heard: heard) == expected)
    }

    @Test(arguments: [
        (997.999, "replaced confirmed heard-before-owner-existed"),
        // R* never condemns: nothing is suspected between S and it.
        (998, "undetermined - heard-around-owner-start"),
        (1014, "undetermined - heard-around-owner-start"),
        (1014.999, "undetermined - heard-around-owner-start"),
        (1015, "current confirmed heard-from-owner"),
        (1016, "current confirmed heard-from-owner"),
        (1999, "current assumed heard-since-snapshot"),
    ])
    func `A running Pod without the network condition`(heard: Double, expected: String) throws {
        #expect(try Scenario(.runningWithoutCondition).verdict(heard: heard) == expected)
    }

    @Test(arguments: [
        (1016.999, "undetermined - heard-around-owner-start"),
        (1017, "current confirmed heard-from-owner"),
    ])
    func `Without a container's start the Ready condition stands for it`(
        heard: Double,
        expected: String
    ) throws {
        let life = PodLife.runningWithoutCondition.with { $0.firstStarted = nil }
        #expect(try Scenario(life).verdict(heard: heard) == expected)
    }

    @Test(arguments: [
        // S is the creation, at 999.
        (996.999, "replaced confirmed heard-before-owner-existed"),
        (997, "replaced suspected heard-before-owner-network"),
        (1013, "current confirmed heard-from-owner"),
    ])
    func `Without a start time the creation stands for it`(
        heard: Double,
        expected: String
    ) throws {
        #expect(try Scenario(.running.with { $0.start = nil }).verdict(heard: heard) == expected)
    }

    @Test(arguments: [
        (997.999, "replaced confirmed heard-before-owner-existed"),
        // R - 5 s - skew = 1005 by the container, 1793 by the condition.
        (1004.999, "replaced suspected heard-before-owner-network"),
        (1005, "undetermined - heard-around-owner-start"),
        (1015, "current confirmed heard-from-owner"),
        (1500, "current confirmed heard-from-owner"),
    ])
    func `An owner whose kubelet was upgraded in place dates its network late`(
        heard: Double,
        expected: String
    ) throws {
        let life = PodLife.running.with {
            $0.networkTransition = api(1800)
            $0.runningSince = api(1012)
        }
        #expect(try Scenario(life).verdict(heard: heard) == expected)
    }

    static let timeless: [(String, PodLife)] = [
        ("nothing at all", PodLife(phase: .running)),
        (
            "no S",
            .running.with {
                $0.start = nil
                $0.creation = nil
            }
        ),
        ("the condition True without its time", .running.with { $0.networkTransition = nil }),
        (
            "neither condition nor containers",
            .runningWithoutCondition.with {
                $0.firstStarted = nil
                $0.ready = nil
            }
        ),
        ("a mirror Pod", .running.with { $0.isMirror = true }),
        (
            "a mirror Pod without the condition",
            .runningWithoutCondition.with { $0.isMirror = true }
        ),
    ]

    @Test(arguments: timeless, [998, 1003, 1500, 2005])
    func `An owner whose times are not known`(_ owner: (String, PodLife), heard: Double) throws {
        let verdict = try Scenario(owner.1).verdict(heard: heard)
        #expect(verdict == "undetermined - owner-has-no-timestamps", "\(owner.0)")
    }

    @Test(arguments: [false, true], [0, 500, 997.0])
    func `A mirror Pod is never replaced`(isConditionWritten: Bool, heard: Double) throws {
        let life: PodLife = isConditionWritten ? .running : .runningWithoutCondition
        let verdict = try Scenario(life.with { $0.isMirror = true }).verdict(heard: heard)
        #expect(verdict == "undetermined - owner-has-no-timestamps")
    }

    @Test(arguments: [
        (997.999, "replaced confirmed heard-before-owner-existed"),
        (998, "undetermined - owner-without-network"),
        (1500, "undetermined - owner-without-network"),
        (2005, "undetermined - owner-without-network"),
    ])
    func `An owner whose network condition is False`(heard: Double, expected: String) throws {
        let life = PodLife.running.with { $0.network = .notReady }
        #expect(try Scenario(life).verdict(heard: heard) == expected)
    }
}

/// Owners that are being deleted, or whose Node is lost.
@Suite struct EndingOwnerTests {
    @Test(arguments: [
        (997, "replaced confirmed heard-before-owner-existed"),
        (998, "replaced suspected heard-before-owner-network"),
        (1012, "undetermined - heard-around-owner-start"),
        (1013, "terminating confirmed owner-terminating"),
        (1998, "terminating confirmed owner-terminating"),
        (1998.001, "terminating assumed owner-terminating"),
        (2009, "terminating assumed owner-terminating"),
    ])
    func `A Pod being deleted in time`(heard: Double, expected: String) throws {
        let life = PodLife.running.with { $0.deletion = api(2020) }
        #expect(try Scenario(life).verdict(heard: heard) == expected)
    }

    @Test(arguments: [
        // The deletionTimestamp, what was heard, the verdict. C = 2000.
        (1939, 1500.0, "deleted suspected owner-stuck-terminating"),
        (1940, 1500, "deleted suspected owner-stuck-terminating"),
        (1941, 1500, "terminating confirmed owner-terminating"),
        (1940, 1997, "deleted suspected owner-stuck-terminating"),
        (1940, 1998, "deleted suspected owner-stuck-terminating"),
        (1940, 1998.001, "terminating assumed owner-terminating"),
        (1940, 1999, "terminating assumed owner-terminating"),
        // Heard while it started: it speaks of this owner no more than of an earlier one.
        (1940, 1005, "deleted suspected owner-stuck-terminating"),
        (1940, 1000, "replaced suspected heard-before-owner-network"),
        (1940, 997, "replaced confirmed heard-before-owner-existed"),
    ])
    func `A Pod that should be gone for a minute`(
        deletion: Int,
        heard: Double,
        expected: String
    ) throws {
        let life = PodLife.running.with { $0.deletion = api(deletion) }
        #expect(try Scenario(life).verdict(heard: heard) == expected)
    }

    @Test(arguments: [
        (997, "replaced confirmed heard-before-owner-existed"),
        (1500, "deleted suspected owner-stuck-terminating"),
        (1998, "deleted suspected owner-stuck-terminating"),
        (1999, "undetermined - owner-without-network"),
    ])
    func `A Pod being deleted that has lost its network already`(
        heard: Double,
        expected: String
    ) throws {
        let life = PodLife.running.with {
            $0.network = .notReady
            $0.deletion = api(2020)
        }
        #expect(try Scenario(life).verdict(heard: heard) == expected)
    }

    static let lostNode = Node(name: "node-1", isReady: false, readyTransition: api(1700))

    @Test(arguments: [
        (997, "replaced confirmed heard-before-owner-existed"),
        (998, "replaced suspected heard-before-owner-network"),
        (1003, "undetermined - owner-node-lost"),
        (1699, "undetermined - owner-node-lost"),
        // The transition's second ends at 1701: + skew = 1703.
        (1702, "undetermined - owner-node-lost"),
        (1702.999, "undetermined - owner-node-lost"),
        (1703, "current confirmed heard-from-owner"),
        (1704, "current confirmed heard-from-owner"),
    ])
    func `A Pod whose Node stopped being Ready`(heard: Double, expected: String) throws {
        let document = Document().pod("web", .running).node(Self.lostNode)
        #expect(try Scenario(document).verdict(heard: heard) == expected)
    }

    @Test(arguments: [
        (Node(name: "node-1", isReady: false), "undetermined - owner-node-lost"),
        (Node(name: "node-1", isReady: true), "current confirmed heard-from-owner"),
        (Node(name: "node-1", isReady: nil), "current confirmed heard-from-owner"),
        (Node(name: "node-2", isReady: false), "current confirmed heard-from-owner"),
    ])
    func `Only the owner's Node counts, and an unknown moment may be any`(
        node: Node,
        expected: String
    ) throws {
        // Of a part of the cluster: the whole one would have to list the owner's Node.
        let document = Document(scope: .unknown).pod("web", .running).node(node)
        #expect(try Scenario(document).verdict(heard: 1999 - 10) == expected)
    }

    @Test(arguments: [
        (997, "replaced confirmed heard-before-owner-existed"),
        (1002.999, "replaced suspected heard-before-owner-network"),
        (1500, "undetermined - owner-node-lost"),
        (1999, "undetermined - owner-node-lost"),
        // C + skew
        (2001.999, "undetermined - owner-node-lost"),
        (2002, "current assumed heard-since-snapshot"),
    ])
    func `A Pod whose Node its cluster has no more`(heard: Double, expected: String) throws {
        let document = Document().pod("web", .running).node(Node(name: "node-2", isReady: true))
        #expect(try Scenario(document).verdict(heard: heard) == expected)
    }

    @Test func `A lost Node keeps a stuck Pod from being called deleted`() throws {
        let life = PodLife.running.with { $0.deletion = api(1800) }
        let document = Document().pod("web", life).node(Self.lostNode)
        #expect(try Scenario(document).verdict(heard: 1500) == "undetermined - owner-node-lost")
    }

    @Test func `A Node is found in a document of its own`() throws {
        let pods = Document().pod("web", .running)
        let scenario = Scenario(pods, Document().node(Self.lostNode))
        #expect(try scenario.verdict(heard: 1500) == "undetermined - owner-node-lost")
    }

    @Test func `The Node of the Pod's own document is believed before another cluster's`() throws {
        let here = Document().pod("web", .running).node(Node(name: "node-1", isReady: true))
        let other = Document().pod("db", .running, at: ["10.1.0.8"]).node(Self.lostNode)
        #expect(
            try Scenario(here, other).verdict(heard: 1500) == "current confirmed heard-from-owner"
        )
    }
}
