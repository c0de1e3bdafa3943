import Reporting

/// `halfopen check`: a plugin of monitoring systems that follow the Monitoring Plugins guidelines.
struct CheckCommand {
    let request: ScanRequest

    /// Scans and answers in one line.
    func run() -> PluginAnswer.Status {
        let outcome: ScanSession.Outcome
        do {
            let opened = try request.open(for: .check)
            let session = ScanSession(request, try opened.readSnapshots(), opened.companion)
            outcome = session.scan(opened.targets)
        } catch {
            return Self.answer(PluginAnswer(unknown: "\(error)"))
        }
        return Self.answer(
            PluginAnswer(outcome.report, asked: request.policy.asked, request.thresholds)
        )
    }

    /// Prints an answer; one that nobody gets is none.
    static func answer(_ answer: PluginAnswer) -> PluginAnswer.Status {
        do throws(StandardStreams.WriteError) {
            try StandardStreams.writeResult(Array((answer.line + "\n").utf8))
            return answer.status
        } catch {
            StandardStreams.say(error.message)
            return .unknown
        }
    }
}
