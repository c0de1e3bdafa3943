import Judging
import Model

/// A column of a table: its title, and what it says of a finding.
struct TextColumn: Sendable {
    let title: String
    let isRightAligned: Bool
    /// The values that tell nobody anything where every row has one of them.
    let saysNothing: Set<String>
    let text: @Sendable (Finding) -> String

    init(
        _ title: String,
        isRightAligned: Bool = false,
        saysNothing: Set<String> = ["-"],
        text: @escaping @Sendable (Finding) -> String
    ) {
        self.title = title
        self.isRightAligned = isRightAligned
        self.saysNothing = saysNothing
        self.text = text
    }

    /// A column of numbers of the kernel, some of which it may not know.
    init(count title: String, of count: @escaping @Sendable (TCPSocket) -> UInt32?) {
        self.init(title, isRightAligned: true, saysNothing: ["0", "-"]) {
            count($0.socket).map { String($0) } ?? "-"
        }
    }
}

/// Columns as wide as their widest value, with spaces after each.
struct TextColumns {
    private var columns: [TextColumn]
    private var widths: [Int]
    private var isTelling: [Bool]
    private var gap: Int

    /// Columns that their titles fit.
    ///
    /// - Parameters:
    ///   - columns: The columns, from the left.
    ///   - gap: The spaces after each column.
    init(_ columns: [TextColumn], gap: Int = 2) {
        self.columns = columns
        self.gap = gap
        widths = columns.map { $0.title.columns }
        isTelling = [Bool](repeating: false, count: columns.count)
    }

    /// Makes each column as wide as the value of a finding, too.
    mutating func fit(_ finding: Finding) {
        for (index, column) in columns.enumerated() {
            let text = column.text(finding)
            widths[index] = max(widths[index], text.columns)
            if !isTelling[index], !column.saysNothing.contains(text) { isTelling[index] = true }
        }
    }

    /// The columns that say something in some row that they were fitted to.
    var telling: TextColumns { keeping { isTelling[$0] } }

    /// The same but for a column, with so many spaces after each.
    func without(_ title: String, gap: Int) -> TextColumns {
        var columns = keeping { self.columns[$0].title != title }
        columns.gap = gap
        return columns
    }

    private func keeping(where isKept: (Int) -> Bool) -> TextColumns {
        let kept = columns.indices.filter(isKept)
        var part = TextColumns(kept.map { columns[$0] }, gap: gap)
        part.widths = kept.map { widths[$0] }
        return part
    }

    /// The width of all columns with the spaces after them.
    var width: Int { widths.reduce(0) { $0 + $1 + gap } }

    /// The width where nothing follows.
    var widthAlone: Int { width - gap }

    /// The titles.
    var header: String { line(\.title) }

    /// What the columns say of a finding.
    func row(_ finding: Finding) -> String { line { $0.text(finding) } }

    private func line(_ text: (TextColumn) -> String) -> String {
        let spaces = String(repeating: " ", count: gap)
        var line = ""
        for (column, width) in zip(columns, widths) {
            line += text(column).padded(to: width, rightAligned: column.isRightAligned)
            line += spaces
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
