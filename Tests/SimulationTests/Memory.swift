import Model

/// What a scanner's state file holds, and what the simulation knows of that.
struct Memory {
    private(set) var history: SocketHistory
    /// Why it may be wrong though no evidence at hand speaks against what it stands on.
    var taint: String?
    /// When each connection was first seen by a scan that was remembered, by its cookie.
    private(set) var firstSeen: [UInt64: WallTime] = [:]
    /// In how many scans on end of its namespace each connection was a candidate.
    private(set) var candidateRuns: [UInt64: Int] = [:]
    /// Whether the last scan was remembered.
    private(set) var isKept = false

    init(epoch: ClockEpoch) {
        history = SocketHistory(epoch: epoch)
    }

    /// What the file holds, its run begun.
    ///
    /// - Parameter judgesAnew: Whether nothing is known but what a file would hold.
    func begun(judgesAnew: Bool) throws(HistoryFault) -> SocketHistory {
        var begun = judgesAnew ? try SocketHistory(words: history.words) : history
        begun.beginRun()
        return begun
    }

    /// Reads the file: what was remembered by a clock that has been set since is lost.
    ///
    /// - Parameters:
    ///   - epoch: What this boot's clock is set to now.
    ///   - isLost: Whether the file is gone.
    ///   - skew: By how much the clock may have been set.
    /// - Returns: Whether the clock was not set since the scan that is remembered.
    mutating func open(epoch: ClockEpoch, isLost: Bool, skew: TimeSpan) -> Bool {
        let isOfOneClock = isLost || epoch.continues(history.epoch, skew: skew)
        if isLost || !isOfOneClock { self = Memory(epoch: epoch) }
        return isOfOneClock
    }

    /// Writes the file, if the scan has something to remember.
    mutating func keep(_ seen: SocketHistory?) {
        isKept = seen != nil
        if let seen { history = seen }
    }

    /// Notes what a remembered scan has seen of a connection.
    ///
    /// - Parameter counts: Whether the scan found nothing that speaks against its snapshots: else it
    ///   agrees with no other.
    mutating func note(_ cookie: UInt64, isCandidate: Bool, counts: Bool, at now: WallTime) {
        firstSeen[cookie] = firstSeen[cookie] ?? now
        candidateRuns[cookie] = isCandidate && counts ? candidateRuns[cookie, default: 0] + 1 : 0
    }
}
