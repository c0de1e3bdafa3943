import CJSONStream
import Model

/// An item of a snapshot while its fields come in, in whatever order the document has them.
///
/// What it is may be said last, so that the fields of all kinds are gathered side by side.
struct SnapshotItem {
    /// What an item is.
    enum Kind {
        /// It does not say: in a `PodList` it is a Pod.
        case unnamed
        case pod, node, service, gateway
        /// An entry of the compact form's `exempt`.
        case exempt
        /// One of ztunnel's, which its UID tells to be a Pod or an exempt address.
        case workload
        /// Any other kind of the Kubernetes API, which does not decide who owns an address.
        case other
    }

    /// A field of an item that could not be read as it stands.
    struct Fault {
        let field: SnapshotField
        let finding: String
        /// What it weakens, if that is read of the item.
        var topics: SnapshotTopics
        /// Where it is; `nil` until whoever knows the place says it.
        var place: SnapshotError.Place?
    }

    var kind = Kind.unnamed
    /// Whether it is an entry of the compact form's `pods`.
    private(set) var isCompactPod = false
    var names = PodNames()
    var life = PodLife()
    var containers = ContainerCount()
    /// What a Pod lists.
    var podAddresses: [IPAddress] = []
    /// What a Node, a Service, a Gateway or an exempt entry lists.
    var otherAddresses: [IPAddress] = []
    var podCIDRs: [IPPrefix] = []
    /// The condition `Ready` of a Node.
    var isReady: Bool?
    var readyTransition: APITime?
    /// When a Node was last heard: the newest heartbeat of its conditions.
    var heartbeat: APITime?
    /// What an exempt entry says it is.
    var exemptKind = ""
    /// The newest time in it that was in the past when it was written.
    var newestTime: APITime?

    /// The first fault for each topic.
    private(set) var faults: [Fault] = []
    private(set) var topicsAtFault: SnapshotTopics = []
    /// Whether there is a fault without a place.
    private(set) var lacksPlace = false
    var condition = Condition()
    var seenConditions = Condition.Names()
    var hostAddress = HostAddress()
    /// Goes on from item to item.
    var times = APITimeReader()

    /// What is known at the beginning of an item, made once for all.
    private let unknownLife = PodLife()

    /// More addresses than any Pod, Node or Service has; a bound on what one item can take.
    private static let addressLimit = 256

    /// Begins the next item with the memory of this one, and nothing else of it.
    mutating func begin(_ field: SnapshotField) {
        kind =
            switch field {
            case .compactPod: .pod
            case .nodeEntry: .node
            case .exemptEntry: .exempt
            case .workload, .bareWorkload: .workload
            default: .unnamed
            }
        isCompactPod = field == .compactPod
        names.removeAll()
        life = unknownLife
        containers = ContainerCount()
        // One is the rule, and to remove all at once takes as long as four.
        while podAddresses.popLast() != nil {}
        otherAddresses = []
        podCIDRs = []
        isReady = nil
        readyTransition = nil
        heartbeat = nil
        exemptKind = ""
        newestTime = nil
        faults = []
        topicsAtFault = []
        lacksPlace = false
        condition = Condition()
        seenConditions = []
        hostAddress = HostAddress()
    }

    /// Takes the next field inside the item, and what was found there.
    mutating func take(
        _ field: SnapshotField,
        _ token: cjs_token,
        isExpected: Bool,
        _ text: Span<UInt8>
    ) {
        if kind == .other, field != .itemKind { return }
        if token.is_duplicate {
            // If there are two kinds, neither is believed: the item must not go unnoticed as an other one.
            if field == .itemKind { kind = .unnamed }
            return note(field, "found the key twice")
        }
        guard isExpected else {
            if token.kind == .null { return }
            return note(field, "found \(token.kind.text), expected \(field.shape.text)")
        }
        if field.isInList {
            takeListField(field, token.kind, text)
        } else if kind == .workload {
            takeWorkloadField(field, text)
        } else {
            takeCompactField(field, token.kind, text)
        }
    }
}

// MARK: - Reading single values

extension SnapshotItem {
    /// Notes what is wrong with a field; only the first such note on a topic is kept.
    ///
    /// What is wrong with a condition counts once it is known to be one that is read.
    mutating func note(_ field: SnapshotField, _ finding: String) {
        let fault = Fault(field: field, finding: finding, topics: field.topics)
        if field == .conditionStatus || field == .conditionTransition {
            lacksPlace = true
            condition.faults.append(fault)
        } else {
            note(fault)
        }
    }

    /// Notes a fault, unless there is one already for all that it is about.
    mutating func note(_ fault: Fault) {
        if fault.place == nil { lacksPlace = true }
        if fault.topics.isSubset(of: topicsAtFault) { return }
        topicsAtFault.formUnion(fault.topics)
        faults.append(fault)
    }

    /// Says where the faults are that have come up since it was last said.
    mutating func setPlace(_ place: SnapshotError.Place) {
        lacksPlace = false
        for index in faults.indices where faults[index].place == nil { faults[index].place = place }
        for index in condition.faults.indices where condition.faults[index].place == nil {
            condition.faults[index].place = place
        }
    }

    /// Reads a time that the API writes; `nil`, and a note, where it is none.
    mutating func time(_ field: SnapshotField, _ text: Span<UInt8>) -> APITime? {
        if let time = times.time(text) { return time }
        note(field, "found \(quoted(text)), expected a date and time from 1970 to 2106")
        return nil
    }

    /// Reads a time that was in the past when the document was written.
    mutating func pastTime(_ field: SnapshotField, _ text: Span<UInt8>) -> APITime? {
        guard let time = time(field, text) else { return nil }
        observe(time)
        return time
    }

    /// Keeps ``newestTime`` the newest of the times that were in the past.
    mutating func observe(_ time: APITime?) {
        guard let time else { return }
        newestTime = max(newestTime ?? time, time)
    }

    /// Reads a time of a container's state.
    ///
    /// The epoch itself is what containerd says of a container that never started (`StartError`,
    /// kubernetes#120331): no time at all, and no network is that old.
    mutating func containerTime(_ field: SnapshotField, _ text: Span<UInt8>) -> APITime? {
        guard let time = pastTime(field, text), time.epochSeconds != 0 else { return nil }
        return time
    }

    /// Reads one of a Pod's addresses.
    mutating func takePodAddress(_ field: SnapshotField, _ text: Span<UInt8>) {
        // Go writes an empty string for what is not known.
        if text.isEmpty { return }
        guard let address = address(field, text) else { return }
        if !podAddresses.add(address, limit: Self.addressLimit) { noteTooMany(field) }
    }

    /// Reads one of the addresses of an item that is no Pod.
    mutating func takeOtherAddress(_ field: SnapshotField, _ text: Span<UInt8>) {
        if text.isEmpty { return }
        guard let address = address(field, text) else { return }
        add(address, field)
    }

    /// Adds an address of an item that is no Pod.
    mutating func add(_ address: IPAddress, _ field: SnapshotField) {
        if !otherAddresses.add(address, limit: Self.addressLimit) { noteTooMany(field) }
    }

    private mutating func address(_ field: SnapshotField, _ text: Span<UInt8>) -> IPAddress? {
        if let address = IPAddress(utf8: text) { return address }
        note(field, "found \(quoted(text)), expected an IP address")
        return nil
    }

    private mutating func noteTooMany(_ field: SnapshotField) {
        note(field, "found more than \(Self.addressLimit) addresses")
    }

    /// Reads a block of Pod addresses.
    mutating func podCIDR(_ field: SnapshotField, _ text: Span<UInt8>) {
        guard let prefix = IPPrefix(string(text)) else {
            return note(
                field,
                "found \(quoted(text)), expected an address block such as 10.1.0.0/24"
            )
        }
        if !podCIDRs.add(prefix, limit: Self.addressLimit) {
            note(field, "found more than \(Self.addressLimit) address blocks")
        }
    }

    /// Reads a Pod's phase.
    mutating func phase(_ field: SnapshotField, _ text: Span<UInt8>) {
        // By far the most frequent one first, without a string made of it.
        if text.isText("Running") {
            life.phase = .running
        } else if let phase = PodPhase(rawValue: string(text)) {
            life.phase = phase
        } else {
            note(
                field,
                "found \(quoted(text)), expected Pending, Running, Succeeded, Failed or Unknown"
            )
        }
    }
}

// MARK: - What it amounts to

extension SnapshotItem {
    /// What the item is called in a message: `Pod shop/cart-1`.
    var title: String {
        let identity = names.identity
        let name = identity.name.isEmpty ? "without a name" : identity.name
        let isNamespaced = !identity.namespace.isEmpty
        let fullName = isNamespaced ? "\(identity.namespace)/\(name)" : name
        return switch kind {
        case .unnamed, .pod: "Pod \(fullName)"
        case .workload: "workload \(fullName)"
        case .node: "Node \(fullName)"
        case .service: "Service \(fullName)"
        case .gateway: "Gateway \(fullName)"
        case .exempt: "exempt entry \(fullName)"
        case .other: "item \(fullName)"
        }
    }

    /// Notes what a complete item of its kind must have and does not.
    mutating func noteMissingFields() {
        switch kind {
        case .pod, .unnamed:
            if names.areOfWholePod { break }
            if names.isEmpty(.name) { note(.name, "found none") }
            if names.isEmpty(.namespace) { note(.namespace, "found none") }
            if names.isEmpty(.uid) { note(.uid, "found none") }
        case .node, .service, .gateway:
            if names.isEmpty(.name) { note(.name, "found none") }
        case .workload:
            concludeWorkload()
        case .exempt:
            if otherAddresses.isEmpty { note(.exemptEntryAddress, "found none") }
        case .other:
            break
        }
    }

    /// Whether the item is a Pod that can be told from others or owns anything.
    ///
    /// A list of a million numbers is not a list of a million Pods.
    var isSomePod: Bool {
        topicsAtFault.isEmpty || !names.isEmpty(.uid) || !podAddresses.isEmpty
    }

    /// The life of the Pod that the item is.
    ///
    /// A Pod that is weakened still owns its good addresses, and has neither times nor a phase:
    /// nothing can be judged of its sockets, and nobody else seems to own them.
    var podLife: PodLife {
        guard topicsWeakened.isSubset(of: .address) else {
            return PodLife(isHostNetwork: life.isHostNetwork, isMirror: life.isMirror)
        }
        var life = life
        life.lastFinished = containers.lastFinished ?? life.lastFinished
        return life
    }

    /// The Node that the item is; one that is not Ready is not, whatever else is wrong with that.
    var node: Node {
        Node(
            name: names.name,
            addresses: otherAddresses,
            podCIDRs: podCIDRs,
            isReady: topicsAtFault.contains(.ready) && isReady == true ? nil : isReady,
            readyTransition: topicsAtFault.contains(.ready) ? nil : readyTransition,
            heartbeat: heartbeat
        )
    }

    /// The addresses of the item as those of no Pod.
    func exemptAddresses(kind: String) -> [ExemptAddress] {
        let identity = names.identity
        let isNamespaced = !identity.namespace.isEmpty
        let name = isNamespaced ? "\(identity.namespace)/\(identity.name)" : identity.name
        let network = names.network
        return otherAddresses.map {
            ExemptAddress(address: $0, kind: kind, name: name, network: network)
        }
    }
}

extension Array where Element: Equatable {
    /// Adds an element to a list that holds each once; whether there was room for it.
    fileprivate mutating func add(_ element: Element, limit: Int) -> Bool {
        if contains(element) { return true }
        guard count < limit else { return false }
        append(element)
        return true
    }
}

// MARK: - Text

extension Span<UInt8> {
    /// Whether these are the bytes of a text in ASCII.
    func isText(_ text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        return text.withUTF8Buffer { bytes in
            for index in indices where unsafe bytes[index] != self[index] { return false }
            return true
        }
    }
}

/// The string of the parser's bytes, which it has checked to be UTF-8.
func string(_ text: Span<UInt8>) -> String {
    unsafe text.withUnsafeBufferPointer { unsafe String(decoding: $0, as: UTF8.self) }
}

/// The start of the text in single quotes, for a message; who prints it escapes what it holds.
func quoted(_ text: Span<UInt8>) -> String {
    let longest = 80
    let scalars = string(text).unicodeScalars
    let start = scalars.prefix(longest)
    return "'\(String(start))\(start.endIndex == scalars.endIndex ? "" : "…")'"
}
