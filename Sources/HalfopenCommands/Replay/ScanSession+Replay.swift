import Judging
import LinuxSystem
import Model
import Recording
import Reporting

extension ScanSession {
    /// Judges captures by their own clocks, and says what went wrong.
    ///
    /// - Throws: What keeps the beginning of one from being read.
    func replay(_ inputs: [RecordingInput]) throws -> Outcome {
        let beganAt = steadyTime()
        var replays: [any Replay] = []
        for input in inputs { replays.append(try request.replay(input)) }
        let moments = replays.map(\.info.capturedAt)
        // What the snapshots must have come before, and what they may be too old for.
        let (first, last) = (moments.min() ?? systemTime(), moments.max() ?? systemTime())
        var warnings = contents.flatMap { $0.document.gapMessages }
        for now in first == last ? [first] : [first, last] {
            warnings += Premises.shortcomings(
                of: ownership,
                policy: request.policy,
                now: now,
                clock: .capture
            ).filter { !warnings.contains($0) }
        }
        let judge = Judge(ownership: ownership, policy: request.policy, now: first)
        let began = ClockReading(wall: first, steady: beganAt)
        var scan = Scan(by: judge, request.detail, began: began)
        for replay in replays { replay.judge(into: &scan) }
        warnings += scan.conclude() + scan.gaps + scan.unanswered
        let ended = ClockReading(
            wall: replays.map(\.endedAt).max() ?? last,
            steady: steadyTime()
        )
        let result = ScanResult(
            targets: scan.targets,
            findings: scan.findings.sorted(),
            warnings: warnings,
            notices: scan.notices,
            began: began,
            ended: ended
        )
        let report = ScanReport(
            result,
            version: halfopenVersion,
            host: hosts(of: replays),
            port: request.port,
            snapshots: contents.map(ScanReport.Snapshot.init)
        )
        return announce(Outcome(report: report, result: result, isOfOneClock: true))
    }

    /// The machine that all captures were made on; where that is not known, or not one, the machine
    /// where they are judged, and each target tells.
    private func hosts(of replays: [any Replay]) -> String {
        let hosts = Set(replays.map(\.info.host))
        return hosts.count == 1 ? (hosts.first ?? nil) ?? hostName() : hostName()
    }
}
