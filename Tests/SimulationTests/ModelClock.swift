import Model
import TestSupport

/// A clock that errs: by a constant, and by a step if somebody sets it.
///
/// Moments of the model are true; whoever writes one down reads it off a clock.
struct ModelClock {
    /// A change of the error.
    struct Step {
        var moment: WallTime
        var error: TimeSpan
    }

    var error = TimeSpan.zero
    /// When it is set, once at most.
    var step: Step?

    /// What the clock shows at a true moment.
    func reading(_ moment: WallTime) -> WallTime { moment + error(at: moment) }

    /// By how much it is wrong at a true moment.
    func error(at moment: WallTime) -> TimeSpan {
        guard let step, step.moment <= moment else { return error }
        return error + step.error
    }

    /// The same as the API writes it: whole seconds, floored.
    func written(_ moment: WallTime) -> APITime? { APITime(reading(moment)) }

    /// What the clock, read now, makes of an earlier moment, as of the start of a process: the
    /// kernel counts the time since, and does not know that the clock was set.
    func reckoned(_ moment: WallTime, at now: WallTime) -> WallTime { moment + error(at: now) }
}

/// How a clock is wrong beyond the tolerance.
enum ClockFault: Sendable {
    /// It always was.
    case constant(TimeSpan)
    /// It is set wrong at some moment of the simulated time.
    case stepping(TimeSpan)
}

extension ModelClock {
    /// The clock with a fault, if it is to have one.
    func with(_ fault: ClockFault?, _ random: inout SeededGenerator) -> ModelClock {
        switch fault {
        case nil: self
        case .constant(let more): ModelClock(error: error + more)
        case .stepping(let more):
            ModelClock(
                error: error,
                step: Step(
                    moment: random.moment(World.begins + .minutes(5), World.ends - .minutes(5)),
                    error: more
                )
            )
        }
    }
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
