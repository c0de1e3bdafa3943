import Model

/// Which sockets a run destroys, and why not the others.
package struct ReapPlan: Sendable {
    /// Why nothing is destroyed at all.
    package enum Refusal: Hashable, Sendable {
        /// The scan did not see all, or its snapshots are no ground to stand on.
        case incomplete
        /// This machine's clock was set since the run before, or since the snapshots were taken.
        case clockWasSet
        /// No live Pod or node of the snapshots has the address of a scanned proxy.
        case unknownProxy(IPAddress)
        /// A scanned proxy is younger by the snapshots than what was heard on its connections.
        case youngProxy(IPAddress, started: WallTime, heard: WallTime)
        /// More of the peers than the policy allows are doubted.
        case doubtsTooMany(Int, of: Int, allowed: Double)
        /// There are few peers, and no earlier run was judged by an earlier snapshot.
        case needsAnotherRun(peers: Int)
    }

    /// Why one socket is not destroyed.
    package enum Objection: Hashable, Sendable {
        /// It is a candidate without proof.
        case suspected
        /// The owner of its peer's address is younger than the policy asks.
        case ownerTooYoung
        /// There are few peers, and no run by an earlier snapshot has found it a candidate yet.
        case needsAnotherRun
        /// The connections show that the snapshots may be wrong.
        case snapshotDoubted
        /// Its target was not scanned as a whole, or contradicts the snapshots.
        case targetIncomplete
        /// The run destroys as many as it may without it.
        case overMax
    }

    /// What an earlier run and this one were judged by: where they agree it is by two snapshots.
    package struct Agreement: Hashable, Sendable {
        /// `C` of the snapshots of the run before; `nil` where no history tells.
        package var earlier: WallTime?
        /// `C` of this run's.
        package var present: WallTime

        /// The agreement of two runs.
        package init(earlier: WallTime?, present: WallTime) {
            self.earlier = earlier
            self.present = present
        }

        /// Whether the runs used different snapshots.
        var isOfTwoSnapshots: Bool { earlier.map { $0 < present } ?? false }
    }

    /// A candidate that stays.
    package struct Spared: Hashable, Sendable {
        /// The candidate.
        package let finding: Finding
        /// Why it stays.
        package let objection: Objection
    }

    /// Why nothing is destroyed; `nil` where something may be.
    package let refusal: Refusal?
    /// What is to be destroyed, longest silent first; nothing where the run is refused.
    package let victims: [Finding]
    /// The candidates that stay; of a refused run those that would have.
    package let spared: [Spared]

    /// Plans a run.
    ///
    /// - Parameters:
    ///   - findings: What the scan shows; those that are no candidates are left out.
    ///   - survey: All connections of the scan.
    ///   - isSound: Whether the snapshots and the clock are sound.
    ///   - isOfOneClock: Whether the clock was not set since the run before, nor since the snapshots
    ///     were taken.
    ///   - completeTargets: The indices of the targets of which all was seen, and that do not
    ///     contradict the snapshots: nothing is destroyed in another.
    ///   - agreement: What this run and the one before were judged by.
    ///   - policy: What the user decided.
    package init(
        findings: [Finding],
        survey: SnapshotPlausibility,
        isSound: Bool,
        isOfOneClock: Bool = true,
        completeTargets: Set<Int>,
        agreement: Agreement,
        policy: ReapPolicy
    ) {
        var spared: [Spared] = []
        var victims = findings.filter { finding in
            guard finding.judgement.verdict.isCandidate else { return false }
            let isWhole = completeTargets.contains(finding.target)
            let objection = isWhole ? policy.objection(to: finding) : .targetIncomplete
            guard let objection else { return true }
            spared.append(Spared(finding: finding, objection: objection))
            return false
        }
        victims = Self.longestSilentFirst(victims)
        var refusal = isSound && !completeTargets.isEmpty ? nil : Refusal.incomplete
        if refusal == nil, !isOfOneClock { refusal = .clockWasSet }
        if refusal == nil, let doubt = Self.doubt(of: victims, survey, policy) {
            func isTrusted(_ finding: Finding) -> Bool {
                finding.judgement.isByConnections
                    || (doubt.objection == .needsAnotherRun && Self.isAgreed(finding, agreement))
            }
            let trusted = victims.filter(isTrusted)
            if trusted.isEmpty { refusal = doubt.refusal }
            if !trusted.isEmpty || doubt.objection == .needsAnotherRun {
                spared += victims.filter { !isTrusted($0) }
                    .map { Spared(finding: $0, objection: doubt.objection) }
                victims = trusted
            }
        }
        spared += victims.dropFirst(policy.max).map { Spared(finding: $0, objection: .overMax) }
        self.refusal = refusal
        self.victims = refusal == nil ? Array(victims.prefix(policy.max)) : []
        self.spared = spared
    }

    /// Why the snapshots may be wrong, which have no part in what connections alone prove.
    private static func doubt(
        of victims: [Finding],
        _ survey: SnapshotPlausibility,
        _ policy: ReapPolicy
    ) -> (refusal: Refusal, objection: Objection)? {
        if victims.allSatisfy(\.judgement.isByConnections) { return nil }
        if let refusal = survey.contradiction ?? doubts(survey, policy) {
            return (refusal, .snapshotDoubted)
        }
        if survey.peers >= ReapPolicy.manyPeers || policy.insists { return nil }
        return (.needsAnotherRun(peers: survey.peers), .needsAnotherRun)
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
