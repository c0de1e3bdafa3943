import CJSONStream
import Model

extension SnapshotItem {
    /// An entry of `status.conditions`; what it is may come after what it says.
    struct Condition {
        /// The conditions that matter, as a set.
        struct Names: OptionSet {
            let rawValue: UInt8
            static let ready = Names(rawValue: 1)
            static let networkReady = Names(rawValue: 2)
            static let legacyNetworkReady = Names(rawValue: 4)
        }

        enum Status {
            case isTrue, isFalse, isUnknown
        }

        var name: Names = []
        var status: Status?
        var transition: APITime?
        /// What is wrong with them.
        var faults: [Fault] = []
    }

    /// How many containers a Pod has, and how many of them said when they finished.
    ///
    /// The last one to finish is known once all have. A kubelet that evicts a Pod calls it Failed
    /// while its containers run (before 1.27) or leaves them out, and one that lost track of a
    /// container says that it ended but not when: the init containers ended long before.
    struct ContainerCount {
        /// All but the init containers.
        var containers = 0
        /// Of these, those that said when they finished.
        var finishedContainers = 0
        /// All that run or have ended, of both kinds.
        var started = 0
        /// Of these, those that said when they finished.
        var finished = 0

        /// The latest of these times.
        var latest: APITime?

        /// When the last one finished, if every container says; a waiting init container never ran.
        var lastFinished: APITime? {
            let haveFinished = finishedContainers == containers && finished == started
            return containers > 0 && haveFinished ? latest : nil
        }
    }

    /// An entry of `status.addresses` of a Node or a Gateway.
    struct HostAddress {
        var address: IPAddress?
        /// Whether its type says that it is an IP address.
        var mustBeAddress = false
        /// What is wrong with it if it must be one.
        var finding: String?
    }

    /// Takes the next field of an item of a Kubernetes list.
    mutating func takeListField(
        _ field: SnapshotField,
        _ value: cjs_kind,
        _ text: Span<UInt8>
    ) {
        switch field {
        case .itemKind: kind = Self.kind(named: text)
        case .namespace: names.set(.namespace, text)
        case .name: names.set(.name, text)
        case .uid: names.set(.uid, text)
        case .creation: life.creation = pastTime(field, text)
        case .deletion: life.deletion = time(field, text)
        case .mirror: life.isMirror = true
        case .source: if !text.isText("api") { life.isMirror = true }
        case .nodeName: names.set(.node, text)
        case .hostNetwork: life.isHostNetwork = value == .true
        case .podCIDR, .podCIDRsEntry: podCIDR(field, text)
        case .externalIP, .ingressAddress: takeOtherAddress(field, text)
        case .phase: phase(field, text)
        case .start: life.start = pastTime(field, text)
        case .podIP, .podIPsAddress: takePodAddress(field, text)
        case .container where value == .object: containers.containers += 1
        case .containerRunning where value == .object,
            .initContainerRunning where value == .object,
            .containerTerminated where value == .object,
            .initContainerTerminated where value == .object:
            containers.started += 1
        case .containerRunningStarted, .initContainerRunningStarted:
            guard let time = takeContainerStart(field, text) else { return }
            life.runningSince = min(life.runningSince ?? time, time)
        case .containerTerminatedStarted, .initContainerTerminatedStarted:
            takeContainerStart(field, text)
        case .containerTerminatedFinished, .initContainerTerminatedFinished:
            guard let time = containerTime(field, text) else { return }
            containers.latest = max(containers.latest ?? time, time)
            containers.finished += 1
            if field == .containerTerminatedFinished { containers.finishedContainers += 1 }
        case .condition, .conditionType, .conditionStatus, .conditionTransition,
            .conditionHeartbeat, .conditionProbe:
            takeConditionField(field, value, text)
        case .hostAddress, .hostAddressType, .hostAddressText, .hostAddressValue:
            takeHostAddressField(field, value, text)
        default: break
        }
    }

    private static func kind(named text: Span<UInt8>) -> Kind {
        if text.isText("Pod") { return .pod }
        if text.isText("Node") { return .node }
        if text.isText("Service") { return .service }
        return text.isText("Gateway") ? .gateway : .other
    }
}

// MARK: - Containers

extension SnapshotItem {
    @discardableResult
    private mutating func takeContainerStart(
        _ field: SnapshotField,
        _ text: Span<UInt8>
    ) -> APITime? {
        guard let time = containerTime(field, text) else { return nil }
        life.firstStarted = min(life.firstStarted ?? time, time)
        return time
    }
}

// MARK: - Conditions

extension SnapshotItem {
    private mutating func takeConditionField(
        _ field: SnapshotField,
        _ value: cjs_kind,
        _ text: Span<UInt8>
    ) {
        switch field {
        case .conditionType: condition.name = Self.condition(named: text)
        case .conditionStatus: condition.status = conditionStatus(field, text)
        case .conditionTransition: condition.transition = time(field, text)
        case .conditionHeartbeat:
            let time = times.time(text)
            observe(time)
            heartbeat = [heartbeat, time].compactMap(\.self).max()
        case .condition where value == .object: condition = Condition()
        case .condition where value == .object_end: takeCondition()
        // Somebody looked at this time, so the document was written then or later.
        default: observe(times.time(text))
        }
    }

    private static func condition(named text: Span<UInt8>) -> Condition.Names {
        if text.isText("Ready") { return .ready }
        if text.isText("PodReadyToStartContainers") { return .networkReady }
        return text.isText("PodHasNetwork") ? .legacyNetworkReady : []
    }

    private mutating func conditionStatus(
        _ field: SnapshotField,
        _ text: Span<UInt8>
    ) -> Condition.Status? {
        if text.isText("True") { return .isTrue }
        if text.isText("False") { return .isFalse }
        if text.isText("Unknown") { return .isUnknown }
        note(field, "found \(quoted(text)), expected True, False or Unknown")
        return nil
    }

    /// Takes a condition that is complete; what others than the kubelet write is not read at all.
    private mutating func takeCondition() {
        if condition.name.isEmpty { return }
        let isReadiness = condition.name == .ready
        for var fault in condition.faults {
            let isStatus = fault.field == .conditionStatus
            fault.topics = isReadiness ? .ready : isStatus ? .state : .times
            note(fault)
        }
        observe(condition.transition)
        if seenConditions.contains(condition.name) {
            return noteCondition(.conditionType, "found the same condition twice")
        }
        seenConditions.insert(condition.name)
        guard let status = condition.status else {
            return noteCondition(.conditionStatus, "found none in a condition that is needed")
        }
        switch condition.name {
        case .ready:
            isReady = status == .isTrue
            readyTransition = condition.transition
            life.ready = status == .isTrue ? condition.transition : nil
        case .legacyNetworkReady where seenConditions.contains(.networkReady):
            break
        default:
            takeNetworkCondition(status)
        }
    }

    /// Notes what is wrong with the condition as a whole.
    private mutating func noteCondition(_ field: SnapshotField, _ finding: String) {
        let topics: SnapshotTopics = condition.name == .ready ? .ready : .state
        note(Fault(field: field, finding: finding, topics: topics))
    }

    private mutating func takeNetworkCondition(_ status: Condition.Status) {
        // Whoever cannot tell whether there is a network has not seen one. Without a transition, a
        // live Pod's sockets are then undetermined and a finished Pod's network is never known to
        // be gone: neither can be confirmed.
        life.network = status == .isTrue ? .ready : .notReady
        life.networkTransition = status == .isUnknown ? nil : condition.transition
    }
}

// MARK: - Addresses of Nodes and Gateways

extension SnapshotItem {
    private mutating func takeHostAddressField(
        _ field: SnapshotField,
        _ value: cjs_kind,
        _ text: Span<UInt8>
    ) {
        switch field {
        case .hostAddressType:
            hostAddress.mustBeAddress = ["InternalIP", "ExternalIP", "IPAddress"]
                .contains(string(text))
        case .hostAddress where value == .object: hostAddress = HostAddress()
        case .hostAddress:
            if let address = hostAddress.address {
                add(address, .hostAddressText)
            } else if hostAddress.mustBeAddress {
                // A hostname among the addresses is nothing to wonder at.
                note(.hostAddressText, hostAddress.finding ?? "found none")
            }
        default:
            hostAddress.address = IPAddress(string(text))
            if hostAddress.address == nil {
                hostAddress.finding = "found \(quoted(text)), expected an IP address"
            }
        }
    }
}
