import Reporting

/// `halfopen check`: a plugin of monitoring systems that follow the Monitoring Plugins guidelines.
struct CheckCommand {
    let request: ScanRequest

    /// Scans and answers in one line.
    func run() -> PluginAnswer.Status {
        // What needs privilege comes before anything from outside is read.
        let targets = TargetSet(request)
        let session: ScanSession
        do {
            session = try ScanSession(opening: request)
        } catch {
            return Self.answer(PluginAnswer(unknown: "\(error)"))
        }
        let outcome = session.scan(targets)
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
