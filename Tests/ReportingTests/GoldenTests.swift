import Foundation
import Judging
import Model
@testable import Reporting
import Testing

/// The directory of this file.
let testDirectory = URL(filePath: #filePath).deletingLastPathComponent()

/// Output that is compared byte for byte with a file of `Goldens`.
struct Golden: Sendable, CustomTestStringConvertible {
    var name: String
    var output: @Sendable () -> String

    var testDescription: String { name }
    var url: URL { testDirectory.appending(path: "Goldens/\(name)") }

    /// A report without a single finding.
    private static let empty = report([])
    /// A report of three namespaces, the last of which holds nothing to show.
    private static let targets = report(
        targets: 3,
        sampleFindings.prefix(2)
            + sampleFindings.prefix(1).map {
                var finding = $0
                finding.target = 1
                return finding
            }
    )

    /// A report of two proxies, one of which has two namespaces, with names that need escapes.
    private static let proxies = {
        var report = targets
        let odd = MeshProxy(
            role: "waypoint",
            namespace: "sh\"op\\",
            pod: "way\n\u{1B}[31mpoint-ä",
            workload: "way\"point",
            cluster: "east"
        )
        report.targets[0].proxy = odd
        report.targets[1].proxy = .init(role: "gateway", namespace: "istio-system", pod: "east-0")
        report.targets[2].proxy = odd
        report.findings[0].process = SocketProcess(pid: 812, command: "envoy")
        report.findings[1].process = SocketProcess(
            pid: 813,
            command: "wrk: \u{1B}\"x",
            pod: pod("east-0").identity
        )
        report.snapshots = [snapshot(), pipedSnapshot]
        return report
    }()

    /// What a watch prints: the summary, and an event of each kind, in a proxy's namespace.
    @Sendable private static func events() -> String {
        var target = targets.targets[1]
        target.proxy = .init(role: "waypoint", namespace: "shop", pod: "waypoint-0")
        let (old, new) = (sampleFindings[1], sampleFindings[0])
        var text: [UInt8] = []
        targets.renderEvents(
            [
                FindingEvent(.appeared, new, before: nil, in: target),
                FindingEvent(.changed, new, before: old, in: target),
                FindingEvent(.cleared, old, before: old, in: targets.targets[0]),
            ],
            hasSummary: true
        ) { text += $0 }
        return String(decoding: text, as: UTF8.self)
    }

    /// A report of two captures, of one of which nothing is known but its time.
    private static let replays = {
        var report = targets
        report.targets[1].replay = .init(
            source: "node-2.capture",
            format: .capture,
            host: "node-2",
            bootID: "5f1b7e0c-0d2c-4f6e-9c57-3f1c2b1a0d9e",
            kernel: "6.1.0-31-amd64",
            capturedAt: now
        )
        report.targets[2] = report.targets[0]
        report.targets[2].replay = .init(
            source: "waypoint.ss",
            format: .ss,
            host: nil,
            bootID: nil,
            kernel: nil,
            capturedAt: now
        )
        return report
    }()

    /// A report of two proxies with names as long as Deployments make them.
    private static let wide = {
        var report = report(
            targets: 2,
            sampleFindings
                + sampleFindings.prefix(3).map {
                    var finding = $0
                    finding.target = 1
                    return finding
                }
        )
        let name = "recommendations-canary-6c9d7f5b84-q8wzn"
        report.findings[0].owners[0].identity.name = name
        report.findings[0].explanation.replace("cart-7d9f8c6b5-x2x4k", with: name)
        report.findings[6].owners[0].identity.name = "checkout-canary-7d9f8c6b5-9zzzz"
        report.findings[8].owners[0].identity.name = "日本-7d9f8c6b5-x2x4k"
        report.targets[0].proxy = .init(
            role: "waypoint",
            namespace: "online-boutique-production",
            pod: "waypoint-6f7d9c8b54-hv2tq"
        )
        report.targets[1].proxy = .init(role: "gateway", namespace: "istio-system", pod: "east-0")
        return report
    }()

    static let all = [
        Golden(name: "report.json") { sampleReport.text(.json) },
        Golden(name: "report.ndjson") { sampleReport.text(.ndjson) },
        Golden(name: "report.table") { sampleReport.text(.table) },
        Golden(name: "report.wide") { sampleReport.text(.wide) },
        Golden(name: "report.prometheus") { sampleReport.text(.prometheus) },
        Golden(name: "empty.prometheus") { empty.text(.prometheus) },
        Golden(name: "proxies.prometheus") { proxies.text(.prometheus) },
        Golden(name: "proxies.json") { proxies.text(.json) },
        Golden(name: "proxies.table") { proxies.text(.table) },
        Golden(name: "proxies.wide") { proxies.text(.wide) },
        Golden(name: "failed.prometheus") {
            let metrics = ScanMetrics(failedAt: now, after: .seconds(3), version: "1.2.3")
            return String(decoding: metrics.text, as: UTF8.self)
        },
        Golden(name: "events.ndjson", output: events),
        Golden(name: "empty.json") { empty.text(.json) },
        Golden(name: "empty.ndjson") { empty.text(.ndjson) },
        Golden(name: "targets.json") { targets.text(.json) },
        Golden(name: "targets.table") { targets.text(.table) },
        Golden(name: "replays.json") { replays.text(.json) },
        Golden(name: "replays.table") { replays.text(.table) },
        Golden(name: "reap.json") { reapedReport.text(.json) },
        Golden(name: "reap.ndjson") { reapedReport.text(.ndjson) },
        Golden(name: "reap.prometheus") { reapedReport.text(.prometheus) },
        Golden(name: "reap.table") { reapedReport.text(.table) },
        Golden(name: "reap.wide") { reapedReport.text(.wide) },
        Golden(name: "columns-80.table") { wide.text(.table, style: TableStyle(width: 80)) },
        Golden(name: "columns-100.table") { wide.text(.table, style: TableStyle(width: 100)) },
        Golden(name: "columns-160.table") { wide.text(.table, style: TableStyle(width: 160)) },
        Golden(name: "columns-200.wide") {
            sampleReport.text(.wide, style: TableStyle(width: 200))
        },
        Golden(name: "no-header.table") {
            targets.text(.table, style: TableStyle(hasHeader: false))
        },
        Golden(name: "colored.table") {
            sampleReport.text(.table, style: TableStyle(isColored: true))
        },
        Golden(name: "colored.wide") {
            sampleReport.text(.wide, style: TableStyle(hasHeader: false, isColored: true))
        },
    ]
}

/// The lines in which two texts differ, as `-recorded` and `+printed`.
private func difference(_ recorded: String, _ printed: String) -> String {
    let old = recorded.split(separator: "\n", omittingEmptySubsequences: false)
    let new = printed.split(separator: "\n", omittingEmptySubsequences: false)
    return new.difference(from: old).map { change in
        switch change {
        case .remove(let line, let text, _): "-\(line + 1): \(text)"
        case .insert(let line, let text, _): "+\(line + 1): \(text)"
        }
    }.joined(separator: "\n")
}

/// Record anew with `HALFOPEN_RECORD=1 swift test --filter ReportingTests`, which fails, and read the
/// difference.
@Test(arguments: Golden.all)
func `A report prints as it was recorded`(golden: Golden) throws {
    let printed = golden.output()
    if ProcessInfo.processInfo.environment["HALFOPEN_RECORD"] == "1" {
        try Data(printed.utf8).write(to: golden.url)
        Issue.record("recorded \(golden.name)")
        return
    }
    let recorded = String(decoding: try Data(contentsOf: golden.url), as: UTF8.self)
    if printed != recorded {
        Issue.record("\(golden.name) differs\n\(difference(recorded, printed))")
    }
}

@Test(arguments: ReportFormat.allCases)
func `Two runs over the same state print the same bytes`(format: ReportFormat) {
    #expect(sampleReport.text(format) == sampleReport.text(format))
}

@Test(arguments: ReportFormat.allCases.filter { $0 != .prometheus })
func `A long report comes in pieces, and whole`(format: ReportFormat) {
    var long = sampleReport
    long.findings = Findings((0..<400).flatMap { _ in sampleFindings })
    var pieces: [Int] = []
    long.render(format) { pieces.append($0.count) }
    #expect(pieces.count > 1)
    #expect(pieces.allSatisfy { $0 < 70_000 })
    #expect(pieces.reduce(0, +) == long.text(format).utf8.count)
}

private struct Closed: Error {}

@Test(arguments: ReportFormat.allCases)
func `What the sink throws ends the rendering`(format: ReportFormat) {
    #expect(throws: Closed.self) {
        try sampleReport.render(format) { _ throws(Closed) in throw Closed() }
    }
}
