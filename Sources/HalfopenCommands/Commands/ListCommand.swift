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
        // What needs privilege comes before anything from outside is read.
        let began = steadyTime()
        // Forked first: what it does not inherit, it need not close.
        let isLive = request.replays.isEmpty
        let processes = isLive && request.output.showsProcesses ? ProcessLookup() : nil
        let targets = TargetSet(request)
        let outcome: ScanSession.Outcome
        do {
            let captures = try request.openReplays()
            let session = try ScanSession(opening: request)
            outcome =
                try isLive
                ? session.scan(targets, processes: processes) : session.replay(captures)
        } catch {
            StandardStreams.say("\(error)")
            request.writeFailure(after: steadyTime() - began)
            return .incomplete
        }
        guard request.write(outcome.report) else { return .incomplete }
        request.summarize(outcome.report.summaryLine(asked: request.policy.asked))
        if let step = nextStep.text(after: outcome.report, request) {
            request.summarize(safe: step)
        }
        return outcome.report.exitStatus
    }
}
