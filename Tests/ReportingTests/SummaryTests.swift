import Judging
import Model
import Reporting
import Testing

/// The counts of a sample report, and the line that says so.
private struct Case: Sendable, CustomTestStringConvertible {
    var report: ScanReport
    var asked: Set<Verdict> = Verdict.candidates
    var line: String
    var exitStatus: Reporting.ExitStatus

    var testDescription: String { line }
}

private let current = sampleFindings[7]
private let replaced = sampleFindings[0]

/// A report of three waypoints.
private func discovered(_ findings: [Finding]) -> ScanReport {
    var report = report(targets: 3, findings)
    for index in report.targets.indices {
        report.targets[index].isDiscovered = true
        report.targets[index].proxy = MeshProxy(
            role: "waypoint",
            namespace: "shop",
            pod: "waypoint-\(index)"
        )
    }
    return report
}

/// The finding in the second target.
private func elsewhere(_ finding: Finding) -> Finding {
    var finding = finding
    finding.target = 1
    return finding
}

private let cases = [
    Case(
        report: report(sampleFindings),
        line: """
            4 candidates (3 confirmed, 1 suspected) of 8 connections to :15008; 1 undetermined \
            (oldest silent 1m29s), 1 exempt, 2 current; snapshot 12s old
            """,
        exitStatus: .candidates
    ),
    Case(
        report: report([replaced]),
        line: """
            1 candidate (1 confirmed, 0 suspected) of 1 connection to :15008; snapshot 12s old
            """,
        exitStatus: .candidates
    ),
    Case(
        report: report([current, current]),
        line: """
            no half-open candidate among 2 connections to :15008; 2 current; snapshot 12s old
            """,
        exitStatus: .clear
    ),
    Case(
        report: report([]),
        line: """
            no connection to :15008 in the current network namespace (inode 4026532201), which \
            may be the wrong target; snapshot 12s old
            """,
        exitStatus: .clear
    ),
    Case(
        report: report(targets: 0, []),
        line: "no Istio proxy with a requested role runs on this node (--role); snapshot 12s old",
        exitStatus: .clear
    ),
    Case(
        report: report(isComplete: false, targets: 0, []),
        line: "INCOMPLETE: no Istio proxy was seen; snapshot 12s old",
        exitStatus: .incomplete
    ),
    Case(
        report: discovered([]),
        line: "no connection to :15008 in 3 targets; snapshot 12s old",
        exitStatus: .clear
    ),
    Case(
        report: discovered([replaced, elsewhere(replaced), elsewhere(replaced), current]),
        line: """
            3 candidates (3 confirmed, 0 suspected) of 4 connections to :15008 in 3 targets; \
            1 in waypoint shop/waypoint-0, 2 in waypoint shop/waypoint-1; 1 current; \
            snapshot 12s old
            """,
        exitStatus: .candidates
    ),
    Case(
        report: report(isComplete: false, [replaced, current]),
        line: """
            INCOMPLETE: 1 candidate (1 confirmed, 0 suspected) of 2 connections to :15008; \
            1 current; snapshot 12s old
            """,
        exitStatus: .incomplete
    ),
    Case(
        report: report(isComplete: false, [current]),
        line: """
            INCOMPLETE: no candidate was seen among 1 connection to :15008; 1 current; \
            snapshot 12s old
            """,
        exitStatus: .incomplete
    ),
    Case(
        report: report(isComplete: false, snapshots: [], []),
        line: """
            INCOMPLETE: no connection to :15008 was seen; no snapshot (-s would name the Pods and \
            prove more)
            """,
        exitStatus: .incomplete
    ),
    Case(
        report: report(asked: [.deleted], sampleFindings),
        asked: [.deleted],
        line: """
            2 candidates (2 confirmed, 0 suspected; deleted only) of 8 connections to :15008; \
            2 replaced (not requested), 1 undetermined (oldest silent 1m29s), 1 exempt, \
            2 current; snapshot 12s old
            """,
        exitStatus: .candidates
    ),
    Case(
        report: report(asked: [.deleted], [replaced]),
        asked: [.deleted],
        line: """
            no half-open candidate (deleted only) among 1 connection to :15008; \
            1 replaced (not requested); snapshot 12s old
            """,
        exitStatus: .clear
    ),
    Case(
        report: report(snapshots: [snapshot(age: 3), snapshot(age: 190)], targets: 3, [current]),
        line: """
            no half-open candidate among 1 connection to :15008 in 3 targets; none in network \
            namespace '/proc/4311/ns/net' (inode 4026532202), network namespace \
            '/proc/4312/ns/net' (inode 4026532203), which may be wrong targets; 1 current; \
            oldest snapshot 3m10s old
            """,
        exitStatus: .clear
    ),
    Case(
        report: report(snapshots: [unstated], [current]),
        line: """
            no half-open candidate among 1 connection to :15008; 1 current; \
            snapshot of unknown age (--captured-at)
            """,
        exitStatus: .clear
    ),
    Case(
        report: report(snapshots: [snapshot(age: 190), unstated], [current]),
        line: """
            no half-open candidate among 1 connection to :15008; 1 current; \
            a snapshot of unknown age (--captured-at)
            """,
        exitStatus: .clear
    ),
    Case(
        report: report(snapshots: [snapshot(age: -61)], [current]),
        line: """
            no half-open candidate among 1 connection to :15008; 1 current; \
            snapshot from 1m01s in the future
            """,
        exitStatus: .clear
    ),
]

/// A snapshot that came through a pipe and does not say when it was taken.
private let unstated: ScanReport.Snapshot = {
    var snapshot = snapshot()
    snapshot.document.statedReadTime = nil
    return snapshot
}()

@Test(arguments: cases)
private func `The summary line says what was found, and the exit status agrees`(example: Case) {
    #expect(example.report.summaryLine(asked: example.asked) == example.line)
    #expect(example.report.exitStatus == example.exitStatus)
}

@Test func `A scan that is not remembered as it should be is not whole`() {
    var scan = report([])
    scan.historyFault = "cannot lock"
    #expect(scan.exitStatus == .incomplete)
    let text = String(decoding: ScanMetrics(scan).text, as: UTF8.self)
    #expect(text.contains("\nhalfopen_scan_complete 0\n"))
    #expect(text.contains("\nhalfopen_scan_success 1\n"))
}

@Test func `A namespace without a connection is named, unless it is a proxy's or was not read`() {
    var scan = report(targets: 4, [])
    scan.targets[1].isDiscovered = true
    scan.targets[2].isComplete = false
    scan.targets[3].inode = nil
    scan.targets[3].replay = .init(
        source: "waypoint.ss",
        format: .ss,
        host: nil,
        bootID: nil,
        kernel: nil,
        capturedAt: now
    )
    scan.targets[3].path = nil
    #expect(
        scan.doubts == [
            "the current network namespace (inode 4026532201) has no connection to port 15008: it"
                + " may be the wrong network namespace; scan the proxy's (-p PID, -N NAME or"
                + " --discover)",
            "capture 'waypoint.ss': its network namespace has no connection to port 15008: it may"
                + " be the wrong network namespace; scan the proxy's (-p PID, -N NAME or"
                + " --discover)",
        ]
    )
    #expect(scan.exitStatus == .clear)
    #expect(report([sampleFindings[7]]).doubts == [])
}
