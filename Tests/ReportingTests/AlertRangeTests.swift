import Reporting
import Testing

/// The table of the Monitoring Plugins guidelines, and its edges.
@Test(arguments: [
    ("10", [-1, 11], [0, 10]),
    ("10:", [-1, 9], [10, 1_000_000]),
    ("~:10", [11], [-1_000_000, 0, 10]),
    ("10:20", [9, 21], [10, 20]),
    ("@10:20", [10, 15, 20], [9, 21]),
    ("@~:0", [-5, 0], [1]),
    ("0", [1, -1], [0]),
    ("-5:-1", [0, -6], [-5, -1]),
    ("1.5", [2], [0, 1]),
    ("~:", [], [-7, 0, 7]),
    ("@0:", [0, 7], [-1]),
])
func `A range alerts on the numbers outside it, or inside where it says so`(
    text: String,
    alerts: [Int],
    passes: [Int]
) throws {
    let range = try #require(AlertRange(text))
    #expect(range.description == text)
    #expect(alerts.allSatisfy(range.alerts))
    #expect(!passes.contains(where: range.alerts))
}

@Test(arguments: [
    "", "@", ":", ":5", "~", "5:1", "1:2:3", "a", "1,5", "inf", "0x10", "1e3", " 1", "1:b", "--1",
    "10:~", "~:~", "nan", "+1",
])
func `What is no range is refused`(text: String) {
    #expect(AlertRange(text) == nil)
}
