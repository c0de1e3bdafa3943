import Judging
import Reporting

extension ScanSession.Outcome {
    /// Destroys what the scan has proven to be stale, as far as was asked for.
    ///
    /// - Parameters:
    ///   - request: What was asked for.
    ///   - targets: The targets of the scan, open.
    /// - Returns: The scan's report with what was done about each finding, and what the user must
    ///   know of it, one sentence each.
    func reaped(
        as request: ScanRequest,
        in targets: [OpenTarget]
    ) -> (report: ScanReport, remarks: [String]) {
        var result = result
        result.findings = report.findings
        let loop = ReapLoop(request.reapPolicy, isDryRun: request.isDryRun)
        let outcome = loop.run(result, isOfOneClock: isOfOneClock) {
            targets[$0].destroy($1, isStillMeant: $2, report: $3)
        }
        guard let outcome else { return (report, []) }
        var report = report
        report.findings = outcome.findings
        report.reap = ScanReport.Reap(
            isDryRun: request.isDryRun,
            refusal: outcome.refusal,
            left: outcome.left
        )
        return (report, outcome.remarks)
    }
}
