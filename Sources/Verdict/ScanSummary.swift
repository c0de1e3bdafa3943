import Times

/// The counts of a scan over all its sockets, shown or not.
public struct ScanSummary: Sendable {
    /// The sockets that were judged.
    public private(set) var sockets = 0
    /// The candidates with proof.
    public private(set) var confirmed = 0
    /// The candidates worth a look.
    public private(set) var suspected = 0
    /// The live owners that do not answer.
    public private(set) var unresponsive = 0
    /// How long the longest-silent undetermined socket has been silent.
    public private(set) var oldestUndetermined: TimeSpan?
    // Inline: an array would be asked for its uniqueness at each socket.
    private var counts = InlineArray<7, Int>(repeating: 0)

    /// The counts before the first socket.
    public init() {}

    /// The sockets of one verdict.
    public subscript(verdict: Verdict) -> Int { counts[verdict.order] }

    /// The candidates that were asked for.
    public var candidates: Int { confirmed + suspected }

    /// Counts a socket.
    ///
    /// - Parameters:
    ///   - judgement: What was judged of it.
    ///   - silence: How long its peer has been silent.
    ///   - isUnresponsive: Whether it is a live owner's that does not answer.
    ///   - isCandidate: Whether it is a candidate that the user asked for.
    public mutating func count(
        _ judgement: Judgement,
        silence: TimeSpan,
        isUnresponsive: Bool,
        isCandidate: Bool
    ) {
        sockets += 1
        counts[judgement.verdict.order] += 1
        if isUnresponsive { unresponsive += 1 }
        if isCandidate {
            if judgement.confidence == .confirmed { confirmed += 1 } else { suspected += 1 }
        }
        if judgement.verdict == .undetermined {
            oldestUndetermined = max(oldestUndetermined ?? .zero, silence)
        }
    }
}
