@testable import Model
import Testing

/// The API's time of a second of 2026-11-21T10:00:00Z and after.
func api(_ second: Int) -> APITime { APITime(epochSeconds: UInt32(1_795_255_200 + second)) }

/// The moment of such a second.
func at(_ second: Int) -> WallTime { api(second).wallTime }

/// The address of a text that is one.
func address(_ text: String) throws -> IPAddress { try #require(IPAddress(text)) }

/// A Pod of namespace `shop`, whose UID is its name unless given.
func pod(
    _ name: String,
    _ life: PodLife = PodLife(phase: .running),
    at addresses: [String] = ["10.1.0.7"],
    uid: String? = nil,
    node: String = "node-1",
    network: String = ""
) -> Pod {
    Pod(
        identity: PodIdentity(namespace: "shop", name: name, uid: uid ?? name, node: node),
        addresses: addresses.compactMap(IPAddress.init),
        life: life,
        network: network
    )
}

/// A document of the given Pods, Nodes and other addresses.
func contents(
    _ pods: Pod...,
    nodes: [Node] = [],
    exempt: [ExemptAddress] = [],
    change: (inout SnapshotDocument) -> Void = { _ in }
) -> SnapshotContents {
    var document = SnapshotDocument(
        source: "pods.json",
        format: .kubernetesList,
        modified: nil,
        readingBegan: at(2000)
    )
    document.items = pods.count + nodes.count + exempt.count
    change(&document)
    var contents = SnapshotContents(document: document)
    for pod in pods { contents.pods.append(pod) }
    contents.nodes = nodes
    contents.exempt = exempt
    return contents
}

extension IPOwnership {
    /// The names of the Pods at the indices.
    func names(_ indices: PodIndices) -> [String] {
        indices.map { pods.identity($0).name }.sorted()
    }
}
