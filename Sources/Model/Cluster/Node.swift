/// A Node of the snapshot.
package struct Node: Hashable, Sendable {
    /// `metadata.name`.
    package var name: String
    /// The addresses of `status.addresses` that are IP addresses.
    package var addresses: [IPAddress]
    /// `spec.podCIDRs` (or `podCIDR`).
    package var podCIDRs: [IPPrefix]
    /// Whether the condition `Ready` is True; `nil` when the document does not say.
    package var isReady: Bool?
    /// The last transition of the condition `Ready`.
    package var readyTransition: APITime?
    /// The newest `lastHeartbeatTime` of its conditions, by its own clock.
    package var heartbeat: APITime?

    /// A Node made of the given facts.
    package init(
        name: String,
        addresses: [IPAddress] = [],
        podCIDRs: [IPPrefix] = [],
        isReady: Bool? = nil,
        readyTransition: APITime? = nil,
        heartbeat: APITime? = nil
    ) {
        self.name = name
        self.addresses = addresses
        self.podCIDRs = podCIDRs
        self.isReady = isReady
        self.readyTransition = readyTransition
        self.heartbeat = heartbeat
    }
}

/// An address that is no Pod's: a gateway, a Service's load balancer, a virtual machine.
package struct ExemptAddress: Hashable, Sendable {
    /// The address, normalised.
    package var address: IPAddress
    /// What stands there, such as `Service` or `Node`.
    package var kind: String
    /// Its name, with its namespace where it has one.
    package var name: String
    /// The name of the network within which it is unique, as ztunnel says; else empty.
    package var network: String

    /// An address of the given kind and name.
    package init(address: IPAddress, kind: String, name: String, network: String = "") {
        self.address = address
        self.kind = kind
        self.name = name
        self.network = network
    }
}
