/// A Node that is not Ready, or that its cluster has no more.
package struct LostNode: Hashable, Sendable {
    /// Since when it is not Ready, if the document says.
    package let since: APITime?
    /// Whether it is missing where the Nodes of its whole cluster are listed.
    package let isMissing: Bool

    /// A Node that is missing.
    package static let missing = LostNode(since: nil, isMissing: true)

    /// A Node that is not Ready since a moment, if that is known.
    static func notReady(since: APITime?) -> LostNode { LostNode(since: since, isMissing: false) }
}

/// A Node by the number of its name, of a cluster: two clusters may name theirs alike.
package struct NodeID: Hashable, Sendable {
    var cluster: Int
    var name: UInt32
}

/// What is known of the Nodes of a union's Pods.
struct NodeTable: Sendable {
    private var lost: [NodeID: LostNode] = [:]
    private var heartbeats: [NodeID: WallTime] = [:]

    /// Whether no Pod's Node is lost.
    var areAllFine: Bool { lost.isEmpty }

    /// What a Node lacks, if it is lost.
    func lost(_ name: UInt32, ofCluster cluster: Int) -> LostNode? {
        lost[NodeID(cluster: cluster, name: name)]
    }

    /// When a Node was last heard, by its own clock; `nil` where no document says.
    func heartbeat(_ name: UInt32, ofCluster cluster: Int) -> WallTime? {
        heartbeats[NodeID(cluster: cluster, name: name)]
    }

    /// Looks for the Node of each Pod among those that its cluster's documents list; where these
    /// list none, among those of the documents without Pods.
    init(
        _ union: SnapshotUnion,
        _ contents: [SnapshotContents],
        _ pods: PodTable,
        areOfSeveralClusters: Bool
    ) {
        var lists: [Int: NodeList] = [:]
        var shared = NodeList()
        // The latest last: it is believed.
        for index in union.latestFirst.reversed() where !contents[index].nodes.isEmpty {
            if contents[index].pods.count == 0 {
                shared.add(contents[index])
            } else {
                lists[union.clusters[index], default: NodeList()].add(contents[index])
            }
        }
        // Whose Nodes are missing there if they may be of another cluster?
        if areOfSeveralClusters { shared.isWhole = false }
        if lists.isEmpty, shared.nodes.isEmpty { return }
        var known: Set<NodeID> = []
        for index in 0..<pods.count {
            let key = NodeID(
                cluster: union.clusters[pods.document(index)],
                name: pods.nodeNumber(index)
            )
            guard known.insert(key).inserted else { continue }
            let list = lists[key.cluster] ?? shared
            let name = pods.name(ofNode: key.name)
            lost[key] = list.lost(name)
            heartbeats[key] = list.nodes[name]?.heartbeat?.wallTime
        }
    }
}

/// The Nodes that the documents of a cluster list together.
private struct NodeList {
    var nodes: [String: Node] = [:]
    /// Whether these are all of the cluster's.
    var isWhole = false

    mutating func add(_ contents: SnapshotContents) {
        for node in contents.nodes { nodes[node.name] = node }
        if contents.document.scope == .cluster, contents.document.gapCount == 0 {
            isWhole = true
        }
    }

    func lost(_ name: String) -> LostNode? {
        guard let node = nodes[name] else {
            return isWhole && !name.isEmpty ? .missing : nil
        }
        return node.isReady == false ? .notReady(since: node.readyTransition) : nil
    }
}
