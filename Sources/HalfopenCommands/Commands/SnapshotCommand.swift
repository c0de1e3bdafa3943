import Model
import PodSnapshot
import Reporting

/// `halfopen snapshot`: the snapshots in the compact form.
struct SnapshotCommand {
    let request: ScanRequest

    /// Reads every snapshot, and then writes one, so that nothing is written of what cannot be read.
    ///
    /// - Returns: The exit status, by the contract of halfopen(8).
    func run() -> ExitStatus {
        let snapshots: SnapshotSet
        do {
            snapshots = try request.open(for: .snapshot).readSnapshots()
        } catch {
            StandardStreams.say("\(error)")
            return .incomplete
        }
        for gap in snapshots.gaps { StandardStreams.say(gap) }
        guard snapshots.gaps.isEmpty else { return .incomplete }
        let contents = snapshots.contents
        if request.isVerbose { contents.forEach { StandardStreams.say($0.info) } }
        let withPods = contents.filter { $0.pods.count > 0 }.map(\.document.source)
        if withPods.count > 1 {
            StandardStreams.say(
                "cannot join snapshots '\(withPods[0])' and '\(withPods[1])': both list Pods, and"
                    + " one document cannot say which cluster a Pod belongs to; give each to"
                    + " 'halfopen list' with its own -s"
            )
            return .incomplete
        }
        let warnings = contents.flatMap { $0.document.warnings }
        for warning in warnings { StandardStreams.say(warning) }
        do throws(StandardStreams.WriteError) {
            try CompactSnapshot(contents).render(to: StandardStreams.writeResult)
        } catch {
            StandardStreams.say(error.message)
            return .incomplete
        }
        let isWhole = contents.allSatisfy { $0.document.items > 0 && $0.document.gapCount == 0 }
        return isWhole ? .clear : .incomplete
    }
}

extension SnapshotDocument {
    /// Why the document is less than it should be, although it could be read.
    fileprivate var warnings: [String] {
        items == 0
            ? ["snapshot '\(source)' has no items: an empty list proves nothing"] : problemMessages
    }
}
