import Judging
import LinuxSystem
import Model
import Recording
import Reporting

extension ScanSession {
    /// Judges captures by their own clocks, and says what went wrong.
    ///
    /// - Throws: What keeps the beginning of one from being read.
    func replay(_ inputs: [CaptureInput]) throws -> Outcome {
        let beganAt = steadyTime()
        var replays: [any Replay] = []
        for input in inputs { replays.append(try request.replay(input)) }
        let moments = replays.map(\.facts.capturedAt)
        // What the snapshots must have come before, and what they may be too old for.
        let (first, last) = (moments.min() ?? systemTime(), moments.max() ?? systemTime())
        var warnings = contents.flatMap { $0.document.problemMessages }
        for now in first == last ? [first] : [first, last] {
            warnings += Premises.shortcomings(
                of: ownership,
                policy: request.policy,
                now: now,
                clock: .capture
            ).filter { !warnings.contains($0) }
        }
        let judge = Judge(ownership: ownership, policy: request.policy, now: first)
        var scan = Scan(request, judge: judge, history: nil)
        for replay in replays { replay.judge(into: &scan) }
        warnings += scan.gaps
        let report = ScanReport(
            version: halfopenVersion,
            host: hosts(of: replays),
            port: request.port,
            generatedAt: replays.map(\.endedAt).max() ?? last,
            duration: steadyTime() - beganAt,
            isComplete: warnings.isEmpty,
            snapshots: contents.map(ScanReport.Snapshot.init),
            targets: scan.targets,
            summary: scan.targets.reduce(into: ScanSummary()) { $0.add($1.summary) },
            findings: scan.findings.sorted(by: Finding.reportOrder),
            warnings: warnings
        )
        return told(Outcome(report: report, isRemembered: true, reapBasis: nil))
    }

    /// The machine that all captures were made on; where that is not known, or not one, the machine
    /// where they are judged, and each target tells.
    private func hosts(of replays: [any Replay]) -> String {
        let hosts = Set(replays.map(\.facts.host))
        return hosts.count == 1 ? (hosts.first ?? nil) ?? hostName() : hostName()
    }
}
