import LinuxSystem
import Model
import PodSnapshot
import Reporting

/// `halfopen reap`: the candidates of the targets, and the end of those that are proven.
struct ReapCommand {
    let request: ScanRequest

    /// Scans, destroys what it may, and reports.
    ///
    /// - Returns: The exit status, by the contract of halfopen(8).
    func run() -> ExitStatus {
        let began = steadyTime()
        let targets: TargetSet
        let outcome: ScanSession.Outcome
        do {
            let opened = try request.open(for: .reap)
            targets = opened.targets
            let session = ScanSession(request, try opened.readSnapshots(), opened.companion)
            outcome = session.scan(targets, namesProcesses: request.output.showsProcesses)
        } catch {
            StandardStreams.say("\(error)")
            request.writeFailure(after: steadyTime() - began)
            return .incomplete
        }
        let (report, remarks) = outcome.reaped(as: request, in: targets.targets)
        targets.targets.forEach { $0.close() }
        for remark in remarks { StandardStreams.say(remark) }
        guard request.write(report) else { return .incomplete }
        request.summarize(report)
        if report.reap?.refusal == nil { request.summarize(report.reapLine) }
        return report.reapExitStatus
    }
}
