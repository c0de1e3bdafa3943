import Model

/// The counts of a scan over all its sockets, shown or not.
package struct ScanSummary: Sendable {
    /// The sockets that were judged.
    package private(set) var sockets = 0
    /// How long the longest-silent undetermined socket has been silent.
    package private(set) var oldestUndetermined: TimeSpan?
    /// How long the longest-silent candidate has been silent.
    package private(set) var oldestCandidate: TimeSpan?
    // Inline: an array would be asked for its uniqueness at each socket.
    private var counts = InlineArray<8, Int>(repeating: 0)
    private var confirmedCounts = InlineArray<3, Int>(repeating: 0)
    private var suspectedCounts = InlineArray<3, Int>(repeating: 0)
    /// Those of the confirmed ones that are proved by what the snapshots do not list.
    private var confirmedByAbsence = InlineArray<3, Int>(repeating: 0)
    /// Those of the confirmed ones that are proved by connections alone.
    private var confirmedByConnections = InlineArray<3, Int>(repeating: 0)

    /// The counts before the first socket.
    package init() {}

    /// The sockets of one verdict.
    package subscript(verdict: Verdict) -> Int { counts[verdict.order] }

    /// The candidates with proof.
    package var confirmed: Int { confirmedCounts[0] + confirmedCounts[1] + confirmedCounts[2] }

    /// The candidates worth a look.
    package var suspected: Int { suspectedCounts[0] + suspectedCounts[1] + suspectedCounts[2] }

    /// The candidates that were asked for.
    package var candidates: Int { confirmed + suspected }

    /// The candidates of a verdict that were asked for: those with proof, and those worth a look.
    package func candidates(_ verdict: Verdict) -> (confirmed: Int, suspected: Int) {
        verdict.isCandidate
            ? (confirmedCounts[verdict.order], suspectedCounts[verdict.order]) : (0, 0)
    }

    /// Counts a socket.
    ///
    /// - Parameters:
    ///   - judgement: What was judged of it.
    ///   - silence: How long its peer has been silent.
    ///   - isCandidate: Whether it is a candidate that the user asked for.
    @inline(__always)
    package mutating func count(
        _ judgement: Judgement,
        silence: TimeSpan,
        isCandidate: Bool
    ) {
        sockets += 1
        counts[judgement.verdict.order] += 1
        if isCandidate {
            if judgement.confidence == .confirmed {
                confirmedCounts[judgement.verdict.order] += 1
                if judgement.isByAbsence { confirmedByAbsence[judgement.verdict.order] += 1 }
                if judgement.isByConnections {
                    confirmedByConnections[judgement.verdict.order] += 1
                }
            } else {
                suspectedCounts[judgement.verdict.order] += 1
            }
            oldestCandidate = max(oldestCandidate ?? .zero, silence)
        }
        if judgement.verdict == .undetermined {
            oldestUndetermined = max(oldestUndetermined ?? .zero, silence)
        }
    }

    /// Counts as suspected what was counted as confirmed, if it is proved by what the snapshots do not
    /// list.
    package mutating func unconfirmAbsence() {
        for index in confirmedCounts.indices {
            unconfirm(confirmedByAbsence[index], at: index)
        }
    }

    /// The same of all that is not proved by connections alone.
    package mutating func unconfirmWhatSnapshotsProve() {
        for index in confirmedCounts.indices {
            unconfirm(confirmedCounts[index] - confirmedByConnections[index], at: index)
        }
    }

    private mutating func unconfirm(_ count: Int, at index: Int) {
        confirmedCounts[index] -= count
        suspectedCounts[index] += count
        confirmedByAbsence[index] = 0
    }

    /// Adds the counts of other sockets.
    package mutating func add(_ other: ScanSummary) {
        sockets += other.sockets
        for index in counts.indices { counts[index] += other.counts[index] }
        for index in confirmedCounts.indices {
            confirmedCounts[index] += other.confirmedCounts[index]
            suspectedCounts[index] += other.suspectedCounts[index]
            confirmedByAbsence[index] += other.confirmedByAbsence[index]
            confirmedByConnections[index] += other.confirmedByConnections[index]
        }
        oldestUndetermined = [oldestUndetermined, other.oldestUndetermined].compactMap(\.self).max()
        oldestCandidate = [oldestCandidate, other.oldestCandidate].compactMap(\.self).max()
    }
}
