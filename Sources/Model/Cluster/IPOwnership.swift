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

/// Who owns which address: the union of all snapshot documents of a run.
package struct IPOwnership: Sendable {
    /// The documents, in the order given.
    package let documents: [SnapshotDocument]
    /// The Pods of all documents.
    package let pods: PodTable
    private let newestClaims: AddressIndex
    private let exempt: [IPAddress: ExemptAddress]
    private let lostNodes: [NodeKey: LostNode]
    private let podCIDRs: [IPPrefix]

    /// Whether more than one document lists Pods by UIDs of the API: those of one cluster then say
    /// nothing of who may have their addresses in another.
    ///
    /// A document of ztunnel's workloads is a proxy's view of its own mesh, in which an address is
    /// one Pod's.
    package let listsSeveralClusters: Bool
    /// The documents that list Pods, could read all of them, and have not one address: those were
    /// cut from the list, and are not free.
    package let documentsWithoutAddress: [Int]
    private let documentsWithNodes: Set<Int>

    /// A Node of a document; of the documents that list Nodes and no Pods, where that is `nil`.
    private struct NodeKey: Hashable {
        var document: Int?
        var name: String
    }

    /// A Node that is not Ready.
    package struct LostNode: Hashable, Sendable {
        /// Since when, if the document says.
        package let since: APITime?
    }

    /// The union of the given documents; where two list the same UID, the later one is believed.
    ///
    /// - Parameters:
    ///   - contents: What each document says, in the order given.
    ///   - podCIDRs: Blocks that are known to be Pod addresses, beside those of the Nodes.
    package init(_ contents: [SnapshotContents], podCIDRs: [IPPrefix] = []) {
        documents = contents.map(\.document)
        var table = contents.count == 1 ? contents[0].pods : Self.union(contents)
        var index = AddressIndex(&table.claims)
        let survey = WorkloadSurvey(documents, table, index)
        if survey.dropClaims(of: &table) { index = AddressIndex(&table.claims) }
        newestClaims = index
        pods = table
        listsSeveralClusters =
            contents.count > 1
            && Set((0..<table.count).map(table.document))
                .count { !contents[$0].document.listsWorkloads } > 1

        var exempt: [IPAddress: ExemptAddress] = [:]
        var lostNodes: [NodeKey: LostNode] = [:]
        for (document, content) in contents.enumerated() {
            for entry in content.exempt where !survey.isForeign(entry.network, document) {
                exempt[entry.address] = entry
            }
            for node in content.nodes {
                for address in node.addresses {
                    exempt[address] = ExemptAddress(address: address, kind: "Node", name: node.name)
                }
                if node.isReady == false {
                    let place = content.pods.count == 0 ? nil : document
                    let key = NodeKey(document: place, name: node.name)
                    lostNodes[key] = LostNode(since: node.readyTransition)
                }
            }
        }
        documentsWithoutAddress = contents.indices.filter {
            contents[$0].document.gapCount == 0
                && contents[$0].pods.count > 0 && contents[$0].pods.addressCount == 0
        }
        documentsWithNodes = Set(contents.indices.filter { !contents[$0].nodes.isEmpty })
        self.exempt = exempt
        self.lostNodes = lostNodes
        self.podCIDRs = podCIDRs + contents.flatMap { $0.nodes.flatMap(\.podCIDRs) }
    }

    private static func union(_ contents: [SnapshotContents]) -> PodTable {
        var table = PodTable()
        // Those of ztunnel's workloads apart: the same string is not the same UID.
        var listedLater: [Bool: Set<String>] = [:]
        for (document, content) in contents.enumerated().reversed() {
            var listedHere: [String] = []
            let isOfWorkloads = content.document.listsWorkloads
            content.pods.forEach { pod in
                let uid = pod.identity.uid
                if listedLater[isOfWorkloads]?.contains(uid) == true { return }
                if !uid.isEmpty { listedHere.append(uid) }
                table.append(pod, document: document)
            }
            listedLater[isOfWorkloads, default: []].formUnion(listedHere)
        }
        return table
    }
}

extension IPOwnership {
    /// Calls `body` with the index in ``pods`` of each Pod that lists the address.
    @inline(__always)
    package func forEachClaim(on address: IPAddress, _ body: (Int) -> Void) {
        var claim = newestClaims.newest(on: address, in: pods.claims)
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

    /// The Node of the Pod at an index, if it is in the snapshot and not Ready.
    ///
    /// It is looked for in the Pod's document, because two clusters may name their Nodes alike;
    /// where that lists no Nodes, in the documents of Nodes alone.
    @inline(__always)
    package func lostNode(ofPod index: Int) -> LostNode? {
        if lostNodes.isEmpty { return nil }
        let document = pods.document(index)
        let place = documentsWithNodes.contains(document) ? document : nil
        return lostNodes[NodeKey(document: place, name: pods.nodeName(index))]
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

    /// Of the given UIDs, the indices of the live Pods that have them.
    package func livePods(withUIDs uids: Set<String>) -> [String: Int] {
        var found: [String: Int] = [:]
        for index in 0..<pods.count where !pods.life(index).isTerminal {
            let uid = pods.uid(index)
            if uids.contains(uid) { found[uid] = index }
        }
        return found
    }

    /// `C` of the union: the earliest of the documents'.
    package var captureBound: WallTime {
        documents.map(\.captureBound).min() ?? .distantPast
    }

    /// `C'` of the union: the earliest of the documents'.
    package var claimedCapture: WallTime {
        documents.map(\.claimedCapture).min() ?? .distantPast
    }

    /// Whether every document has a stated moment of reading.
    package var isCaptureStated: Bool {
        documents.allSatisfy { $0.statedCapture != nil }
    }

    /// Whether every document shows its whole cluster, so that an address nobody lists is nobody's.
    ///
    /// A document of Nodes or Services alone says nothing of Pods, but it does not say so either:
    /// it counts like the others. One that is empty or lost an item is believed no more than a
    /// union without any Pod: whose Pods run the scanned proxies? Of ztunnel nobody knows what it
    /// had heard of when its document was written.
    package var isClusterWide: Bool {
        pods.count > 0 && documentsWithoutAddress.isEmpty
            && documents.allSatisfy {
                $0.scope == .cluster && $0.items > 0 && $0.gapCount == 0
                    && !$0.listsWorkloads
            }
    }
}
