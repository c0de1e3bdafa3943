import Judging
import Model

/// All that a scan found: what every output format prints.
package struct ScanReport: Sendable {
    /// The program's version.
    package var version: String
    /// The machine's host name.
    package var host: String
    /// The remote port of the sockets.
    package var port: UInt16
    /// When the scan ended.
    package var generatedAt: WallTime
    /// How long the scan took, without reading the snapshots.
    package var duration: TimeSpan
    /// Whether the scan saw all it was asked for; when not, ``warnings`` say why.
    package var isComplete: Bool
    /// Why what the scan saw will not be remembered, although that was asked for.
    package var historyFault: String?
    /// What earlier runs remembered, if it was lost.
    package var historyLoss: HistoryLoss?
    /// Whether no target was overlooked, such as a proxy that could not be searched for.
    package var hasAllTargets = true
    /// The snapshot documents.
    package var snapshots: [Snapshot]
    /// The namespaces.
    package var targets: [ScanTarget]
    /// The counts over all sockets.
    package var summary: ScanSummary
    /// The findings to print, in report order.
    package var findings: Findings
    /// What the reader must know: one sentence each.
    package var warnings: [String]
    /// What reap did with the findings; `nil` where nobody asked it to.
    package var reap: Reap?

    /// That history started over, although earlier runs had remembered something.
    package struct HistoryLoss: Hashable, Sendable {
        /// When it started over.
        package var at: WallTime
        /// Whether that was in this run.
        package var isNew: Bool

        /// A loss of the given facts.
        package init(at: WallTime, isNew: Bool) {
            self.at = at
            self.isNew = isNew
        }
    }

    /// A snapshot document with what it holds.
    package struct Snapshot: Hashable, Sendable {
        /// The document.
        package var document: SnapshotDocument
        /// The number of its Pods.
        package var pods: Int
        /// The number of addresses that they list.
        package var addresses: Int

        /// A document and its counts.
        package init(document: SnapshotDocument, pods: Int, addresses: Int) {
            self.document = document
            self.pods = pods
            self.addresses = addresses
        }
    }

    /// When the oldest snapshot claims to be from; `nil` where one came through a pipe and does not
    /// say.
    var oldestReadTime: WallTime? {
        let documents = snapshots.map(\.document)
        return documents.contains { $0.readTimeSource == .read }
            ? nil : documents.map(\.claimedReadTime).min()
    }

    /// How old the oldest snapshot claims to be; `nil` where that is not known.
    package var snapshotAge: TimeSpan? { oldestReadTime.map { generatedAt - $0 } }
}

extension ScanReport {
    /// The report of what a scan found.
    ///
    /// - Parameters:
    ///   - result: What was found.
    ///   - version: The program's version.
    ///   - host: The machine's host name.
    ///   - port: The remote port of the sockets.
    ///   - snapshots: The snapshot documents.
    ///   - notices: What the reader must know, and what makes the scan no less complete.
    package init(
        _ result: ScanResult,
        version: String,
        host: String,
        port: UInt16,
        snapshots: [Snapshot],
        notices: [String] = []
    ) {
        self.init(
            version: version,
            host: host,
            port: port,
            generatedAt: result.ended.wall,
            duration: result.ended.steady - result.began.steady,
            isComplete: result.isComplete,
            snapshots: snapshots,
            targets: result.targets,
            summary: result.summary,
            findings: result.findings,
            warnings: result.warnings + result.notices
                + snapshots.flatMap(\.document.remarks) + notices
        )
    }
}
