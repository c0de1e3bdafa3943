import Judging
import Model

/// What `halfopen check` answers: a line and a status by the Monitoring Plugins guidelines.
package struct PluginAnswer: Hashable, Sendable {
    /// How it stands, as the program's exit status tells.
    package enum Status: Int32, Sendable {
        /// All is well.
        case ok = 0
        /// Something is worth a look.
        case warning = 1
        /// Something is broken.
        case critical = 2
        /// The answer is unknown.
        case unknown = 3
    }

    /// What counts, and when it is a reason for an alert.
    package struct Thresholds: Hashable, Sendable {
        /// The numbers of candidates that do not cause a warning.
        package var warning: AlertRange?
        /// The numbers of candidates that are not critical.
        package var critical: AlertRange?
        /// In how many consecutive runs a connection must have been a candidate to count.
        package var minRuns: Int
        /// Whether a namespace without a connection is well.
        package var allowsNoConnections: Bool

        /// The given thresholds; without a range a suspected candidate is a reason for a warning,
        /// and a confirmed one critical.
        package init(
            warning: AlertRange? = nil,
            critical: AlertRange? = nil,
            minRuns: Int = 1,
            allowsNoConnections: Bool = false
        ) {
            self.warning = warning
            self.critical = critical
            self.minRuns = minRuns
            self.allowsNoConnections = allowsNoConnections
        }
    }

    /// How it stands.
    package let status: Status
    /// The line to print, without its end: what is worst, the counts, and after a bar the
    /// performance data.
    package let line: String

    /// An unknown answer, and why.
    package init(unknown reason: String) {
        self.init(.unknown, reason, performance: nil)
    }

    /// What a scan tells.
    ///
    /// - Parameters:
    ///   - report: The scan, its candidates among the findings.
    ///   - asked: The verdicts that count as candidates.
    ///   - thresholds: When it is a reason for an alert.
    package init(_ report: ScanReport, asked: Set<Verdict>, _ thresholds: Thresholds) {
        let counted = report.findings.filter { finding in
            asked.contains(finding.judgement.verdict)
                && (finding.candidacy?.runs ?? 1) >= thresholds.minRuns
        }
        let confirmed = counted.count { $0.judgement.confidence == .confirmed }
        let worst = counted.first { $0.judgement.confidence == .confirmed } ?? counted.first
        let ignorance = report.ignorance(asked: asked, thresholds)
        let status =
            ignorance == nil ? thresholds.status(counted.count, confirmed: confirmed) : .unknown
        var sentences = ignorance.map { [$0] } ?? []
        // What follows the status must not seem to contradict it.
        if (status == .ok) == (worst != nil), let place = thresholds.place(counted.count, status) {
            sentences.append(place)
        }
        if let worst {
            sentences.append((status == .ok ? "worst: " : "") + worst.standingAlone)
        } else if report.summary.candidates > 0 {
            sentences.append("no candidate in \(thresholds.minRuns) consecutive runs")
        }
        sentences.append(report.summaryLine(asked: asked))
        self.init(
            status,
            sentences.joined(separator: "; "),
            performance: report.performance(counted.count, confirmed: confirmed, thresholds)
        )
    }

    private init(_ status: Status, _ text: String, performance: String?) {
        self.status = status
        // The bar would start the performance data.
        let safe = text.terminalSafe.split(separator: "|", omittingEmptySubsequences: false)
        line =
            "HALFOPEN \(status): ".uppercased() + safe.joined(separator: "\\u{7c}")
            + (performance.map { " | " + $0 } ?? "")
    }
}

extension PluginAnswer.Thresholds {
    private var hasRange: Bool { warning != nil || critical != nil }

    fileprivate func status(_ candidates: Int, confirmed: Int) -> PluginAnswer.Status {
        if !hasRange { return confirmed > 0 ? .critical : candidates > 0 ? .warning : .ok }
        if critical?.alerts(on: candidates) == true { return .critical }
        return warning?.alerts(on: candidates) == true ? .warning : .ok
    }

    /// Where a number of candidates lies, as a phrase: within all ranges, or outside the one that makes
    /// the status; `nil` without a range.
    fileprivate func place(_ candidates: Int, _ status: PluginAnswer.Status) -> String? {
        let ranges: [(PluginAnswer.Status, String)] = [
            (.warning, warning.map { "-w \($0)" }), (.critical, critical.map { "-c \($0)" }),
        ].compactMap { level, text in text.map { (level, $0) } }
        let telling = status == .ok ? ranges : ranges.filter { $0.0 == status }
        if telling.isEmpty { return nil }
        return counted(candidates, "candidate") + (status == .ok ? ", within " : ", outside ")
            + telling.map(\.1).joined(separator: " and ")
    }

    /// A value with the ranges that it is held to, where it is held to one.
    fileprivate func datum(_ label: String, _ value: Int, _ warning: String, _ critical: String)
        -> String
    {
        "\(label)=\(value);\(warning);\(critical);0"
    }

    fileprivate func performance(_ candidates: Int, confirmed: Int) -> [String] {
        let defaultRange = hasRange ? "" : "0"
        return [
            datum(
                "candidates",
                candidates,
                warning?.description ?? "",
                critical?.description ?? ""
            ),
            datum("confirmed", confirmed, "", defaultRange),
            datum("suspected", candidates - confirmed, defaultRange, ""),
        ]
    }
}

extension Finding {
    /// The explanation where it is read alone, as in a page, and not below a row that names the peer.
    fileprivate var standingAlone: String {
        judgement.verdict == .silent
            ? "connection to \(socket.peer.address): \(explanation)" : explanation
    }
}

extension ScanReport {
    /// Why nothing can be told of the candidates that count; `nil` where something can.
    fileprivate func ignorance(
        asked: Set<Verdict>,
        _ thresholds: PluginAnswer.Thresholds
    ) -> String? {
        if !isComplete { return warnings.first ?? "the scan is incomplete" }
        if let historyFault { return historyFault }
        if !thresholds.allowsNoConnections, let doubt = doubts.first {
            return doubt + ", or allow it (--allow-no-connections)"
        }
        guard thresholds.minRuns > 1, let loss = historyLoss else { return nil }
        // How long a candidate has been one is unknown if it has been silent since before.
        let isOlder = findings.contains {
            asked.contains($0.judgement.verdict) && $0.heardAt < loss.at
                && ($0.candidacy?.runs ?? 1) < thresholds.minRuns
        }
        guard loss.isNew || isOlder else { return nil }
        return
            "the history of earlier runs was lost at \(loss.at.rfc3339), so the number of"
            + " consecutive runs is unknown; run \(thresholds.minRuns) more times"
    }

    /// `label=value;warning;critical;minimum` with spaces between, the thresholds being ranges.
    fileprivate func performance(
        _ candidates: Int,
        confirmed: Int,
        _ thresholds: PluginAnswer.Thresholds
    ) -> String {
        let age = oldestReadTime.map { "\((generatedAt - $0).milliseconds / 1000)s" } ?? "U"
        return
            (thresholds.performance(candidates, confirmed: confirmed) + [
                "sockets=\(summary.sockets);;;0",
                "undetermined=\(summary[.undetermined]);;;0",
                "silent=\(summary[.silent]);;;0",
                "snapshot_age=\(age)",
            ]).joined(separator: " ")
    }
}
