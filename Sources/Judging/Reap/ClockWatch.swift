import Model

/// Whether a watch may destroy anything after somebody has set the clock.
///
/// A snapshot that was taken before says nothing by the clock that is now: its times are those of
/// another. The first of another `C` that is later than the step tells both are of one clock again.
package struct ClockWatch: Sendable {
    private let skew: TimeSpan
    private var last: ClockReading?
    /// When the clock was last set, by the clock that was set, and `C` of the snapshots then.
    private var step: (moment: WallTime, capture: WallTime)?

    /// A watch before its first scan.
    package init(skew: TimeSpan) {
        self.skew = skew
    }

    /// Takes in a scan.
    ///
    /// - Parameters:
    ///   - began: The clocks when it began.
    ///   - ended: The clocks when it ended.
    ///   - capture: `C` of the snapshots that it was judged by.
    /// - Returns: Whether its snapshots were taken by the clock that is now.
    package mutating func isOfOneClock(
        _ began: ClockReading,
        _ ended: ClockReading,
        capture: WallTime
    ) -> Bool {
        if let last, last.wasSet(before: began, skew: skew) { step = (began.wall, capture) }
        if began.wasSet(before: ended, skew: skew) { step = (ended.wall, capture) }
        last = ended
        guard let step else { return true }
        if capture == step.capture || capture <= step.moment { return false }
        self.step = nil
        return true
    }
}
