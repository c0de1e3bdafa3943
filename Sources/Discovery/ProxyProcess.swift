import Model

/// A process of this machine that is an Istio proxy: the agent of an Envoy, or agentgateway.
package struct ProxyProcess: Hashable, Sendable {
    /// Its number, in the reader's PID namespace.
    package var pid: Int32
    /// The inode of its network namespace; `nil` where it may not be looked at.
    package var namespaceInode: UInt64?
    /// What it is there for, as far as its command line tells.
    package var role: ProxyRole
    /// What it says of itself; its Pod is empty where that may not be looked at.
    package var proxy: MeshProxy
    /// What it tells of itself beside that.
    package var origin = ProcessOrigin()

    /// A process of which nothing but its command line is known.
    init(pid: Int32, role: ProxyRole) {
        self.pid = pid
        self.role = role
        proxy = MeshProxy(role: role.rawValue, namespace: "", pod: "")
    }

    /// Adds when it was started, and what with.
    mutating func apply(
        _ environment: ProcessEnvironment,
        startedAt ticks: UInt64? = nil,
        controlGroup: [UInt8]? = nil
    ) {
        origin = ProcessOrigin(startedAt: ticks, environment, controlGroup: controlGroup)
        proxy.namespace = environment.pod?.namespace ?? ""
        proxy.pod = environment.pod?.name ?? ""
        if role == .agentgateway {
            proxy.workload = environment["GATEWAY"]
            proxy.cluster = environment["CLUSTER_ID"]
        } else {
            proxy.workload = environment["ISTIO_META_WORKLOAD_NAME"]
            proxy.cluster = environment["ISTIO_META_CLUSTER_ID"]
        }
    }

    /// Adds the labels of its Pod, which name the workload where the environment does not.
    mutating func apply(_ labels: PodLabels) {
        proxy.workload = proxy.workload ?? labels.workload
    }

    /// The facts as words.
    var words: [String] {
        [
            "\(pid)", namespaceInode.map { "\($0)" } ?? "", role.rawValue, proxy.namespace,
            proxy.pod, proxy.workload ?? "", proxy.cluster ?? "",
        ] + origin.words
    }

    /// The process that words tell of.
    init?(_ words: ArraySlice<String>) {
        let words = Array(words)
        guard words.count == 12, let pid = Int32(words[0]), let role = ProxyRole(rawValue: words[2])
        else { return nil }
        self.init(pid: pid, role: role)
        namespaceInode = UInt64(words[1])
        (proxy.namespace, proxy.pod) = (words[3], words[4])
        proxy.workload = words[5].isEmpty ? nil : words[5]
        proxy.cluster = words[6].isEmpty ? nil : words[6]
        origin = ProcessOrigin(words[7...])
    }

    /// One process for each network namespace, the first; those of which it is not known stay.
    static func first(inEachNamespaceOf processes: [ProxyProcess]) -> [ProxyProcess] {
        var seen: Set<UInt64> = []
        return processes.filter { process in
            process.namespaceInode.map { seen.insert($0).inserted } ?? true
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
