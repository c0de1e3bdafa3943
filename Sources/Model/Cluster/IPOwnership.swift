/// What one snapshot document says.
package struct SnapshotContents: Sendable {
    /// The document as a whole.
    package var document: SnapshotDocument
    /// Its Pods.
    package var pods = PodTable()
    /// Its Nodes.
    package var nodes: [Node] = []
    /// Its addresses that are no Pod's.
    package var exempt: [ExemptAddress] = []

    /// The contents of a document of which nothing has been read yet.
    package init(document: SnapshotDocument) {
        self.document = document
    }
}

/// Tells one union of snapshots from every other, also from another of the same documents.
package final class OwnershipID: Sendable {
    init() {}
}

/// Who owns which address: the union of all snapshot documents of a run.
package struct IPOwnership: Sendable {
    /// Which union this is; that of a copy, too.
    package let id = OwnershipID()
    /// The documents, in the order given.
    package let documents: [SnapshotDocument]
    /// The indices of the documents that count: those but for which a later one shows the same
    /// cluster whole.
    package let countingDocuments: [Int]
    /// The Pods of all documents that count.
    package let pods: PodTable
    let clusters: [Int]
    let nodes: NodeTable
    private let exempt: [IPAddress: ExemptAddress]
    private let podCIDRs: [IPPrefix]

    /// Whether more than one cluster's Pods are listed by UIDs of the API: those of one cluster then
    /// say nothing of who may have their addresses in another.
    ///
    /// A document of ztunnel's workloads is a proxy's view of its own mesh, in which an address is
    /// one Pod's.
    package let listsSeveralClusters: Bool
    /// The documents that list Pods, could read all of them, and have not one address: those were
    /// cut from the list, and are not free.
    package let documentsWithoutAddress: [Int]
    /// When a Node of each document was last heard, where it lists Nodes and says.
    package let newestHeartbeats: [WallTime?]
    private let listsIPv4: Bool
    private let listsIPv6: Bool
    /// The clusters of which a document lists every Pod.
    package let wholeClusters: Set<Int>
    private let podLists: Set<Int>

    /// The union of the given documents.
    ///
    /// Where two list the same UID, the one of the later `C` is believed; of two of one cluster the
    /// later counts alone if it shows the whole cluster.
    ///
    /// - Parameters:
    ///   - contents: What each document says, in the order given.
    ///   - podCIDRs: Blocks that are known to be Pod addresses, beside those of the Nodes.
    package init(_ contents: [SnapshotContents], podCIDRs: [IPPrefix] = []) {
        documents = contents.map(\.document)
        let union = SnapshotUnion(contents)
        clusters = union.clusters
        countingDocuments = union.latestFirst.sorted()
        let counting = countingDocuments
        var table = contents.count == 1 ? contents[0].pods : Self.table(union, contents)
        table.indexClaims()
        let survey = WorkloadSurvey(documents, table)
        survey.dropClaims(of: &table)
        pods = table
        listsIPv4 = table.claims.contains(where: \.address.isIPv4)
        listsIPv6 = table.claims.contains { !$0.address.isIPv4 }
        wholeClusters = Set(
            counting.filter { contents[$0].isWholePodList }.map { union.clusters[$0] }
        )
        podLists = Set(counting.filter { contents[$0].pods.count > 0 })
        let listed = table.documents.filter { !contents[$0].document.listsWorkloads }
        listsSeveralClusters = Set(listed.map { union.clusters[$0] }).count > 1
        documentsWithoutAddress = counting.filter {
            contents[$0].document.gapCount == 0
                && contents[$0].pods.count > 0 && contents[$0].pods.addressCount == 0
        }
        nodes = NodeTable(union, contents, table, areOfSeveralClusters: listsSeveralClusters)
        newestHeartbeats = contents.map { $0.nodes.compactMap(\.heartbeat).max()?.wallTime }
        let nodeCIDRs = counting.flatMap { contents[$0].nodes.flatMap(\.podCIDRs) }
        exempt = Self.exempt(counting.map { ($0, contents[$0]) }, survey, nodeCIDRs)
        self.podCIDRs = podCIDRs + nodeCIDRs
    }

    private static func table(_ union: SnapshotUnion, _ contents: [SnapshotContents]) -> PodTable {
        var table = PodTable()
        // Those of ztunnel's workloads apart: the same string is not the same UID.
        var listedLater: [Bool: Set<String>] = [:]
        for document in union.latestFirst {
            var listedHere: [String] = []
            let isOfWorkloads = contents[document].document.listsWorkloads
            contents[document].pods.forEach { pod in
                let uid = pod.identity.uid
                if listedLater[isOfWorkloads]?.contains(uid) == true { return }
                if !uid.isEmpty { listedHere.append(uid) }
                table.append(pod, document: document)
            }
            listedLater[isOfWorkloads, default: []].formUnion(listedHere)
        }
        return table
    }

    /// The addresses that are no Pod's.
    ///
    /// A Service or a Gateway may list the address of a Pod, also of one that is gone: inside the
    /// blocks that the Nodes give to Pods that says nothing.
    private static func exempt(
        _ contents: [(index: Int, SnapshotContents)],
        _ survey: WorkloadSurvey,
        _ nodeCIDRs: [IPPrefix]
    ) -> [IPAddress: ExemptAddress] {
        var exempt: [IPAddress: ExemptAddress] = [:]
        for (index, content) in contents {
            for entry in content.exempt where !survey.isForeign(entry.network, index) {
                let maybePods = ["Service", "Gateway"].contains(entry.kind)
                if maybePods, nodeCIDRs.contains(where: { $0.contains(entry.address) }) { continue }
                exempt[entry.address] = entry
            }
            for node in content.nodes {
                for address in node.addresses {
                    exempt[address] = ExemptAddress(address: address, kind: "Node", name: node.name)
                }
            }
        }
        return exempt
    }
}

extension IPOwnership {
    /// Calls `body` with the index in ``pods`` of each Pod that lists the address.
    @inline(__always)
    package func forEachClaim(on address: IPAddress, _ body: (Int) -> Void) {
        var claim = pods.newestClaim(on: address)
        while claim >= 0 {
            let entry = pods.claims[Int(claim)]
            body(Int(entry.pod))
            claim = entry.previous
        }
    }

    /// What the address is if it is a Node's, a Service's or another that is no Pod's.
    package func exemption(of address: IPAddress) -> ExemptAddress? { exempt[address] }

    /// Whether the address lies in a block that is known to be given to Pods.
    package func isPodAddress(_ address: IPAddress) -> Bool {
        podCIDRs.contains { $0.contains(address) }
    }

    /// What the Node of the Pod at an index lacks, if it is lost.
    @inline(__always)
    package func lostNode(ofPod index: Int) -> LostNode? {
        nodes.areAllFine
            ? nil
            : nodes.lost(
                pods.nodeNumber(index),
                ofCluster: clusters[pods.document(index)]
            )
    }

    /// When the Node of the Pod at an index was last heard, by its own clock.
    package func nodeHeartbeat(ofPod index: Int) -> WallTime? {
        nodes.heartbeat(pods.nodeNumber(index), ofCluster: cluster(ofPod: index))
    }

    /// The Node of the Pod at an index; `nil` where no document names it.
    package func nodeID(ofPod index: Int) -> NodeID? {
        let name = pods.nodeNumber(index)
        return pods.name(ofNode: name).isEmpty
            ? nil : NodeID(cluster: cluster(ofPod: index), name: name)
    }

    /// Whether any Pod lists an address of the same family.
    package func listsFamily(of address: IPAddress) -> Bool {
        address.isIPv4 ? listsIPv4 : listsIPv6
    }

    /// The indices of the Pods of a name.
    package func pods(namespace: String, name: String) -> [Int] {
        (0..<pods.count).filter { pods.isNamed(namespace, name, index: $0) }
    }

    /// The index of the Pod that a Pod list lists with a UID of the API; `nil` where none does.
    package func pod(withUID uid: String) -> Int? {
        (0..<pods.count).first { pods.isUID(uid, of: $0) && hasUniqueUID($0) }
    }

    /// Whether the UID of the Pod at an index tells it from every other, also of its name.
    package func hasUniqueUID(_ index: Int) -> Bool {
        pods.hasUID(index) && !documents[pods.document(index)].listsWorkloads
    }

    /// Whether the Pod at an index may be the one of an identity: it has its UID or, where its own
    /// tells nothing, its name.
    package func mayBe(_ identity: PodIdentity, _ index: Int) -> Bool {
        if hasUniqueUID(index) { return pods.isUID(identity.uid, of: index) }
        let own = pods.identity(index)
        return (own.namespace, own.name) == (identity.namespace, identity.name)
    }

    /// The indices of the live Pods that have the given UIDs.
    package func livePods(withUIDs uids: Set<String>) -> [String: Int] {
        var found: [String: Int] = [:]
        for index in 0..<pods.count where !pods.life(index).isTerminal {
            let uid = pods.uid(index)
            if uids.contains(uid) { found[uid] = index }
        }
        return found
    }

    /// `C` of the union: the earliest of the documents'.
    package var readNotBefore: WallTime {
        countingDocuments.map { documents[$0].readNotBefore }.min() ?? .distantPast
    }

    /// `C'` of the union: the earliest of the documents'.
    package var claimedReadTime: WallTime {
        countingDocuments.map { documents[$0].claimedReadTime }.min() ?? .distantPast
    }

    /// Whether every document has a stated moment of reading.
    package var isReadTimeStated: Bool {
        countingDocuments.allSatisfy { documents[$0].statedReadTime != nil }
    }

    /// Whether every list of Pods shows its whole cluster, so that an address nobody lists is
    /// nobody's.
    ///
    /// A document that is empty or lost an item is not believed, and neither is a union without any
    /// Pod: some Pods run the scanned proxies. It is unknown what ztunnel had heard of when its
    /// document was written.
    package var isClusterWide: Bool {
        pods.count > 0 && documentsWithoutAddress.isEmpty
            && countingDocuments.allSatisfy { index in
                let document = documents[index]
                return document.items > 0 && document.gapCount == 0
                    && document.scope != .partial && !document.listsWorkloads
                    && (document.scope == .cluster || !podLists.contains(index))
            }
    }

    /// Whether what nobody lists is known to be nobody's, as far as somebody once listed it: every list
    /// shows its whole cluster, or is what this node's own ztunnel just answered.
    package var showsWholeMesh: Bool {
        if isClusterWide { return true }
        return pods.count > 0
            && countingDocuments.allSatisfy { index in
                let document = documents[index]
                return document.isOfOwnZtunnel && document.gapCount == 0
                    && document.scope != .partial
            }
    }

    /// The cluster of the Pod at an index, as a number.
    package func cluster(ofPod index: Int) -> Int { clusters[pods.document(index)] }
}
