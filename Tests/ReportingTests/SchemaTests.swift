import Foundation
import Judging
import Model
import Reporting
import Testing

private let schemaURL = testDirectory.appending(
    path: "../../Sources/Reporting/JSON/report-v1.schema.json"
)

/// What `validate.py` says of the given files; empty where all of them are valid.
private func violations(of pointer: String, in goldens: [String]) throws -> String {
    let output = Pipe()
    let validator = Process()
    validator.executableURL = URL(filePath: "/usr/bin/python3")
    validator.arguments =
        [testDirectory.appending(path: "validate.py").path, schemaURL.path, pointer]
        + goldens.map { testDirectory.appending(path: "Goldens/\($0)").path }
    validator.standardOutput = output
    validator.standardError = output
    try validator.run()
    let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    validator.waitUntilExit()
    return validator.terminationStatus == 0 && text.isEmpty
        ? "" : "status \(validator.terminationStatus)\n\(text)"
}

@Test(arguments: [
    (
        "#",
        ["report.json", "empty.json", "targets.json", "proxies.json", "replays.json", "reap.json"]
    ),
    ("#/$defs/line", ["report.ndjson", "empty.ndjson", "reap.ndjson", "events.ndjson"]),
])
func `Printed JSON is what the schema says, and has no field beyond it`(
    pointer: String,
    goldens: [String]
) throws {
    #expect(try violations(of: pointer, in: goldens) == "")
}

@Test func `The schema refuses what is not a report`() throws {
    #expect(try violations(of: "#", in: ["empty.ndjson"]).contains("'findings' is a required"))
    #expect(try violations(of: "#/$defs/line", in: ["colored.table"]).contains("JSONDecodeError"))
}

/// The values that the schema allows for a field of one of its definitions.
private func allowed(_ definition: String, _ field: String) throws -> Set<String> {
    let schema = try JSONSerialization.jsonObject(with: Data(contentsOf: schemaURL))
    let definitions = (schema as? [String: Any])?["$defs"] as? [String: Any]
    let properties = (definitions?[definition] as? [String: Any])?["properties"]
    let values = ((properties as? [String: Any])?[field] as? [String: Any])?["enum"] as? [Any]
    return Set(try #require(values).compactMap { $0 as? String })
}

/// A field of the schema, all values that the program has for it, and those it does not have yet.
private let enumerations: [(String, String, [String], announced: Set<String>)] = [
    ("judgement", "verdict", Verdict.allCases.map(\.rawValue), []),
    ("judgement", "confidence", Confidence.allCases.map(\.rawValue), []),
    ("judgement", "reason", Reason.allCases.map(\.rawValue), []),
    ("judgement", "health", Health.allCases.map(\.rawValue), []),
    ("finding", "action", Reaping.Action.allCases.map(\.rawValue), []),
    ("finding", "result", Reaping.Result.allCases.map(\.rawValue), []),
    ("finding", "family", AddressFamily.allCases.map(\.rawValue), []),
    ("eventLine", "type", FindingEvent.Kind.allCases.map(\.rawValue), []),
    ("tcp", "timer", TCPTimer.allCases.map(\.rawValue), []),
    ("snapshot", "format", SnapshotFormat.allCases.map(\.rawValue), ["ztunnel"]),
    ("snapshot", "scope", SnapshotScope.allCases.map(\.rawValue), []),
    (
        "snapshot", "capturedAtSource",
        SnapshotDocument.ReadTimeSource.allCases.map(\.rawValue), []
    ),
]

@Test func `The schema names every value that a field can have`() throws {
    for (definition, field, values, announced) in enumerations {
        let allowed = try allowed(definition, field)
        #expect(allowed.isSuperset(of: values), "\(definition).\(field)")
        #expect(allowed.subtracting(values).isSubset(of: announced), "\(definition).\(field)")
    }
}

@Test func `The manual explains every verdict and every reason`() throws {
    let page = testDirectory.appending(path: "../../man/halfopen-verdicts.7")
    let manual = String(decoding: try Data(contentsOf: page), as: UTF8.self)
    let lines = Set(manual.split(separator: "\n"))
    for verdict in Verdict.allCases {
        #expect(lines.contains(".Ss \(verdict.rawValue)"))
    }
    for reason in Reason.allCases {
        #expect(lines.contains(".It Cm \(reason.rawValue)"))
    }
}
