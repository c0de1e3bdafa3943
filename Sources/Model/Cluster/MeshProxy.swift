/// A proxy of the mesh as Kubernetes knows it, in a search, a scan or a recording.
package struct MeshProxy: Hashable, Sendable {
    /// What it is for: `waypoint`, `gateway`, `sidecar` or `agentgateway`.
    package var role: String
    /// The namespace of its Pod; empty where it is not known.
    package var namespace: String
    /// The name of its Pod; empty where it is not known.
    package var pod: String
    /// The Deployment or Gateway that made the Pod.
    package var workload: String?
    /// The cluster, as Istio names it.
    package var cluster: String?

    /// `waypoint shop/waypoint-x2x4k`, or as much of it as is known.
    package var title: String {
        let name = pod.isEmpty ? workload ?? "" : "\(namespace)/\(pod)"
        return name.isEmpty ? role : "\(role) \(name)"
    }

    /// A proxy of the given names.
    package init(
        role: String,
        namespace: String,
        pod: String,
        workload: String? = nil,
        cluster: String? = nil
    ) {
        self.role = role
        self.namespace = namespace
        self.pod = pod
        self.workload = workload
        self.cluster = cluster
    }
}
