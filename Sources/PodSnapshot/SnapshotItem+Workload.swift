import CJSONStream
import Model

extension SnapshotItem {
    /// Takes the next field of one of ztunnel's workloads.
    mutating func takeWorkloadField(_ field: SnapshotField, _ text: Span<UInt8>) {
        switch field {
        case .workloadUID:
            names.set(.uid, text)
            if text.holds("//Pod/") || text.holds("//v1/Pod/") { exemptKind = Self.podKind }
        case .workloadNamespace: names.set(.namespace, text)
        case .workloadName: names.set(.name, text)
        case .workloadNode: names.set(.node, text)
        case .workloadNetwork: names.set(.network, text)
        case .workloadNetworkMode: life.isHostNetwork = text.isText("HostNetwork")
        case .workloadIP: takePodAddress(field, text)
        default: break
        }
    }

    /// Decides by the UID whether a complete workload is a Pod or an address that is no Pod's.
    mutating func concludeWorkload() {
        if names.isEmpty(.uid) { return note(.workloadUID, "found none") }
        // Those of another network's services have no address, so they own none.
        if podAddresses.isEmpty, !topicsAtFault.contains(.address) { return kind = .other }
        if exemptKind != Self.podKind {
            exemptKind = Self.kind(ofWorkload: names.identity.uid) ?? Self.podKind
        }
        if exemptKind == Self.podKind {
            kind = .pod
            if names.isEmpty(.namespace) { note(.workloadNamespace, "found none") }
            if names.isEmpty(.name) { note(.workloadName, "found none") }
        } else {
            kind = .exempt
            otherAddresses = podAddresses
            if exemptKind == Self.gatewayKind { nameGateway() }
        }
    }

    /// Names a gateway for what it leads to: its address is one of this network.
    private mutating func nameGateway() {
        let name = names.identity.uid.dropFirst(Self.gatewayKind.utf8.count + 1)
        names.removeAll()
        names.set(.name, String(name).utf8Span.span)
    }

    private static let podKind = "Pod"
    private static let gatewayKind = "NetworkGateway"
    private static let splitHorizonKind = "SplitHorizonWorkload"

    /// What a UID says that its workload is, where it is of a form of Istio's and no Pod's.
    ///
    /// To ztunnel it is an opaque string (ztunnel, proto/workload.proto). istiod writes
    /// `NetworkGateway/NETWORK/ADDRESS/PORT`, `…/SplitHorizonWorkload/…` and
    /// `CLUSTER/GROUP/KIND/NAMESPACE/NAME`, of which the cluster's name may itself have slashes, the
    /// group is empty for the core's kinds, and a version may stand before the kind. A workload of
    /// any other UID, such as a UUID, may be a Pod, and is judged as one.
    private static func kind(ofWorkload uid: String) -> String? {
        let parts = uid.split(separator: "/", omittingEmptySubsequences: false)
        for kind in [gatewayKind, splitHorizonKind]
        where parts.prefix(2).contains(Substring(kind)) {
            return kind
        }
        let group = parts.indices.dropFirst().first { index in
            parts[index].isEmpty || parts[index].contains(".")
        }
        guard var place = group.map({ $0 + 1 }), place < parts.endIndex else { return nil }
        if isVersion(parts[place]) { place += 1 }
        guard
            place + 2 < parts.endIndex, let initial = parts[place].unicodeScalars.first,
            ("A"..."Z").contains(initial)
        else { return nil }
        return String(parts[place])
    }

    /// Whether a part of a UID is a version of the Kubernetes API: `v1`, `v1alpha3`.
    private static func isVersion(_ part: Substring) -> Bool {
        part.first == "v" && part.dropFirst().first.map { ("0"..."9").contains($0) } == true
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
