import Model

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
    /// The addresses that the previous owner has now; `nil` where it does not live.
    let previousOwnerMovedTo: [IPAddress]?
    /// Whether no later snapshot can tell when the previous owner's network ended, as long as that
    /// Pod is listed: it has no such time, or one that is contradicted.
    let previousOwnerKeepsSilent: Bool
    let firstSeenAt: WallTime?
    let exemption: ExemptAddress?
    /// Whether the Node of an owner is missing from its cluster, and not only not Ready.
    let isNodeMissing: Bool
    let claimedReadTime: WallTime
    /// Whether the snapshot is older than it claims, so that what it does not list is no proof.
    let isOlderThanClaimed: Bool
    let isClusterWide: Bool
    /// Whether the proxy has not read what was received.
    let isUnread: Bool
    /// The result, if reap tried to destroy the connection.
    var end: Reaping.Result?

    /// The sentence, without a full stop at its end.
    var text: String {
        switch judgement.verdict {
        case .replaced, .deleted, .silent:
            if judgement.reason.isHeartbeat {
                ofMissedPings
            } else {
                (owners.isEmpty ? candidateOfNobody : candidateOfAnOwner) + clockDoubt
            }
        case .current, .terminating, .undetermined: ofAnOwner ?? ofTheConnectionAlone
        case .unlisted:
            "no Pod in the snapshot of \(at(claimedReadTime)) has \(address), but the peer was"
                + " heard at \(heard): its Pod may be newer than the snapshot; take another"
                + " snapshot"
        case .exempt: notJudged
        }
    }
}

// MARK: - Candidates

extension Explanation {
    private var candidateOfAnOwner: String {
        switch judgement.reason {
        case .heardBeforeOwnerNetwork:
            "\(address) now belongs to \(ownerNames), whose network was ready by \(networkTime),"
                + " but the peer was last heard at \(heard): if that was an earlier Pod, or this"
                + " Pod before its network was recreated, \(nextWithOwner)"
        case .boundToPreviousOwner:
            "\(address) now belongs to \(ownerNames), but an earlier scan proved that this"
                + " connection belongs to \(previousName), and nothing was heard from the new Pod"
                + " on it: \(nextWithOwner)"
        case .seenBeforeOwnerExisted:
            "\(address) now belongs to \(ownerNames), \(started), but a scan saw this connection"
                + " before that\(firstSeen), so it was opened to an earlier Pod: \(nextWithOwner)"
        case .ownerStuckTerminating:
            "\(address) is still listed for \(ownerNames), which \(shouldBeGone), and \(silence):"
                + " if that Pod is gone, \(nextWithoutOwner)"
        case .ownerTimesContradict: contradiction
        case .previousOwnerTerminal:
            "\(address) now belongs to \(ownerNames), \(started), and \(silence); but"
                + " \(mayStillLive)"
        case .anotherClusterMayOwn:
            "\(address) now belongs to \(ownerNames), \(started), and \(silence); but"
                + " \(mayBeElsewhere)"
        default:
            "\(address) now belongs to \(ownerNames), \(started), but the peer was last heard at"
                + " \(heard), so it was an earlier Pod: \(nextWithOwner)"
        }
    }

    private var candidateOfNobody: String {
        switch judgement.reason {
        case .heardFromFinishedPod:
            "\(previousName) had \(address) and was last heard on this connection at \(heard),"
                + " but has since finished and lost its network: \(nextWithoutOwner)"
        case .previousOwnerTerminal:
            "no Pod has \(address) now, and \(silence); but \(mayStillLive)"
        case .anotherClusterMayOwn:
            "no Pod in the snapshots has \(address), and \(silence); but \(mayBeElsewhere)"
        case .previousOwnerGone where previousOwnerMovedTo != nil:
            "an earlier scan proved that this connection belongs to \(previousName), which has"
                + " \(newAddresses) now and no longer \(address); no Pod has that address, and"
                + " \(silence): \(nextWithoutOwner)"
        case .previousOwnerGone:
            "\(previousName) had \(address) and is gone, no Pod has the address now, and"
                + " \(silence): \(nextWithoutOwner)"
        case .unownedIfSnapshotFresh:
            "no Pod in the snapshot has \(address), and \(silence): if the snapshot was taken"
                + " after that (its time is unknown: --captured-at), \(nextWithoutOwner)"
        case .unownedPodAddress:
            "no Pod has \(address), which is in a Pod CIDR, and \(silence):"
                + " \(nextWithoutOwner)"
        default:
            "no Pod in the snapshot has \(address), and \(silence): if \(unownedPremise),"
                + " \(nextWithoutOwner)"
        }
    }

    private var unownedPremise: String {
        isClusterWide
            ? "it is a Pod address of this cluster (--pod-cidr)"
            : "the snapshot lists every Pod of the cluster (--cluster-wide)"
    }

    private var mayStillLive: String {
        let doubt =
            "\(previousName), which had the address and has finished, may still have its network"
            + " and be the peer"
        let advice =
            previousOwnerKeepsSilent
            ? "no snapshot can tell as long as it lists that Pod without a certain end time:"
                + " once its containers are gone from its node, delete the Pod and take another"
                + " snapshot"
            : "take another snapshot in a minute"
        return doubt + (previousOwnerKeepsSilent ? "; " : ": ") + remedy(advice)
    }

    private var mayBeElsewhere: String {
        "the snapshots come from several clusters, and a Pod that none of them lists may have the"
            + " same address and be the peer:"
            + " \(remedy("take new snapshots that list every Pod of each cluster"))"
    }

    /// How the connection ended; `nil` while it exists.
    var ending: String? {
        switch end {
        case .destroyed:
            judgement.confidence == .confirmed
                ? "this connection was stale and has been closed"
                : "this connection was stale; it has been closed"
        case .gone: "this connection has already closed"
        case .skipped, .refused, nil: nil
        }
    }

    /// What would settle a doubt, while that is of use.
    private func remedy(_ text: String) -> String {
        end == .destroyed ? "this connection was suspected and has been closed" : ending ?? text
    }

    /// What the new owner's kernel, which knows nothing of the connection, will do.
    var nextWithOwner: String {
        if let ending { return ending }
        return switch health {
        case .idle: "the next request on this connection will be reset"
        case .retransmitting: "the requests waiting on this connection will be reset"
        case .probing: "the next probe on this connection will be reset"
        }
    }

    /// What happens while no kernel has the address.
    var nextWithoutOwner: String {
        if let ending { return ending }
        return switch health {
        case .idle:
            "the next request on this connection will hang, or be reset once another Pod gets the"
                + " address"
        case .retransmitting:
            "requests on this connection hang until another Pod gets the address and resets them"
        case .probing:
            "probes are not answered, and requests would hang until another Pod gets the address"
                + " and resets them"
        }
    }

    /// What a reason that is proof lacks where nothing is confirmed.
    private var clockDoubt: String {
        switch judgement.reason {
        case .heardBeforeOwnerExisted, .boundToPreviousOwner, .seenBeforeOwnerExisted,
            .heardFromFinishedPod, .previousOwnerGone, .unownedPodAddress:
            if judgement.confidence == .confirmed {
                ""
            } else if isOlderThanClaimed, judgement.isByAbsence {
                " (no proof: the snapshot is older than it claims)"
            } else {
                " (no proof: the snapshot's times contradict its file time or this machine's clock)"
            }
        default: ""
        }
    }
}

// MARK: - The others

extension Explanation {
    private var notJudged: String {
        if judgement.reason == .excluded { return "\(address) is excluded (--exclude)" }
        guard let exemption else {
            return "\(address) belongs to a host-network Pod, so it is the address of its node:"
                + " not judged"
        }
        return "\(address) is the address of \(exemption.kind) \(exemption.name), not of a Pod:"
            + " not judged"
    }

    private var ofAnOwner: String? {
        if owners.isEmpty { return nil }
        let subject = "\(address) belongs to \(ownerNames)"
        return switch judgement.reason {
        case .ownerNodeLost:
            "\(subject), whose node is \(nodeLack), and \(silence): it is unknown whether the Pod"
                + " still runs; check the node"
        case .ownerWithoutNetwork:
            "\(subject), which has no network now: it is starting, restarting or ending; take"
                + " another snapshot"
        case .ownerHasNoTimestamps:
            "\(subject), but the snapshot does not say since when: this connection, last heard at"
                + " \(heard), belongs to this Pod or to an earlier one"
        case .heardAroundOwnerStart:
            "\(subject), whose network was ready by \(networkTime), and the peer was last heard at"
                + " \(heard), too early to tell whether it was this Pod or an earlier one: the"
                + " next traffic will show it"
        case .ownerTimesContradict: contradiction
        case .ownerTerminating:
            "\(subject), which is being deleted and was last heard at \(heard): this connection"
                + " ends with that Pod"
        case .heardSinceSnapshot:
            "\(subject) according to the snapshot of \(at(claimedReadTime)), and the peer was"
                + " last heard at \(heard): only a newer snapshot can prove that it was this Pod"
        case .heardNow:
            "\(subject), and the peer was last heard at \(heard): this connection is alive"
        default: "\(subject), which was last heard at \(heard)"
        }
    }
}

// MARK: - Words

extension Explanation {
    var ownerNames: String {
        owners.map(\.identity.description).joined(separator: " and ")
    }

    private var previousName: String { previousOwner?.identity.description ?? "an earlier Pod" }

    private var nodeLack: String {
        isNodeMissing ? "no longer a Node of the cluster" : "not Ready"
    }

    private var newAddresses: String {
        let addresses = previousOwnerMovedTo ?? []
        return addresses.isEmpty
            ? "no address" : addresses.map(\.description).joined(separator: " and ")
    }

    var silence: String { "nothing has been heard on this connection since \(heard)" }

    private var contradiction: String {
        "\(address) belongs to \(ownerNames), \(started), and the peer was last heard at \(heard);"
            + " but the times of that Pod contradict each other, so a clock was wrong and nothing"
            + " is proven: \(remedy("check the clock of its node"))"
    }

    var heard: String { at(heardAt) }

    private var firstSeen: String { firstSeenAt.map { ", at \(at($0))" } ?? "" }

    private var started: String {
        let times = owners.compactMap(\.life.earliestExistence)
        guard let first = times.min() else { return "whose start time is unknown" }
        return "started at \(at(first))"
    }

    var networkTime: String {
        owners.compactMap { $0.life.networkReady ?? $0.life.networkReadyByContainers }.max()
            .map(at) ?? "an unknown time"
    }

    private var shouldBeGone: String {
        let deletions = owners.filter { $0.life.network != .notReady }
            .compactMap { $0.life.deletion?.wallTime }
        guard let due = deletions.min() else { return "is being deleted and has lost its network" }
        return "should have been gone by \(at(due))"
    }

    /// The time of day in UTC; with the date where that is another than the scan's.
    private func at(_ time: WallTime) -> String {
        time.isOnSameDay(as: now)
            ? "\(time.clockText)Z" : "\(time.dateText) \(time.clockText)Z"
    }
}
