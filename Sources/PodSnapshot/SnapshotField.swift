import CJSONStream

/// The places in a snapshot that are read; all else is skipped.
///
/// The cases and ``table`` are in the same order. The document's own fields come first, then those
/// of a list's items, then those of the compact form's entries and of ztunnel's workloads.
enum SnapshotField: UInt16, CaseIterable {
    case document
    case kind, message, reason, listMetadata, listContinue, workloads
    case config, configNetwork
    case schema, capturedAt, modifiedAt, newestTime, scope, cluster, podsFrom, network
    case items, pods, nodes, exempt

    case item, itemKind
    case metadata, namespace, name, uid, creation, deletion, annotations, mirror, source
    case spec, nodeName, hostNetwork, podCIDR, podCIDRs, podCIDRsEntry
    case externalIPs, externalIP
    case status, phase, start, podIP, podIPs, podIPsEntry, podIPsAddress
    case conditions, condition, conditionType, conditionStatus, conditionTransition
    case conditionHeartbeat, conditionProbe
    case containers, container, containerState
    case containerRunning, containerRunningStarted
    case containerTerminated, containerTerminatedStarted, containerTerminatedFinished
    case initContainers, initContainer, initContainerState
    case initContainerRunning, initContainerRunningStarted
    case initContainerTerminated, initContainerTerminatedStarted, initContainerTerminatedFinished
    case hostAddresses, hostAddress, hostAddressType, hostAddressText, hostAddressValue
    case loadBalancer, ingress, ingressEntry, ingressAddress

    case compactPod, compactNamespace, compactName, compactUID, compactIPs, compactIP
    case compactNode, compactNetwork, compactPhase, compactCreation, compactStart
    case compactNetworkReady, compactNetworkTransition, compactFirstStarted
    case compactRunningSince, compactReady, compactLastFinished, compactDeletion
    case compactHostNetwork, compactMirror
    case nodeEntry, nodeEntryName, nodeEntryAddresses, nodeEntryAddress
    case nodeEntryPodCIDRs, nodeEntryPodCIDR, nodeEntryReady, nodeEntryReadyTransition
    case nodeEntryHeartbeat
    case exemptEntry, exemptEntryAddress, exemptEntryKind, exemptEntryName
    case exemptEntryNetwork

    case workload, bareWorkload
    case workloadUID, workloadNamespace, workloadName, workloadNode
    case workloadNetwork, workloadNetworkMode, workloadIPs, workloadIP
}

extension SnapshotField {
    /// What a field must be where it is not null.
    enum Shape {
        case object, array, string, bool
        /// An array of which nothing is asked but its elements.
        case elements
        /// A list, or the same in a map.
        case collection

        /// The shape with its article, for messages.
        var text: StaticString {
            switch self {
            case .object: "an object"
            case .array, .elements: "an array"
            case .string: "a string"
            case .bool: "true or false"
            case .collection: "an array or an object"
            }
        }

        /// The kinds of value that have the shape, a bit for each; a string that is too long has none.
        fileprivate var kinds: UInt16 {
            switch self {
            case .object: Self.bit(.object) | Self.bit(.object_end)
            case .array, .elements: Self.bit(.array) | Self.bit(.array_end)
            case .string: Self.bit(.string)
            case .bool: Self.bit(.true) | Self.bit(.false)
            case .collection: Self.object.kinds | Self.array.kinds
            }
        }

        fileprivate static func bit(_ kind: cjs_kind) -> UInt16 { 1 &<< UInt16(kind.rawValue) }
    }

    /// Where a field is: its key in another, or every element of it.
    struct Place {
        let field: SnapshotField
        let parent: SnapshotField
        let key: StaticString?
        let shape: Shape
        /// Another field of the same inside, which is found here, too.
        let inside: SnapshotField?

        init(
            _ field: SnapshotField,
            _ parent: SnapshotField,
            _ key: StaticString?,
            _ shape: Shape,
            inside: SnapshotField? = nil
        ) {
            self.field = field
            self.parent = parent
            self.key = key
            self.shape = shape
            self.inside = inside
        }
    }

    /// Whether the field is an item of a list, an entry of the compact form, or inside one.
    var isInItem: Bool { rawValue >= Self.item.rawValue }

    /// Whether a field that is in an item is in that of a list.
    var isInList: Bool { rawValue < Self.compactPod.rawValue }

    /// Whether the field is an item of a list or an entry of the compact form itself.
    var isItem: Bool {
        switch self {
        case .item, .compactPod, .nodeEntry, .exemptEntry, .workload, .bareWorkload: true
        default: false
        }
    }

    /// What the field must be where it is not null.
    var shape: Shape { place.shape }

    /// What is asked of a field for every value that a document has of it.
    struct Facts {
        let field: SnapshotField
        let isItem: Bool
        private let kinds: UInt16

        fileprivate init(_ place: Place) {
            field = place.field
            isItem = place.field.isItem
            kinds = place.shape.kinds
        }

        /// Whether what was found is what the field must be.
        func accept(_ kind: cjs_kind) -> Bool { kinds & Shape.bit(kind) != 0 }
    }

    /// The facts of every field, by its number.
    static var facts: [Facts] { table.map(Facts.init) }

    /// The field's path in the document or in its item: `status.conditions[].type`.
    var path: String {
        if self == .document { return "the document" }
        let isTopmost = place.parent == .document || place.parent.isItem
        guard let key = place.key else { return "\(place.parent.path)[]" }
        return isTopmost ? "\(key)" : "\(place.parent.path).\(key)"
    }

    private var place: Place { Self.table[Int(rawValue)] }

    /// Calls `body` with ``table`` in the parser's form.
    static func withRows<Result>(_ body: (UnsafeBufferPointer<cjs_row>) -> Result) -> Result {
        let rows = unsafe table.map { place in
            // A literal lives as long as the program.
            unsafe cjs_row(
                parent: place.parent.rawValue,
                key: place.key.map {
                    unsafe UnsafeRawPointer($0.utf8Start).assumingMemoryBound(to: CChar.self)
                },
                inside: place.inside?.rawValue ?? 0,
                is_only_elements: place.shape == .elements
            )
        }
        return unsafe rows.withUnsafeBufferPointer { unsafe body($0) }
    }
}
