import Judging
import LinuxSystem
import Model
import Reporting
import SockDiag

/// Destroys what a scan has proven to be stale.
struct Reaper {
    private let policy: ReapPolicy
    private let isDryRun: Bool
    /// What the user must know: one sentence each.
    private var remarks: [String] = []

    /// A reaper who does what was asked for.
    init(_ request: ScanRequest) {
        policy = request.reapPolicy
        isDryRun = request.isDryRun
    }

    /// Plans by a scan, and carries the plan out unless this is a dry run.
    ///
    /// - Parameters:
    ///   - outcome: The scan, which was to be reaped.
    ///   - targets: The targets of the scan, open.
    /// - Returns: The scan's report with what was done about each finding, and what the user must
    ///   know of it, one sentence each.
    consuming func reap(
        _ outcome: ScanSession.Outcome,
        _ targets: [OpenTarget]
    ) -> (report: ScanReport, remarks: [String]) {
        var report = outcome.report
        guard let basis = outcome.reapBasis else { return (report, []) }
        let plan = ReapPlan(
            findings: report.findings,
            survey: basis.survey,
            isComplete: report.isComplete && basis.isOfOneClock,
            agreement: basis.agreement,
            policy: policy
        )
        report.reap = ScanReport.Reap(
            isDryRun: isDryRun,
            refusal: plan.refusal?.description,
            left: plan.spared.count { $0.objection != .suspected }
        )
        if let refusal = plan.refusal { remarks.append(refusal.description) }
        tell(of: plan.spared)
        let places = report.places(of: plan.victims)
        for place in places {
            report.findings[place].reaping = Reaping(isDryRun ? .wouldDestroy : .destroy)
        }
        if isDryRun { return (report, remarks) }
        for (index, target) in targets.enumerated() {
            let condemned = places.filter { report.findings[$0].target == index }
            if condemned.isEmpty { continue }
            do throws(SockDiagError) {
                try destroy(condemned, of: &report.findings, in: target, basis)
            } catch {
                remarks.append("\(target.name): \(error.description)")
            }
        }
        return (report, remarks)
    }

    /// Says how many candidates stay, and why.
    private mutating func tell(of spared: [ReapPlan.Spared]) {
        var counts: [(objection: ReapPlan.Objection, count: Int)] = []
        for objection in spared.map(\.objection) {
            if let index = counts.firstIndex(where: { $0.objection == objection }) {
                counts[index].count += 1
            } else {
                counts.append((objection, 1))
            }
        }
        for (objection, count) in counts {
            let candidates = count == 1 ? "1 candidate stays" : "\(count) candidates stay"
            remarks.append("\(candidates): \(objection)")
        }
    }

    private mutating func destroy(
        _ places: [Int],
        of findings: inout [Finding],
        in target: OpenTarget,
        _ basis: ScanSession.ReapBasis
    ) throws(SockDiagError) {
        let victims = places.map { findings[$0] }
        var changes = [Recheck.Change](repeating: .closed, count: victims.count)
        var refusals: Set<SockDiagError> = []
        try target.withSocket { socket throws(SockDiagError) in
            try socket.destroy(victims.map(\.socket), clock: systemTime) { index, found, now in
                let recheck = policy.recheck(
                    victims[index],
                    now: found,
                    at: now,
                    by: basis.judge,
                    history: basis.past(of: found, in: target)
                )
                guard case .skip(let change) = recheck else { return true }
                changes[index] = change
                return false
            } report: { index, end in
                findings[places[index]].reaping?.result = Reaping.Result(end)
                switch end {
                case .skipped:
                    let (local, peer) = (victims[index].socket.local, victims[index].socket.peer)
                    remarks.append("\(local) to \(peer) is left alone: \(changes[index])")
                case .refused(let error):
                    if refusals.insert(error).inserted { remarks.append(error.description) }
                case .destroyed, .gone: break
                }
            }
        }
    }
}

extension Reaping.Result {
    fileprivate init(_ end: Destruction) {
        self =
            switch end {
            case .destroyed: .destroyed
            case .gone: .gone
            case .skipped: .skipped
            case .refused: .refused
            }
    }
}

extension ScanReport {
    /// The indices of some of the findings, in their order.
    fileprivate func places(of victims: [Finding]) -> [Int] {
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
