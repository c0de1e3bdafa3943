/// Which of ztunnel's workloads decide who owns an address.
///
/// A ztunnel knows less of a Pod than a list does: not when it began, not that it has finished, and
/// in istioctl's form not that it is on the host network. What the list says of a Pod of that name at
/// that address holds. And an address is unique within a network: a workload of another one than the
/// ztunnel's is somewhere else.
struct WorkloadSurvey {
    /// The network of each document's own Pods, where that is known.
    private var networks: [String?]
    /// The claims, by their position, of workloads that a list has at the same address.
    private var listedClaims: Set<Int> = []
    private let documents: [SnapshotDocument]

    /// A survey of the Pods of all documents.
    init(_ documents: [SnapshotDocument], _ pods: PodTable) {
        self.documents = documents
        networks = documents.map { _ in nil }
        guard documents.contains(where: \.listsWorkloads) else { return }
        // The networks of the workloads of each document, and of those that a list has, too.
        var found = documents.map { _ in Set<String>() }
        var listed = found
        for (position, claim) in pods.claims.enumerated() {
            let pod = Int(claim.pod)
            let document = pods.document(pod)
            guard documents[document].listsWorkloads else { continue }
            let network = pods.network(pod)
            found[document].insert(network)
            if Self.isListed(claim, documents, pods) {
                listedClaims.insert(position)
                listed[document].insert(network)
            }
        }
        for (index, document) in documents.enumerated() {
            // A ztunnel that was not told its network has not one workload of it.
            if let network = document.network, found[index].contains(network) {
                networks[index] = network
            } else if listed[index].count == 1 {
                networks[index] = listed[index].first
            }
        }
    }

    /// Whether a list of Pods has the Pod of a workload at the same address.
    private static func isListed(
        _ claim: PodTable.Claim,
        _ documents: [SnapshotDocument],
        _ pods: PodTable
    ) -> Bool {
        var other = pods.newestClaim(on: claim.address)
        while other >= 0 {
            let entry = pods.claims[Int(other)]
            let pod = Int(entry.pod)
            if !documents[pods.document(pod)].listsWorkloads,
                pods.areNamesakes(pod, Int(claim.pod))
            {
                return true
            }
            other = entry.previous
        }
        return false
    }

    /// Whether a network is known not to be that of a document's own Pods.
    func isForeign(_ network: String, _ document: Int) -> Bool {
        guard !network.isEmpty, let own = networks[document] else { return false }
        return network != own
    }

    /// Drops the claims of the workloads that are ignored.
    func dropClaims(of pods: inout PodTable) {
        if listedClaims.isEmpty, networks.allSatisfy({ $0 == nil }) { return }
        let all = pods
        pods.keepClaims { position, claim in
            let pod = Int(claim.pod)
            return !listedClaims.contains(position)
                && !isForeign(all.network(pod), all.document(pod))
        }
    }
}
