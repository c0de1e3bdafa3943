import CJSONStream
import Model

extension SnapshotItem {
    /// Takes the next field of an entry of the compact form.
    mutating func takeCompactField(
        _ field: SnapshotField,
        _ value: cjs_kind,
        _ text: Span<UInt8>
    ) {
        switch field {
        case .compactNamespace: names.set(.namespace, text)
        case .compactName, .nodeEntryName, .exemptEntryName: names.set(.name, text)
        case .compactUID: names.set(.uid, text)
        case .compactIP: takePodAddress(field, text)
        case .compactNode: names.set(.node, text)
        case .compactNetwork, .exemptEntryNetwork: names.set(.network, text)
        case .compactPhase: phase(field, text)
        case .compactCreation: life.creation = pastTime(field, text)
        case .compactStart: life.start = pastTime(field, text)
        case .compactNetworkReady: life.network = value == .true ? .ready : .notReady
        case .compactNetworkTransition: life.networkTransition = pastTime(field, text)
        case .compactFirstStarted: life.firstStarted = containerTime(field, text)
        case .compactRunningSince: life.runningSince = containerTime(field, text)
        case .compactReady: life.ready = pastTime(field, text)
        case .compactLastFinished: life.lastFinished = containerTime(field, text)
        case .compactDeletion: life.deletion = time(field, text)
        case .compactHostNetwork: life.isHostNetwork = value == .true
        case .compactMirror: life.isMirror = value == .true
        case .nodeEntryAddress, .exemptEntryAddress: takeOtherAddress(field, text)
        case .nodeEntryPodCIDR: podCIDR(field, text)
        case .nodeEntryReady: isReady = value == .true
        case .nodeEntryReadyTransition: readyTransition = pastTime(field, text)
        case .nodeEntryHeartbeat: heartbeat = pastTime(field, text)
        case .exemptEntryKind: exemptKind = string(text)
        default: break
        }
    }
}
