@testable import Judging
@testable import Model
import Reporting
import Testing

@Suite struct PluginAnswerTests {
    private let confirmed = sampleFindings[0]
    private let suspected = sampleFindings[1]
    private let current = sampleFindings[7]

    private func answer(
        _ report: ScanReport,
        _ thresholds: PluginAnswer.Thresholds = .init(),
        asked: Set<Verdict> = Verdict.candidates
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
                suspected=1;0;;0 sockets=3;;;0 undetermined=0;;;0 silent=0;;;0 snapshot_age=12s
                """
        )
    }

    @Test func `A connection whose pings stopped is named, because no row stands above the line`() {
        var silent = confirmed
        silent.judgement = Judgement(.silent, .confirmed, .pingsMissed, witness: .atAddress)
        let address = silent.socket.peer.address
        let line = answer(report([silent])).line
        let beginning = "HALFOPEN CRITICAL: connection to \(address): \(silent.explanation)"
        #expect(line.hasPrefix(beginning))
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
            critical: try critical.map(range),
            allowsNoConnections: true
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

    private static let beginnings: [(String?, String?, Int, String)] = [
        (nil, "5", 2, "OK: 2 candidates, within -c 5; worst: CANDIDATE; 2 candidates ("),
        ("1", "5", 1, "OK: 1 candidate, within -w 1 and -c 5; worst: CANDIDATE; 1 candidate ("),
        (nil, "5", 0, "OK: no connection "),
        ("5", "9", 6, "WARNING: CANDIDATE; 6 candidates ("),
        ("1:", "1:", 0, "CRITICAL: 0 candidates, outside -c 1:; no connection "),
        ("1:", "5", 0, "WARNING: 0 candidates, outside -w 1:; no connection "),
    ]

    @Test(arguments: beginnings)
    func `With a range the line begins with what makes the status`(
        warning: String?,
        critical: String?,
        count: Int,
        beginning: String
    ) throws {
        let thresholds = PluginAnswer.Thresholds(
            warning: try warning.map(range),
            critical: try critical.map(range),
            allowsNoConnections: true
        )
        let line = answer(report(Array(repeating: confirmed, count: count)), thresholds).line
        let expected = beginning.split(separator: "CANDIDATE", omittingEmptySubsequences: false)
            .joined(separator: confirmed.explanation)
        #expect(line.hasPrefix("HALFOPEN \(expected)"), "\(line)")
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
        #expect(
            none.line.hasPrefix("HALFOPEN OK: no candidate in 3 consecutive runs; 1 candidate (")
        )
    }

    @Test(
        arguments: [
            // The runs asked for, whether history was lost in this run, how long before the loss the
            // candidate was last heard, and in how many runs it has been one.
            (1, true, 60, 1, PluginAnswer.Status.critical),
            (3, true, 60, 1, .unknown),
            (3, true, -1, 1, .unknown),
            (3, false, 60, 2, .unknown),
            (3, false, 60, 3, .critical),
            // It was heard since: whatever was remembered of it, it was no candidate then.
            (3, false, -1, 2, .ok),
        ] as [(Int, Bool, Int64, Int, PluginAnswer.Status)]
    )
    func `Nobody knows how many runs were lost`(
        minRuns: Int,
        isNew: Bool,
        silence: Int64,
        runs: Int,
        status: PluginAnswer.Status
    ) {
        var candidate = confirmed
        candidate.candidacy = Candidacy(since: now, runs: runs)
        var scan = report([candidate])
        let loss = candidate.heardAt + .seconds(silence)
        scan.historyLoss = ScanReport.HistoryLoss(at: loss, isNew: isNew)
        let answer = answer(scan, .init(minRuns: minRuns))
        #expect(answer.status == status)
        #expect(
            answer.line.contains(
                "the history of earlier runs was lost at \(loss.rfc3339), "
            ) == (status == .unknown)
        )
    }

    @Test func `History that was lost leaves unknown only what asks for it`() {
        var scan = report([current])
        scan.historyLoss = ScanReport.HistoryLoss(at: now, isNew: false)
        #expect(answer(scan, .init(minRuns: 3)).status == .ok)
        scan.historyLoss?.isNew = true
        #expect(answer(scan).status == .ok)
        #expect(answer(scan, .init(minRuns: 3)).status == .unknown)
    }

    @Test func `A run that is not remembered is unknown, and says why`() {
        var scan = report(warnings: ["a notice", "cannot lock", "a doubt"], [current])
        scan.historyFault = "cannot lock"
        let answer = answer(scan)
        #expect(answer.status == .unknown)
        #expect(answer.line.hasPrefix("HALFOPEN UNKNOWN: cannot lock; "))
    }

    @Test func `One namespace of several without a connection leaves all unknown`() {
        let scan = report(targets: 2, [confirmed])
        #expect(answer(scan).status == .unknown)
        #expect(
            answer(scan).line.contains(
                "network namespace '/proc/4311/ns/net' (inode 4026532202) has no connection to port"
                    + " 15008: it may be the wrong network namespace; "
            )
        )
        #expect(answer(scan, .init(allowsNoConnections: true)).status == .critical)
        var found = scan
        for index in found.targets.indices { found.targets[index].isDiscovered = true }
        #expect(answer(found).status == .critical)
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
