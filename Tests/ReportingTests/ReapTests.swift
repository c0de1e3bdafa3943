import Judging
import Reporting
import Testing

/// What reap did in a sample report, the line that says so, and the exit status.
private struct Case: Sendable, CustomTestStringConvertible {
    var report: ScanReport
    var line: String
    var exitStatus: Reporting.ExitStatus

    var testDescription: String { line }
}

/// Two confirmed candidates and one that is not.
private let found = [sampleFindings[0], sampleFindings[2], sampleFindings[1]]

private let cases = [
    Case(
        report: reaped(found, [.some(nil), .some(nil), nil], isDryRun: true),
        line: "dry run: 2 connections would be destroyed; add --yes to destroy",
        exitStatus: .candidates
    ),
    Case(
        report: reaped(found, [.some(nil), nil, nil], isDryRun: true, left: 1),
        line: "dry run: 1 connection would be destroyed; 1 left for another run; add --yes to"
            + " destroy",
        exitStatus: .candidates
    ),
    Case(
        report: reaped(found, [nil, nil, nil], isDryRun: true),
        line: "nothing to destroy",
        exitStatus: .candidates
    ),
    Case(report: reaped([], [], isDryRun: true), line: "nothing to destroy", exitStatus: .clear),
    Case(
        report: reaped(found, [nil, nil, nil], isDryRun: true, refusal: "nothing is destroyed"),
        line: "nothing is destroyed",
        exitStatus: .incomplete
    ),
    Case(
        report: reaped(found, [nil, nil, nil], refusal: "nothing is destroyed"),
        line: "nothing is destroyed",
        exitStatus: .incomplete
    ),
    Case(report: reaped([], []), line: "nothing to destroy", exitStatus: .clear),
    Case(
        report: reaped(found, [.destroyed, .destroyed, nil]),
        line: "2 of 2 connections destroyed",
        exitStatus: .clear
    ),
    Case(
        report: reaped(found, [.destroyed, .gone, nil]),
        line: "1 of 2 connections destroyed, 1 gone",
        exitStatus: .clear
    ),
    Case(
        report: reaped(found, [.destroyed, .skipped, nil]),
        line: "1 of 2 connections destroyed, 1 skipped",
        exitStatus: .candidates
    ),
    Case(
        report: reaped(found, [.destroyed, nil, nil], left: 7),
        line: "1 of 1 connection destroyed; 7 left for another run",
        exitStatus: .candidates
    ),
    Case(
        report: reaped(found, [.refused, .skipped, .gone]),
        line: "0 of 3 connections destroyed, 1 gone, 1 skipped, 1 refused",
        exitStatus: .incomplete
    ),
    Case(
        report: reaped(found, [.destroyed, .some(nil), nil]),
        line: "1 of 2 connections destroyed, the result of 1 is unknown",
        exitStatus: .incomplete
    ),
]

@Test(arguments: cases)
private func `What reap did is summed up in a line and an exit status`(sample: Case) {
    #expect(sample.report.reapLine == sample.line)
    #expect(sample.report.reapExitStatus == sample.exitStatus)
}

@Test func `A reap of an incomplete scan has failed`() {
    var report = reaped(found, [nil, nil, nil])
    report.isComplete = false
    #expect(report.reapExitStatus == .incomplete)
}
