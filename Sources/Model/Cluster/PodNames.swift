/// The names of a Pod as bytes in one buffer: hundreds of thousands are read, and none needs
/// strings of its own before a report shows it.
package struct PodNames: Sendable {
    /// Which of the names of ``PodIdentity``, or the network of a workload.
    package enum Part: Int, Sendable {
        case namespace, name, uid, node, network
    }

    /// The names, and room for more.
    private(set) var text: [UInt8] = []
    private var used: UInt32 = 0
    private var ranges: InlineArray<5, Range<UInt32>> = .init(repeating: 0..<0)

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
        let start = Int(used)
        let end = start + bytes.count
        if end > text.count { text += [UInt8](repeating: 0, count: max(256, end)) }
        // To append would cost three times as much; there is room for as many bytes as are copied.
        unsafe text.withUnsafeMutableBytes { room in
            unsafe bytes.withUnsafeBytes { name in
                unsafe UnsafeMutableRawBufferPointer(rebasing: room[start..<end]).copyMemory(
                    from: name
                )
            }
        }
        ranges[part.rawValue] = used..<UInt32(end)
        used = UInt32(end)
    }

    /// Forgets the names and keeps the memory.
    package mutating func removeAll() {
        used = 0
        ranges = .init(repeating: 0..<0)
    }

    /// Whether a name is empty, or has not been set.
    package func isEmpty(_ part: Part) -> Bool { ranges[part.rawValue].isEmpty }

    /// Whether there are a namespace, a name and a UID, as every Pod has them.
    package var areOfWholePod: Bool {
        !isEmpty(.namespace) && !isEmpty(.name) && !isEmpty(.uid)
    }

    /// Whether the UID has a slash, as no UID has that the API server or a kubelet gives.
    package var hasSlashInUID: Bool {
        text.span.extracting(range(.uid)).holds(UInt8(ascii: "/"))
    }

    /// The name of the item itself, or of a Pod.
    package var name: String { string(.name) }

    /// The network of a workload.
    package var network: String { string(.network) }

    /// Calls `body` with the bytes of a name.
    package func withName<Result>(_ part: Part, _ body: (Span<UInt8>) -> Result) -> Result {
        body(text.span.extracting(range(part)))
    }

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
    func range(_ part: Part) -> Range<Int> {
        let range = ranges[part.rawValue]
        return Int(range.lowerBound)..<Int(range.upperBound)
    }

    private func string(_ part: Part) -> String {
        String(decoding: text[range(part)], as: UTF8.self)
    }
}
