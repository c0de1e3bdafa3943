import Testing

@testable import PodSnapshot

/// The table that the parser and the reader share.
struct SnapshotFieldTests {
    @Test func `Each field has its row, and lies in one that comes before it`() {
        #expect(SnapshotField.table.map(\.field) == SnapshotField.allCases)
        for (index, place) in SnapshotField.table.enumerated().dropFirst() {
            #expect(place.parent.rawValue < index)
        }
    }

    @Test func `An item is what lies in the document or in one of its lists`() {
        for place in SnapshotField.table where place.field.isInItem {
            #expect(place.field.isItem == !place.parent.isInItem, "\(place.field)")
        }
    }

    @Test(arguments: [
        (SnapshotField.document, "the document"),
        (.kind, "kind"),
        (.item, "items[]"),
        (.name, "metadata.name"),
        (.podIPsAddress, "status.podIPs[].ip"),
        (.mirror, "metadata.annotations.kubernetes.io/config.mirror"),
        (.compactPod, "pods[]"),
        (.compactIP, "ips[]"),
        (.exemptEntryAddress, "address"),
        (.workloadIP, "workloadIps[]"),
    ]) func `A path is told from the document or the item`(field: SnapshotField, path: String) {
        #expect(field.path == path)
    }
}
