import Judging
import Model

/// What Prometheus is told of a scan: `halfopen_…`, gauges of the last scan alone, but for what was
/// destroyed since the program began.
///
/// For the textfile collector of node_exporter. By proxy, where that is known, and never by peer:
/// every Pod would be a series of its own.
package struct ScanMetrics: Sendable {
    private var writer = PrometheusWriter()

    /// The metrics as text, in UTF-8.
    package var text: [UInt8] { writer.bytes }

    /// The metrics of a scan, zeros included.
    package init(_ report: ScanReport) {
        writeTargets(report.targets.count)
        writeConnections(ProxySeries.all(of: report.targets))
        if let reap = report.reap { write(reap, report.reapCounts) }
        writeSnapshots(of: report)
        writeScan(
            succeeded: true,
            isComplete: report.isComplete && report.historyFault == nil,
            duration: report.duration,
            at: report.generatedAt,
            version: report.version
        )
    }

    /// The metrics of a scan that could judge nothing: it says nothing of connections.
    ///
    /// - Parameters:
    ///   - moment: When it failed.
    ///   - duration: How long it took until then.
    ///   - version: The program's version.
    package init(failedAt moment: WallTime, after duration: TimeSpan, version: String) {
        writeScan(
            succeeded: false,
            isComplete: false,
            duration: duration,
            at: moment,
            version: version
        )
    }

    /// Without a label, so that none found is a series, too.
    private mutating func writeTargets(_ count: Int) {
        writer.metric(
            "halfopen_targets",
            help: "Network namespaces that were found or given; 0 if no proxy was found."
        )
        writer.sample([], count)
    }

    private mutating func writeConnections(_ proxies: [ProxySeries]) {
        writer.metric(
            "halfopen_candidates",
            help: "Half-open connections, by verdict and confidence."
        )
        for proxy in proxies {
            for verdict in Verdict.allCases where verdict.isCandidate {
                let (confirmed, suspected) = proxy.summary.candidates(verdict)
                for (confidence, count) in [
                    (Confidence.confirmed, confirmed), (.suspected, suspected),
                ] {
                    writer.sample(
                        [("verdict", verdict.rawValue), ("confidence", confidence.rawValue)]
                            + proxy.labels,
                        count
                    )
                }
            }
        }
        writer.metric("halfopen_sockets", help: "Connections to the remote port, by verdict.")
        for proxy in proxies {
            for verdict in Verdict.allCases {
                writer.sample(
                    [("verdict", verdict.rawValue)] + proxy.labels,
                    proxy.summary[verdict]
                )
            }
        }
        writer.metric(
            "halfopen_oldest_candidate_seconds",
            help: "How long the longest-silent candidate has been silent."
        )
        for proxy in proxies {
            writer.sample(proxy.labels, seconds: proxy.summary.oldestCandidate ?? .zero)
        }
        writer.metric(
            "halfopen_oldest_undetermined_seconds",
            help: "How long the longest-silent undetermined connection has been silent."
        )
        for proxy in proxies {
            writer.sample(proxy.labels, seconds: proxy.summary.oldestUndetermined ?? .zero)
        }
    }

    private mutating func write(_ reap: ScanReport.Reap, _ counts: ScanReport.ReapCounts) {
        var total = reap.earlier
        total.add(counts)
        writer.metric(
            "halfopen_reaped_connections_total",
            .counter,
            help: "Connections that reap tried to destroy, by result."
        )
        for result in Reaping.Result.allCases {
            writer.sample([("result", result.rawValue)], total[result])
        }
        writer.metric(
            "halfopen_reap_left",
            help: "Candidates that the last run left to a later run."
        )
        writer.sample([], reap.left)
        writer.metric(
            "halfopen_reap_refused",
            help: "Whether the last run was refused: incomplete, or its snapshot may be wrong."
        )
        writer.sample([], reap.refusal == nil ? 0 : 1)
    }

    private mutating func writeSnapshots(of report: ScanReport) {
        if report.snapshots.isEmpty { return }
        writer.metric(
            "halfopen_snapshot_age_seconds",
            help: "Age of the oldest snapshot at the scan; NaN if unknown."
        )
        writer.sample([], seconds: report.oldestReadTime.map { report.generatedAt - $0 })
        writer.metric("halfopen_snapshot_pods", help: "Pods in the snapshots.")
        writer.sample([], report.snapshots.reduce(0) { $0 + $1.pods })
    }

    private mutating func writeScan(
        succeeded: Bool,
        isComplete: Bool,
        duration: TimeSpan,
        at moment: WallTime,
        version: String
    ) {
        writer.metric(
            "halfopen_scan_success",
            help: "Whether the last scan could judge anything."
        )
        writer.sample([], succeeded ? 1 : 0)
        writer.metric(
            "halfopen_scan_complete",
            help: "Whether the last scan was complete and its history was saved."
        )
        writer.sample([], isComplete ? 1 : 0)
        writer.metric(
            "halfopen_scan_duration_seconds",
            help: "How long the last scan took, without reading the snapshots."
        )
        writer.sample([], seconds: duration)
        writer.metric(
            "halfopen_last_scan_timestamp_seconds",
            help: "When the last scan ended, in seconds since 1970."
        )
        writer.sample([], seconds: moment - WallTime(milliseconds: 0))
        writer.metric("halfopen_build_info", help: "1, with the version of the program.")
        writer.sample([("version", version)], 1)
    }
}
