import Judging
import Model

extension ScanReport {
    /// The widest line of ``ReportFormat/table``.
    private static let tableWidth = 100
    /// Below this many columns an elided name tells nothing.
    private static let leastOwnerWidth = 12

    /// A row for each finding; below it, indented, why, where that is worth a line.
    ///
    /// Verdict, peer and port are never cut: the owner, last in the row, takes the room that they
    /// leave, and moves below where they leave too little.
    func renderTable<Failure: Error>(
        _ style: TableStyle,
        to sink: ([UInt8]) throws(Failure) -> Void
    ) throws(Failure) {
        if findings.isEmpty { return }
        let columns = TextColumns(
            Self.tableColumns + (reap == nil ? [] : [Self.reapColumn]),
            findings
        )
        let room = Self.tableWidth - columns.width
        let longestOwner = findings.map { $0.ownerText.columns }.max() ?? 0
        let showsOwner = room >= min(longestOwner, Self.leastOwnerWidth)

        var out: [UInt8] = []
        if style.hasHeader { out.append(line: columns.header + (showsOwner ? "OWNER" : "")) }
        var headings = HeadingCursor(self)
        for (index, finding) in findings.enumerated() {
            for heading in headings.next(before: finding.target) { out.append(line: heading) }
            let owner = showsOwner ? finding.ownerText.elided(to: room) : ""
            out.append(line: columns.row(finding) + owner, finding.color(style))
            for line in detail(of: index, namesOwner: !showsOwner) {
                out.append(line: "    " + line)
            }
            try out.flush(to: sink)
        }
        for heading in headings.next(before: targets.count - 1) { out.append(line: heading) }
        try sink(out)
    }

    /// The lines below a row; where the next row has the same, they stand below that one.
    private func detail(of index: Int, namesOwner: Bool) -> [String] {
        let text = findings[index].detailText(namesOwner: namesOwner)
        if index + 1 < findings.count, findings[index + 1].target == findings[index].target,
            findings[index + 1].detailText(namesOwner: namesOwner) == text
        {
            return []
        }
        return text.wrapped(to: Self.tableWidth - 4)
    }

    private static let tableColumns = [
        TextColumn("VERDICT") { $0.judgement.verdict.rawValue },
        TextColumn("CONFIDENCE") { $0.judgement.confidence?.rawValue ?? "-" },
        TextColumn("PEER") { $0.socket.peer.address.description },
        TextColumn("LOCAL") { ":\($0.socket.local.port)" },
        TextColumn("SILENT", isRightAligned: true) { $0.silence.shortText },
        TextColumn("HEALTH") { $0.isUnresponsive ? "unresponsive" : $0.health.rawValue },
    ]

    private static let reapColumn = TextColumn("REAP") { finding in
        switch finding.reaping {
        case let reaping? where reaping.action == .destroy: reaping.result?.rawValue ?? "unknown"
        case let reaping?: reaping.action.rawValue
        case nil: "-"
        }
    }
}

extension ScanReport {
    /// One line for each finding: no value but the last holds a space, so that `awk` can read it.
    func renderWide<Failure: Error>(
        _ style: TableStyle,
        to sink: ([UInt8]) throws(Failure) -> Void
    ) throws(Failure) {
        if findings.isEmpty { return }
        let columns = TextColumns(
            Self.wideColumns + (reap == nil ? [] : Self.reapColumns) + [proxyColumn],
            findings
        )
        var out: [UInt8] = []
        if style.hasHeader { out.append(line: columns.header + "EXPLANATION") }
        for finding in findings {
            let explanation = finding.explanation.terminalSafe
            out.append(line: columns.row(finding) + explanation, finding.color(style))
            try out.flush(to: sink)
        }
        try sink(out)
    }

    private static let wideColumns = [
        TextColumn("TARGET", isRightAligned: true) { String($0.target) },
        TextColumn("VERDICT") { $0.judgement.verdict.rawValue },
        TextColumn("CONFIDENCE") { $0.judgement.confidence?.rawValue ?? "-" },
        TextColumn("REASON") { $0.judgement.reason.rawValue },
        TextColumn("HEALTH") { $0.health.rawValue },
        TextColumn("UNRESPONSIVE") { $0.isUnresponsive ? "yes" : "-" },
        TextColumn("PEER") { $0.socket.peer.description },
        TextColumn("LOCAL") { $0.socket.local.description },
        TextColumn("SILENT", isRightAligned: true) { $0.silence.shortText },
        TextColumn("LAST-HEARD") { $0.heardAt.rfc3339 },
        TextColumn("OWNER") { names(of: $0.owners) },
        TextColumn("NODE") { nodes(of: $0.owners) },
        TextColumn("PREVIOUS-OWNER") { names(of: $0.previousOwner.map { [$0] } ?? []) },
        TextColumn("COOKIE") { "0x" + String($0.socket.cookie, radix: 16) },
        TextColumn("INODE", isRightAligned: true) { String($0.socket.inode) },
        TextColumn("UID", isRightAligned: true) { String($0.socket.uid) },
        TextColumn("UNACKED", isRightAligned: true) { String($0.socket.info.unackedSegments) },
        TextColumn("RETRANS", isRightAligned: true) { String($0.socket.info.retransmits) },
        TextColumn("PROBES", isRightAligned: true) { String($0.socket.info.probes) },
        TextColumn("UNSENT", isRightAligned: true) {
            $0.socket.info.unsentBytes.map { String($0) } ?? "-"
        },
        TextColumn("RTT", isRightAligned: true) { "\($0.socket.info.roundTripMicroseconds)us" },
        TextColumn("TIMER") { timer(of: $0.socket) },
        TextColumn("PROCESS") { process(of: $0) },
    ]

    private var proxyColumn: TextColumn {
        let names = targets.map {
            Self.oneWord([$0.proxy.map { "\($0.role):\($0.namespace)/\($0.pod)" } ?? ""])
        }
        return TextColumn("PROXY") { names[$0.target] }
    }

    private static let reapColumns = [
        TextColumn("ACTION") { $0.reaping?.action.rawValue ?? "-" },
        TextColumn("RESULT") { $0.reaping?.result?.rawValue ?? "-" },
    ]

    private static func names(of pods: [NamedPod]) -> String {
        oneWord(pods.map { $0.identity.description })
    }

    private static func nodes(of pods: [NamedPod]) -> String {
        oneWord(pods.map(\.identity.node))
    }

    /// `retransmit:1840ms`, `none`.
    private static func timer(of socket: TCPSocket) -> String {
        socket.timer == .none
            ? socket.timer.rawValue : "\(socket.timer.rawValue):\(socket.timerExpires)ms"
    }

    /// `4312/envoy`, as netstat(8) has it.
    private static func process(of finding: Finding) -> String {
        oneWord([finding.process.map { "\($0.pid)/\($0.command)" } ?? ""])
    }

    /// The names with commas between them; what is unknown is a dash, a space is written `\u{20}`.
    private static func oneWord(_ names: [String]) -> String {
        let words = names.map { name in
            name.isEmpty
                ? "-"
                : name.terminalSafe.split(separator: " ", omittingEmptySubsequences: false)
                    .joined(separator: "\\u{20}")
        }
        return words.isEmpty ? "-" : words.joined(separator: ",")
    }
}

extension Finding {
    /// Who has the address, or else had it: `shop/cart-x2x4k`, with `+1` for a second owner.
    fileprivate var ownerText: String {
        if let first = owners.first {
            let others = owners.count > 1 ? "+\(owners.count - 1)" : ""
            return first.identity.description.terminalSafe + others
        }
        return previousOwner.map { "was " + $0.identity.description.terminalSafe } ?? "-"
    }

    /// What a row says below itself: nothing for a connection that is as it should be.
    fileprivate func detailText(namesOwner: Bool) -> String {
        let isOrdinary = judgement.verdict == .current || judgement.verdict == .exempt
        let explanation = isOrdinary && !isUnresponsive ? "" : self.explanation.terminalSafe
        guard namesOwner, ownerText != "-" else { return explanation }
        return "owner \(ownerText)" + (explanation.isEmpty ? "" : ": ") + explanation
    }

    /// Red for proof, yellow for what is worth a look, dim for the rest.
    fileprivate func color(_ style: TableStyle) -> ANSIColor? {
        guard style.isColored else { return nil }
        if judgement.verdict.isCandidate {
            return judgement.confidence == .confirmed ? .red : .yellow
        }
        return isUnresponsive ? .yellow : .dim
    }
}

/// The lines that name a target above its rows, where there are several or it was searched for.
private struct HeadingCursor {
    private let report: ScanReport
    private var printed = 0

    init(_ report: ScanReport) {
        self.report = report
    }

    /// The headings not yet given of the targets up to the one with the given index.
    mutating func next(before target: Int) -> [String] {
        let isNamed = report.targets.count > 1 || report.targets.first?.proxy != nil
        guard isNamed, printed <= target else { return [] }
        defer { printed = target + 1 }
        return (printed...target).map(heading)
    }

    private func heading(_ index: Int) -> String {
        let target = report.targets[index]
        let connections = counted(target.sockets, "connection") + " to :\(report.port)"
        let candidates = counted(target.summary.candidates, "candidate")
        let state = target.isComplete ? "" : ", INCOMPLETE"
        let process = target.proxy == nil ? nil : target.pid.map { " (pid \($0))" }
        let place = process ?? target.inode.map { " (netns \($0))" } ?? ""
        let tail = "\(place): \(connections), \(candidates)\(state)"
        let head = "[\(index)] "
        return head + target.title.terminalSafe.elided(to: 100 - head.columns - tail.columns) + tail
    }
}
