import Judging
import Model

extension ScanReport {
    /// A row for each finding; below it, indented, why, where that is worth a line.
    ///
    /// Verdict, peer, port and every name are never cut. Where a row has no room for its owner, the
    /// health moves below it, and then the owner.
    func renderTable<Failure: Error>(
        _ style: TableStyle,
        to sink: ([UInt8]) throws(Failure) -> Void
    ) throws(Failure) {
        if findings.isEmpty { return }
        let layout = TableLayout(of: self, width: style.tableWidth)
        var out: [UInt8] = []
        if style.hasHeader { out.append(line: layout.header) }
        var headings = HeadingCursor(self)
        // Two at a time: what both would have below them stands below the second alone.
        var following = findings.first
        for index in findings.indices {
            guard let finding = following else { break }
            following = index + 1 < findings.count ? findings[index + 1] : nil
            for line in headings.next(before: finding.target, width: style.tableWidth) {
                out.append(line: line)
            }
            out.append(line: layout.row(finding), finding.color(style))
            for line in layout.lines(below: finding, before: following) {
                out.append(line: "    " + line)
            }
            try out.flush(to: sink)
        }
        for line in headings.next(before: targets.count - 1, width: style.tableWidth) {
            out.append(line: line)
        }
        try sink(out)
    }
}

/// Which columns stand beside each other in the width of a table, and what stands below a row.
private struct TableLayout {
    /// What an owner's place says where the name stands below.
    private static let pointer = "(below)"

    let width: Int
    private let columns: TextColumns
    private let hasHealth: Bool
    /// The columns that are left for the owner, which stands last; 0 where it always stands below.
    private let ownerRoom: Int

    /// The layout with the fewest names below their rows, and of those with the most columns.
    init(of report: ScanReport, width: Int) {
        let reap = report.reap == nil ? [] : [Self.reap]
        var widest = TextColumns(Self.columns + [Self.health] + reap)
        var owners: [Int] = []
        for finding in report.findings {
            widest.fit(finding)
            owners.append(finding.ownerText.columns)
        }
        let layouts = [
            widest,
            widest.without(Self.health.title, gap: 2),
            widest.without(Self.health.title, gap: 1),
        ]
        func namesBelow(_ columns: TextColumns) -> Int {
            let room = width - columns.width
            return columns.widthAlone > width ? .max : owners.count { $0 > room }
        }
        var best = namesBelow(layouts[0]) <= namesBelow(layouts[1]) ? 0 : 1
        // For rows that fit into the line no other way.
        if namesBelow(layouts[best]) == .max { best = 2 }
        let room = width - layouts[best].width
        self.width = width
        columns = layouts[best]
        hasHealth = best == 0
        let isOfUse = room >= Self.pointer.columns && owners.contains { $0 <= room }
        ownerRoom = isOfUse || owners.allSatisfy { $0 <= room } ? max(0, room) : 0
    }

    /// The titles.
    var header: String { columns.header + (ownerRoom > 0 ? "OWNER" : "") }

    /// The row of a finding.
    func row(_ finding: Finding) -> String {
        guard ownerRoom > 0 else { return columns.row(finding) }
        return columns.row(finding)
            + (hasOwnerBelow(finding) ? Self.pointer : finding.ownerText)
    }

    /// The lines below a row; where the next row has the same, they stand below that one.
    func lines(below finding: Finding, before following: Finding?) -> [String] {
        let text = detail(finding)
        if let following, following.target == finding.target, detail(following) == text {
            return []
        }
        return text.wrapped(to: width - 4)
    }

    /// What stands below the row: nothing for a connection that is as it should be.
    private func detail(_ finding: Finding) -> String {
        let isOrdinary = [.current, .exempt].contains(finding.judgement.verdict)
        let explanation = isOrdinary ? "" : finding.explanation.terminalSafe
        var facts: [String] = []
        if hasOwnerBelow(finding), !finding.isOwnerNamed(in: explanation) {
            facts.append("owner \(finding.ownerText)")
        }
        if !hasHealth, finding.health != .idle { facts.append(finding.health.rawValue) }
        return [facts.joined(separator: ", "), explanation].filter { !$0.isEmpty }
            .joined(separator: ": ")
    }

    private func hasOwnerBelow(_ finding: Finding) -> Bool {
        finding.ownerText != Finding.noOwner && finding.ownerText.columns > ownerRoom
    }

    private static let columns = [
        TextColumn("VERDICT") { $0.judgement.verdict.rawValue },
        TextColumn("CONFIDENCE") { $0.judgement.confidence?.rawValue ?? "-" },
        TextColumn("PEER") { $0.socket.peer.address.description },
        TextColumn("LOCAL") { ":\($0.socket.local.port)" },
        TextColumn("SILENT", isRightAligned: true) { $0.silence.shortText },
    ]

    private static let health = TextColumn("HEALTH") { $0.health.rawValue }

    private static let reap = TextColumn("REAP") { finding in
        switch finding.reaping {
        case let reaping? where reaping.action == .destroy: reaping.result?.rawValue ?? "unknown"
        case let reaping?: reaping.action.rawValue
        case nil: "-"
        }
    }
}

extension Finding {
    fileprivate static let noOwner = "-"

    /// Who has the address, or else had it: `shop/cart-x2x4k`, with `+1` for a second owner.
    fileprivate var ownerText: String {
        if let first = owners.first {
            let others = owners.count > 1 ? "+\(owners.count - 1)" : ""
            return first.identity.description.terminalSafe + others
        }
        return previousOwner.map { "was " + $0.identity.description.terminalSafe } ?? Self.noOwner
    }

    /// Whether a sentence names all Pods of ``ownerText``.
    fileprivate func isOwnerNamed(in sentence: String) -> Bool {
        let pods = owners.isEmpty ? previousOwner.map { [$0] } ?? [] : owners
        return pods.allSatisfy { sentence.includes($0.identity.description.terminalSafe) }
    }

    /// Red for proof, yellow for what is worth a look, dim for the rest.
    func color(_ style: TableStyle) -> ANSIColor? {
        guard style.isColored else { return nil }
        if judgement.verdict.isCandidate {
            return judgement.confidence == .confirmed ? .red : .yellow
        }
        return .dim
    }
}

/// The lines that name a target above its rows, where there are several or it was searched for.
private struct HeadingCursor {
    private let report: ScanReport
    private var printed = 0

    init(_ report: ScanReport) {
        self.report = report
    }

    /// The lines of the headings not yet given of the targets up to the one with the given index.
    mutating func next(before target: Int, width: Int) -> [String] {
        let isNamed = report.targets.count > 1 || report.targets.first?.proxy != nil
        guard isNamed, printed <= target else { return [] }
        defer { printed = target + 1 }
        return (printed...target).flatMap { heading($0).wrapped(to: width, indent: 4) }
    }

    private func heading(_ index: Int) -> String {
        let target = report.targets[index]
        let connections = counted(target.sockets, "connection") + " to :\(report.port)"
        let candidates = counted(target.summary.candidates, "candidate")
        let state = target.isComplete ? "" : ", INCOMPLETE"
        let process = target.proxy == nil ? nil : target.pid.map { " (pid \($0))" }
        let place = process ?? target.inode.map { " (netns \($0))" } ?? ""
        return "[\(index)] \(target.title.terminalSafe)\(place): \(connections), \(candidates)"
            + state
    }
}
