import Foundation
@testable import Model
import TestSupport
import Testing

@testable import Judging

/// Logs and captures that were given twice, or that overlap.
struct RepeatTests {
    /// The causes of requests, when these logs are given in this order.
    private static func causes(_ logs: [[AccessLogEntry]]) -> (causes: [String], repeats: Int) {
        var incident = Incident(port: 15008, skew: .seconds(2))
        var repeats = 0
        for (input, log) in logs.enumerated() {
            incident.beginAccessLog()
            for (line, entry) in log.enumerated() {
                var entry = entry
                entry.place = LogPlace(input: input, line: line + 1)
                _ = incident.take(entry)
            }
            repeats += incident.endAccessLog()
        }
        return (incident.explain().map(\.cause.rawValue), repeats)
    }

    private static let stale = [CauseTests.request(id: "a"), CauseTests.tunnel()]
    private static let later = [
        CauseTests.request(at: 900, id: "b"), CauseTests.tunnel(at: 900),
    ]
    private static let hidden = [
        CauseTests.tunnel(), CauseTests.request(200, [], "via_upstream", took: 20, id: "c"),
    ]
    private static let failing = CauseTests.request(503, [], "via_upstream", id: "d")

    @Test(
        arguments: [
            ("the same log", [stale, stale], 1, 2),
            ("three times the same log", [stale, stale, stale], 1, 4),
            ("logs that overlap", [stale + later, later + [failing]], 3, 2),
            ("a log and its end", [stale + later, later], 2, 2),
            ("a part and the whole", [later, stale + later], 2, 2),
            ("a failure that a retry hid", [hidden, hidden], 1, 1),
            ("a line that stands twice in both", [[failing, failing], [failing, failing]], 2, 2),
            ("a line that stands twice in one", [[failing], [failing, failing]], 2, 1),
            // Nothing tells the lines of a tunnel at two proxies apart.
            ("tunnels of two proxies", [[stale[1]], [stale[1]]], 2, 0),
            (
                "tunnels of two proxies beside requests",
                [stale, [CauseTests.request(id: "e"), stale[1]]], 2, 0
            ),
            (
                "requests without an identifier", [[CauseTests.request()], [CauseTests.request()]],
                2, 0
            ),
            ("another attempt of a request", [[failing], [CauseTests.request(id: "d")]], 2, 0),
        ] as [(String, [[AccessLogEntry]], Int, Int)]
    )
    func `What two access logs have in common counts once`(
        _ name: String,
        _ logs: [[AccessLogEntry]],
        _ requests: Int,
        _ repeats: Int
    ) {
        let found = Self.causes(logs)
        #expect(found.causes.count == requests, "\(name): \(found.causes)")
        #expect(found.repeats == repeats, "\(name)")
    }

    @Test(arguments: RecordedTests.incidents, RecordedTests.Instrument.allCases)
    func `Copies of the files of an incident change nothing of what is found`(
        _ incident: String,
        _ instrument: RecordedTests.Instrument
    ) throws {
        let inputs = RecordedTests.inputs(incident, instrument)
        if inputs.isEmpty { return }
        let folder = try TemporaryFolder()
        let copies = try inputs.map { option, file in
            let copy = folder.url.appending(path: file.lastPathComponent)
            try FileManager.default.copyItem(at: file, to: copy)
            return (option, copy)
        }
        let once = try RecordedTests.explain(inputs)
        let twice = try RecordedTests.explain(inputs + copies)
        #expect(twice.requests == once.requests)
        // Those that tell of a failure are said to be repeated.
        let hasRepeats = twice.errors.contains("' repeats ")
        #expect(hasRepeats || once.requests.allSatisfy { $0.requestId == nil }, "\(twice.errors)")
    }

    @Test(arguments: RecordedTests.incidents)
    func `A log in both encodings counts once`(_ incident: String) throws {
        let text = RecordedTests.inputs(incident, .text)
        let both = text + RecordedTests.inputs(incident, .json)
        #expect(try RecordedTests.explain(both).requests == RecordedTests.explain(text).requests)
    }

    @Test func `A reset that captures at both ends show counts once`() throws {
        let ends = RecordedTests.inputs("stale", .pods) + RecordedTests.inputs("stale", .waypoint)
        let connections = try RecordedTests.explain(ends).requests
        #expect(connections.map(\.cause) == ["stale-connection"])
        #expect(connections.map(\.confidence) == ["confirmed"])
    }

    @Test(arguments: [RecordedTests.Instrument.text, .debug, .waypoint])
    func `The same file under two names is read once`(
        _ instrument: RecordedTests.Instrument
    ) throws {
        let (option, file) = try #require(RecordedTests.inputs("stale", instrument).first)
        let folder = try TemporaryFolder()
        let link = folder.url.appending(path: "link")
        try FileManager.default.createSymbolicLink(at: link, withDestinationURL: file)
        let once = try RecordedTests.explain([(option, file)])
        let twice = try RecordedTests.explain([(option, file), (option, link)])
        #expect(twice.requests == once.requests)
        let notice = " '\(link.path)' is the same file as '\(file.path)': read once\n"
        #expect(twice.errors.contains(notice), "\(twice.errors)")
    }
}
