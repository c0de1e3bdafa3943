import Model
import TestSupport
import Testing

@Suite struct TimeSpanTests {
    @Test(arguments: [
        ("0", 0), ("0s", 0), ("90s", 90_000), ("5m", 300_000), ("1h30m", 5_400_000),
        ("250ms", 250), ("1s500ms", 1500), ("2d", 172_800_000),
        ("1d2h3m4s5ms", 93_784_005), ("007s", 7000), ("36500d", 3_153_600_000_000),
    ])
    func `A duration is numbers with their units`(text: String, milliseconds: Int64) {
        #expect(TimeSpan(durationText: text)?.milliseconds == milliseconds)
    }

    @Test(arguments: [
        "", " ", "5", "00", "s", "m5", "5 m", " 5m", "5m ", "-5m", "+5m", "5.5m", "1e3s", "5M",
        "5min", "5sec", "1h1h", "30m1h", "1s1m", "500ms1s", "5m5", "5µs", "５m", "١m", "36501d",
        "36500d1ms", "9223372036854775807s", "99999999999999999999s", "5m\0",
    ])
    func `What is no duration is refused`(text: String) {
        #expect(TimeSpan(durationText: text) == nil)
    }

    @Test(arguments: [
        (0, "0s"), (999, "0s"), (1000, "1s"), (59_999, "59s"), (60_000, "1m00s"),
        (192_999, "3m12s"), (3_599_999, "59m59s"), (3_600_000, "1h00m"), (7_500_000, "2h05m"),
        (86_399_999, "23h59m"), (86_400_000, "1d00h"), (4_294_967_295, "49d17h"),
        (-999, "0s"), (-1000, "-1s"), (-192_000, "-3m12s"),
    ])
    func `A span is shown in its two largest units and never rounded up`(
        milliseconds: Int64,
        text: String
    ) {
        #expect(TimeSpan(milliseconds: milliseconds).shortText == text)
    }

    @Test func `A duration that is shown reads back as no more than itself`() {
        var random = SeededGenerator(seed: 3)
        for _ in 0..<2000 {
            let span = TimeSpan(milliseconds: .random(in: 0...4_294_967_295, using: &random))
            let shown = TimeSpan(durationText: span.shortText)
            #expect(shown.map { $0 <= span } == true, "\(span.milliseconds)")
        }
    }

    @Test func `Spans add, subtract and compare`() {
        #expect(TimeSpan.seconds(90) == .minutes(1) + .seconds(30))
        #expect(TimeSpan.minutes(1) - .seconds(90) == TimeSpan(milliseconds: -30_000))
        #expect(TimeSpan.zero < TimeSpan(milliseconds: 1))
        #expect(!(TimeSpan.zero < .zero))
    }
}
