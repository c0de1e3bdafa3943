/// An Istio proxy of this machine, the agent of an Envoy or agentgateway, and what it says of itself.
package struct IstioProxy: Hashable, Sendable {
    /// Its process, in the reader's PID namespace.
    package var pid: Int32
    /// What it is there for.
    package var role: ProxyRole
    /// The inode of its network namespace; `nil` where it may not be looked at.
    package var namespaceInode: UInt64?
    /// Its Pod; `nil` where that may not be looked at.
    package var pod: PodName?
    /// The Deployment or Gateway that made its Pod.
    package var workload: String?
    /// The cluster, as Istio names it.
    package var cluster: String?

    /// A proxy of which nothing but its command line is known.
    init(pid: Int32, role: ProxyRole) {
        self.pid = pid
        self.role = role
    }

    /// Adds what its process was started with.
    mutating func apply(_ environment: ProcessEnvironment) {
        pod = environment.pod
        if role == .agentgateway {
            workload = environment["GATEWAY"]
            cluster = environment["CLUSTER_ID"]
        } else {
            workload = environment["ISTIO_META_WORKLOAD_NAME"]
            cluster = environment["ISTIO_META_CLUSTER_ID"]
        }
    }

    /// Adds the labels of its Pod, which name the workload where the environment does not.
    mutating func apply(_ labels: PodLabels) {
        workload = workload ?? labels.workload
    }

    /// One proxy for each network namespace, the first; those of which it is not known stay.
    static func first(inEachNamespaceOf proxies: [IstioProxy]) -> [IstioProxy] {
        var seen: Set<UInt64> = []
        return proxies.filter { proxy in
            proxy.namespaceInode.map { seen.insert($0).inserted } ?? true
        }
    }
}

/// A Pod by its name.
package struct PodName: Hashable, Sendable {
    /// Its namespace in the cluster.
    package var namespace: String
    /// Its name.
    package var name: String

    /// A Pod of the given name.
    package init(namespace: String, name: String) {
        self.namespace = namespace
        self.name = name
    }
}
