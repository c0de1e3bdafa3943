import Reporting

/// The forms of all reports, as the command line names them.
enum OutputFormat: String, CaseIterable {
    case table, wide, json, ndjson, prometheus, html

    /// The form of a scan's report; `nil` for one that only an incident has.
    var ofScan: ReportFormat? { ReportFormat(rawValue: rawValue) }

    /// The form of an incident's report; `nil` for one that only a scan has.
    var ofIncident: IncidentFormat? { IncidentFormat(rawValue: rawValue) }
}

extension ScanRequest {
    /// Takes a form for whatever will be printed.
    mutating func setOutput(_ format: OutputFormat) {
        if let scan = format.ofScan { output = scan }
        incidentFormat = format.ofIncident
    }

    /// Refuses a form that the command's report does not have.
    func checkOutput(of command: Subcommand) throws(UsageError) {
        if command == .explain, incidentFormat == nil {
            throw UsageError(
                message: "option --output: 'explain' prints table, json, ndjson or html, not"
                    + " \(output.rawValue)"
            )
        }
        if command != .explain, incidentFormat == .html {
            throw UsageError(message: "option --output: only 'explain' prints html")
        }
    }
}
