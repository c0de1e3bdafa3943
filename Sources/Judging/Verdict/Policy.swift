import Model

/// What the user decides about judging.
package struct Policy: Sendable {
    /// The tolerated difference between any two clocks involved; never under ``smallestSkew``.
    package var skew: TimeSpan {
        didSet { skew = max(skew, Self.smallestSkew) }
    }
    /// A snapshot of this age or more is too old; `nil` for never.
    package var maxAge: TimeSpan?
    /// The blocks whose connections are not judged.
    package var exclude: [IPPrefix]
    /// The candidates that are asked for.
    package var asked: Set<Verdict>
    /// From which silence on a living connection would have been pinged; `nil` for never.
    ///
    /// Never under ``smallestSilence``.
    package var silentAfter: TimeSpan? {
        didSet { silentAfter = silentAfter.map { max($0, Self.smallestSilence) } }
    }

    /// API times are floored to whole seconds, so two clocks that agree may differ by that much.
    package static let smallestSkew = TimeSpan.seconds(1)

    /// A policy of the given decisions.
    package init(
        skew: TimeSpan = .seconds(2),
        maxAge: TimeSpan? = .minutes(10),
        exclude: [IPPrefix] = [],
        asked: Set<Verdict> = Verdict.candidates,
        silentAfter: TimeSpan? = .seconds(35)
    ) {
        self.skew = max(skew, Self.smallestSkew)
        self.maxAge = maxAge
        self.exclude = exclude
        self.asked = asked
        self.silentAfter = silentAfter.map { max($0, Self.smallestSilence) }
    }

    /// Two pings and their answers, with half of the packets lost.
    package static let smallestSilence = TimeSpan.seconds(25)

    /// What the API takes to show the truth: an address in use before it is listed, a
    /// force-deleted Pod that lives on.
    static let settle = TimeSpan.seconds(10)
}
