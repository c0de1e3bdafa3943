import LinuxSystem
import Model
import Reporting

extension ScanRequest {
    /// Prints a report on standard output as it was asked for.
    ///
    /// - Returns: Whether that went well; when not, the user was told.
    func write(_ report: ScanReport) -> Bool {
        do throws(StandardStreams.WriteError) {
            try report.render(output, style: style, to: StandardStreams.writeResult)
        } catch {
            StandardStreams.say(error.message)
            return false
        }
        return true
    }

    /// Prints what metrics there are of a scan that could judge nothing: without these a dashboard
    /// would go on showing the last one that could.
    func writeFailure(after duration: TimeSpan) {
        guard output == .prometheus else { return }
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

    /// Says on standard error what a scan came to, where the output does not; even quietly where all
    /// seems well because it may have looked at the wrong place.
    func summarize(_ report: ScanReport) {
        if isQuiet, report.exitStatus == .clear, [.table, .wide].contains(output) {
            report.doubts.forEach { StandardStreams.say($0) }
        }
        summarize(report.summaryLine(asked: policy.asked))
    }

    /// Says on standard error what else there is to say.
    func summarize(_ line: String) { summarize(safe: line.terminalSafe) }

    /// The same with a line in which nothing is left to escape.
    func summarize(safe line: String) {
        if !isQuiet, [.table, .wide].contains(output) { StandardStreams.say(safe: line) }
    }

    /// How tables look on standard output.
    var style: TableStyle {
        let isColored =
            switch color {
            case .always: true
            case .never: false
            case .auto: StandardStreams.wantsColor
            }
        return TableStyle(
            hasHeader: showsHeader,
            isColored: isColored,
            width: StandardStreams.outputWidth
        )
    }
}
