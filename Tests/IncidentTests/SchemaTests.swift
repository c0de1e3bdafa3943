import Foundation
import Judging
import TestSupport
import Testing

/// What `explain` prints, against `explain-v1.schema.json`.
struct SchemaTests {
    private static let schema = Command.root.appending(
        path: "Sources/Reporting/Incident/explain-v1.schema.json"
    )

    private static let validator = Command.root.appending(path: "Tests/ReportingTests/validate.py")

    /// What `validate.py` says of what `explain` prints; empty where all of it is valid.
    private func violations(_ format: String, _ pointer: String, _ arguments: [String]) throws
        -> String
    {
        let folder = try TemporaryFolder()
        let program = Command.products.appending(path: "halfopen").path
        let answer = try Command(program, ["explain", "-o", format] + arguments, in: folder)
        let file = try folder.makeFile("report")
        try Data(answer.output.utf8).write(to: file)
        let validation = try Command(
            "/usr/bin/python3",
            [Self.validator.path, Self.schema.path, pointer, file.path],
            in: folder
        )
        return validation.status == 0 ? "" : validation.output + validation.errors
    }

    @Test(arguments: ["stale", "stale-hidden", "restart", "no-route"])
    func `Printed JSON is what the schema says, and has no field beyond it`(_ incident: String)
        throws
    {
        let folder = RecordedTests.folder.appending(path: incident)
        let files = [
            ("--access-log", "access.log"), ("--envoy-log", "envoy.log"),
            ("--pcap", "waypoint.pcap"), ("-s", "after.json"),
        ]
        let arguments = files.flatMap { [$0, folder.appending(path: $1).path] }
        #expect(try violations("json", "#", arguments) == "")
        #expect(try violations("ndjson", "#/$defs/line", arguments) == "")
    }

    @Test func `The schema has every cause that there is, and no other`() throws {
        let root = try JSONSerialization.jsonObject(with: Data(contentsOf: Self.schema))
        let definitions = (root as? [String: Any])?["$defs"] as? [String: Any]
        let cause = (definitions?["cause"] as? [String: Any])?["enum"] as? [String]
        #expect(Set(cause ?? []) == Set(IncidentCause.allCases.map(\.rawValue)))
    }

    @Test(arguments: IncidentCause.allCases)
    func `Every cause says what it means and what to do next, and is in the manual`(
        _ cause: IncidentCause
    ) throws {
        #expect(!cause.meaning.isEmpty && !cause.nextStep.isEmpty)
        let page = Command.root.appending(path: "man/halfopen-explain.8")
        let text = try String(contentsOf: page, encoding: .utf8)
        let section = text.split(separator: "\n.Sh CAUSES\n")[1].split(separator: "\n.Sh ")[0]
        #expect(section.contains(cause.rawValue))
    }
}
