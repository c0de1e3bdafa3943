import PodSnapshot
import Report

/// `halfopen list`: the candidates of the targets, now.
struct ListCommand {
    let request: ScanRequest

    /// Scans and reports.
    ///
    /// - Returns: The exit status, by the contract of halfopen(8).
    func run() -> ExitStatus {
        // What needs privilege comes before anything from outside is read.
        let targets = OpenTarget.open(request.targets)
        let session: ScanSession
        do throws(SnapshotError) {
            session = try ScanSession(request)
        } catch {
            StandardStreams.say(error.description)
            return .incomplete
        }
        let outcome = session.scan(targets)
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
