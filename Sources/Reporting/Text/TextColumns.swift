import Judging

/// A column of a table: its title, and what it says of a finding.
struct TextColumn: Sendable {
    let title: String
    let isRightAligned: Bool
    let text: @Sendable (Finding) -> String

    init(
        _ title: String,
        isRightAligned: Bool = false,
        text: @escaping @Sendable (Finding) -> String
    ) {
        self.title = title
        self.isRightAligned = isRightAligned
        self.text = text
    }
}

/// Columns as wide as their widest value, with two spaces after each.
struct TextColumns {
    private let columns: [TextColumn]
    private var widths: [Int]

    /// Columns that all findings fit.
    init(_ columns: [TextColumn], _ findings: [Finding]) {
        self.columns = columns
        widths = columns.map { $0.title.columns }
        for finding in findings {
            for (index, column) in columns.enumerated() {
                widths[index] = max(widths[index], column.text(finding).columns)
            }
        }
    }

    /// The width of all columns with the spaces after them.
    var width: Int { widths.reduce(0) { $0 + $1 + 2 } }

    /// The titles.
    var header: String { line(\.title) }

    /// What the columns say of a finding.
    func row(_ finding: Finding) -> String { line { $0.text(finding) } }

    private func line(_ text: (TextColumn) -> String) -> String {
        var line = ""
        for (column, width) in zip(columns, widths) {
            line += text(column).padded(to: width, rightAligned: column.isRightAligned)
            line += "  "
        }
        return line
    }
}

/// The colours of rows, as ANSI escape sequences (SGR, ECMA-48).
enum ANSIColor: String {
    case red = "\u{1B}[31m"
    case yellow = "\u{1B}[33m"
    case dim = "\u{1B}[2m"

    static let reset = "\u{1B}[0m"
}

extension [UInt8] {
    /// Appends a line without the spaces at its end.
    mutating func append(line: String, _ color: ANSIColor? = nil) {
        if let color { append(contentsOf: color.rawValue.utf8) }
        append(contentsOf: line.utf8)
        while last == UInt8(ascii: " ") { removeLast() }
        if color != nil { append(contentsOf: ANSIColor.reset.utf8) }
        append(UInt8(ascii: "\n"))
    }
}
