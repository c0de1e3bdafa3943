import Model

/// Contradictions in the snapshots that only the connections show, gathered as they stream by: a Pod
/// that was removed from a list is not missed before somebody is connected to it.
struct DocumentEvidence: Sendable {
    private let ownership: IPOwnership
    /// The first owner without times of each document that has one.
    private var timeless: [Int: Int] = [:]
    /// The documents that have times of some Pods; computed when that is first asked.
    private var documentsWithTimes: Set<Int>?
    /// The first unowned peer of the target that is being scanned, of each family that has no Pod
    /// address listed.
    private var unlisted: [Bool: IPAddress] = [:]

    /// The evidence before the first connection.
    init(of ownership: IPOwnership) {
        self.ownership = ownership
    }

    /// Takes in a judged connection.
    ///
    /// - Parameters:
    ///   - peer: The address of its other end.
    ///   - judgement: Who owns it.
    @inline(__always)
    mutating func note(_ peer: IPAddress, _ judgement: Judgement) {
        switch judgement.reason {
        case .ownerHasNoTimestamps, .boundToPreviousOwner, .ownerNodeLost, .ownerWithoutNetwork,
            .ownerStuckTerminating:
            noteOwners(of: peer)
        case .heardAfterSnapshot, .heardAroundSnapshot, .unownedIfSnapshotFresh,
            .previousOwnerGone, .unownedPodAddress, .unownedAddress:
            noteUnlisted(peer)
        default: break
        }
    }

    @inline(never)
    private mutating func noteUnlisted(_ peer: IPAddress) {
        if !ownership.listsFamily(of: peer), unlisted[peer.isIPv4] == nil {
            unlisted[peer.isIPv4] = peer
        }
    }

    @inline(never)
    private mutating func noteOwners(of peer: IPAddress) {
        for index in ownership.claims(on: peer).owners {
            let (life, document) = (ownership.pods.life(index), ownership.pods.document(index))
            if life.isMirror || life.earliestExistence != nil || timeless[document] != nil {
                continue
            }
            // A Pod with an unreadable field was reported already; nothing of it is believed.
            let isMisread = life == PodLife() && ownership.documents[document].problemCount > 0
            if isMisread { continue }
            let timed = documentsWithTimes ?? findDocumentsWithTimes()
            documentsWithTimes = timed
            if timed.contains(document) { timeless[document] = index }
        }
    }

    private func findDocumentsWithTimes() -> Set<Int> {
        var found: Set<Int> = []
        for index in 0..<ownership.pods.count
        where ownership.pods.life(index).earliestExistence != nil {
            found.insert(ownership.pods.document(index))
        }
        return found
    }

    /// Ends a target.
    ///
    /// A family that was cut from the snapshots makes incomplete the targets that use it. Anybody who
    /// runs a program on the node can make up a connection, which must not decide about the others.
    ///
    /// - Returns: Why the target is not complete, and nothing in it is proof by what the snapshots do
    ///   not list: one sentence each, without a full stop.
    package mutating func endTarget() -> [String] {
        defer { unlisted = [:] }
        return unlisted.values.sorted().map { peer in
            "no snapshot lists an \(peer.isIPv4 ? "IPv4" : "IPv6") address of a Pod, but there is a"
                + " connection to \(peer): that family was removed from the snapshot; take a complete"
                + " one"
        }
    }

    /// Why the scan is not complete, and nothing is proof by what the snapshots do not list: one
    /// sentence each, without a full stop.
    var shortcomings: [String] {
        timeless.sorted { $0.key < $1.key }.map { document, index in
            "snapshot '\(ownership.documents[document].source)' has no start time for Pod"
                + " \(ownership.pods.identity(index)), but has them for other Pods: times were"
                + " removed from it, and other data may be missing; take a complete snapshot"
        }
    }
}
