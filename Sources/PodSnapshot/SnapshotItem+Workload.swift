import CJSONStream
import Model

extension SnapshotItem {
    /// Takes the next field of one of ztunnel's workloads.
    mutating func takeWorkloadField(_ field: SnapshotField, _ text: Span<UInt8>) {
        switch field {
        case .workloadUID:
            names.set(.uid, text)
            if text.holds("//Pod/") { exemptKind = Self.podKind }
        case .workloadNamespace: names.set(.namespace, text)
        case .workloadName: names.set(.name, text)
        case .workloadNode: names.set(.node, text)
        case .workloadNetworkMode: life.isHostNetwork = text.isText("HostNetwork")
        case .workloadIP: takePodAddress(field, text)
        default: break
        }
    }

    /// Decides by the UID whether a complete workload is a Pod or an address that is no Pod's.
    mutating func concludeWorkload() {
        if names.isEmpty(.uid) { return note(.workloadUID, "found none") }
        // Those of another network's gateway have no address, and no say in whose one is.
        if flaw == nil, podAddresses.isEmpty { return kind = .other }
        if exemptKind != Self.podKind {
            let uid = names.identity.uid
            guard let kind = Self.kind(ofWorkload: uid) else {
                return note(
                    .workloadUID,
                    "found \(quoted(uid.utf8Span.span)), expected one such as"
                        + " Kubernetes//Pod/shop/cart-1"
                )
            }
            exemptKind = kind
        }
        if exemptKind == Self.podKind {
            kind = .pod
            if names.isEmpty(.namespace) { note(.workloadNamespace, "found none") }
            if names.isEmpty(.name) { note(.workloadName, "found none") }
        } else {
            kind = .exempt
            otherAddresses = podAddresses
        }
    }

    private static let podKind = "Pod"

    /// The kind in a UID of the form `CLUSTER/GROUP/KIND/NAMESPACE/NAME`, of which the cluster's
    /// name may itself have slashes and a Pod's group is empty.
    private static func kind(ofWorkload uid: String) -> String? {
        let parts = uid.split(separator: "/", omittingEmptySubsequences: false)
        guard
            let group = parts.indices.dropFirst().first(where: {
                parts[$0].isEmpty || parts[$0].contains(".")
            }),
            group + 3 < parts.endIndex, !parts[group + 1].isEmpty
        else { return nil }
        return String(parts[group + 1])
    }
}

extension Span<UInt8> {
    /// Whether a text in ASCII occurs in these bytes.
    fileprivate func holds(_ text: StaticString) -> Bool {
        let length = text.utf8CodeUnitCount
        guard count >= length else { return false }
        let first = unsafe text.utf8Start.pointee
        for start in 0...count - length
        where self[start] == first && extracting(start..<start + length).isText(text) {
            return true
        }
        return false
    }
}
