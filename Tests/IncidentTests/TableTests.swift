import Foundation
import Judging
import Model
import TestSupport
import Testing

@testable import Reporting

/// What `explain` prints for human eyes.
struct TableTests {
    private func explain(_ arguments: [String]) throws -> Command {
        let program = Command.products.appending(path: "halfopen").path
        return try Command(program, ["explain"] + arguments, in: TemporaryFolder())
    }

    private var log: String {
        RecordedTests.folder.appending(path: "stale/access.log").path
    }

    @Test func `Causes come first, then each request with its evidence and where it stands`() throws
    {
        let answer = try explain(["--access-log", log])
        #expect(answer.status == 1)
        let lines = answer.output.split(separator: "\n").map(String.init)
        #expect(lines[0].hasPrefix("CAUSE "))
        #expect(
            lines[1].hasPrefix("stale-connection  suspected   10.244.1.11         1       0  20")
        )
        #expect(lines[2].contains("next: run 'halfopen list'"))
        #expect(lines.contains { $0.hasPrefix("FAILED AT ") })
        #expect(lines.contains { $0 == "    GET orders/, request stale-2" })
        #expect(answer.output.contains("(\(log):2)"))
        #expect(answer.output.contains("(\(log):3)"))
        #expect(
            answer.errors
                == "halfopen: 1 failed request; stale connections: 0 confirmed, 1 suspected;"
                + " other causes: 0; cannot tell: 0\n"
        )
    }

    @Test func `Without titles, colors and summary only what was found is printed`() throws {
        let plain = try explain(["--access-log", log, "--no-header", "-q"])
        #expect(plain.output.hasPrefix("stale-connection "))
        #expect(plain.errors == "")
        let colored = try explain(["--access-log", log, "--color", "always"])
        #expect(colored.output.contains("\u{1B}[33mstale-connection"))
        #expect(try explain(["--access-log", log]).output.contains("\u{1B}") == false)
    }

    @Test(
        arguments: [
            (.staleConnection, .confirmed, "\u{1B}[31m"),
            (.staleConnection, .suspected, "\u{1B}[33m"), (.unknown, nil, "\u{1B}[33m"),
            (.noRoute, .confirmed, "\u{1B}[2m"),
        ] as [(IncidentCause, ExplainedRequest.Confidence?, String)]
    )
    func `Red is a stale connection, yellow what may be one`(
        _ cause: IncidentCause,
        _ confidence: ExplainedRequest.Confidence?,
        _ color: String
    ) {
        var request = ExplainedRequest(
            subject: .request,
            start: CauseTests.noon,
            end: CauseTests.noon
        )
        (request.cause, request.confidence) = (cause, confidence)
        request.previousOwner = PodIdentity(namespace: "shop", name: "old", uid: "u", node: "n")
        let report = IncidentReport(
            version: "",
            generatedAt: CauseTests.noon,
            port: 15008,
            inputs: [],
            snapshots: [],
            requests: [request],
            problems: []
        )
        func lines(_ style: TableStyle) -> [Substring] {
            var bytes: [UInt8] = []
            report.render(.table, style: style) { bytes += $0 }
            return String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        }
        let colored = lines(TableStyle(isColored: true)).filter { $0.hasPrefix("\u{1B}") }
        #expect(colored.count == 2)
        #expect(colored.allSatisfy { $0.hasPrefix(color) }, "\(colored)")
        let plain = lines(TableStyle())
        #expect(!plain.contains { $0.contains("\u{1B}") })
        #expect(plain.contains { $0.hasSuffix(", last owner shop/old") }, "\(plain)")
    }

    @Test func `A request whose cause is unknown is no all-clear`() throws {
        let log = RecordedTests.folder.appending(path: "stale-kept/access.log").path
        let answer = try explain(["--access-log", log])
        #expect(answer.status == 2)
        #expect(answer.errors.contains("cannot tell: 1; INCOMPLETE\n"), "\(answer.errors)")
        let json = try explain(["--access-log", log, "-o", "json"])
        #expect(json.status == 2)
        #expect(json.output.contains(#""complete":false"#))
    }

    @Test func `The peer's port is that of the evidence, whatever port was asked for`() throws {
        let answer = try explain(["--access-log", log, "--port", "15009"])
        #expect(answer.output.contains("10.244.1.11:15008"))
        #expect(!answer.output.contains(":15009"))
    }

    @Test(arguments: [
        (100, ["CAUSE", "CONFIDENCE", "ADDRESS", "REQUESTS", "HIDDEN", "FIRST", "LAST"], 95),
        (94, ["CAUSE", "CONFIDENCE", "ADDRESS", "REQUESTS", "FIRST", "LAST"], 87),
        (86, ["CAUSE", "CONFIDENCE", "ADDRESS", "REQUESTS", "FIRST", "LAST"], 82),
        (80, ["CAUSE", "CONFIDENCE", "ADDRESS", "REQUESTS", "FIRST", "LAST"], 71),
    ])
    func `The table by cause fits the width`(_ width: Int, _ titles: [String], _ columns: Int) {
        let lines = table(width)
        #expect(lines[0].split(separator: " ").map(String.init) == titles)
        #expect(lines[1].count == columns)
    }

    @Test(arguments: [(81, 81), (80, 76), (76, 76), (40, 76)])
    func `The table of requests fits the width where a date and a time do`(
        _ width: Int,
        _ columns: Int
    ) throws {
        let lines = table(width)
        let titles = try #require(lines.firstIndex { $0.hasPrefix("FAILED AT ") })
        #expect(lines[titles].count == columns)
        #expect(lines[titles + 1].contains("  10.244.1.11:15008  stale-connection  "))
        #expect(lines[titles + 1].hasPrefix(CauseTests.noon.dateText))
    }

    /// The lines of a report of one request.
    private func table(_ width: Int) -> [Substring] {
        let failure = CauseTests.noon
        var request = ExplainedRequest(subject: .request, start: failure, end: failure)
        request.peer = Endpoint("10.244.1.11:15008")
        request.cause = .staleConnection
        request.confidence = .suspected
        let report = IncidentReport(
            version: "",
            generatedAt: failure,
            port: 15008,
            inputs: [],
            snapshots: [],
            requests: [request],
            timelines: [],
            problems: [],
            notices: []
        )
        var text: [UInt8] = []
        report.renderTable(TableStyle(width: width)) { text += $0 }
        return String(decoding: text, as: UTF8.self).split(separator: "\n")
    }

    @Test func `A log in which nothing failed prints nothing but the summary`() throws {
        let folder = try TemporaryFolder()
        let file = try folder.makeFile("access.log")
        try Data("\(AccessLogTests.success)\n".utf8).write(to: file)
        let answer = try explain(["--access-log", file.path])
        #expect(answer.status == 0)
        #expect(answer.output == "")
        #expect(answer.errors.hasPrefix("halfopen: 0 failed requests;"))
    }
}
