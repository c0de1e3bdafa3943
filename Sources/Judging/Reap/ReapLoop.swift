import Model

/// What a reap needs of a scan beside its findings.
package struct ReapBasis: Sendable {
    /// Whether the snapshots and the clock are sound, whatever each target is.
    let isSound: Bool
    let judge: Judge
    /// What is known of each target, by its index.
    let targets: [ReapPlan.Ground]
    /// What was remembered before the scan.
    let history: SocketHistory?
}

/// Destroys what a scan has proven to be stale: the reaps of the program, of a watch and of the
/// simulation are this.
package struct ReapLoop {
    /// Destroys sockets of a target, each after another look at it.
    ///
    /// It is given the target's index, the sockets, what to ask of each before it is destroyed (its
    /// index, how the kernel describes it now, and a moment after that), and what to call with its
    /// end. It returns why the exchange with the kernel failed, where it did.
    package typealias Destroyer = (
        _ target: Int,
        _ sockets: [TCPSocket],
        _ isStillMeant: (Int, TCPSocket, WallTime) -> Bool,
        _ report: (Int, Destruction) -> Void
    ) -> String?

    /// What a reap did.
    package struct Outcome: Sendable {
        /// The findings of the scan, with what was done about each.
        package var findings: Findings
        /// Why nothing was destroyed, as a sentence without a full stop; `nil` where something could
        /// be.
        package var refusal: String?
        /// The candidates that this run leaves, and another one may destroy.
        package var left: Int
        /// What the user must know: one sentence each.
        package var remarks: [String]
    }

    private let policy: ReapPolicy
    private let isDryRun: Bool

    /// A loop that destroys by a policy, or that only says what it would destroy.
    package init(_ policy: ReapPolicy, isDryRun: Bool) {
        self.policy = policy
        self.isDryRun = isDryRun
    }

    /// Plans by a scan, and carries the plan out unless this is a dry run.
    ///
    /// - Parameters:
    ///   - scan: A scan that was made for this.
    ///   - isOfOneClock: Whether the clock was not set since the run that is remembered, nor since the
    ///     snapshots were taken.
    ///   - destroy: Looks at sockets again and destroys them.
    /// - Returns: What was done; `nil` where the scan was not made for a reap.
    package func run(
        _ scan: ScanResult,
        isOfOneClock: Bool,
        destroy: Destroyer
    ) -> Outcome? {
        guard let basis = scan.reapBasis else { return nil }
        let plan = ReapPlan(
            findings: scan.findings,
            targets: basis.targets,
            isSound: basis.isSound,
            isOfOneClock: isOfOneClock,
            policy: policy
        )
        let refusals = refusals(of: plan, scan.targets)
        var outcome = Outcome(
            findings: scan.findings,
            refusal: plan.refusal == nil ? nil : refusals.first,
            left: plan.spared.count { $0.objection != .suspected },
            remarks: refusals + remarks(on: plan.spared)
        )
        let places = places(of: plan.victims, in: scan.findings)
        for place in places {
            outcome.findings[place].reaping = Reaping(isDryRun ? .wouldDestroy : .destroy)
        }
        if isDryRun { return outcome }
        for (index, target) in scan.targets.enumerated() {
            let condemned = places.filter { outcome.findings[$0].target == index }
            if condemned.isEmpty { continue }
            let run = TargetRun(
                target: index,
                namespace: target.inode ?? 0,
                places: condemned,
                basis: basis
            )
            carryOut(run, &outcome, destroy)
        }
        return outcome
    }

    /// The sockets of one target that are to be destroyed.
    private struct TargetRun {
        let target: Int
        let namespace: UInt64
        /// Their indices among the findings.
        let places: [Int]
        let basis: ReapBasis
    }

    private func carryOut(_ run: TargetRun, _ outcome: inout Outcome, _ destroy: Destroyer) {
        let victims = run.places.map { outcome.findings[$0] }
        var changes = [Recheck.Change](repeating: .closed, count: victims.count)
        var refusals: Set<String> = []
        var lateCount = 0
        let failure = destroy(run.target, victims.map(\.socket)) { index, found, now in
            let recheck = policy.recheck(
                victims[index],
                now: found,
                at: now,
                by: run.basis.judge,
                history: run.basis.history?.past(of: SocketKey(found, in: run.namespace))
            )
            guard case .skip(let change) = recheck else { return true }
            changes[index] = change
            return false
        } _: { index, end in
            let place = run.places[index]
            outcome.findings[place].reaping?.result = Reaping.Result(end)
            outcome.findings[place].explanation = run.basis.judge.explanation(
                of: outcome.findings[place]
            )
            switch end {
            case .skipped:
                let (local, peer) = (victims[index].socket.local, victims[index].socket.peer)
                outcome.remarks.append("\(local) to \(peer) is not destroyed: \(changes[index])")
            case .refused(let reason):
                if refusals.insert(reason).inserted { outcome.remarks.append(reason) }
            case .late: lateCount += 1
            case .destroyed, .gone: break
            }
        }
        if lateCount > 0 {
            outcome.remarks.append(
                (lateCount == 1 ? "1 connection is" : "\(lateCount) connections are")
                    + " not destroyed: the program was stopped for more than 1 s after its second"
                    + " look; another run tries again"
            )
        }
        if let failure { outcome.remarks.append(failure) }
    }

    /// Why nothing is destroyed, at all or in some targets: one sentence each.
    private func refusals(of plan: ReapPlan, _ targets: [ScanTarget]) -> [String] {
        let parts = plan.targetRefusals.sorted { $0.key < $1.key }
        if let refusal = plan.refusal, !parts.contains(where: { $0.value == refusal }) {
            return [refusal.description]
        }
        return parts.map { index, refusal in
            targets.count == 1 ? "\(refusal)" : "\(targets[index].title): \(refusal)"
        }
    }

    /// How many candidates stay, and why.
    private func remarks(on spared: [ReapPlan.Spared]) -> [String] {
        var counts: [(objection: ReapPlan.Objection, count: Int)] = []
        for objection in spared.map(\.objection) {
            if let index = counts.firstIndex(where: { $0.objection == objection }) {
                counts[index].count += 1
            } else {
                counts.append((objection, 1))
            }
        }
        return counts.map { objection, count in
            (count == 1 ? "1 candidate stays open" : "\(count) candidates stay open") + ":"
                + " \(objection)"
        }
    }

    /// The indices of some of the findings, in their order.
    private func places(of victims: [Finding], in findings: Findings) -> [Int] {
        struct Name: Hashable {
            let target: Int
            let cookie: UInt64
        }
        func name(_ finding: Finding) -> Name {
            Name(target: finding.target, cookie: finding.socket.cookie)
        }
        let places = Dictionary(
            zip(findings.map(name), findings.indices),
            uniquingKeysWith: { first, _ in first }
        )
        return victims.compactMap { places[name($0)] }
    }
}

extension Reaping.Result {
    fileprivate init(_ end: Destruction) {
        self =
            switch end {
            case .destroyed: .destroyed
            case .gone: .gone
            case .skipped, .late: .skipped
            case .refused: .refused
            }
    }
}
