import Judging
import Model
import Testing

/// After somebody has set the clock nothing is destroyed by a snapshot of before.
@Suite struct ClockWatchTests {
    /// A scan: when it began by both clocks, how much the clock was set in it, and `C`.
    struct Scan: Sendable {
        var wall: Double
        var steady: Double
        var shift = 0.0
        var capture: Double
        var isOfOneClock: Bool
    }

    static let stories: [(String, [Scan])] = [
        (
            "nobody sets it",
            [
                Scan(wall: 100, steady: 0, capture: 90, isOfOneClock: true),
                Scan(wall: 130, steady: 30, capture: 90, isOfOneClock: true),
            ]
        ),
        (
            "by no more than the skew",
            [
                Scan(wall: 100, steady: 0, capture: 90, isOfOneClock: true),
                Scan(wall: 128, steady: 30, capture: 90, isOfOneClock: true),
            ]
        ),
        (
            "back, and then a snapshot of after that",
            [
                Scan(wall: 1000, steady: 0, capture: 990, isOfOneClock: true),
                Scan(wall: 730, steady: 30, capture: 990, isOfOneClock: false),
                Scan(wall: 1100, steady: 400, capture: 990, isOfOneClock: false),
                Scan(wall: 1130, steady: 430, capture: 1120, isOfOneClock: true),
                Scan(wall: 1160, steady: 460, capture: 1120, isOfOneClock: true),
            ]
        ),
        (
            "back, and then another snapshot of before",
            [
                Scan(wall: 1000, steady: 0, capture: 400, isOfOneClock: true),
                Scan(wall: 730, steady: 30, capture: 400, isOfOneClock: false),
                Scan(wall: 760, steady: 60, capture: 700, isOfOneClock: false),
                // Of the moment of the step itself.
                Scan(wall: 775, steady: 75, capture: 730, isOfOneClock: false),
                Scan(wall: 790, steady: 90, capture: 780, isOfOneClock: true),
            ]
        ),
        (
            "forward",
            [
                Scan(wall: 1000, steady: 0, capture: 990, isOfOneClock: true),
                Scan(wall: 1330, steady: 30, capture: 1020, isOfOneClock: false),
                Scan(wall: 1360, steady: 60, capture: 1350, isOfOneClock: true),
            ]
        ),
        (
            "during a scan",
            [
                Scan(wall: 1000, steady: 0, shift: -300, capture: 990, isOfOneClock: false),
                Scan(wall: 730, steady: 30, capture: 990, isOfOneClock: false),
                Scan(wall: 760, steady: 60, capture: 750, isOfOneClock: true),
            ]
        ),
    ]

    @Test(arguments: stories)
    func `A reap waits for a snapshot of after the step`(_ story: (String, [Scan])) {
        var clock = ClockWatch(skew: .seconds(2))
        for (number, scan) in story.1.enumerated() {
            let began = ClockReading(wall: at(scan.wall), steady: seconds(scan.steady))
            let ended = ClockReading(
                wall: at(scan.wall + 1 + scan.shift),
                steady: seconds(scan.steady + 1)
            )
            let isOfOneClock = clock.isOfOneClock(began, ended, capture: at(scan.capture))
            #expect(isOfOneClock == scan.isOfOneClock, "\(story.0), scan \(number)")
        }
    }

    private func seconds(_ number: Double) -> TimeSpan {
        TimeSpan(milliseconds: Int64(number * 1000))
    }
}
