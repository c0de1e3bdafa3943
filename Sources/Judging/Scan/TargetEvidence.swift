import Model

/// What is known of the proxy whose connections a target's are, beside these.
package struct ProxyIdentity: Hashable, Sendable {
    /// A Pod by its name.
    package struct PodName: Hashable, Sendable, CustomStringConvertible {
        /// Its namespace.
        package var namespace: String
        /// Its name.
        package var name: String

        /// A Pod of the given name.
        package init(namespace: String, name: String) {
            self.namespace = namespace
            self.name = name
        }

        /// `namespace/name`.
        package var description: String { "\(namespace)/\(name)" }
    }

    /// Its Pod, where its process tells.
    package var pod: PodName?
    /// The UID of the Pod of its container, as the kubelet calls it; `nil` where that is not known.
    package var podUID: String?
    /// The first address of its Pod, where its process tells.
    ///
    /// Connections may be made from another interface of the Pod, whose address no list shows.
    package var address: IPAddress?
    /// When its process started, by this machine's clock.
    package var startedAt: WallTime?
    /// Whether it is in the network namespace of its node, whose addresses many Pods share.
    package var isInHostNetwork: Bool

    /// A proxy of the given facts.
    package init(
        pod: PodName? = nil,
        podUID: String? = nil,
        address: IPAddress? = nil,
        startedAt: WallTime? = nil,
        isInHostNetwork: Bool = false
    ) {
        self.pod = pod
        self.podUID = podUID
        self.address = address
        self.startedAt = startedAt
        self.isInHostNetwork = isInHostNetwork
    }
}

/// What the connections of a target show of its proxy, gathered as they stream by.
struct TargetEvidence: Sendable {
    /// What else is known of the proxy.
    let proxy: ProxyIdentity
    /// The addresses of this end, but for those that no snapshot lists: loopback and link-local.
    private(set) var addresses: Set<IPAddress> = []
    /// The earliest moment at which a peer was last heard.
    private(set) var earliestHeard: WallTime?
    private var last: IPAddress?

    /// The evidence before the first connection.
    init(of proxy: ProxyIdentity = ProxyIdentity()) {
        self.proxy = proxy
    }

    /// The addresses by which a snapshot can know the proxy: those of its connections and the first
    /// one of its Pod; none without a connection and in the host network, where many Pods share them.
    var ownAddresses: Set<IPAddress> {
        if proxy.isInHostNetwork || addresses.isEmpty { return [] }
        return proxy.address.map { addresses.union([$0]) } ?? addresses
    }

    /// Takes in the address of this end of a connection, and when its peer was last heard.
    @inline(__always)
    mutating func note(_ address: IPAddress, heardAt: WallTime) {
        earliestHeard = min(earliestHeard ?? heardAt, heardAt)
        // The connections of a proxy nearly all have one.
        if address == last { return }
        last = address
        if !address.isOfOneLinkOnly { addresses.insert(address) }
    }
}

/// Why the snapshots or this machine's clock cannot be right, by a target's own proxy.
enum TargetDoubt: Hashable, Sendable {
    /// They are wrong of the proxy itself: the target is not complete, and nothing in it is proof.
    case contradiction(String)
    /// The proxy is younger than the snapshots, which cannot list it: nothing in the target is proof
    /// by what they do not list.
    case tooYoung(String)

    /// What the user must know: one sentence, without a full stop.
    var sentence: String {
        switch self {
        case .contradiction(let sentence), .tooYoung(let sentence): sentence
        }
    }
}

extension IPAddress {
    /// Whether the address is loopback or link-local, or none at all: the same ones are everywhere.
    var isOfOneLinkOnly: Bool {
        if isIPv4 {
            let bits = UInt32(truncatingIfNeeded: low)
            return bits >> 24 == 127 || bits >> 16 == 0xa9fe || bits == 0
        }
        return (high == 0 && low <= 1) || high >> 54 == 0xfe80 >> 6
    }
}
