import Model
import TestSupport

extension ModelAPI {
    /// What the node's ztunnel knows at a moment, from the same API a while later: who owns an
    /// address, on which node, and no times.
    func workloads(at began: WallTime, _ random: inout SeededGenerator) -> ModelSnapshot {
        let modified = world.scanner.reading(began)
        var document = SnapshotDocument(
            source: "ztunnel",
            format: .ztunnel,
            modified: nil,
            readingBegan: modified
        )
        document.readingEnded = modified + TimeSpan(milliseconds: 30)
        document.listsWorkloads = true
        document.isOfOwnZtunnel = true
        document.statedReadTime = (modified, .option)
        document.scope = .cluster
        var contents = SnapshotContents(document: document)
        let known = began - random.span(0...0.4)
        let proxies = world.proxies.map { ($0.pod, $0.node) }
        let all = world.pods.map { ($0, world.nodes[$0.node]) } + proxies
        for (pod, node) in all where node.cluster == 0 {
            if let listed = workload(pod, node, at: known) { contents.add(listed) }
        }
        // It knows virtual machines and gateways, too.
        for connection in world.connections where connection.pod == nil {
            let address = connection.peer
            if contents.exempt.contains(where: { $0.address == address }) { continue }
            let name = "\(address)"
            contents.exempt.append(
                ExemptAddress(address: address, kind: "WorkloadEntry", name: name)
            )
        }
        return ModelSnapshot(contents: [contents], began: began, ended: began)
    }

    private func workload(_ pod: ModelPod, _ node: ModelNode, at moment: WallTime) -> Pod? {
        guard
            var listed = shown(pod, at: moment, node.clock),
            !listed.addresses.isEmpty, !listed.life.isTerminal
        else { return nil }
        listed.identity.uid =
            "Kubernetes//Pod/\(pod.identity.namespace)/\(pod.identity.name)"
        var life = PodLife(phase: .unknown)
        life.isHostNetwork = listed.life.isHostNetwork
        listed.life = life
        return listed
    }
}
