import Model
import TestSupport

/// A clock that errs by a constant.
///
/// Moments of the model are true; whoever writes one down reads it off a clock.
struct ModelClock {
    var error = TimeSpan.zero

    /// What the clock shows at a true moment.
    func reading(_ moment: WallTime) -> WallTime { moment + error }

    /// The same as the API writes it: whole seconds, floored.
    func written(_ moment: WallTime) -> APITime? { APITime(reading(moment)) }
}

extension SeededGenerator {
    /// Whether something happens that does in so many cases of a hundred.
    mutating func chance(percent: Int) -> Bool { Int.random(in: 0..<100, using: &self) < percent }

    /// A span of so many seconds.
    mutating func span(_ seconds: ClosedRange<Double>) -> TimeSpan {
        TimeSpan(milliseconds: Int64(Double.random(in: seconds, using: &self) * 1000))
    }

    /// A moment between two.
    mutating func moment(_ first: WallTime, _ last: WallTime) -> WallTime {
        guard first < last else { return first }
        let range = first.milliseconds...last.milliseconds
        return WallTime(milliseconds: .random(in: range, using: &self))
    }
}

extension TimeSpan {
    var seconds: Double { Double(milliseconds) / 1000 }
}
