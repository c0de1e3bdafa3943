import CJSONStream
import Model

/// Puts the fields of a document together to what the document says.
struct SnapshotBuilder {
    private(set) var contents: SnapshotContents
    private(set) var heading = SnapshotHeading()
    /// Whether there has been an object or a complete value.
    private(set) var hasBegun = false
    private let facts = SnapshotField.facts
    private var item = SnapshotItem()
    private var unnamedItems = 0
    /// Whether there has been an item that lists addresses as ztunnel's workloads do.
    private var hasWorkload = false

    init(_ document: SnapshotDocument) {
        contents = SnapshotContents(document: document)
    }

    /// Takes the next field; `place` says where it is, if that is needed.
    mutating func take(
        _ token: cjs_token,
        _ text: Span<UInt8>,
        place: () -> SnapshotError.Place
    ) throws(SnapshotRejection) {
        hasBegun = true
        let facts = facts[Int(token.row)]
        let (field, isExpected) = (facts.field, facts.accept(token.kind))
        guard field.isInItem else {
            return try heading.take(field, token, isExpected: isExpected, text)
        }
        if facts.isItem { return takeItem(field, token.kind, place: place) }
        if field == .workloadIPs { hasWorkload = true }
        item.take(field, token, isExpected: isExpected, text)
        if item.lacksPlace { item.setPlace(place()) }
    }

    /// Takes the beginning or the end of an item, or what stands in its place.
    private mutating func takeItem(
        _ field: SnapshotField,
        _ found: cjs_kind,
        place: () -> SnapshotError.Place
    ) {
        if found == .object { return item.begin(field) }
        if found == .object_end {
            item.noteMissingFields()
        } else {
            item.begin(field)
            item.note(field, "found \(found.text), expected an object")
        }
        if item.lacksPlace { item.setPlace(place()) }
        finishItem()
    }

    private mutating func finishItem() {
        contents.document.items += 1
        switch item.kind {
        case .pod, .unnamed, .workload:
            guard item.isSomePod else { break }
            contents.pods.append(item.names, item.podAddresses, item.podLife)
            // Compact forms did not always say that their Pods are workloads.
            if item.isCompactPod, item.names.hasSlashInUID {
                contents.document.listsWorkloads = true
            }
        case .node: contents.nodes.append(item.node)
        case .service: contents.exempt += item.exemptAddresses(kind: "Service")
        case .gateway: contents.exempt += item.exemptAddresses(kind: "Gateway")
        case .exempt: contents.exempt += item.exemptAddresses(kind: item.exemptKind)
        case .other:
            contents.document.otherItems += 1
            return
        }
        if let fault = item.fault, let place = fault.place {
            let message = "\(item.title): \(fault.field.path): \(fault.finding)"
            note(message, at: place, mayHideOwner: item.mayHideOwner)
        } else {
            if item.kind == .unnamed { unnamedItems += 1 }
            guard let time = item.newestTime else { return }
            // Its times were written by the clock of that node.
            item.names.withName(item.kind == .node ? .name : .node) {
                contents.document.observe(time, node: $0)
            }
        }
    }

    /// Decides what the whole document is.
    mutating func conclude(at end: SnapshotError.Place) throws(SnapshotRejection) {
        if heading.kind == "List", unnamedItems > 0 {
            note("\(unnamedItems) items have no kind and were read as Pods", at: end)
        }
        if heading.isContinued {
            note("the list is one page of a longer one (metadata.continue)", at: end)
        }
        contents.pods.indexClaims()
        try heading.conclude(into: &contents.document)
        if contents.document.format == .ztunnel, contents.document.items > 0, !hasWorkload {
            throw .foreignWorkloads
        }
    }

    private mutating func note(
        _ message: String,
        at place: SnapshotError.Place,
        mayHideOwner: Bool = true
    ) {
        contents.document.note(
            SnapshotProblem(message: message, line: place.line, byteOffset: place.byteOffset),
            mayHideOwner: mayHideOwner
        )
    }
}
