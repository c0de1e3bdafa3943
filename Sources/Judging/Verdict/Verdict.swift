/// Whose the other end of a connection is.
///
/// The order of the cases is the order of the report: what an operator must see first.
package enum Verdict: String, Hashable, Sendable, CaseIterable, Comparable {
    /// The peer's address belongs to another Pod than the one this connection was made with.
    case replaced
    /// The peer's Pod is gone, and nobody has its address.
    case deleted
    /// The peer has stopped pinging: the connection is half-open, and who is missing is for the next
    /// snapshot to say.
    case silent
    /// The peer's Pod is being deleted and still speaks.
    case terminating
    /// The evidence does not tell.
    case undetermined
    /// The peer was heard after the snapshot was taken, and the snapshot does not know it.
    case unlisted
    /// The peer is no Pod, or was excluded by the user.
    case exempt
    /// The connection is the present owner's.
    case current

    /// Whether the connection is a half-open candidate.
    package var isCandidate: Bool {
        switch self {
        case .replaced, .deleted, .silent: true
        case .terminating, .undetermined, .unlisted, .exempt, .current: false
        }
    }

    /// The verdicts of half-open candidates.
    package static let candidates = Set(allCases.filter(\.isCandidate))

    /// Whether the left verdict comes first in a report.
    package static func < (left: Verdict, right: Verdict) -> Bool {
        left.order < right.order
    }

    var order: Int {
        switch self {
        case .replaced: 0
        case .deleted: 1
        case .silent: 2
        case .terminating: 3
        case .undetermined: 4
        case .unlisted: 5
        case .exempt: 6
        case .current: 7
        }
    }
}

/// How sure a verdict is, weakest first.
package enum Confidence: String, Hashable, Sendable, CaseIterable, Comparable {
    /// Nothing speaks against it (`current` and `terminating` only).
    case assumed
    /// Worth a look (candidates only).
    case suspected
    /// Proof, given the premises.
    case confirmed

    /// Whether the left confidence is the weaker one.
    package static func < (left: Confidence, right: Confidence) -> Bool {
        left.order < right.order
    }

    private var order: Int {
        switch self {
        case .assumed: 0
        case .suspected: 1
        case .confirmed: 2
        }
    }
}

/// The row of the verdict table that decided.
package enum Reason: String, Hashable, Sendable, CaseIterable {
    /// The user excluded the address.
    case excluded
    /// The peer was last heard before the owner of its address existed.
    case heardBeforeOwnerExisted = "heard-before-owner-existed"
    /// An earlier scan proved that the connection is another Pod's.
    case boundToPreviousOwner = "bound-to-previous-owner"
    /// An earlier scan saw the connection before the owner of its address existed.
    case seenBeforeOwnerExisted = "seen-before-owner-existed"
    /// The pings stopped after the owner existed and before it had a network.
    case silentSinceBeforeOwnerNetwork = "silent-since-before-owner-network"
    /// The pings stopped, and nobody lists the address.
    case unownedAndSilent = "unowned-and-silent"
    /// The pings stopped.
    case pingsMissed = "pings-missed"
    /// The peer was last heard after the owner existed and before it had a network.
    case heardBeforeOwnerNetwork = "heard-before-owner-network"
    /// The owner's node is lost, and nothing was heard since.
    case ownerNodeLost = "owner-node-lost"
    /// The owner should be gone for a minute, and is still listed.
    case ownerStuckTerminating = "owner-stuck-terminating"
    /// The owner has no network now.
    case ownerWithoutNetwork = "owner-without-network"
    /// The snapshot does not tell when the owner started.
    case ownerHasNoTimestamps = "owner-has-no-timestamps"
    /// The peer was last heard while the owner was starting: it may have been either.
    case heardAroundOwnerStart = "heard-around-owner-start"
    /// The owner is being deleted and was heard.
    case ownerTerminating = "owner-terminating"
    /// The owner was heard before the snapshot.
    case heardFromOwner = "heard-from-owner"
    /// The peer was heard since the snapshot, which shows who owned the address then.
    case heardSinceSnapshot = "heard-since-snapshot"
    /// The peer was heard so recently that it lives, whoever it is.
    case heardNow = "heard-now"
    /// There is no snapshot, and the peer was heard not long enough ago to have missed its pings.
    case notSilentLongEnough = "not-silent-long-enough"
    /// There is no snapshot, and nothing shows that the peer ever pinged.
    case pingsNotSeen = "pings-not-seen"
    /// The owner's own times contradict each other or the snapshot's.
    case ownerTimesContradict = "owner-times-contradict"
    /// A Pod that has finished held the address, and its network may still live.
    case previousOwnerTerminal = "previous-owner-terminal"
    /// Several clusters are joined, and one that is not shown whole may have the address too.
    case anotherClusterMayOwn = "another-cluster-may-own"
    /// The address is a node's, a gateway's, a service's or a virtual machine's.
    case notAPod = "not-a-pod"
    /// The peer was heard while a Pod ran that has finished.
    case heardFromFinishedPod = "heard-from-finished-pod"
    /// The peer was heard after the snapshot, which does not list it.
    case heardAfterSnapshot = "heard-after-snapshot"
    /// Nobody lists the address, if the snapshot is as fresh as its file.
    case unownedIfSnapshotFresh = "unowned-if-snapshot-fresh"
    /// The peer was heard so shortly before the snapshot that its Pod may not be listed yet.
    case heardAroundSnapshot = "heard-around-snapshot"
    /// The Pod that is known to have held the address is gone.
    case previousOwnerGone = "previous-owner-gone"
    /// Nobody lists the address, which is one that Pods are given.
    case unownedPodAddress = "unowned-pod-address"
    /// Nobody lists the address.
    case unownedAddress = "unowned-address"
}

extension Reason {
    /// Whether it is a row of the heartbeat, which stands on the connection's silence.
    package var isHeartbeat: Bool {
        switch self {
        case .silentSinceBeforeOwnerNetwork, .unownedAndSilent, .pingsMissed: true
        default: false
        }
    }
}

/// Another connection that shows that servers still ping, so that a silent one is not silent because
/// its server or the way to it is slow.
package enum Witness: String, Hashable, Sendable, CaseIterable {
    /// One to the same address.
    case atAddress = "at-address"
    /// One to another Pod of the same node.
    case onNode = "on-node"
    /// Any other of the proxy.
    case elsewhere
}

/// A verdict with its confidence and reason.
package struct Judgement: Hashable, Sendable {
    /// Whose the other end is.
    package var verdict: Verdict
    /// How sure that is; `nil` for verdicts that claim nothing.
    package var confidence: Confidence?
    /// The row of the table that decided.
    package var reason: Reason
    /// Who still pings; only of what is confirmed by a row of the heartbeat.
    package var witness: Witness?

    /// A judgement of the given parts.
    init(
        _ verdict: Verdict,
        _ confidence: Confidence?,
        _ reason: Reason,
        witness: Witness? = nil
    ) {
        self.verdict = verdict
        self.confidence = confidence
        self.reason = reason
        self.witness = witness
    }

    /// That of an owner who was heard since the snapshot.
    static let heardSinceSnapshot = Judgement(.current, .assumed, .heardSinceSnapshot)

    /// Whether it is proof by what the snapshots do not list.
    package var isByAbsence: Bool {
        switch reason {
        case .previousOwnerGone, .unownedPodAddress: true
        case .unownedAndSilent: witness == .elsewhere
        default: false
        }
    }

    /// Whether it is proof that stands on the connections alone, whatever the snapshots say.
    package var isByConnections: Bool { verdict == .silent && witness == .atAddress }
}
