import LinuxSystem
import Model
import PodSnapshot
import Reporting

/// `halfopen list`: the candidates of the targets, now.
struct ListCommand {
    let request: ScanRequest
    let nextStep: NextStep

    /// Scans and reports.
    ///
    /// - Returns: The exit status, by the contract of halfopen(8).
    func run() -> ExitStatus {
        let began = steadyTime()
        let outcome: ScanSession.Outcome
        do {
            let opened = try request.open(for: .list)
            let session = ScanSession(request, try opened.readSnapshots(), opened.companion)
            outcome =
                try request.replays.isEmpty
                ? session.scan(opened.targets, namesProcesses: request.output.showsProcesses)
                : session.replay(opened.captures)
        } catch {
            StandardStreams.say("\(error)")
            request.writeFailure(after: steadyTime() - began)
            return .incomplete
        }
        guard request.write(outcome.report) else { return .incomplete }
        request.summarize(outcome.report)
        if let step = nextStep.text(after: outcome.report, request) {
            request.summarize(safe: step)
        }
        return outcome.report.exitStatus
    }
}
