import Model

/// When a watch scans: at a fixed interval, by a monotonic clock.
package struct ScanSchedule: Sendable {
    private let interval: TimeSpan
    private var next: TimeSpan

    /// A schedule whose first scan is due now.
    ///
    /// - Parameters:
    ///   - interval: How far its moments are apart, a millisecond or more.
    ///   - now: The time of the clock.
    package init(every interval: TimeSpan, from now: TimeSpan) {
        self.interval = max(interval, TimeSpan(milliseconds: 1))
        next = now
    }

    /// Moves to the first due time that has not passed.
    ///
    /// Moments that went by are left out: what was late once must not be hurried ever after.
    ///
    /// One that is still to come stays the next, however often it is asked for.
    ///
    /// - Returns: How long it is until then.
    package mutating func advance(now: TimeSpan) -> TimeSpan {
        if now < next { return next - now }
        let late = (now - next).milliseconds
        let intervals = max(1, (late + interval.milliseconds - 1) / interval.milliseconds)
        next = next + TimeSpan(milliseconds: intervals * interval.milliseconds)
        return max(.zero, next - now)
    }
}
