/// What a field is about, and so what a fault in it weakens.
///
/// | a fault in | of | weakens |
/// |---|---|---|
/// | which object it is | a Pod | the document: what is not shown may own any address |
/// | an address | a Pod | the document, in the same way; nothing else of that Pod |
/// | an address | a Pod on the host network | that this address is exempt |
/// | its state: phase, deletion, node, network condition | a Pod that is not on the host network | that Pod |
/// | its creation and start, the condition's transition, the start of what runs now | the same, but a static one | that Pod |
/// | when containers started and finished | the same, if it has ended or lacks the condition | that Pod |
/// | when it was Ready | the same, if no container and no condition says more | that Pod |
/// | an address | a Node, a Service, a Gateway, an exempt entry | that this address is exempt |
/// | a block | a Node | that the block's addresses are Pods' |
/// | whether it is Ready, and since when | a Node | what is known of that |
/// | anything else | anything | nothing: it is no fault |
///
/// A Pod that is weakened owns its addresses and has neither times nor a phase, so that a connection
/// to it is undetermined. A weakened document is partial: the scan is incomplete, and confirms
/// nothing by the absence of an owner.
struct SnapshotTopics: OptionSet {
    let rawValue: UInt16

    static let identity = SnapshotTopics(rawValue: 1)
    /// An address of a Pod.
    static let address = SnapshotTopics(rawValue: 1 << 1)
    static let state = SnapshotTopics(rawValue: 1 << 2)
    static let times = SnapshotTopics(rawValue: 1 << 3)
    static let containers = SnapshotTopics(rawValue: 1 << 4)
    static let ready = SnapshotTopics(rawValue: 1 << 5)
    /// An address of a Node, a Service, a Gateway or an exempt entry.
    static let otherAddress = SnapshotTopics(rawValue: 1 << 6)
    static let block = SnapshotTopics(rawValue: 1 << 7)
}

extension SnapshotField {
    /// What the field is about: that of all fields inside it, too.
    var topics: SnapshotTopics { Self.topics[Int(rawValue)] }

    private static let topics: [SnapshotTopics] = {
        var topics = allCases.map(\.ownTopics)
        // A field comes after the one that it is in.
        for place in table.reversed() where place.parent.isInItem {
            topics[Int(place.parent.rawValue)].formUnion(topics[Int(place.field.rawValue)])
        }
        topics[Int(bareWorkload.rawValue)] = topics[Int(workload.rawValue)]
        return topics
    }()

    private var ownTopics: SnapshotTopics {
        switch self {
        case .itemKind, .namespace, .name, .uid, .compactNamespace, .compactName, .compactUID,
            .nodeEntryName, .workloadNamespace, .workloadName, .workloadUID:
            .identity
        case .podIP, .podIPsAddress, .compactIP, .workloadIP: .address
        case .deletion, .mirror, .source, .nodeName, .hostNetwork, .phase, .compactDeletion,
            .compactMirror, .compactNode, .compactNetwork, .compactHostNetwork, .compactPhase,
            .compactNetworkReady, .workloadNode, .workloadNetwork, .workloadNetworkMode:
            .state
        // A condition whose type cannot be read may be any.
        case .conditionType: [.state, .ready]
        case .creation, .start, .compactCreation, .compactStart, .compactNetworkTransition,
            .containerRunningStarted, .initContainerRunningStarted, .compactRunningSince:
            .times
        case .containerTerminatedStarted, .containerTerminatedFinished,
            .initContainerTerminatedStarted, .initContainerTerminatedFinished,
            .compactFirstStarted, .compactLastFinished:
            .containers
        case .compactReady, .nodeEntryReady, .nodeEntryReadyTransition: .ready
        case .externalIP, .ingressAddress, .hostAddressText, .hostAddressValue,
            .nodeEntryAddress, .exemptEntryAddress:
            .otherAddress
        case .podCIDR, .podCIDRsEntry, .nodeEntryPodCIDR: .block
        default: []
        }
    }
}

extension SnapshotItem {
    /// What is read of the item, now that all of it is known.
    var topicsRead: SnapshotTopics {
        switch kind {
        case .pod, .unnamed, .workload: topicsReadOfPod
        case .node: [.identity, .otherAddress, .block, .ready]
        case .service, .gateway, .exempt: [.identity, .otherAddress, .address]
        case .other: []
        }
    }

    private var topicsReadOfPod: SnapshotTopics {
        if life.isHostNetwork { return [.identity, .address] }
        var topics: SnapshotTopics = [.identity, .address, .state]
        if life.isMirror { return topics }
        topics.insert(.times)
        if life.isTerminal || life.network == .absent {
            topics.insert(.containers)
            if life.firstStarted == nil { topics.insert(.ready) }
        }
        return topics
    }

    /// What is weakened by the item's faults.
    var topicsWeakened: SnapshotTopics {
        topicsAtFault.isEmpty ? [] : topicsRead.intersection(topicsAtFault)
    }

    /// Whether it may be, by its faults, the owner of an address that it is not shown to own.
    var mayHideOwner: Bool { !topicsThatHideOwners.isDisjoint(with: topicsAtFault) }

    private var topicsThatHideOwners: SnapshotTopics {
        switch kind {
        case .pod, .unnamed, .workload: life.isHostNetwork ? .identity : [.identity, .address]
        case .node, .service, .gateway, .exempt, .other: []
        }
    }

    /// The fault to report: the first that matters, or the first that makes the document partial.
    var fault: Fault? {
        if faults.isEmpty { return nil }
        let topics = mayHideOwner ? topicsThatHideOwners : topicsRead
        return faults.first { !$0.topics.isDisjoint(with: topics) }
    }
}
