import Model

/// What a scan is judged by: the scans of the program, of a watch and of the simulation are this.
package struct ScanLoop: Sendable {
    private let ownership: IPOwnership
    private let policy: Policy
    private let detail: ScanDetail
    /// Whether something may be destroyed afterwards.
    private let reaps: Bool

    /// A loop that judges by the given snapshots.
    ///
    /// - Parameters:
    ///   - ownership: The union of the snapshots.
    ///   - policy: What the user decided.
    ///   - detail: Which sockets become findings.
    ///   - reaps: Whether what is found may be destroyed by a ``ReapLoop``.
    package init(
        by ownership: IPOwnership,
        _ policy: Policy,
        _ detail: ScanDetail = ScanDetail(),
        reaps: Bool = false
    ) {
        self.ownership = ownership
        self.policy = policy
        self.detail = detail
        self.reaps = reaps
    }

    /// Scans targets now.
    ///
    /// - Parameters:
    ///   - past: What earlier scans remember, its run begun; `nil` where nothing is remembered.
    ///   - unseen: Why a target may be missing among those that are visited: one sentence each.
    ///   - clock: Reads both clocks; it is read at the beginning and at the end.
    ///   - visit: Scans each target by ``Scan/scan(_:list:)``.
    /// - Returns: What was found.
    package func run(
        remembering past: consuming SocketHistory? = nil,
        unseen: [String] = [],
        clock: () -> ClockReading,
        visit: (inout Scan) -> Void
    ) -> ScanResult {
        let began = clock()
        let judge = Judge(
            ownership: ownership,
            policy: policy,
            now: began.wall,
            boundUIDs: past?.boundUIDs ?? []
        )
        // As it was before the scan: afterwards everything agrees with itself.
        let before = reaps ? past : nil
        var scan = Scan(
            by: judge,
            detail,
            began: began,
            history: judge.timesAreSound ? past.take() : nil,
            survey: reaps ? SnapshotPlausibility(of: ownership, skew: policy.skew) : nil
        )
        visit(&scan)
        let ended = clock()
        var faults = ownership.documents.flatMap(\.gapMessages)
        faults += Premises.shortcomings(of: ownership, policy: policy, now: began.wall)
        faults += scan.conclude()
        if began.wasSet(before: ended, skew: policy.skew) {
            faults.append(
                "the clock was set during the scan, so its times cannot be used; run again"
            )
            scan.history?.forgetLooks()
        }
        let history = remembered(
            scan.history.take(),
            of: scan.targets,
            at: ended.wall,
            isSound: faults.isEmpty
        )
        return ScanResult(
            targets: scan.targets,
            findings: scan.findings.sorted(),
            warnings: faults + unseen + scan.gaps + scan.unanswered,
            notices: scan.notices + scan.targets.disputedNames.map(\.sentence),
            began: began,
            ended: ended,
            history: history,
            reapBasis: reaps
                ? ReapBasis(
                    isSound: faults.isEmpty,
                    judge: judge,
                    targets: grounds(of: scan, before),
                    history: judge.timesAreSound ? before : nil
                ) : nil
        )
    }

    /// What a reap may know of each target.
    private func grounds(of scan: Scan, _ before: SocketHistory?) -> [ReapPlan.Ground] {
        zip(scan.targets, scan.surveys).map { target, survey in
            ReapPlan.Ground(
                survey: survey,
                isComplete: target.isComplete,
                agreement: ReapPlan.Agreement(
                    earlier: target.inode.flatMap { before?.capture(of: $0) },
                    present: ownership.readNotBefore,
                    hasHistory: before != nil
                )
            )
        }
    }

    /// The history at the end of a run; `nil` where nothing is remembered.
    private func remembered(
        _ history: consuming SocketHistory?,
        of targets: [ScanTarget],
        at now: WallTime,
        isSound: Bool
    ) -> SocketHistory? {
        var looks: [UInt64: LookExtent] = [:]
        for target in targets {
            if let inode = target.inode { looks[inode] = target.isComplete ? .whole : .part }
        }
        // In place: another name for it would make this copy all of it.
        history?.endRun(at: now, looks: looks, capture: isSound ? ownership.readNotBefore : nil)
        return history
    }
}

/// What a scan found.
package struct ScanResult: Sendable {
    /// What was scanned, in the order in which it was visited.
    package var targets: [ScanTarget]
    /// The sockets that are shown, in report order.
    package var findings: Findings
    /// Why the scan is incomplete: one sentence each.
    package var warnings: [String]
    /// What else the reader of a report must know: one sentence each.
    package var notices: [String]
    /// The clocks before the first target.
    package var began: ClockReading
    /// The clocks after the last target.
    package var ended: ClockReading
    /// What is to be remembered; `nil` where nothing is.
    package var history: SocketHistory?
    /// What a reap stands on; `nil` where nothing may be destroyed.
    package var reapBasis: ReapBasis?

    /// A result of the given parts, of which nothing is remembered or destroyed by default.
    package init(
        targets: [ScanTarget],
        findings: Findings,
        warnings: [String],
        notices: [String] = [],
        began: ClockReading,
        ended: ClockReading,
        history: consuming SocketHistory? = nil,
        reapBasis: ReapBasis? = nil
    ) {
        self.targets = targets
        self.findings = findings
        self.warnings = warnings
        self.notices = notices
        self.began = began
        self.ended = ended
        self.history = history
        self.reapBasis = reapBasis
    }

    /// Whether the scan saw all that it was asked for, by sound snapshots.
    package var isComplete: Bool { warnings.isEmpty }

    /// The counts over all targets.
    package var summary: ScanSummary {
        targets.reduce(into: ScanSummary()) { $0.add($1.summary) }
    }
}
