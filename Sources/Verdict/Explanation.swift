import NetAddress
import Ownership
import Times

/// One sentence for a human: whose the address is, what was heard when, what happens next.
struct Explanation {
    let address: IPAddress
    let judgement: Judgement
    let health: Health
    let heardAt: WallTime
    /// When the socket was described: times of another day are written with their date.
    let now: WallTime
    let owners: [NamedPod]
    let previousOwner: NamedPod?
    let exemption: ExemptAddress?
    let claimedCapture: WallTime

    /// The sentence, without a full stop at its end.
    var text: String {
        switch judgement.reason {
        case .excluded: "\(address) was excluded by --exclude"
        case .notAPod: notAPod
        case .heardBeforeOwnerExisted, .heardBeforeOwnerNetwork, .ownerTimesContradict,
            .previousOwnerTerminal, .ownerStuckTerminating:
            candidateOfAnOwner
        case .heardFromFinishedPod, .previousOwnerGone, .unownedPodAddress, .unownedAddress,
            .unownedIfSnapshotFresh:
            candidateOfNobody
        case .heardAfterSnapshot, .heardAroundSnapshot: unlisted
        case .ownerNodeLost, .ownerWithoutNetwork, .ownerHasNoTimestamps, .heardAroundOwnerStart:
            undetermined
        case .ownerTerminating:
            "\(address) belongs to \(ownerNames), which is being deleted and was heard \(heard)"
        case .heardFromOwner: "\(address) belongs to \(ownerNames), which was heard \(heard)"
        case .heardSinceSnapshot:
            "\(address) belongs to \(ownerNames), and was heard \(heard),"
                + " since the snapshot of \(at(claimedCapture))"
        }
    }
}

// MARK: - Candidates

extension Explanation {
    private var candidateOfAnOwner: String {
        guard !owners.isEmpty else { return candidateOfNobody }
        switch judgement.reason {
        case .ownerStuckTerminating:
            return "\(address) is still listed for \(ownerNames), which should be gone since"
                + " \(deletionTime), and \(silence): \(nextWithoutOwner)"
        case .heardBeforeOwnerNetwork:
            return "\(address) now belongs to \(ownerNames), whose network was ready only at"
                + " \(networkTime), and \(silence): if the connection is an earlier Pod's,"
                + " \(nextWithOwner)"
        case .ownerTimesContradict:
            let evidence = judgement.verdict.isCandidate ? silence : "was heard \(heard)"
            return "\(address) belongs to \(ownerNames), \(started), and \(evidence); but the"
                + " owner's own times contradict each other, so this is no proof"
        case .previousOwnerTerminal:
            return "\(address) now belongs to \(ownerNames), \(started), and \(silence); but"
                + " \(previousName), which has finished, may still have its network"
        default:
            return "\(address) now belongs to \(ownerNames), \(started); \(silence):"
                + " \(nextWithOwner)"
        }
    }

    private var candidateOfNobody: String {
        switch judgement.reason {
        case .heardFromFinishedPod:
            return "\(address) was \(previousName)'s, which was heard \(heard), has finished and"
                + " lost its network: \(nextWithoutOwner)"
        case .previousOwnerTerminal:
            return "\(address) was \(previousName)'s, which has finished, and \(silence); but its"
                + " network may still live"
        case .previousOwnerGone:
            return "\(address) was \(previousName)'s, which is gone; nobody has the address now,"
                + " and \(silence): \(nextWithoutOwner)"
        case .unownedIfSnapshotFresh:
            return "no Pod has \(address), and the peer was heard \(heard), shortly before the"
                + " snapshot's file was written; state when it was taken (--captured-at) to know"
        case .unownedPodAddress:
            return "no Pod has \(address), an address that Pods are given, and \(silence):"
                + " \(nextWithoutOwner)"
        default:
            return "no Pod of the snapshot has \(address), and \(silence): if the snapshot shows"
                + " the whole cluster (--cluster-wide), \(nextWithoutOwner)"
        }
    }

    /// What the new owner's kernel, which knows nothing of the connection, will do.
    private var nextWithOwner: String {
        switch health {
        case .idle: "the next request on it will be reset"
        case .retransmitting: "the requests waiting on it will be reset"
        case .probing: "the next probe on it will be reset"
        }
    }

    /// What happens while no kernel has the address.
    private var nextWithoutOwner: String {
        switch health {
        case .idle:
            "the next request on it will hang, or be reset once another Pod has the address"
        case .retransmitting, .probing:
            "requests hang on it now, and are reset once another Pod has the address"
        }
    }
}

// MARK: - The others

extension Explanation {
    private var unlisted: String {
        "no Pod of the snapshot of \(at(claimedCapture)) has \(address), but the peer was heard"
            + " \(heard): it may be newer than the snapshot; take another"
    }

    private var notAPod: String {
        guard let exemption else { return "\(address) is a host-network Pod's, so its node's" }
        return "\(address) is no Pod's but that of \(exemption.kind) \(exemption.name)"
    }

    private var undetermined: String {
        let subject = "\(address) belongs to \(ownerNames)"
        switch judgement.reason {
        case .ownerNodeLost:
            return "\(subject), whose node is not Ready, and \(silence): whether the Pod still"
                + " runs cannot be told"
        case .ownerWithoutNetwork:
            return "\(subject), which has no network now: it is starting, restarting or ending;"
                + " take another snapshot"
        case .ownerHasNoTimestamps:
            return "\(subject), but the snapshot does not tell when its network was made, so"
                + " whose this connection is cannot be told"
        default:
            return "\(subject), and \(silence), while that Pod was starting: the connection may"
                + " be its own or an earlier Pod's; its next traffic will tell"
        }
    }
}

// MARK: - Words

extension Explanation {
    private var ownerNames: String {
        owners.isEmpty
            ? "a Pod" : owners.map(\.identity.description).joined(separator: " and ")
    }

    private var previousName: String { previousOwner?.identity.description ?? "an earlier Pod" }

    private var silence: String { "nothing was heard on this connection since \(heard)" }

    private var heard: String { at(heardAt) }

    private var started: String {
        let times = owners.compactMap(\.life.earliestExistence)
        guard let first = times.min() else { return "whose start is not known" }
        return "started \(at(first))"
    }

    private var networkTime: String {
        owners.compactMap(\.life.networkReady).max().map(at) ?? "an unknown time"
    }

    private var deletionTime: String {
        owners.compactMap { $0.life.deletion?.wallTime }.min().map(at) ?? "an unknown time"
    }

    /// The time of day in UTC; with the date where that is another than the scan's.
    private func at(_ time: WallTime) -> String {
        time.dateText == now.dateText
            ? "\(time.clockText)Z" : "\(time.dateText) \(time.clockText)Z"
    }
}
