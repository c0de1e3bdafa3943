@testable import Judging
@testable import Model
import Testing

@testable import Reporting

/// The report that a scan comes to.
@Suite struct ScanReportTests {
    private static func result(warnings: [String]) -> ScanResult {
        var first = ScanSummary()
        first.count(
            Judgement(.deleted, .confirmed, .unownedPodAddress),
            silence: .seconds(9),
            isCandidate: true
        )
        return ScanResult(
            targets: [
                ScanTarget(inode: 1, path: nil, pid: nil, summary: first, isComplete: true),
                ScanTarget(inode: 2, path: nil, pid: nil, summary: first, isComplete: true),
            ],
            findings: Findings(Array(sampleFindings.prefix(2))),
            warnings: warnings,
            notices: ["a notice"],
            began: ClockReading(wall: now - .seconds(5), steady: .seconds(100)),
            ended: ClockReading(wall: now, steady: .seconds(102))
        )
    }

    @Test(arguments: [[], ["a target could not be read"]])
    func `A report is of the end of the scan, and as complete as it`(_ warnings: [String]) {
        let report = ScanReport(
            Self.result(warnings: warnings),
            version: "1.2.3",
            host: "node-1",
            port: 15008,
            snapshots: [],
            notices: ["another notice"]
        )
        #expect(report.generatedAt == now)
        // By the clock that nobody sets.
        #expect(report.duration == .seconds(2))
        #expect(report.isComplete == warnings.isEmpty)
        #expect(report.summary.confirmed == 2)
        #expect(report.targets.count == 2)
        #expect(report.findings.count == 2)
        #expect(report.warnings == warnings + ["a notice", "another notice"])
    }

    @Test(arguments: [(true, []), (false, ["snapshot '-': line 3, byte 7: no name"])])
    func `Problems of a snapshot that hide no owner are warnings without being faults`(
        _ mayHideOwner: Bool,
        _ remarks: [String]
    ) {
        var snapshot = pipedSnapshot
        snapshot.document.note(
            SnapshotProblem(message: "no name", line: 3, byteOffset: 7),
            mayHideOwner: mayHideOwner
        )
        let report = ScanReport(
            Self.result(warnings: []),
            version: "1.2.3",
            host: "node-1",
            port: 15008,
            snapshots: [snapshot]
        )
        #expect(report.isComplete)
        #expect(report.warnings == ["a notice"] + remarks)
    }

    @Test func `The age is that of the oldest snapshot, if all are known`() {
        var report = report(snapshots: [snapshot()], [])
        #expect(report.snapshotAge == .seconds(12))
        report.snapshots.append(pipedSnapshot)
        #expect(report.snapshotAge == nil)
        report.snapshots = []
        #expect(report.snapshotAge == nil)
    }

    @Test func `Namespaces whose proxy has no name are one series, whose counts are sums`() {
        var report = report(
            targets: 2,
            [0, 1].map { target in
                var finding = sampleFindings[0]
                finding.target = target
                return finding
            }
        )
        let one = #"halfopen_candidates{verdict="replaced",confidence="confirmed"} "#
        #expect(report.lines(.prometheus).filter { $0.hasPrefix(one) } == [one + "2"])
        report.targets[1].proxy = MeshProxy(role: "gateway", namespace: "shop", pod: "east-0")
        #expect(report.lines(.prometheus).filter { $0.hasPrefix(one) } == [one + "1"])
    }

    @Test func `Only formats that name processes make it worth to search for them`() {
        for format in ReportFormat.allCases {
            var report = report(Array(sampleFindings.prefix(1)))
            let without = report.text(format)
            report.findings[0].process = SocketProcess(pid: 812, command: "envoy")
            #expect((report.text(format) != without) == format.showsProcesses, "\(format)")
        }
    }
}
