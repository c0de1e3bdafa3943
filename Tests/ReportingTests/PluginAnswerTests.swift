import Judging
import Model
import Reporting
import Testing

@Suite struct PluginAnswerTests {
    private let confirmed = sampleFindings[0]
    private let suspected = sampleFindings[1]
    private let current = sampleFindings[7]

    private func answer(
        _ report: ScanReport,
        _ thresholds: PluginAnswer.Thresholds = .init(),
        asked: Set<Verdict> = [.replaced, .deleted]
    ) -> PluginAnswer {
        PluginAnswer(report, asked: asked, thresholds)
    }

    private func range(_ text: String) throws -> AlertRange { try #require(AlertRange(text)) }

    @Test func `A suspected candidate is a warning, a confirmed one critical, none is well`() {
        #expect(answer(report([current])).status == .ok)
        #expect(answer(report([suspected, current])).status == .warning)
        #expect(answer(report([confirmed, suspected, current])).status == .critical)
        #expect(answer(report(isComplete: false, [])).status == .unknown)
        #expect(PluginAnswer(unknown: "no snapshot").status == .unknown)
    }

    @Test func `The line has the status, the worst, the counts and the performance data`() {
        #expect(
            answer(report([suspected, confirmed, current])).line == """
                HALFOPEN CRITICAL: \(confirmed.explanation); 2 candidates (1 confirmed, 1 suspected) of 3 \
                connections to :15008; 1 current; snapshot 12s old | candidates=2;;;0 confirmed=1;;0;0 \
                suspected=1;0;;0 sockets=3;;;0 undetermined=0;;;0 unresponsive=0;;;0 snapshot_age=12s
                """
        )
    }

    @Test func `An incomplete scan says first why, and what it saw`() {
        let scan = report(isComplete: false, warnings: ["EPERM", "more"], [confirmed])
        let line = answer(scan).line
        #expect(line.hasPrefix("HALFOPEN UNKNOWN: EPERM; \(confirmed.explanation); INCOMPLETE: "))
        #expect(line.contains(" | candidates=1;;;0 confirmed=1;;0;0 "))
    }

    private static let ranges: [(String?, String?, Int, PluginAnswer.Status)] = [
        ("5", nil, 6, .warning), ("5", nil, 5, .ok), (nil, "5", 6, .critical),
        (nil, "1", 1, .ok), ("2", "4", 3, .warning), ("2", "4", 5, .critical),
        ("1:", nil, 0, .warning), ("@0:3", "9", 2, .warning),
    ]

    @Test(arguments: ranges)
    func `With a range the number of candidates decides`(
        warning: String?,
        critical: String?,
        count: Int,
        status: PluginAnswer.Status
    ) throws {
        let thresholds = PluginAnswer.Thresholds(
            warning: try warning.map(range),
            critical: try critical.map(range)
        )
        let answer = answer(report(Array(repeating: confirmed, count: count)), thresholds)
        #expect(answer.status == status)
        let (warning, critical) = (warning ?? "", critical ?? "")
        #expect(
            answer.line.contains(
                "| candidates=\(count);\(warning);\(critical);0 confirmed=\(count);;;0"
            )
        )
    }

    @Test func `A candidate of fewer runs than asked for does not count, and is not hidden`() {
        var old = suspected
        old.candidacy = Candidacy(since: now - .seconds(60), runs: 3)
        var young = confirmed
        young.candidacy = Candidacy(since: now - .seconds(30), runs: 2)
        let both = answer(report([young, old]), .init(minRuns: 3))
        #expect(both.status == .warning)
        #expect(both.line.contains("; 2 candidates (1 confirmed, 1 suspected) of 2 connections"))
        #expect(both.line.contains(" | candidates=1;;;0 confirmed=0;;0;0 suspected=1;0;;0 "))
        let none = answer(report([young]), .init(minRuns: 3))
        #expect(none.status == .ok)
        #expect(none.line.hasPrefix("HALFOPEN OK: no candidate for 3 runs on end; 1 candidate ("))
    }

    @Test func `A verdict that was not asked for does not count`() {
        let scan = report(asked: [.deleted], [confirmed])
        #expect(answer(scan, asked: [.deleted]).status == .ok)
    }

    @Test func `Nothing from outside starts performance data or another line`() {
        var odd = confirmed
        odd.explanation = "a|b\nc\u{1B}[2J"
        let line = answer(report([odd])).line
        #expect(line.hasPrefix("HALFOPEN CRITICAL: a\\u{7c}b\\u{a}c\\u{1b}[2J; "))
        #expect(line.count { $0 == "|" } == 1)
    }

    @Test func `An age that nobody knows is called so`() {
        let line = answer(report(snapshots: [pipedSnapshot], [])).line
        #expect(line.contains("snapshot of unknown age"))
        #expect(line.hasSuffix(" snapshot_age=U"))
    }
}
