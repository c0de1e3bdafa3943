import LinuxSystem
import Model
import PodSnapshot

/// What a node's ztunnel answered in the scans of a watch: where it does not answer well, the last
/// good answer serves, and the scan is incomplete.
struct ZtunnelMemory {
    /// What was last good; `nil` before the first.
    private(set) var contents: SnapshotContents?
    /// Why that is not what it answered last: a sentence without a full stop.
    private(set) var fault: String?
    /// Since when it has been listing much less, by the steady clock.
    private var shrunkSince: TimeSpan?

    /// For how long a list may stay much shorter before it is believed.
    private static let patience = TimeSpan.seconds(60)

    /// Asks it again.
    ///
    /// - Parameters:
    ///   - inquiry: Its connections.
    ///   - now: The steady clock.
    mutating func take(_ inquiry: ZtunnelInquiry, now: TimeSpan) {
        do throws(ZtunnelFault) {
            take(try inquiry.read(), now: now)
        } catch {
            fault = stillServing(error.description)
        }
    }

    /// Takes what it answered.
    mutating func take(_ answer: SnapshotContents, now: TimeSpan) {
        let (count, last) = (answer.pods.count, contents?.pods.count ?? 0)
        // One that has just started learns of its workloads by and by.
        if count * 2 < last {
            let since = shrunkSince ?? now
            shrunkSince = since
            if now - since < Self.patience {
                fault = stillServing(
                    "ztunnel lists \(count) workloads, and listed \(last) before: it may not know"
                        + " all yet"
                )
                return
            }
        }
        (contents, fault, shrunkSince) = (answer, nil, nil)
    }

    private func stillServing(_ fault: String) -> String {
        guard let capture = contents?.document.claimedReadTime else { return fault }
        return "\(fault); until it answers well, its last good answer is used, of"
            + " \(capture.rfc3339)"
    }
}
