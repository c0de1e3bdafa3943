import Model
import Testing

/// Several lists of one cluster: which of them count, and by which moment.
@Suite struct SnapshotUnionTests {
    /// A list of the Pods with the given UIDs, at addresses by their numbers.
    static func list(
        _ uids: [Int],
        at capture: Int,
        _ scope: SnapshotScope = .cluster
    ) -> SnapshotContents {
        var list = contents {
            $0.statedReadTime = (at(capture), .document)
            $0.scope = scope
        }
        for uid in uids { list.pods.append(pod("p\(uid)", at: ["10.1.0.\(uid)"], uid: "u\(uid)")) }
        list.document.items = uids.count
        return list
    }

    struct Row: Sendable {
        var name: String
        var lists: [SnapshotContents]
        /// The UIDs that own their addresses.
        var owners: [Int]
        /// `C`.
        var capture: Int
        var isClusterWide: Bool
        var areSeveral = false
    }

    static let rows = [
        Row(
            name: "the later of one whole cluster counts alone",
            lists: [list([1, 2, 3], at: 1000), list([2, 3, 4], at: 2000)],
            owners: [2, 3, 4],
            capture: 2000,
            isClusterWide: true
        ),
        Row(
            name: "an earlier one of a part does not count beside it, either",
            lists: [list([1, 2], at: 1000, .unknown), list([2, 3], at: 2000)],
            owners: [2, 3],
            capture: 2000,
            isClusterWide: true
        ),
        Row(
            name: "a later one of a part replaces what it lists",
            lists: [list([1, 2], at: 1000), list([2, 3], at: 2000, .unknown)],
            owners: [1, 2, 3],
            capture: 1000,
            isClusterWide: false
        ),
        Row(
            name: "two clusters share no UID",
            lists: [list([1, 2], at: 1000), list([3, 4], at: 2000)],
            owners: [1, 2, 3, 4],
            capture: 1000,
            isClusterWide: true,
            areSeveral: true
        ),
        Row(
            name: "three lists, of which two share UIDs only with the third",
            lists: [list([1, 2], at: 1000), list([3, 4], at: 1500), list([2, 3], at: 2000)],
            owners: [2, 3],
            capture: 2000,
            isClusterWide: true
        ),
        Row(
            name: "a whole one between two parts",
            lists: [
                list([1], at: 1000, .partial), list([1, 2], at: 1500),
                list([2, 3], at: 2000, .unknown),
            ],
            owners: [1, 2, 3],
            capture: 1500,
            isClusterWide: false
        ),
        Row(
            name: "the same one twice",
            lists: [list([1, 2], at: 1000), list([1, 2], at: 1000)],
            owners: [1, 2],
            capture: 1000,
            isClusterWide: true
        ),
    ]

    @Test(arguments: rows)
    func `Which documents count`(row: Row) {
        for lists in [row.lists, row.lists.reversed()] {
            let union = IPOwnership(lists)
            let owners = (1...4).filter { number in
                union.claims(on: IPAddress(ipv4: 0x0a01_0000 + UInt32(number))).owners.count > 0
            }
            #expect(owners == row.owners, "\(row.name)")
            #expect(union.readNotBefore == at(row.capture), "\(row.name)")
            #expect(union.claimedReadTime == at(row.capture), "\(row.name)")
            #expect(union.isClusterWide == row.isClusterWide, "\(row.name)")
            #expect(union.listsSeveralClusters == row.areSeveral, "\(row.name)")
        }
    }

    @Test func `Names in place of UIDs make no two documents one cluster's`() {
        var byName = Self.list([], at: 2000)
        byName.document.listsWorkloads = true
        byName.pods.append(pod("p1", at: ["10.1.0.9"], uid: "Kubernetes//Pod/shop/p1"))
        let union = IPOwnership([byName, byName, Self.list([1], at: 1000)])
        #expect(union.countingDocuments == [0, 1, 2])
    }

    @Test func `What does not count is not of several clusters, and its Nodes are not listed`()
        throws
    {
        var old = Self.list([1, 2], at: 1000)
        old.nodes = [Node(name: "node-1", isReady: false)]
        let union = IPOwnership([old, Self.list([2], at: 2000)])
        let index = try #require(union.claims(on: try address("10.1.0.2")).owners.first)
        #expect(union.lostNode(ofPod: index) == nil)
        #expect(union.documents.count == 2)
    }
}
