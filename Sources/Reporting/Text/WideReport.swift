import Judging
import Model

extension ScanReport {
    /// One line for each finding: no value but the last holds a space, so that `awk` can read it.
    ///
    /// What tells most stands first. On a terminal, a column that says nothing in any row is left
    /// out; elsewhere each has its place whatever the rows say.
    func renderWide<Failure: Error>(
        _ style: TableStyle,
        to sink: ([UInt8]) throws(Failure) -> Void
    ) throws(Failure) {
        if findings.isEmpty { return }
        var all = Self.firstColumns + (reap == nil ? [] : Self.reapColumns) + Self.ownerColumns
        all += [proxyColumn] + Self.laterColumns
        var columns = TextColumns(all)
        for finding in findings { columns.fit(finding) }
        if style.width != nil { columns = columns.telling }
        var out: [UInt8] = []
        if style.hasHeader { out.append(line: columns.header + "EXPLANATION") }
        for finding in findings {
            let explanation = finding.explanation.terminalSafe
            out.append(line: columns.row(finding) + explanation, finding.color(style))
            try out.flush(to: sink)
        }
        try sink(out)
    }

    private static let firstColumns = [
        TextColumn("VERDICT") { $0.judgement.verdict.rawValue },
        TextColumn("CONFIDENCE") { $0.judgement.confidence?.rawValue ?? "-" },
        TextColumn("PEER") { $0.socket.peer.description },
        TextColumn("LOCAL") { $0.socket.local.description },
        TextColumn("SILENT", isRightAligned: true) { $0.silence.shortText },
        TextColumn("HEALTH") { $0.health.rawValue },
    ]

    private static let reapColumns = [
        TextColumn("ACTION") { $0.reaping?.action.rawValue ?? "-" },
        TextColumn("RESULT") { $0.reaping?.result?.rawValue ?? "-" },
    ]

    private static let ownerColumns = [
        TextColumn("OWNER") { names(of: $0.owners) },
        TextColumn("PREVIOUS-OWNER") { names(of: $0.previousOwner.map { [$0] } ?? []) },
        TextColumn("NODE") { nodes(of: $0.owners) },
    ]

    private static let laterColumns = [
        TextColumn("PROCESS") { process(of: $0) },
        TextColumn("REASON") { $0.judgement.reason.rawValue },
        TextColumn("LAST-HEARD") { $0.heardAt.rfc3339 },
        TextColumn("TIMER", saysNothing: ["none"]) { timer(of: $0.socket) },
        TextColumn(count: "UNACKED") { $0.info.unackedSegments },
        TextColumn(count: "RETRANS") { UInt32($0.info.retransmits) },
        TextColumn(count: "PROBES") { UInt32($0.info.probes) },
        TextColumn(count: "UNSENT") { $0.info.unsentBytes },
        TextColumn("RTT", isRightAligned: true) { "\($0.socket.info.roundTripMicroseconds)us" },
        TextColumn("COOKIE") { "0x" + String($0.socket.cookie, radix: 16) },
        TextColumn("INODE", isRightAligned: true) { String($0.socket.inode) },
        TextColumn("UID", isRightAligned: true) { String($0.socket.uid) },
        TextColumn("TARGET", isRightAligned: true, saysNothing: ["0"]) { String($0.target) },
    ]

    private var proxyColumn: TextColumn {
        let names = targets.map {
            Self.oneWord([$0.proxy.map { "\($0.role):\($0.namespace)/\($0.pod)" } ?? ""])
        }
        return TextColumn("PROXY") { names[$0.target] }
    }

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
