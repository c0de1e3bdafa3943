/// The names of a Pod as bytes in one buffer: hundreds of thousands are read, and none needs
/// strings of its own before a report shows it.
package struct PodNames: Sendable {
    /// Which of the names of ``PodIdentity``, or the network of a workload.
    package enum Part: Int, Sendable {
        case namespace, name, uid, node, network
    }

    private(set) var text: [UInt8] = []
    private var ranges: InlineArray<5, Range<Int>> = .init(repeating: 0..<0)

    /// No names yet.
    package init() {}

    /// The names of an identity.
    init(_ identity: PodIdentity) {
        set(.namespace, identity.namespace.utf8Span.span)
        set(.name, identity.name.utf8Span.span)
        set(.uid, identity.uid.utf8Span.span)
        set(.node, identity.node.utf8Span.span)
    }

    /// Sets a name to bytes that are UTF-8.
    package mutating func set(_ part: Part, _ bytes: Span<UInt8>) {
        let start = text.count
        text.append(bytes)
        ranges[part.rawValue] = start..<text.count
    }

    /// Forgets the names and keeps the memory.
    package mutating func removeAll() {
        text.removeAll(keepingCapacity: true)
        ranges = .init(repeating: 0..<0)
    }

    /// Whether a name is empty, or has not been set.
    package func isEmpty(_ part: Part) -> Bool { ranges[part.rawValue].isEmpty }

    /// Whether the UID has a slash, as no UID has that the API server or a kubelet gives.
    package var hasSlashInUID: Bool {
        text.span.extracting(range(.uid)).holds(UInt8(ascii: "/"))
    }

    /// The name of the item itself, or of a Pod.
    package var name: String { string(.name) }

    /// The name of the node.
    package var node: String { string(.node) }

    /// The network of a workload.
    package var network: String { string(.network) }

    /// The names as strings.
    package var identity: PodIdentity {
        PodIdentity(
            namespace: string(.namespace),
            name: string(.name),
            uid: string(.uid),
            node: string(.node)
        )
    }

    /// Where in the text a name is.
    func range(_ part: Part) -> Range<Int> { ranges[part.rawValue] }

    private func string(_ part: Part) -> String {
        String(decoding: text[range(part)], as: UTF8.self)
    }
}

extension [UInt8] {
    /// Appends the bytes of a span.
    mutating func append(_ bytes: Span<UInt8>) {
        // The buffer is copied before the call returns.
        unsafe bytes.withUnsafeBufferPointer { unsafe append(contentsOf: $0) }
    }
}
