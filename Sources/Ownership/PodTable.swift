import NetAddress

/// The Pods of a snapshot, packed: about 200 bytes each with the address index, because a cluster
/// has hundreds of thousands and a node little memory to spare.
///
/// Names lie end to end in one array of bytes, those that repeat (namespaces, nodes) once.
public struct PodTable: Sendable {
    private struct Row: Sendable {
        var life: PodLife
        var document: UInt16
        var nameLength: UInt16
        var uidLength: UInt16
        var nameOffset: UInt32
        var namespace: UInt32
        var node: UInt32
    }

    /// An address that a Pod lists.
    struct Claim: Sendable {
        var address: IPAddress
        var pod: Int32
        /// The claim on the same address that came before, or -1; kept by ``IPOwnership``.
        var previous: Int32
    }

    private var rows: [Row] = []
    private var text: [UInt8] = []
    private var repeated: [String] = []
    private var repeatedIndex: [String: UInt32] = [:]
    var claims: [Claim] = []

    /// A table without Pods.
    public init() {}

    /// The number of Pods.
    public var count: Int { rows.count }

    /// The number of addresses that the Pods list; one that several list counts for each.
    public var addressCount: Int { claims.count }

    /// Adds a Pod of the document with the given index.
    ///
    /// Names longer than 65,535 bytes are cut: the API allows 253. An address that the Pod lists
    /// twice, as IPv4 and mapped into IPv6, counts once.
    public mutating func append(_ pod: Pod, document: Int = 0) {
        let name = pod.identity.name.utf8.prefix(Int(UInt16.max))
        let uid = pod.identity.uid.utf8.prefix(Int(UInt16.max))
        rows.append(
            Row(
                life: pod.life,
                document: UInt16(document),
                nameLength: UInt16(name.count),
                uidLength: UInt16(uid.count),
                nameOffset: UInt32(text.count),
                namespace: intern(pod.identity.namespace),
                node: intern(pod.identity.node)
            )
        )
        text.append(contentsOf: name)
        text.append(contentsOf: uid)
        for (index, address) in pod.addresses.enumerated()
        where !pod.addresses[..<index].contains(address) {
            claims.append(Claim(address: address, pod: Int32(rows.count - 1), previous: -1))
        }
    }

    /// The times of the Pod at an index.
    public func life(_ index: Int) -> PodLife { rows[index].life }

    /// The document of the Pod at an index.
    public func document(_ index: Int) -> Int { Int(rows[index].document) }

    /// The names of the Pod at an index.
    public func identity(_ index: Int) -> PodIdentity {
        let row = rows[index]
        let uidOffset = Int(row.nameOffset) + Int(row.nameLength)
        return PodIdentity(
            namespace: repeated[Int(row.namespace)],
            name: String(decoding: text[Int(row.nameOffset)..<uidOffset], as: UTF8.self),
            uid: String(
                decoding: text[uidOffset..<uidOffset + Int(row.uidLength)],
                as: UTF8.self
            ),
            node: nodeName(index)
        )
    }

    /// The name of the node of the Pod at an index.
    public func nodeName(_ index: Int) -> String { repeated[Int(rows[index].node)] }

    private mutating func intern(_ string: String) -> UInt32 {
        if let known = repeatedIndex[string] { return known }
        let index = UInt32(repeated.count)
        repeated.append(string)
        repeatedIndex[string] = index
        return index
    }
}
