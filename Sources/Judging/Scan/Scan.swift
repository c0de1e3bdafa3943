import Model

/// Which sockets become findings, beside the candidates that were asked for.
package struct ScanDetail: Hashable, Sendable {
    /// Whether every socket does.
    package var showsAll: Bool

    /// A choice of what is shown.
    package init(showsAll: Bool = false) {
        self.showsAll = showsAll
    }
}

/// A scan that is going on: sockets are judged as they are listed, and only what will be shown is
/// kept; of those that are silent, all, until their target ends.
package struct Scan {
    private let judge: Judge
    private let detail: ScanDetail
    /// The clocks when the scan began.
    private let began: ClockReading
    /// The counts of the target that is being scanned.
    private var summary = ScanSummary()
    /// The sockets that are shown, in the order in which they were listed.
    package private(set) var findings: Findings
    /// What was scanned, with its counts.
    package private(set) var targets: [ScanTarget] = []
    /// Why sockets may not have been seen, or are no proof: one sentence each.
    package private(set) var gaps: [String] = []
    /// What else the reader of a report must know: one sentence each.
    package private(set) var notices: [String] = []
    /// What the sockets of the target that is being scanned show of its proxy.
    private var targetEvidence = TargetEvidence()
    /// What the sockets of all targets show of the snapshots.
    private var documentEvidence: DocumentEvidence
    /// The first peers of the target that is being scanned, but for those that are not judged.
    private var peers: [IPAddress] = []
    /// The silent sockets of the target that is being scanned.
    private var silent = SilentConnections()
    /// The silent sockets that nothing settles: neither their heartbeat nor a snapshot's times.
    private var openQuestions = 0
    /// What is remembered, if anything is; the sockets are added as they are judged.
    var history: SocketHistory?
    /// The number in history of each Pod of the snapshots, by its index, that some socket is bound to.
    private var boundPods: [Int: Int32] = [:]
    /// Whether the snapshots can be the truth, by each target alone; none where nothing is to be
    /// destroyed.
    private(set) var surveys: [SnapshotPlausibility] = []
    private let blankSurvey: SnapshotPlausibility?
    /// That of the target that is being scanned.
    private var survey: SnapshotPlausibility?

    /// A scan before its first target.
    ///
    /// - Parameters:
    ///   - judge: Who judges the sockets.
    ///   - detail: Which sockets become findings.
    ///   - began: The clocks now; moments of the wall clock are converted to the other by it.
    ///   - history: What earlier scans remember; `nil` where nothing is remembered.
    ///   - survey: What looks for evidence that the snapshots are wrong, before the first
    ///     connection; `nil` where nothing is to be destroyed.
    package init(
        by judge: Judge,
        _ detail: ScanDetail,
        began: ClockReading,
        history: consuming SocketHistory? = nil,
        survey: SnapshotPlausibility? = nil
    ) {
        self.judge = judge
        self.detail = detail
        self.began = began
        self.history = history
        self.history?.rely(on: judge.ownership.id)
        blankSurvey = survey
        documentEvidence = DocumentEvidence(of: judge.ownership)
        findings = Findings(by: judge)
    }

    /// Lists the sockets of a target, and judges each as it comes.
    ///
    /// - Parameters:
    ///   - target: What is scanned; its counts are filled in.
    ///   - list: Hands over each ESTABLISHED socket with a moment after the kernel described it, and
    ///     returns why there may be more: one sentence each.
    ///   - lookUp: Does the same for those of the given sockets that there still are: they were not
    ///     listed, and history knows them. By default, there are none.
    package mutating func scan(
        _ target: ScanTarget,
        list: ((TCPSocket, WallTime) -> Void) -> [String],
        lookUp: ([SocketKey], (TCPSocket, WallTime) -> Void) -> [String] = { _, _ in [] }
    ) {
        var target = target
        let (index, namespace) = (targets.count, target.inode ?? 0)
        let firstFinding = findings.count
        survey = blankSurvey
        targetEvidence = TargetEvidence(of: target.identity)
        silent = SilentConnections()
        peers = []
        var missed = list { socket, now in
            take(socket, now: now, target: index, namespace: namespace)
        }
        // A list with gaps does not say that what is missing is gone.
        if missed.isEmpty {
            missed = takeOverlooked(target: index, namespace: namespace, lookUp)
        }
        settleSilent(target: index, namespace: namespace)
        let cuts = documentEvidence.endTarget().map { "\(target.subject): \($0)" }
        if !cuts.isEmpty {
            findings.unconfirm(
                from: firstFinding,
                because: .snapshotWasCut,
                where: \.isByAbsence
            )
            summary.unconfirmAbsence()
        }
        if !missed.isEmpty || !judge.lists(targetEvidence) {
            history?.unbind(namespace, by: judge.readNotBefore)
        }
        var contradictions = cuts
        switch judge.doubt(of: targetEvidence, named: target.subject) {
        case .contradiction(let sentence):
            contradictions.append(sentence)
            findings.unconfirm(from: firstFinding, because: .proxyContradicts) {
                !$0.isByConnections
            }
            summary.unconfirmWhatSnapshotsProve()
        case .tooYoung(let sentence):
            // Nothing is confirmed by absence here: all was heard since the snapshot settled.
            notices.append(sentence)
        case nil: break
        }
        if !contradictions.isEmpty {
            missed += contradictions
            history?.disown(namespace, by: judge.readNotBefore)
        }
        if let survey { surveys.append(survey) }
        gaps += missed
        target.summary = summary
        target.isComplete = missed.isEmpty
        target.hasFewPeers = peers.count < ReapPolicy.manyPeers
        summary = ScanSummary()
        targets.append(target)
    }

    /// Takes what the list lacks of the sockets that the scan before saw, as far as they exist; why
    /// there may be more.
    private mutating func takeOverlooked(
        target: Int,
        namespace: UInt64,
        _ lookUp: ([SocketKey], (TCPSocket, WallTime) -> Void) -> [String]
    ) -> [String] {
        let overlooked = history?.overlooked(in: namespace, atMost: Self.mostLookUps) ?? []
        if overlooked.isEmpty { return [] }
        return lookUp(overlooked) { socket, now in
            take(socket, now: now, target: target, namespace: namespace)
        }
    }

    /// Ends the scan, after its last target.
    ///
    /// - Returns: What the connections show to be wrong of the snapshots: one sentence each.
    package mutating func conclude() -> [String] {
        let shortcomings = documentEvidence.shortcomings
        if shortcomings.isEmpty { return [] }
        findings.unconfirm(from: 0, because: .snapshotWasCut, where: \.isByAbsence)
        for index in targets.indices {
            targets[index].summary.unconfirmAbsence()
            history?.unbind(targets[index].inode ?? 0, by: judge.readNotBefore)
        }
        return shortcomings
    }

    /// The sockets of a target that are looked up one by one.
    ///
    /// Some milliseconds' worth. Where more have gone from the list at once, their proxy has ended, or
    /// reopens its connections by the thousand: those beyond count as closed.
    package static let mostLookUps = 1024

    /// Why the question that was asked has no answer for some connections, although the snapshots and
    /// the clock are sound: one sentence each, after the last target.
    package var unanswered: [String] {
        judge.unanswered(silentConnections: openQuestions)
    }

    /// Adds the reason why sockets may not have been seen that belong to no target.
    package mutating func note(_ gap: String) { gaps.append(gap) }
}

// MARK: - One socket

extension Scan {
    /// Judges a socket as it comes, and concludes unless its heartbeat decides.
    private mutating func take(
        _ socket: TCPSocket,
        now: WallTime,
        target: Int,
        namespace: UInt64
    ) {
        if let place = seeOwned(socket, in: namespace, now: now) {
            note(socket, .heardSinceSnapshot, now: now)
            return count(socket, .heardSinceSnapshot, now: now, target: target, place: place)
        }
        var place: Int?
        let judgement =
            history == nil
            ? judge.judge(socket, heardAt: now - socket.silence)
            : judgeByHistory(socket, in: namespace, now: now, &place)
        note(socket, judgement, now: now)
        if judge.isSilent(socket), judgement.reason != .excluded {
            return wait(socket, judgement, now: now, target: target, place: place)
        }
        let heard = judge.judgeHeard(judgement, silence: socket.silence)
        conclude(socket, heard, now: now, target: target, place: place)
    }

    /// Sees a socket of which the answer is known: by the same snapshots its peer was the owner, and was
    /// heard since they were taken.
    ///
    /// Every row that comes before that one asks whether the peer was last heard, or last sent data,
    /// before some moment. One that sends data later is the owner all the more; a bare acknowledgement
    /// alone does not tell. A silent connection is left to its heartbeat.
    ///
    /// - Returns: Its place in history; `nil` where the answer is not known, and nothing was taken in.
    @inline(__always)
    private mutating func seeOwned(
        _ socket: TCPSocket,
        in namespace: UInt64,
        now: WallTime
    ) -> Int? {
        if judge.isSilent(socket) { return nil }
        let now = ClockReading(wall: now, steady: began.steady(at: now))
        return history?.seeOwned(socket, in: namespace, at: now)
    }

    /// Takes in what a judged socket shows of its target and of the snapshots.
    @inline(__always)
    private mutating func note(_ socket: TCPSocket, _ judgement: Judgement, now: WallTime) {
        survey?.note(socket, judgement, heardAt: now - socket.silence)
        targetEvidence.note(socket.local.address, heardAt: now - socket.silence)
        documentEvidence.note(socket.peer.address, judgement)
        if peers.count < ReapPolicy.manyPeers, judgement.verdict != .exempt,
            !peers.contains(socket.peer.address)
        {
            peers.append(socket.peer.address)
        }
    }

    /// Remembers a judged socket, counts it, and keeps it if it is shown.
    private mutating func conclude(
        _ socket: TCPSocket,
        _ judgement: Judgement,
        now: WallTime,
        target: Int,
        place: Int?
    ) {
        if let place { remember(socket, judgement, now: now, place: place) }
        count(socket, judgement, now: now, target: target, place: place)
    }

    /// Counts a judged socket, and keeps it if it is shown.
    @inline(__always)
    private mutating func count(
        _ socket: TCPSocket,
        _ judgement: Judgement,
        now: WallTime,
        target: Int,
        place: Int?
    ) {
        let isCandidate = judgement.verdict.isCandidate
        let isAskedFor = isCandidate && judge.policy.asked.contains(judgement.verdict)
        summary.count(judgement, silence: socket.silence, isCandidate: isAskedFor)
        guard isCandidate ? isAskedFor : detail.showsAll else { return }
        keep(socket, judgement, now: now, target: target, place: place)
    }

    // None of these is for every socket: apart, so that one that does not need them costs no more.

    /// Judges a socket by what history says of it, takes in its heartbeat, and tells its place there.
    @inline(never)
    private mutating func judgeByHistory(
        _ socket: TCPSocket,
        in namespace: UInt64,
        now: WallTime,
        _ place: inout Int?
    ) -> Judgement {
        let key = SocketKey(socket, in: namespace)
        guard let known = history?.place(of: key, seenAt: now) else {
            return judge.judge(socket, heardAt: now - socket.silence)
        }
        place = known
        let (heardAt, past) = (now - socket.silence, history?.past(at: known))
        let judgement = judge.judge(socket, heardAt: heardAt, history: past)
        if judgement == .heardSinceSnapshot { history?.noteOwned(at: known, heardAt: heardAt) }
        let look = SocketLook(
            socket,
            at: began.steady(at: now),
            isSilent: judge.isSilent(socket),
            isOwned: judge.listsOwner(judgement)
        )
        history?.take(look, at: known)
        return judgement
    }

    @inline(never)
    private mutating func remember(
        _ socket: TCPSocket,
        _ judgement: Judgement,
        now: WallTime,
        place: Int
    ) {
        history?.see(place, at: now, isCandidate: judgement.verdict.isCandidate)
        let owner = judge.provenOwner(of: socket, judgement, heardAt: now - socket.silence)
        guard let owner, let pod = boundPods[owner] ?? number(ofBound: owner) else { return }
        history?.bind(place, to: pod, by: judge.readNotBefore)
    }

    /// The number in history of a Pod that no socket of this scan was bound to before.
    private mutating func number(ofBound owner: Int) -> Int32? {
        let number = history?.number(of: judge.ownership.pods.identity(owner))
        boundPods[owner] = number
        return number
    }

    /// Keeps a silent socket until its target ends, unless the table has proved it to be stale.
    @inline(never)
    private mutating func wait(
        _ socket: TCPSocket,
        _ judgement: Judgement,
        now: WallTime,
        target: Int,
        place: Int?
    ) {
        let connection = SilentConnection(
            socket: socket,
            now: now,
            judgement: judgement,
            place: place
        )
        let past = place.flatMap { history?.past(at: $0) }
        silent.count(connection.socket, past?.heartbeat ?? [])
        if judge.leavesToHeartbeat(connection.judgement) {
            silent.wait(connection)
        } else {
            conclude(connection, connection.judgement, target)
        }
    }

    /// Judges the silent sockets of a target, after its last.
    private mutating func settleSilent(target: Int, namespace: UInt64) {
        if silent.waiting.isEmpty { return }
        var witnesses = Witnesses(for: silent.waiting, by: judge)
        history?.forEachSeen(in: namespace) { peer, firstSeenAt, heartbeat in
            witnesses.note(peer.address, firstSeenAt: firstSeenAt, heartbeat)
        }
        for connection in silent.waiting {
            let judgement = judge.judge(
                connection,
                past: connection.place.flatMap { history?.past(at: $0) },
                witnesses,
                mostMissPings: silent.mostMissPings
            )
            if judge.isUnanswered(judgement) { openQuestions += 1 }
            conclude(connection, judgement, target)
        }
        silent = SilentConnections()
    }

    private mutating func conclude(
        _ connection: SilentConnection,
        _ judgement: Judgement,
        _ target: Int
    ) {
        conclude(
            connection.socket,
            judgement,
            now: connection.now,
            target: target,
            place: connection.place
        )
    }

    @inline(never)
    private mutating func keep(
        _ socket: TCPSocket,
        _ judgement: Judgement,
        now: WallTime,
        target: Int,
        place: Int?
    ) {
        findings.append(
            JudgedSocket(socket, judgement, target: target, now: now),
            past: place.flatMap { history?.past(at: $0) },
            candidacy: place.flatMap { history?.candidacy(at: $0) }
        )
    }
}
