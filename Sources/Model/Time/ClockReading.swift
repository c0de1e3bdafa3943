/// A moment by the wall clock and by a steady clock, read together.
@usableFromInline package struct ClockReading: Hashable, Sendable {
    /// The moment by the clock that somebody may set.
    @usableFromInline package var wall: WallTime
    /// The time of a clock that nobody sets, since some moment of this boot.
    @usableFromInline package var steady: TimeSpan

    /// A reading of both clocks.
    @usableFromInline package init(wall: WallTime, steady: TimeSpan) {
        self.wall = wall
        self.steady = steady
    }

    /// The time of the other clock at a moment by the wall clock, if that was not set in between.
    @usableFromInline package func steady(at moment: WallTime) -> TimeSpan {
        steady + (moment - wall)
    }

    /// Whether the wall clock was set between this reading and a later one, by more than the skew.
    package func wasSet(before later: ClockReading, skew: TimeSpan) -> Bool {
        let drift = (later.wall - wall) - (later.steady - steady)
        return max(drift, .zero - drift) > skew
    }
}
