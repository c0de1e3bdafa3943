import NetAddress
import Times

/// A Node of the snapshot.
public struct Node: Hashable, Sendable {
    /// `metadata.name`.
    public var name: String
    /// The addresses of `status.addresses` that are IP addresses.
    public var addresses: [IPAddress]
    /// `spec.podCIDRs` (or `podCIDR`).
    public var podCIDRs: [IPPrefix]
    /// Whether the condition `Ready` is True; `nil` when the document does not say.
    public var isReady: Bool?
    /// The last transition of the condition `Ready`.
    public var readyTransition: APITime?

    /// A Node made of the given facts.
    public init(
        name: String,
        addresses: [IPAddress] = [],
        podCIDRs: [IPPrefix] = [],
        isReady: Bool? = nil,
        readyTransition: APITime? = nil
    ) {
        self.name = name
        self.addresses = addresses
        self.podCIDRs = podCIDRs
        self.isReady = isReady
        self.readyTransition = readyTransition
    }
}

/// An address that is no Pod's: a gateway, a Service's load balancer, a virtual machine.
public struct ExemptAddress: Hashable, Sendable {
    /// The address, normalised.
    public var address: IPAddress
    /// What stands there, such as `Service` or `Node`.
    public var kind: String
    /// Its name, with its namespace where it has one.
    public var name: String

    /// An address of the given kind and name.
    public init(address: IPAddress, kind: String, name: String) {
        self.address = address
        self.kind = kind
        self.name = name
    }
}
