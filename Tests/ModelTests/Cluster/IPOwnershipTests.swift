import Model
import Testing

@Suite struct IPOwnershipTests {
    @Test func `Of a UID that two documents list the later one is believed`() throws {
        let moved = IPOwnership([
            contents(pod("old name", at: ["10.1.0.7"], uid: "u"), pod("kept", at: ["10.1.0.9"])),
            contents(pod("new name", at: ["10.1.0.8"], uid: "u")),
        ])
        #expect(moved.claims(on: try address("10.1.0.7")).owners.count == 0)
        #expect(moved.names(moved.claims(on: try address("10.1.0.8")).owners) == ["new name"])
        #expect(moved.names(moved.claims(on: try address("10.1.0.9")).owners) == ["kept"])
        #expect(moved.pods.count == 2)
        let index = try #require(moved.claims(on: try address("10.1.0.8")).owners.first)
        #expect(moved.pods.document(index) == 1)
    }

    @Test func `Of three documents the last to list a UID is believed`() throws {
        let union = IPOwnership([
            contents(pod("first", uid: "u")), contents(pod("second", uid: "u")),
            contents(pod("third", PodLife(phase: .failed), uid: "u")),
        ])
        let claims = union.claims(on: try address("10.1.0.7"))
        #expect(claims.owners.count == 0)
        #expect(union.names(claims.terminal) == ["third"])
    }

    @Test(arguments: [[0, 1], [1, 0]])
    func `Of two documents the one of the later C is believed, whichever was given first`(
        order: [Int]
    ) throws {
        let lists = [
            contents(pod("then", at: ["10.1.0.7"], uid: "u")) {
                $0.statedReadTime = (at(1900), .document)
            },
            contents(pod("now", at: ["10.1.0.8"], uid: "u")) {
                $0.statedReadTime = (at(2000), .document)
            },
        ]
        let union = IPOwnership(order.map { lists[$0] })
        #expect(union.claims(on: try address("10.1.0.7")).owners.count == 0)
        #expect(union.names(union.claims(on: try address("10.1.0.8")).owners) == ["now"])
    }

    @Test func `Pods without a UID are not taken for each other`() throws {
        let union = IPOwnership([contents(pod("a", uid: "")), contents(pod("b", uid: ""))])
        #expect(union.names(union.claims(on: try address("10.1.0.7")).owners) == ["a", "b"])
    }

    @Test func `An address is exempt by a Node, a Service or another entry`() throws {
        let (node, service) = (try address("192.0.2.1"), try address("192.0.2.2"))
        let ownership = IPOwnership([
            contents(nodes: [Node(name: "node-1", addresses: [node])]),
            contents(exempt: [ExemptAddress(address: service, kind: "Service", name: "shop/web")]),
        ])
        #expect(ownership.exemption(of: node)?.kind == "Node")
        #expect(ownership.exemption(of: service)?.name == "shop/web")
        #expect(ownership.exemption(of: try address("192.0.2.3")) == nil)
    }

    @Test func `The blocks of the Nodes and of the command line are Pod addresses`() throws {
        let block = try #require(IPPrefix("10.1.0.0/24"))
        let option = try #require(IPPrefix("fd00::/64"))
        let ownership = IPOwnership(
            [contents(), contents(nodes: [Node(name: "n", podCIDRs: [block])])],
            podCIDRs: [option]
        )
        #expect(ownership.isPodAddress(try address("10.1.0.255")))
        #expect(ownership.isPodAddress(try address("fd00::1")))
        #expect(!ownership.isPodAddress(try address("10.1.1.0")))
        #expect(!ownership.isPodAddress(try address("fd00:0:0:1::")))
    }

    @Test func `C and C' of a union are the earliest`() {
        let union = IPOwnership([
            contents { $0.statedReadTime = (at(2000), .document) },
            contents { $0.statedReadTime = (at(1900), .option) },
        ])
        #expect(union.readNotBefore == at(1900))
        #expect(union.claimedReadTime == at(1900))
        #expect(union.isReadTimeStated)
        let mixed = IPOwnership([
            contents { $0.statedReadTime = (at(2000), .document) },
            contents { $0.observe(api(1950)) },
        ])
        #expect(mixed.readNotBefore == at(1920))
        #expect(mixed.claimedReadTime == at(2000))
        #expect(!mixed.isReadTimeStated)
    }

    @Test(arguments: [
        ([SnapshotScope.cluster], true), ([.unknown], false), ([.partial], false),
        ([.cluster, .cluster], true), ([.cluster, .unknown], false), ([.partial, .cluster], false),
    ])
    func `A union shows whole clusters when each of its documents does`(
        scopes: [SnapshotScope],
        isClusterWide: Bool
    ) {
        let union = IPOwnership(
            scopes.enumerated().map { number, scope in
                contents(pod("a\(number)")) { $0.scope = scope }
            }
        )
        #expect(union.isClusterWide == isClusterWide)
    }

    @Test(arguments: [
        (SnapshotScope.unknown, 1, true), (.cluster, 1, true), (.partial, 1, false),
        (.unknown, 0, false),
    ])
    func `A document without Pods need not show a whole cluster`(
        scope: SnapshotScope,
        nodes: Int,
        isClusterWide: Bool
    ) {
        let list = contents(pod("a")) { $0.scope = .cluster }
        let others = (0..<nodes).map { Node(name: "node-\($0 + 1)") }
        #expect(
            IPOwnership([list, contents(nodes: others) { $0.scope = scope }]).isClusterWide
                == isClusterWide
        )
    }

    @Test func `A document that lost an item shows no whole cluster, whatever it is said to be`() {
        let ownership = IPOwnership([
            contents(pod("a")) {
                $0.note(SnapshotProblem(message: "bad", line: 1, byteOffset: 0))
                $0.scope = .cluster
            }
        ])
        #expect(!ownership.isClusterWide)
    }

    @Test func `A problem that hides no owner takes nothing from a whole cluster`() {
        let document = contents(pod("a")) {
            $0.scope = .cluster
            $0.note(SnapshotProblem(message: "bad", line: 1, byteOffset: 0), mayHideOwner: false)
        }
        #expect(document.document.problemCount == 1)
        #expect(IPOwnership([document]).isClusterWide)
    }

    @Test func `A document that is empty shows no whole cluster`() {
        let empty = contents { $0.scope = .cluster }
        let full = contents(pod("a")) { $0.scope = .cluster }
        #expect(!IPOwnership([empty]).isClusterWide)
        #expect(!IPOwnership([full, empty]).isClusterWide)
        #expect(
            !IPOwnership([contents(nodes: [Node(name: "n")]) { $0.scope = .cluster }]).isClusterWide
        )
        #expect(!IPOwnership([]).isClusterWide)
    }

    @Test func `A lost Node is looked for in the Pod's document first`() throws {
        let lost = Node(name: "node-1", isReady: false, readyTransition: api(1700))
        let sound = Node(name: "node-1", isReady: true)
        func since(_ documents: SnapshotContents...) -> APITime?? {
            IPOwnership(documents).lostNode(ofPod: 0).map(\.since)
        }
        let alone = contents(pod("a"))
        #expect(since(contents(pod("a"), nodes: [lost])) == .some(api(1700)))
        #expect(since(contents(pod("a"), nodes: [sound]), contents(nodes: [lost])) == nil)
        #expect(since(contents(nodes: [lost]), alone) == .some(api(1700)))
        #expect(since(contents(nodes: [sound]), alone) == nil)
        #expect(since(alone) == nil)
    }

    static let listed = Node(name: "node-2", isReady: true)

    static let missing: [(String, [SnapshotContents], Bool)] = {
        let list = contents(pod("a"), nodes: [listed]) { $0.scope = .cluster }
        let alone = contents(pod("a")) { $0.scope = .cluster }
        let nodes = contents(nodes: [listed]) { $0.scope = .cluster }
        let other = contents(pod("b", at: ["10.1.0.8"], node: "node-2")) { $0.scope = .cluster }
        let unscheduled = contents(pod("a", node: ""), nodes: [listed]) { $0.scope = .cluster }
        return [
            ("in its own document", [list], true),
            ("in one of Nodes", [alone, nodes], true),
            ("in one of unknown scope", [contents(pod("a"), nodes: [listed])], false),
            ("in one of Nodes of unknown scope", [alone, contents(nodes: [listed])], false),
            ("where no Node is listed", [alone], false),
            ("in one of Nodes that may be another cluster's", [alone, other, nodes], false),
            ("of a Pod on no node", [unscheduled], false),
        ]
    }()

    @Test(arguments: missing)
    func `A Node is missing where all of its cluster's are listed`(
        _ row: (String, [SnapshotContents], Bool)
    ) throws {
        let union = IPOwnership(row.1)
        let index = try #require(union.claims(on: try address("10.1.0.7")).owners.first)
        #expect(union.lostNode(ofPod: index) == (row.2 ? .missing : nil), "\(row.0)")
    }

    @Test(arguments: [
        // What lists the address, whether it is a Pod's to which the entry points.
        ("Gateway", "10.1.0.7", true), ("Service", "10.1.0.7", true),
        ("Service", "10.1.1.7", false),
        ("WorkloadEntry", "10.1.0.7", false), ("NetworkGateway", "10.1.0.7", false),
    ])
    func `A Service or a Gateway exempts no address that a Node gives to Pods`(
        kind: String,
        text: String,
        isPods: Bool
    ) throws {
        let block = try #require(IPPrefix("10.1.0.0/24"))
        let entry = ExemptAddress(address: try address(text), kind: kind, name: "shop/web")
        let ownership = IPOwnership([
            contents(nodes: [Node(name: "n", podCIDRs: [block])], exempt: [entry])
        ])
        #expect(ownership.exemption(of: try address(text)) == (isPods ? nil : entry))
    }

    @Test func `A Node of another cluster's document is not the Pod's`() throws {
        let lost = Node(name: "node-1", isReady: false)
        let union = IPOwnership([
            contents(pod("a")), contents(pod("b", at: ["10.1.0.8"]), nodes: [lost]),
        ])
        let index = try #require(union.claims(on: try address("10.1.0.7")).owners.first)
        #expect(union.lostNode(ofPod: index) == nil)
    }
}
