import IncidentLogs
import Judging
import LinuxSystem
import Model
import PodSnapshot
import Recording
import Reporting

/// `halfopen explain`: why each request of an incident failed, by what it left behind.
struct ExplainCommand {
    let request: ScanRequest

    /// Reads everything and reports.
    ///
    /// - Returns: The exit status, by the contract of halfopen(8).
    func run() -> ExitStatus {
        let report: IncidentReport
        do {
            var opened = try Privileged(OpenedIncident(request)).afterDropping(user: .dropped)
            var session = ExplainSession(request)
            session.readOwnership(from: opened)
            while let input = opened.next() { session.read(input) }
            report = session.report()
        } catch {
            StandardStreams.say("\(error)")
            return .incomplete
        }
        if request.isVerbose { report.inputs.forEach { StandardStreams.say($0.info) } }
        for problem in report.problems + report.notices { StandardStreams.say(problem) }
        guard write(report) else { return .incomplete }
        if !request.isQuiet, request.incidentFormat == .table {
            StandardStreams.say(report.summaryLine)
        }
        return report.exitStatus
    }

    private func write(_ report: IncidentReport) -> Bool {
        guard let format = request.incidentFormat else { return false }
        do throws(StandardStreams.WriteError) {
            try report.render(format, style: request.style, to: StandardStreams.writeResult)
            return true
        } catch {
            StandardStreams.say(error.message)
            return false
        }
    }
}

extension IncidentReport.Input {
    /// What was read, for `--verbose`.
    fileprivate var info: String {
        "\(kind) '\(source)': \(lines) lines or packets, \(recognized) recognized, \(relevant)"
            + " relevant"
    }
}
