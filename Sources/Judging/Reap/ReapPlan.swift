import Model

/// Which sockets a run destroys, and why not the others.
struct ReapPlan: Sendable {
    /// Why nothing is destroyed, at all or in one target.
    enum Refusal: Hashable, Sendable {
        /// The scan did not see all, or its snapshots are no ground to stand on.
        case incomplete
        /// This machine's clock was set since the run before, or since the snapshots were taken.
        case clockWasSet
        /// No live Pod or node of the snapshots has the address of the target's proxy.
        case unknownProxy(IPAddress)
        /// The proxy is younger by the snapshots than what was heard on its connections.
        case youngProxy(IPAddress, started: WallTime, heard: WallTime)
        /// More of the target's peers than the policy allows are doubted.
        case doubtsTooMany(Int, of: Int, allowed: Double)
        /// The target has few peers, and no earlier run was judged by an earlier snapshot.
        case needsAnotherRun(peers: Int, Lack)
    }

    /// What keeps two runs by different snapshots from agreeing.
    enum Lack: Hashable, Sendable {
        /// Nothing is judged by a snapshot.
        case snapshot
        /// Nothing is remembered from run to run.
        case history
        /// The next run needs a newer snapshot than this one's.
        case newerSnapshot
    }

    /// What a plan knows of one target.
    ///
    /// Each is judged by its own connections alone: anybody who runs a program on the node can make
    /// up those of a target, which must not decide about the others.
    struct Ground: Sendable {
        /// All connections of the target.
        var survey: SnapshotPlausibility
        /// Whether all of it was seen, and it does not contradict the snapshots: nothing is
        /// destroyed in another.
        var isComplete: Bool
        /// What this run and the one before were judged by.
        var agreement: Agreement
    }

    /// Why one socket is not destroyed.
    enum Objection: Hashable, Sendable {
        /// It is a candidate without proof.
        case suspected
        /// The owner of its peer's address is younger than the policy asks.
        case ownerTooYoung
        /// There are few peers, and no run by an earlier snapshot has found it a candidate yet.
        case needsAnotherRun(Lack)
        /// The connections show that the snapshots may be wrong.
        case snapshotDoubted
        /// Its target was not scanned as a whole, or contradicts the snapshots.
        case targetIncomplete
        /// The snapshots may be wrong of its target.
        case targetRefused
        /// The run destroys as many of its target as it may without it.
        case overMax
    }

    /// What an earlier run and this one were judged by: where they agree it is by two snapshots.
    struct Agreement: Hashable, Sendable {
        /// `C` of the snapshots of the run before; `nil` where no history tells.
        var earlier: WallTime?
        /// `C` of this run's.
        var present: WallTime
        /// Whether anything is remembered for the next run.
        var hasHistory: Bool

        /// Whether the runs used different snapshots.
        var isOfTwoSnapshots: Bool { earlier.map { $0 < present } ?? false }
    }

    /// A candidate that stays.
    struct Spared: Hashable, Sendable {
        /// The candidate.
        let finding: Finding
        /// Why it stays.
        let objection: Objection
    }

    /// Why nothing is destroyed at all; `nil` where something may be.
    let refusal: Refusal?
    /// Why nothing is destroyed in a target, by its index.
    let targetRefusals: [Int: Refusal]
    /// What is to be destroyed, longest silent first; nothing where the run is refused.
    let victims: [Finding]
    /// The candidates that stay; of a refused run those that would have.
    let spared: [Spared]

    /// Plans a run.
    ///
    /// - Parameters:
    ///   - findings: What the scan shows; those that are no candidates are left out.
    ///   - targets: What is known of each target, by its index.
    ///   - isSound: Whether the snapshots and the clock are sound.
    ///   - isOfOneClock: Whether the clock was not set since the run before, nor since the snapshots
    ///     were taken.
    ///   - policy: What the user decided.
    init(
        findings: some Sequence<Finding>,
        targets: [Ground],
        isSound: Bool,
        isOfOneClock: Bool = true,
        policy: ReapPolicy
    ) {
        let candidates = Dictionary(
            grouping: findings.filter(\.judgement.verdict.isCandidate),
            by: \.target
        )
        var (victims, spared): ([Finding], [Spared]) = ([], [])
        var refused: [(target: Int, refusal: Refusal, victims: [Finding])] = []
        for (index, ground) in targets.enumerated() {
            let part = TargetPlan(candidates[index] ?? [], on: ground, policy)
            spared += part.spared
            if let refusal = part.refusal {
                refused.append((index, refusal, part.victims))
            } else {
                victims += part.victims
            }
        }
        // A whole scan that found no target has nothing to refuse.
        let isWholeSomewhere = targets.isEmpty || targets.contains(where: \.isComplete)
        var refusal = isSound && isWholeSomewhere ? nil : Refusal.incomplete
        if refusal == nil, !isOfOneClock { refusal = .clockWasSet }
        if refusal == nil, victims.isEmpty { refusal = refused.first?.refusal }
        if refusal == nil {
            spared += refused.flatMap(\.victims)
                .map { Spared(finding: $0, objection: .targetRefused) }
        }
        self.refusal = refusal
        targetRefusals = Dictionary(uniqueKeysWithValues: refused.map { ($0.target, $0.refusal) })
        self.victims = refusal == nil ? Self.longestSilentFirst(victims) : []
        self.spared = spared
    }

    /// What is planned for the candidates of one target.
    private struct TargetPlan {
        var refusal: Refusal?
        /// What is to be destroyed; of a refused target what would have been.
        var victims: [Finding] = []
        var spared: [Spared] = []

        init(_ candidates: [Finding], on ground: Ground, _ policy: ReapPolicy) {
            for finding in candidates {
                let objection =
                    ground.isComplete ? policy.objection(to: finding) : .targetIncomplete
                if let objection {
                    spared.append(Spared(finding: finding, objection: objection))
                } else {
                    victims.append(finding)
                }
            }
            if let doubt = ReapPlan.doubt(of: victims, on: ground, policy) {
                func isTrusted(_ finding: Finding) -> Bool {
                    finding.judgement.isByConnections
                        || (doubt.isSettledByAgreement
                            && ReapPlan.isAgreed(finding, ground.agreement))
                }
                if victims.contains(where: isTrusted) {
                    spare(doubt.objection) { !isTrusted($0) }
                } else {
                    refusal = doubt.refusal
                }
            }
            victims = ReapPlan.longestSilentFirst(victims)
            spared += victims.dropFirst(policy.max).map { Spared(finding: $0, objection: .overMax) }
            victims = Array(victims.prefix(policy.max))
        }

        private mutating func spare(_ objection: Objection, where isSpared: (Finding) -> Bool) {
            spared += victims.filter(isSpared).map { Spared(finding: $0, objection: objection) }
            victims.removeAll(where: isSpared)
        }
    }

    /// Why the snapshots may be wrong, which have no part in what connections alone prove.
    private static func doubt(
        of victims: [Finding],
        on ground: Ground,
        _ policy: ReapPolicy
    ) -> (refusal: Refusal, objection: Objection, isSettledByAgreement: Bool)? {
        if victims.allSatisfy(\.judgement.isByConnections) { return nil }
        let survey = ground.survey
        if let refusal = survey.contradiction ?? doubts(survey, policy) {
            return (refusal, .snapshotDoubted, false)
        }
        if survey.peers >= ReapPolicy.manyPeers || policy.insists { return nil }
        let lack: Lack =
            !survey.hasSnapshot
            ? .snapshot : ground.agreement.hasHistory ? .newerSnapshot : .history
        return (.needsAnotherRun(peers: survey.peers, lack), .needsAnotherRun(lack), true)
    }

    /// The part of the peers that is doubted tells whether the snapshot is wrong, if they are many.
    private static func doubts(_ survey: SnapshotPlausibility, _ policy: ReapPolicy) -> Refusal? {
        let (doubted, all) = (survey.doubted, survey.doubted + survey.vouchedFor)
        guard
            survey.peers >= ReapPolicy.manyPeers,
            Double(doubted) > policy.maxFraction * Double(all)
        else { return nil }
        return .doubtsTooMany(doubted, of: all, allowed: policy.maxFraction)
    }

    /// Whether the run before found it a candidate, too, and by an earlier snapshot.
    private static func isAgreed(_ finding: Finding, _ agreement: Agreement) -> Bool {
        agreement.isOfTwoSnapshots && (finding.candidacy?.runs ?? 0) >= 2
    }

    private static func longestSilentFirst(_ findings: [Finding]) -> [Finding] {
        // Numbers are lighter to move than findings.
        let silences = findings.map(\.silence)
        return findings.indices.sorted { left, right in
            silences[left] == silences[right]
                ? Finding.reportOrder(findings[left], findings[right])
                : silences[left] > silences[right]
        }
        .map { findings[$0] }
    }
}
