import Judging
import Model

/// The forms in which a scan is printed on standard output.
package enum ReportFormat: String, Hashable, Sendable, CaseIterable {
    /// Rows for human eyes, as wide as the terminal, with an explanation below.
    case table
    /// One line for each finding with all that is known, as wide as it takes.
    case wide
    /// One document, `halfopen.report/v1`.
    case json
    /// One JSON object a line: each finding, then the report without its findings.
    case ndjson
    /// Metrics for the textfile collector of Prometheus' node_exporter, without the findings.
    case prometheus

    /// Whether the processes that hold the connections are printed.
    package var showsProcesses: Bool { [.wide, .json, .ndjson].contains(self) }
}

/// How `table` and `wide` look; the other formats take no notice.
package struct TableStyle: Hashable, Sendable {
    /// Whether a line of column titles comes first.
    package var hasHeader: Bool
    /// Whether rows are coloured with ANSI escape sequences.
    package var isColored: Bool
    /// The columns of the terminal that shows it; `nil` where none does.
    package var width: Int?

    /// A style of the given traits.
    package init(hasHeader: Bool = true, isColored: Bool = false, width: Int? = nil) {
        self.hasHeader = hasHeader
        self.isColored = isColored
        self.width = width
    }

    /// The columns that a table may take: 100 where there is no terminal, and 40 in a narrower one,
    /// where sentences would fall apart.
    var tableWidth: Int { max(width ?? 100, 40) }
}

extension ScanReport {
    /// Prints the report in a format, as UTF-8, in pieces of about 64 KiB.
    ///
    /// The findings are printed in the order in which they stand. Every text that came from
    /// outside is escaped for where it goes.
    ///
    /// - Parameters:
    ///   - format: The form.
    ///   - style: How the tables look.
    ///   - sink: Takes the pieces, in order; the last may be empty.
    /// - Throws: What `sink` throws.
    package func render<Failure: Error>(
        _ format: ReportFormat,
        style: TableStyle = TableStyle(),
        to sink: ([UInt8]) throws(Failure) -> Void
    ) throws(Failure) {
        switch format {
        case .table: try renderTable(style, to: sink)
        case .wide: try renderWide(style, to: sink)
        case .json: try renderJSON(to: sink)
        case .ndjson: try renderNDJSON(to: sink)
        case .prometheus: try sink(ScanMetrics(self).text)
        }
    }
}

extension [UInt8] {
    /// Hands the bytes over and starts with none once there are enough of them.
    mutating func flush<Failure: Error>(
        to sink: ([UInt8]) throws(Failure) -> Void
    ) throws(Failure) {
        guard count >= 65_536 else { return }
        try sink(self)
        removeAll(keepingCapacity: true)
    }
}
