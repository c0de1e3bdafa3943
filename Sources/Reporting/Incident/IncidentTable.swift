import Judging
import Model

extension IncidentReport {
    /// The causes with their addresses, then each request with what speaks for its cause.
    func renderTable<Failure: Error>(
        _ style: TableStyle,
        to sink: ([UInt8]) throws(Failure) -> Void
    ) throws(Failure) {
        if requests.isEmpty { return }
        var out: [UInt8] = []
        renderGroups(style, to: &out)
        let table = Self.requestTable(requests, width: style.tableWidth)
        out.append(line: "")
        if style.hasHeader { out.append(line: table.header) }
        for request in requests {
            out.append(line: table.row(request), request.color(style))
            for line in details(of: request, width: style.tableWidth - 4) {
                out.append(line: "    " + line)
            }
            try out.flush(to: sink)
        }
        try sink(out)
    }

    private func renderGroups(_ style: TableStyle, to out: inout [UInt8]) {
        let groups = requests.groups
        let table = Self.groupTable(groups, width: style.tableWidth)
        if style.hasHeader { out.append(line: table.header) }
        for (index, group) in groups.enumerated() {
            out.append(line: table.row(group), group.color(style))
            // Below the last row of a cause.
            if index + 1 < groups.count, groups[index + 1].cause == group.cause { continue }
            let sentence = "\(group.cause.meaning); next: \(group.cause.nextStep)"
            for line in sentence.wrapped(to: style.tableWidth - 4) {
                out.append(line: "    " + line)
            }
        }
    }

    private func details(of request: ExplainedRequest, width: Int) -> [String] {
        var lines = request.heading.terminalSafe.wrapped(to: width)
        for evidence in request.evidence where !evidence.text.isEmpty {
            let place = evidence.place.map { " (\(text(of: $0)))" } ?? ""
            let sentence = "\(evidence.source.rawValue): \(evidence.text)\(place)"
            lines += sentence.terminalSafe.wrapped(to: width, indent: 2)
        }
        return lines
    }

    /// The table by cause; where it is too wide, without what the rows below tell.
    private static func groupTable(_ groups: [IncidentGroup], width: Int)
        -> IncidentColumns<IncidentGroup>
    {
        let whole = IncidentColumns(groupColumns(hasHidden: true) { $0.rfc3339 }, groups)
        if whole.width <= width { return whole }
        let hasHidden = groups.contains { $0.hidden > 0 }
        return fitting(width, [\.rfc3339, dateAndClock, \.clockText]) {
            IncidentColumns(groupColumns(hasHidden: hasHidden, $0), groups)
        }
    }

    /// The table of the requests, each with its date however little room there is.
    private static func requestTable(_ requests: [ExplainedRequest], width: Int)
        -> IncidentColumns<ExplainedRequest>
    {
        fitting(width, [\.rfc3339, dateAndClock]) { IncidentColumns(requestColumns($0), requests) }
    }

    /// The table with the first form of its times for which there is room, or else with the last.
    private static func fitting<Row>(
        _ width: Int,
        _ forms: [TimeText],
        _ table: (_ timeText: @escaping TimeText) -> IncidentColumns<Row>
    ) -> IncidentColumns<Row> {
        for form in forms.dropLast() {
            let table = table(form)
            if table.width <= width { return table }
        }
        return table(forms[forms.count - 1])
    }

    private typealias TimeText = @Sendable (WallTime) -> String

    private static let dateAndClock: TimeText = { "\($0.dateText) \($0.clockText)" }

    private static func groupColumns(
        hasHidden: Bool,
        _ firstText: @escaping TimeText
    ) -> [IncidentColumn<IncidentGroup>] {
        [
            IncidentColumn("CAUSE") { $0.cause.rawValue },
            IncidentColumn("CONFIDENCE") { $0.confidence?.rawValue ?? "-" },
            IncidentColumn("ADDRESS") { $0.address?.description ?? "-" },
            IncidentColumn("REQUESTS", isRightAligned: true) { "\($0.count)" },
        ] + (hasHidden ? [IncidentColumn("HIDDEN", isRightAligned: true) { "\($0.hidden)" }] : [])
            + [
                IncidentColumn("FIRST") { firstText($0.first) },
                IncidentColumn("LAST") { $0.last.clockText },
            ]
    }

    private static func requestColumns(
        _ endText: @escaping TimeText
    ) -> [IncidentColumn<ExplainedRequest>] {
        [
            IncidentColumn("FAILED AT") { endText($0.end) },
            IncidentColumn("STATUS") { $0.status == 0 ? "-" : "\($0.status)" },
            IncidentColumn("PEER") { $0.peer?.description ?? "-" },
            IncidentColumn("CAUSE") { $0.cause.rawValue + ($0.isHidden ? " (hidden)" : "") },
            IncidentColumn("CONFIDENCE") { $0.confidence?.rawValue ?? "-" },
        ]
    }
}

extension ExplainedRequest {
    /// What was asked for, and who had the address.
    fileprivate var heading: String {
        var text =
            switch subject {
            case .tunnel: "a tunnel, without the line of its request"
            case .connection: "a connection, whose request no log shows"
            case .request, .stream:
                [method, authority + path].filter { !$0.isEmpty }.joined(separator: " ")
            }
        if !requestID.isEmpty { text += ", request \(requestID)" }
        if let owner { text += ", owner \(owner)" }
        if let previousOwner {
            text += owner == nil ? ", last owner \(previousOwner)" : ", before it \(previousOwner)"
        }
        return text
    }

    fileprivate func color(_ style: TableStyle) -> ANSIColor? {
        guard style.isColored else { return nil }
        if isStale { return confidence == .confirmed ? .red : .yellow }
        return cause == .unknown ? .yellow : .dim
    }
}

extension IncidentGroup {
    fileprivate func color(_ style: TableStyle) -> ANSIColor? {
        guard style.isColored else { return nil }
        if cause == .staleConnection { return confidence == .confirmed ? .red : .yellow }
        return cause == .unknown ? .yellow : .dim
    }
}

/// A column: its title, and what it says of a row.
private struct IncidentColumn<Row>: Sendable {
    let title: String
    let isRightAligned: Bool
    let text: @Sendable (Row) -> String

    init(
        _ title: String,
        isRightAligned: Bool = false,
        text: @escaping @Sendable (Row) -> String
    ) {
        self.title = title
        self.isRightAligned = isRightAligned
        self.text = text
    }
}

/// Columns as wide as their widest value, with two spaces after each.
private struct IncidentColumns<Row> {
    private let columns: [IncidentColumn<Row>]
    private let widths: [Int]

    init(_ columns: [IncidentColumn<Row>], _ rows: [Row]) {
        self.columns = columns
        widths = columns.map { column in
            rows.reduce(column.title.columns) { max($0, column.text($1).columns) }
        }
    }

    /// The width of a line.
    var width: Int { widths.reduce(0, +) + 2 * (widths.count - 1) }

    var header: String { line { $0.title } }

    func row(_ row: Row) -> String { line { $0.text(row) } }

    private func line(_ text: (IncidentColumn<Row>) -> String) -> String {
        zip(columns, widths).map {
            text($0).padded(to: $1, rightAligned: $0.isRightAligned)
        }.joined(separator: "  ")
    }
}
