import Model

/// The moments of a steady beat, on a clock that nobody sets.
package struct Beat: Sendable {
    private let interval: TimeSpan
    private var next: TimeSpan

    /// A beat whose first moment is now.
    ///
    /// - Parameters:
    ///   - interval: How far its moments are apart, a millisecond or more.
    ///   - now: The time of the clock.
    package init(every interval: TimeSpan, from now: TimeSpan) {
        self.interval = max(interval, TimeSpan(milliseconds: 1))
        next = now
    }

    /// Goes to the first moment of the beat that is not past.
    ///
    /// Moments that went by are left out: what was late once must not be hurried ever after.
    ///
    /// One that is still to come stays the next, however often it is asked for.
    ///
    /// - Returns: How long it is until then.
    package mutating func advance(now: TimeSpan) -> TimeSpan {
        if now < next { return next - now }
        let late = (now - next).milliseconds
        let beats = max(1, (late + interval.milliseconds - 1) / interval.milliseconds)
        next = next + TimeSpan(milliseconds: beats * interval.milliseconds)
        return max(.zero, next - now)
    }
}
