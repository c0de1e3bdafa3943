import Model

/// Which sockets become findings, beside the candidates that were asked for.
package struct ScanDetail: Hashable, Sendable {
    /// Whether every socket does.
    package var showsAll: Bool
    /// Whether live owners that do not answer do.
    package var showsUnresponsive: Bool

    /// A choice of what is shown.
    package init(showsAll: Bool = false, showsUnresponsive: Bool = false) {
        self.showsAll = showsAll
        self.showsUnresponsive = showsUnresponsive
    }
}

/// A scan that is going on: sockets are judged as they are listed, and only what will be shown is
/// kept.
package struct Scan {
    private let judge: Judge
    private let detail: ScanDetail
    /// The counts of the target that is being scanned.
    private var summary = ScanSummary()
    /// The sockets that are shown, in the order in which they were listed.
    package private(set) var findings: [Finding] = []
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
    /// What is remembered, if anything is; the sockets are added as they are judged.
    var history: SocketHistory?
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
    ///   - history: What earlier scans remember; `nil` where nothing is remembered.
    ///   - survey: What looks for evidence that the snapshots are wrong, before the first
    ///     connection; `nil` where nothing is to be destroyed.
    package init(
        by judge: Judge,
        _ detail: ScanDetail,
        history: consuming SocketHistory? = nil,
        survey: SnapshotPlausibility? = nil
    ) {
        self.judge = judge
        self.detail = detail
        self.history = history
        blankSurvey = survey
        documentEvidence = DocumentEvidence(of: judge.ownership)
    }

    /// Lists the sockets of a target, and judges each as it comes.
    ///
    /// - Parameters:
    ///   - target: What is scanned; its counts are filled in.
    ///   - list: Hands over each ESTABLISHED socket with a moment after the kernel described it, and
    ///     returns why there may be more: one sentence each.
    package mutating func scan(
        _ target: ScanTarget,
        list: ((TCPSocket, WallTime) -> Void) -> [String]
    ) {
        var target = target
        let (index, namespace) = (targets.count, target.inode ?? 0)
        let firstFinding = findings.count
        survey = blankSurvey
        targetEvidence = TargetEvidence(of: target.identity)
        var missed = list { socket, now in
            take(socket, now: now, target: index, namespace: namespace)
        }
        let cuts = documentEvidence.endTarget().map { "\(target.subject): \($0)" }
        if !cuts.isEmpty {
            unconfirm(findings: firstFinding..., because: Self.cutDoubt, byAbsence: true)
            summary.unconfirm(byAbsence: true)
        }
        if !missed.isEmpty || !judge.lists(targetEvidence) {
            history?.unbind(namespace, by: judge.ownership.readNotBefore)
        }
        var contradictions = cuts
        switch judge.doubt(of: targetEvidence, named: target.subject) {
        case .contradiction(let sentence):
            contradictions.append(sentence)
            unconfirm(findings: firstFinding..., because: "the proxy contradicts the snapshot")
            summary.unconfirm(byAbsence: false)
        case .tooYoung(let sentence):
            // Nothing is confirmed by absence here: all was heard since the snapshot settled.
            notices.append(sentence)
        case nil: break
        }
        if !contradictions.isEmpty {
            missed += contradictions
            history?.disown(namespace, by: judge.ownership.readNotBefore)
        }
        if let survey { surveys.append(survey) }
        gaps += missed
        target.summary = summary
        target.isComplete = missed.isEmpty
        summary = ScanSummary()
        targets.append(target)
    }

    /// Ends the scan, after its last target.
    ///
    /// - Returns: What the connections show to be wrong of the snapshots: one sentence each.
    package mutating func conclude() -> [String] {
        let shortcomings = documentEvidence.shortcomings
        if shortcomings.isEmpty { return [] }
        unconfirm(findings: 0..., because: Self.cutDoubt, byAbsence: true)
        for index in targets.indices {
            targets[index].summary.unconfirm(byAbsence: true)
            history?.unbind(targets[index].inode ?? 0, by: judge.ownership.readNotBefore)
        }
        return shortcomings
    }

    private static let cutDoubt = "data was removed from the snapshot"

    private mutating func unconfirm(
        findings range: PartialRangeFrom<Int>,
        because doubt: String,
        byAbsence: Bool = false
    ) {
        for index in findings[range].indices
        where !byAbsence || findings[index].judgement.reason.isAbsence {
            findings[index].unconfirm(because: doubt)
        }
    }

    /// Adds the reason why sockets may not have been seen that belong to no target.
    package mutating func note(_ gap: String) { gaps.append(gap) }

    /// Judges a socket, remembers it, counts it, and keeps it if it is shown.
    private mutating func take(
        _ socket: TCPSocket,
        now: WallTime,
        target: Int,
        namespace: UInt64
    ) {
        let judgement =
            history == nil
            ? judge.judge(socket, heardAt: now - socket.silence)
            : judgeAndRemember(socket, SocketKey(socket, in: namespace), now: now)
        survey?.note(socket, judgement, heardAt: now - socket.silence)
        targetEvidence.note(socket.local.address, heardAt: now - socket.silence)
        documentEvidence.note(socket.peer.address, judgement)
        let isUnresponsive = judgement.isUnresponsive(
            health: Health(of: socket),
            silence: socket.silence
        )
        let isCandidate = judgement.verdict.isCandidate
        let isAskedFor = isCandidate && judge.policy.asked.contains(judgement.verdict)
        summary.count(
            judgement,
            silence: socket.silence,
            isUnresponsive: isUnresponsive,
            isCandidate: isAskedFor
        )
        let isShown =
            isCandidate
            ? isAskedFor : detail.showsAll || (detail.showsUnresponsive && isUnresponsive)
        guard isShown else { return }
        keep(socket, judgement, SocketKey(socket, in: namespace), target: target, now: now)
    }

    // Neither of these is for every socket: apart, so that those who need them not pay nothing.

    @inline(never)
    private mutating func judgeAndRemember(
        _ socket: TCPSocket,
        _ key: SocketKey,
        now: WallTime
    ) -> Judgement {
        let heardAt = now - socket.silence
        let past = history?.past(of: key)
        let judgement = judge.judge(socket, heardAt: heardAt, history: past)
        let binding = judge.binding(of: socket, judgement, heardAt: heardAt, known: past?.binding)
        history?.remember(
            key,
            SocketSighting(
                seenAt: now,
                isCandidate: judgement.verdict.isCandidate,
                binding: binding
            )
        )
        return judgement
    }

    @inline(never)
    private mutating func keep(
        _ socket: TCPSocket,
        _ judgement: Judgement,
        _ key: SocketKey,
        target: Int,
        now: WallTime
    ) {
        var finding = judge.finding(
            for: socket,
            judgement,
            target: target,
            now: now,
            history: history?.past(of: key)
        )
        finding.candidacy = history?.candidacy(of: key)
        findings.append(finding)
    }
}
