import CJSONStream
import Model

/// The document's own fields, which may come before or after its items.
struct SnapshotHeading {
    /// The one schema of the compact form.
    static let schema = "halfopen.snapshot/v1"

    private(set) var kind: String?
    private(set) var isContinued = false
    private var quotedKind: String?
    private var message: String?
    private var reason: String?
    private var hasItems = false
    private var hasCompactFields = false
    private var hasWorkloads = false
    private var hasSchema = false
    private var capturedAt: WallTime?
    private var modifiedAt: WallTime?
    private var newestTime: WallTime?
    private var scope: SnapshotScope?
    private var cluster: String?
    private var listsWorkloads = false
    private var network: String?

    /// Takes the next field that is in no item.
    mutating func take(
        _ field: SnapshotField,
        _ token: cjs_token,
        isExpected: Bool,
        _ text: Span<UInt8>
    ) throws(SnapshotRejection) {
        if field == .document, token.kind == .array || token.kind == .array_end {
            hasWorkloads = true
            return
        }
        if token.is_duplicate { throw SnapshotRejection("found the key '\(field.path)' twice") }
        switch field {
        case .items: hasItems = true
        case .workloads: hasWorkloads = true
        case .schema, .pods, .nodes, .exempt: hasCompactFields = true
        default: break
        }
        if token.kind == .null, field != .document { return }
        guard isExpected else {
            // Only ztunnel's dump has it; it only says which network is its own.
            if field == .config || field == .configNetwork { return }
            throw SnapshotRejection(
                "\(field.path): found \(token.kind.text), expected \(field.shape.text)"
            )
        }
        try takeText(field, text)
    }

    private mutating func takeText(_ field: SnapshotField, _ text: Span<UInt8>)
        throws(SnapshotRejection)
    {
        switch field {
        case .kind: (kind, quotedKind) = (string(text), quoted(text))
        case .message: message = quoted(text)
        case .reason: reason = string(text)
        case .listContinue: isContinued = !text.isEmpty
        case .cluster: cluster = string(text)
        case .configNetwork, .network: network = string(text)
        case .podsFrom:
            guard text.isText("ztunnel") else {
                throw SnapshotRejection(
                    "found podsFrom \(quoted(text)), expected 'ztunnel' or none"
                )
            }
            listsWorkloads = true
        case .schema:
            guard string(text) == Self.schema else { throw .unknownSchema(quoted(text)) }
            hasSchema = true
        case .capturedAt: capturedAt = try Self.time(field, text)
        case .modifiedAt: modifiedAt = try Self.time(field, text)
        case .newestTime: newestTime = try Self.time(field, text)
        case .scope: scope = try Self.scope(text)
        default: break
        }
    }

    private static func time(
        _ field: SnapshotField,
        _ text: Span<UInt8>
    ) throws(SnapshotRejection) -> WallTime {
        let time = unsafe text.withUnsafeBufferPointer { unsafe WallTime(rfc3339: $0) }
        guard let time else {
            throw SnapshotRejection(
                "found \(field.path) \(quoted(text)), expected a time such as 2026-11-21T10:04:11Z"
            )
        }
        return time
    }

    private static func scope(_ text: Span<UInt8>) throws(SnapshotRejection) -> SnapshotScope {
        switch string(text) {
        case "cluster": .cluster
        case "partial": .partial
        case "unknown": .unknown
        default:
            throw SnapshotRejection(
                "found scope \(quoted(text)), expected 'cluster', 'partial' or 'unknown'"
            )
        }
    }

    /// Decides what the whole document is, and completes the description of it.
    ///
    /// - Throws: What it is when it is no snapshot.
    func conclude(into document: inout SnapshotDocument) throws(SnapshotRejection) {
        if [hasItems, hasCompactFields, hasWorkloads].count(where: \.self) > 1 {
            throw .mixedForms
        }
        if hasCompactFields {
            try concludeCompact(&document)
        } else if hasWorkloads {
            document.format = .ztunnel
            document.listsWorkloads = true
            document.network = network
        } else {
            if kind == "Status" { throw .failedRequest(reason: reason, message: message) }
            guard hasItems else { throw .neither(kind: quotedKind) }
            guard kind == "List" || kind == "PodList" else {
                throw .foreignList(kind: quotedKind)
            }
        }
    }

    private func concludeCompact(_ document: inout SnapshotDocument) throws(SnapshotRejection) {
        guard hasSchema else {
            throw SnapshotRejection("found no 'schema', expected '\(Self.schema)'")
        }
        guard let scope else {
            throw SnapshotRejection("found no 'scope', expected 'cluster', 'partial' or 'unknown'")
        }
        document.format = .compact
        document.cluster = cluster
        document.network = network
        if listsWorkloads { document.listsWorkloads = true }
        document.statedReadTime = capturedAt.map { ($0, .document) }
        document.origin = modifiedAt.map {
            SnapshotOrigin(modified: $0, newestTime: newestTime)
        }
        // A document that may hide an owner is partial whatever it claims.
        if document.gapCount == 0 { document.scope = scope }
    }
}

extension cjs_kind {
    /// What was found, with its article, for messages.
    var text: StaticString {
        switch self {
        case .null: "null"
        case .false: "false"
        case .true: "true"
        case .number: "a number"
        case .string: "a string"
        case .long_string: "a string of over 4096 bytes"
        case .object, .object_end: "an object"
        case .array, .array_end: "an array"
        }
    }
}
