import Model

/// The compact form of snapshots, `halfopen.snapshot/v1`; see halfopen-snapshot(5).
///
/// It holds all that a verdict reads, and leaves out the rest: under 400 bytes for a Pod.
package struct CompactSnapshot: Sendable {
    private let contents: [SnapshotContents]
    private let documents: [SnapshotDocument]

    /// The compact form of what the given documents say together.
    ///
    /// At most one of them may list Pods: which Pods share a cluster decides, and one document
    /// does not tell.
    package init(_ contents: [SnapshotContents]) {
        self.contents = contents
        documents = contents.map(\.document)
    }

    /// Writes the document in parts of some 64 KB; errors are those of `write`.
    package func render<Failure>(
        to write: ([UInt8]) throws(Failure) -> Void
    ) throws(Failure) {
        var json = JSONWriter()
        json.open("{")
        writeHeading(&json)
        json.open("[", "pods")
        for content in contents {
            try content.pods.forEach { pod throws(Failure) in
                json.line(indent: 0)
                json.pod(pod)
                try json.bytes.flush(to: write)
            }
        }
        json.closeLines()
        json.open("[", "nodes")
        for node in contents.flatMap(\.nodes) {
            json.line(indent: 0)
            json.node(node)
            try json.bytes.flush(to: write)
        }
        json.closeLines()
        json.open("[", "exempt")
        for entry in contents.flatMap(\.exempt) {
            json.line(indent: 0)
            json.exemptAddress(entry)
            try json.bytes.flush(to: write)
        }
        json.closeLines()
        json.close("}")
        json.endDocument()
        try write(json.bytes)
    }
}

// MARK: - The document as a whole

extension CompactSnapshot {
    private func writeHeading(_ json: inout JSONWriter) {
        json.field("schema", "halfopen.snapshot/v1")
        if let statedReadTime { json.field("capturedAt", statedReadTime) }
        json.field("modifiedAt", modified)
        if let newestTime { json.field("newestTime", newestTime) }
        json.field("scope", scope.rawValue)
        if let cluster { json.field("cluster", cluster) }
        if documents.contains(where: \.listsWorkloads) { json.field("podsFrom", "ztunnel") }
        if let network { json.field("network", network) }
    }

    /// When the data was read, if that is stated of all of it: a file's time is no statement.
    private var statedReadTime: WallTime? {
        let times = documents.compactMap { $0.statedReadTime?.time }
        return times.count == documents.count ? times.min() : nil
    }

    private var modified: WallTime {
        let isStated = statedReadTime != nil
        return documents.map { isStated ? $0.completion : $0.claimedReadTime }.min() ?? .distantPast
    }

    /// The earliest of the newest times; `nil` if a document has none, and is of any age.
    private var newestTime: WallTime? {
        let times = documents.compactMap { $0.statedReadTime?.time ?? $0.weakEvidence }
        return times.count == documents.count ? times.min() : nil
    }

    private var scope: SnapshotScope {
        if documents.contains(where: { $0.scope == .partial || $0.items == 0 }) { return .partial }
        let isWhole = documents.allSatisfy { $0.scope == .cluster && !$0.listsWorkloads }
        return isWhole ? .cluster : .unknown
    }

    private var network: String? {
        let names = Set(documents.compactMap(\.network))
        return names.count == 1 ? names.first : nil
    }

    private var cluster: String? {
        let names = Set(documents.compactMap(\.cluster))
        return names.count == 1 ? names.first : nil
    }
}

// MARK: - Entries

extension JSONWriter {
    /// Ends a list of one entry a line.
    fileprivate mutating func closeLines() {
        endLine()
        close("]")
    }

    /// A Pod without the times that no verdict reads: the first start of a container speaks only
    /// where the network condition is absent or the Pod has ended, Ready only where that is missing,
    /// and what runs not on the host network.
    fileprivate mutating func pod(_ pod: Pod) {
        let (identity, life) = (pod.identity, pod.life)
        object { json in
            json.field("namespace", known: identity.namespace)
            json.field("name", known: identity.name)
            json.field("uid", known: identity.uid)
            json.field("ips", pod.addresses.map(\.description))
            json.field("node", known: identity.node)
            json.field("network", known: pod.network)
            if life.phase != .unknown { json.field("phase", life.phase.rawValue) }
            json.field("creationTime", known: life.creation)
            json.field("startTime", known: life.start)
            if life.network != .absent { json.field("networkReady", life.network == .ready) }
            json.field("networkTransitionTime", known: life.networkTransition)
            if life.network == .absent || life.isTerminal {
                json.field("firstStartedTime", known: life.firstStarted)
                if life.firstStarted == nil { json.field("readyTime", known: life.ready) }
            }
            if !life.isHostNetwork { json.field("runningSinceTime", known: life.runningSince) }
            if life.isTerminal { json.field("lastFinishedTime", known: life.lastFinished) }
            json.field("deletionTime", known: life.deletion)
            if life.isHostNetwork { json.field("hostNetwork", true) }
            if life.isMirror { json.field("mirror", true) }
        }
    }

    fileprivate mutating func node(_ node: Node) {
        object { json in
            json.field("name", known: node.name)
            json.field("addresses", node.addresses.map(\.description))
            json.field("podCIDRs", node.podCIDRs.map(\.description))
            if let isReady = node.isReady { json.field("ready", isReady) }
            json.field("readyTransitionTime", known: node.readyTransition)
            json.field("heartbeatTime", known: node.heartbeat)
        }
    }

    fileprivate mutating func exemptAddress(_ entry: ExemptAddress) {
        object { json in
            json.field("address", entry.address.description)
            json.field("kind", entry.kind)
            json.field("name", entry.name)
            json.field("network", known: entry.network)
        }
    }

    /// A time of the API, left out where it is not known.
    private mutating func field(_ name: String, known time: APITime?) {
        if let time { field(name, apiTime: time) }
    }

    /// A name, left out where it is not known.
    private mutating func field(_ name: String, known text: String) {
        if !text.isEmpty { field(name, text) }
    }
}
