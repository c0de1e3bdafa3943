import Model

/// Judges sockets by the evidence of the kernel's ages and a snapshot's times.
///
/// Pure: the same socket, heard at the same moment, is judged alike. Names of times are those of
/// the manual: `S` (``PodLife/earliestExistence``), `R` (``PodLife/networkReady``), `R*`
/// (``PodLife/networkReadyByContainers``), `E` (``PodLife/networkGone(skew:)``), `C`
/// (``IPOwnership/readNotBefore``) and `C'` (``IPOwnership/claimedReadTime``).
///
/// A class, because a scan would copy the value for each socket.
package final class Judge: Sendable {
    let ownership: IPOwnership
    let policy: Policy
    /// Whether there is any snapshot: else connections are judged by their heartbeat alone.
    let hasSnapshot: Bool
    /// The scanner's clock when the scan begins.
    let now: WallTime
    /// Whether the snapshots' times and this machine's clock can all be right: else nothing is
    /// proof, and nothing that the clock says is worth remembering.
    package let timesAreSound: Bool
    /// Whether the snapshots are as fresh as they claim: else that nobody lists an address is no
    /// proof, and nothing is bound.
    package let provesAbsence: Bool
    /// The node of each document that alone shows times which have not come yet: its clock is fast.
    private let fastNodes: [Int: String]
    let readNotBefore: WallTime
    private let claimedReadTime: WallTime
    /// Where the Pods are that history binds sockets to, by UID; only those that live.
    let boundPods: [String: Int]

    /// A judge who believes the given snapshots.
    ///
    /// - Parameters:
    ///   - ownership: The union of the snapshots.
    ///   - policy: What the user decided.
    ///   - now: The scanner's clock when the scan begins. Where it is earlier than the snapshots' own
    ///     times, or one is stated to be from later than its file, every comparison is void, and
    ///     nothing is confirmed.
    ///   - boundUIDs: The Pods that history binds sockets to; of these an explanation tells which
    ///     address they have now.
    package init(
        ownership: IPOwnership,
        policy: Policy,
        now: WallTime,
        boundUIDs: Set<String> = []
    ) {
        self.ownership = ownership
        self.policy = policy
        self.now = now
        hasSnapshot = !ownership.documents.isEmpty
        let documents = ownership.countingDocuments.map { ownership.documents[$0] }
        timesAreSound = Premises.timesAreSound(documents, now: now, skew: policy.skew)
        provesAbsence = !ownership.countingDocuments.contains {
            Premises.isOlderThanItClaims($0, in: ownership, policy, now: now)
        }
        var fastNodes: [Int: String] = [:]
        for index in ownership.countingDocuments where timesAreSound {
            let times = ownership.documents[index].newestTimes
            fastNodes[index] = times.nodeAlone(after: now + policy.skew)
        }
        self.fastNodes = fastNodes
        readNotBefore = ownership.readNotBefore
        claimedReadTime = ownership.claimedReadTime
        boundPods = boundUIDs.isEmpty ? [:] : ownership.livePods(withUIDs: boundUIDs)
    }

    /// Judges whose the other end of a socket is.
    ///
    /// - Parameters:
    ///   - socket: An ESTABLISHED socket.
    ///   - heardAt: When its peer was last heard, by the clock that was read after the kernel
    ///     described the socket.
    ///   - history: What earlier scans of this boot say of the socket.
    /// - Returns: The verdict of the first row of the table that holds.
    package func judge(
        _ socket: TCPSocket,
        heardAt: WallTime,
        history: SocketPast? = nil
    ) -> Judgement {
        let address = socket.peer.address
        if policy.exclude.contains(where: { $0.contains(address) }) {
            return Judgement(.exempt, nil, .excluded)
        }
        guard hasSnapshot else { return judgeByConnectionAlone(socket) }
        let claims = ownership.claims(on: address)
        let evidence = Evidence(of: socket, heardAt: heardAt, past: history)
        var judgement =
            claims.owners.count == 0
            ? judgeUnowned(address, claims, evidence)
            : judgeOwned(claims.owners, evidence)
        if judgement.verdict.isCandidate, judgement.confidence == .confirmed,
            claims.terminal.contains(where: { mayStillLive($0, heardAt) })
        {
            judgement.confidence = .suspected
            judgement.reason = .previousOwnerTerminal
        }
        if judgement.verdict.isCandidate, judgement.confidence == .confirmed,
            mayBeOfAnotherCluster(heardAt)
        {
            judgement.confidence = .suspected
            judgement.reason = .anotherClusterMayOwn
        }
        if !timesAreSound || (!provesAbsence && judgement.isByAbsence) {
            return judgement.unconfirmed
        }
        return judgement
    }

    /// The cap: whether the finished Pod at an index may have spoken last and have its network yet.
    ///
    /// When a Pod began whose times contradict each other is not known.
    func mayStillLive(_ index: Int, _ heardAt: WallTime) -> Bool {
        let life = ownership.pods.life(index)
        return !hasLostNetwork(index)
            && (contradicts(index, life) || mayHaveBeenHeard(life, heardAt))
    }

    /// Whether a Pod existed when the peer was heard; one of unknown start may always have.
    func mayHaveBeenHeard(_ life: PodLife, _ heardAt: WallTime) -> Bool {
        life.earliestExistence.map { heardAt >= $0 - policy.skew } ?? true
    }

    /// Whether a Pod of another cluster that the snapshots do not show may have been heard.
    ///
    /// What one cluster shows of an address proves nothing where another uses the same ones: then
    /// every Pod that can have been heard must have been listed.
    func mayBeOfAnotherCluster(_ heardAt: WallTime) -> Bool {
        guard ownership.listsSeveralClusters else { return false }
        return !ownership.isClusterWide || heardAt >= readNotBefore - Policy.settle - policy.skew
    }

    /// Whether the network of the finished Pod at an index was surely gone when the snapshot was
    /// taken; never of one whose node's clock was wrong, because that moment was read off it.
    private func hasLostNetwork(_ index: Int) -> Bool {
        let life = ownership.pods.life(index)
        guard let gone = life.networkGone(skew: policy.skew), gone <= readNotBefore else {
            return false
        }
        return !contradicts(index, life)
    }

    func isBeforeReading(_ heardAt: WallTime) -> Bool {
        heardAt <= readNotBefore - policy.skew
    }
}

/// What is known of a connection's other end.
private struct Evidence {
    let heardAt: WallTime
    /// When it last sent data, and not only an acknowledgement.
    let dataHeardAt: WallTime
    let past: SocketPast?

    init(of socket: TCPSocket, heardAt: WallTime, past: SocketPast?) {
        self.heardAt = heardAt
        self.past = past
        let info = socket.info
        dataHeardAt =
            heardAt - TimeSpan(milliseconds: Int64(info.lastDataReceived - info.lastHeard))
    }
}

// MARK: - Addresses that a live Pod owns

extension Judge {
    /// Judges each owner and joins the answers: a connection that is any owner's is no candidate.
    private func judgeOwned(_ owners: PodIndices, _ evidence: Evidence) -> Judgement {
        if owners.count == 1, let only = owners.first { return judgeOwner(only, evidence) }
        let judgements = owners.map { judgeOwner($0, evidence) }
        if judgements.allSatisfy(\.verdict.isCandidate) {
            return judgements.min { $0.isWeaker(than: $1) } ?? judgements[0]
        }
        let order: [Verdict] = [.current, .terminating, .undetermined]
        let verdict = order.first { verdict in judgements.contains { $0.verdict == verdict } }
        let weakest =
            judgements.filter { $0.verdict == verdict }
            .min { $0.isWeaker(than: $1) } ?? judgements[0]
        let clusters = Set(owners.map(ownership.cluster(ofPod:)))
        return clusters.count > 1 ? weakest.unconfirmed : weakest
    }

    private func judgeOwner(_ index: Int, _ evidence: Evidence) -> Judgement {
        let life = ownership.pods.life(index)
        let judgement =
            judgeByEarlierLife(index, life, evidence)
            ?? judgeOwner(life, lostNode: ownership.lostNode(ofPod: index), evidence.heardAt)
        guard
            judgement.confidence == .confirmed, contradicts(index, life)
        else { return judgement }
        var weakened = judgement.unconfirmed
        weakened.reason = .ownerTimesContradict
        return weakened
    }

    /// The rows that prove that the connection is older than the owner, or another Pod's.
    private func judgeByEarlierLife(
        _ index: Int,
        _ life: PodLife,
        _ evidence: Evidence
    ) -> Judgement? {
        let existence = life.earliestExistence.map { $0 - policy.skew }
        if let existence, evidence.heardAt < existence {
            return Judgement(.replaced, .confirmed, .heardBeforeOwnerExisted)
        }
        guard let past = evidence.past else { return nil }
        if isAnothers(past, than: index, life, evidence.dataHeardAt) {
            return Judgement(.replaced, .confirmed, .boundToPreviousOwner)
        }
        if let existence, past.firstSeenAt < existence, !hasSentData(life, evidence.dataHeardAt) {
            return Judgement(.replaced, .confirmed, .seenBeforeOwnerExisted)
        }
        return nil
    }

    /// Whether an owner can have sent the data that was heard last: no dead Pod sends any, whatever
    /// an owner's times and an earlier scan's say.
    private func hasSentData(_ life: PodLife, _ dataHeardAt: WallTime) -> Bool {
        let network = life.networkReady ?? life.networkReadyByContainers
        guard let since = network ?? life.earliestExistence else { return false }
        return dataHeardAt >= since
    }

    /// Whether history binds a socket to another Pod than an owner, which has not sent data on it.
    ///
    /// Data alone contradicts a binding: a bare acknowledgement of the old Pod may come late.
    private func isAnothers(
        _ past: SocketPast,
        than index: Int,
        _ life: PodLife,
        _ dataHeardAt: WallTime
    ) -> Bool {
        guard let binding = usable(past.binding), !life.isMirror else { return false }
        guard
            !ownership.pods.isUID(binding.pod.uid, of: index), ownership.hasUniqueUID(index)
        else { return false }
        guard let ready = life.networkReady ?? life.networkReadyByContainers else { return true }
        return dataHeardAt < ready
    }

    /// A binding if the snapshot is later than the one that proved it: an older one may show who
    /// had the address before.
    func usable(_ binding: SocketBinding?) -> SocketBinding? {
        guard let binding, binding.readNotBefore < readNotBefore else { return nil }
        return binding
    }

    /// The Pod that a judgement proves a socket to be the connection to.
    ///
    /// One that was heard shortly before the snapshot may be the connection to a Pod that was not
    /// listed yet, while the one that had the address before still was: a node's Pods exchange
    /// their addresses when it is rebooted. To be called its owner's is then harmless, to be bound
    /// to it is not.
    ///
    /// - Parameters:
    ///   - socket: The socket.
    ///   - judgement: What ``judge(_:heardAt:history:)`` said of it.
    ///   - heardAt: When its peer was last heard, as it was judged.
    /// - Returns: The index of the Pod, to which later scans find the socket bound; `nil` where nothing
    ///   is proved.
    package func provenOwner(
        of socket: TCPSocket,
        _ judgement: Judgement,
        heardAt: WallTime
    ) -> Int? {
        guard
            provesAbsence, judgement.verdict == .current, judgement.confidence == .confirmed,
            heardAt < readNotBefore - Policy.settle - policy.skew
        else { return nil }
        let owners = ownership.claims(on: socket.peer.address).owners
        guard
            owners.count == 1, let index = owners.first,
            ownership.pods.life(index).deletion == nil,
            ownership.hasUniqueUID(index)
        else { return nil }
        return index
    }

    /// The rows of the table for an owner below those, from the top; the first that holds decides.
    private func judgeOwner(
        _ life: PodLife,
        lostNode: LostNode?,
        _ heardAt: WallTime
    ) -> Judgement {
        let skew = policy.skew
        // Five seconds beyond the skew, because kubelets write the condition late.
        if life.earliestExistence != nil, let ready = life.networkReady,
            heardAt < ready - .seconds(5) - skew
        {
            return Judgement(.replaced, .suspected, .heardBeforeOwnerNetwork)
        }
        if let lostNode, isSilent(heardAt, since: lostNode) {
            return Judgement(.undetermined, nil, .ownerNodeLost)
        }
        if isStuckTerminating(life), isBeforeReading(heardAt) {
            return Judgement(.deleted, .suspected, .ownerStuckTerminating)
        }
        if life.network == .notReady {
            return Judgement(.undetermined, nil, .ownerWithoutNetwork)
        }
        guard
            life.earliestExistence != nil,
            let ready = life.networkReady ?? life.networkReadyByContainers
        else {
            return Judgement(.undetermined, nil, .ownerHasNoTimestamps)
        }
        if heardAt < ready + .seconds(1) + skew {
            return Judgement(.undetermined, nil, .heardAroundOwnerStart)
        }
        let isKnown = isBeforeReading(heardAt)
        if life.deletion != nil {
            return Judgement(.terminating, isKnown ? .confirmed : .assumed, .ownerTerminating)
        }
        return isKnown
            ? Judgement(.current, .confirmed, .heardFromOwner)
            : .heardSinceSnapshot
    }

    /// Whether nothing was heard since a Node stopped being Ready, whose transition is cut to whole
    /// seconds and may be any where it is not known; or since the snapshot that shows it no more.
    private func isSilent(_ heardAt: WallTime, since node: LostNode) -> Bool {
        if node.isMissing { return heardAt < readNotBefore + policy.skew }
        guard let since = node.since else { return true }
        return heardAt < since.wallTime + .seconds(1) + policy.skew
    }

    /// Whether a Pod being deleted should have been gone when the snapshot was taken.
    ///
    /// `deletionTimestamp` includes the grace period.
    private func isStuckTerminating(_ life: PodLife) -> Bool {
        guard let deletion = life.deletion else { return false }
        return life.network == .notReady || readNotBefore >= deletion.wallTime + .seconds(60)
    }

    /// Whether the times of the Pod at an index contradict each other, the document's or the scanner's
    /// clock, so that some clock was wrong by more than the skew.
    func contradicts(_ index: Int, _ life: PodLife) -> Bool {
        let document = ownership.pods.document(index)
        if let node = fastNodes[document], node == ownership.pods.nodeName(index) { return true }
        guard let start = life.start?.wallTime, !life.isMirror else { return false }
        if let creation = life.creation?.wallTime, start < creation - policy.skew { return true }
        if let ready = life.networkReady ?? life.networkReadyByContainers,
            start > ready + policy.skew
        {
            return true
        }
        if let running = life.runningSince?.wallTime, start > running + policy.skew { return true }
        return start > ownership.documents[document].completion + policy.skew
    }
}

// MARK: - Addresses that no live Pod owns

extension Judge {
    private func judgeUnowned(
        _ address: IPAddress,
        _ claims: AddressClaims,
        _ evidence: Evidence
    ) -> Judgement {
        let (skew, heardAt) = (policy.skew, evidence.heardAt)
        if claims.isHostNetwork || ownership.exemption(of: address) != nil {
            return Judgement(.exempt, nil, .notAPod)
        }
        if claims.terminal.contains(where: { wasHeard($0, at: heardAt) }) {
            return Judgement(.deleted, .confirmed, .heardFromFinishedPod)
        }
        if heardAt >= claimedReadTime - skew {
            return Judgement(.unlisted, nil, .heardAfterSnapshot)
        }
        if heardAt >= readNotBefore - Policy.settle - skew {
            return ownership.isReadTimeStated
                ? Judgement(.unlisted, nil, .heardAroundSnapshot)
                : Judgement(.deleted, .suspected, .unownedIfSnapshotFresh)
        }
        if ownership.isClusterWide {
            // No live Pod lists the address: the one that it is bound to is gone, has finished, or
            // has another address.
            if usable(evidence.past?.binding) != nil
                || claims.terminal.contains(where: hasLostNetwork)
            {
                return Judgement(.deleted, .confirmed, .previousOwnerGone)
            }
            if ownership.isPodAddress(address) {
                return Judgement(.deleted, .confirmed, .unownedPodAddress)
            }
        }
        return Judgement(.deleted, .suspected, .unownedAddress)
    }

    /// Whether the finished Pod at an index was surely the one heard: its containers ran then, and
    /// its network is gone.
    func wasHeard(_ index: Int, at heardAt: WallTime) -> Bool {
        let life = ownership.pods.life(index)
        guard
            hasLostNetwork(index),
            let started = life.firstStarted?.wallTime, let finished = life.lastFinished?.wallTime
        else { return false }
        return started + .seconds(1) + policy.skew <= heardAt && heardAt <= finished - policy.skew
    }
}

extension Judgement {
    /// The same verdict without proof.
    var unconfirmed: Judgement {
        guard confidence == .confirmed else { return self }
        return Judgement(verdict, verdict.isCandidate ? .suspected : .assumed, reason)
    }

    /// Whether this judgement stands on weaker evidence than another of its kind: less confidence,
    /// else a lower row, so that the order of the owners decides nothing.
    fileprivate func isWeaker(than other: Judgement) -> Bool {
        let (mine, theirs) = (confidence ?? .assumed, other.confidence ?? .assumed)
        return mine == theirs ? row > other.row : mine < theirs
    }

    private var row: Int { Reason.allCases.firstIndex(of: reason) ?? 0 }
}
