import PodSnapshot
import Report
import Times

/// `halfopen list`: the candidates of the targets, now.
struct ListCommand {
    let request: ScanRequest

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
            let snapshots = try request.openSnapshots()
            try request.dropPrivileges()
            let session = try ScanSession(request, snapshots)
            outcome =
                try isLive
                ? session.scan(targets, processes: processes) : session.replay(captures)
        } catch {
            StandardStreams.say("\(error)")
            if request.output == .prometheus { writeFailure(after: steadyTime() - began) }
            return .incomplete
        }
        do throws(StandardStreams.WriteError) {
            try outcome.report.render(
                request.output,
                style: style,
                to: StandardStreams.writeResult
            )
        } catch {
            StandardStreams.say(error.message)
            return .incomplete
        }
        if !request.isQuiet, [.table, .wide].contains(request.output) {
            StandardStreams.say(outcome.report.summaryLine(asked: request.policy.asked))
        }
        return outcome.exitStatus
    }

    /// Without these a dashboard would go on showing the last scan that could judge.
    private func writeFailure(after duration: TimeSpan) {
        let metrics = ScanMetrics(
            failedAt: systemTime(),
            after: duration,
            version: halfopenVersion
        )
        do throws(StandardStreams.WriteError) {
            try StandardStreams.writeResult(metrics.text)
        } catch {
            StandardStreams.say(error.message)
        }
    }

    private var style: TableStyle {
        let isColored =
            switch request.color {
            case .always: true
            case .never: false
            case .auto: StandardStreams.wantsColor
            }
        return TableStyle(hasHeader: request.showsHeader, isColored: isColored)
    }
}
