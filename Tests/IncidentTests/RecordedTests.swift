import Foundation
import TestSupport
import Testing

/// What `scripts/lab` recorded of a real Envoy: requests whose fate is known.
///
/// Recorded with Envoy 1.40.0 on Linux 6.18, 2026-11-26, by
/// `HALFOPEN_INCIDENTS=Tests/IncidentTests/Recorded scripts/lab incident-…`.
struct RecordedTests {
    private struct Truth: Decodable {
        var request: String
        var cause: String?
    }

    /// A line of `-o ndjson`, as far as it says what was found.
    struct Line: Decodable, Hashable {
        var type: String
        var requestId: String?
        var cause: String?
        var confidence: String?
        var hidden: Bool?
    }

    /// What explain is given: files by the options that take them.
    enum Instrument: String, CaseIterable {
        case text, json, debug, pods, waypoint, ownership, connections, together

        var files: [(String, [String])] {
            let logs = ("--access-log", ["access.log", "gateway.log"])
            let debug = ("--envoy-log", ["envoy.log"])
            let pods = ("--pcap", ["orders-v1.pcap", "orders-v2.pcap"])
            let connections = ("-r", ["connections.capture"])
            let snapshots = ("-s", ["before.json", "after.json"])
            return switch self {
            case .text: [logs]
            case .json: [("--access-log", ["access.json"])]
            case .debug: [debug]
            case .pods: [pods]
            case .waypoint: [("--pcap", ["waypoint.pcap"])]
            case .ownership: [logs, snapshots]
            case .connections: [logs, snapshots, connections]
            case .together:
                [logs, debug, pods, ("--pcap", ["waypoint.pcap"]), snapshots, connections]
            }
        }
    }

    static let folder = Command.root.appending(path: "Tests/IncidentTests/Recorded")
    static let incidents =
        ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
        .filter { !$0.hasPrefix(".") }.sorted()

    /// The causes that explain may name, beside "unknown", for what happened.
    private static func allowed(_ truth: String?) -> Set<String> {
        switch truth {
        case "stale", "stale-hidden": ["stale-connection"]
        // A log alone shows that there was no answer, which is true.
        case "stale-free": ["stale-connection", "response-timeout"]
        case "wedged-peer": ["wedged-peer", "response-timeout"]
        case "restart": ["ztunnel-restarted", "tunnel-closed"]
        // Packets show that the peer closed the connection, and not the GOAWAY before it.
        case "drain": ["drain", "tunnel-closed"]
        case "reset-after-response": ["response-broken"]
        case "application": ["application-error"]
        case .some(let cause): [cause]
        case nil: []
        }
    }

    /// The files of an incident that an instrument shows, each with its option.
    static func inputs(_ incident: String, _ instrument: Instrument) -> [(
        option: String, file: URL
    )] {
        instrument.files.flatMap { option, files in
            files.map { (option, folder.appending(path: "\(incident)/\($0)")) }
        }.filter { FileManager.default.fileExists(atPath: $0.1.path) }
    }

    private func ask(_ incident: String, _ instrument: Instrument) throws -> [Line] {
        let inputs = Self.inputs(incident, instrument)
        return inputs.isEmpty ? [] : try Self.explain(inputs).requests
    }

    /// The requests that the program finds in files, and what it says on standard error.
    static func explain(_ inputs: [(option: String, file: URL)]) throws -> (
        requests: [Line], errors: String
    ) {
        // The lab's Pods and proxies have one clock, and some requests come 1.7 s after the new Pod.
        let arguments =
            ["explain", "-o", "ndjson", "--clock-skew", "1s"]
            + inputs.flatMap { [$0.option, $0.file.path] }
        let program = Command.products.appending(path: "halfopen").path
        let answer = try Command(program, arguments, in: TemporaryFolder())
        let lines = try answer.output.split(separator: "\n").map {
            try JSONDecoder().decode(Line.self, from: Data($0.utf8))
        }
        let requests = lines.filter { $0.type == "request" }
        let isStale = requests.contains { $0.cause == "stale-connection" }
        let isUnknown = requests.contains { $0.cause == "unknown" }
        #expect(answer.status == (isStale ? 1 : isUnknown ? 2 : 0), "\(answer.errors)")
        return (requests, answer.errors)
    }

    private func truth(of incident: String) throws -> [String: String?] {
        let file = Self.folder.appending(path: "\(incident)/truth.json")
        let entries = try JSONDecoder().decode([Truth].self, from: Data(contentsOf: file))
        return Dictionary(entries.map { ($0.request, $0.cause) }) { first, _ in first }
    }

    @Test func `An incident of every kind is recorded`() {
        #expect(Self.incidents.count >= 25)
    }

    @Test(arguments: incidents, Instrument.allCases)
    func `No cause is wrong, whatever instrument shows it`(
        _ incident: String,
        _ instrument: Instrument
    ) throws {
        let truth = try truth(of: incident)
        let stale = truth.values.compactMap(\.self).first { $0.hasPrefix("stale") }
        for line in try ask(incident, instrument) {
            let known = line.requestId.map { truth[$0] ?? nil } ?? stale
            let cause = line.cause ?? "none"
            #expect(
                cause == "unknown" || Self.allowed(known).contains(cause),
                "\(line.requestId ?? "a connection"): \(known ?? "no failure")"
            )
            if cause == "stale-connection" {
                #expect(line.hidden == (known == "stale-hidden") || line.requestId == nil)
            }
        }
    }

    @Test(arguments: ["stale", "stale-hidden", "stale-stream"])
    func `A change of owner since the recorded connections were last heard is proof`(
        _ incident: String
    ) throws {
        let without = try ask(incident, .ownership).map(\.confidence)
        #expect(Set(without) == ["suspected"])
        let lines = try ask(incident, .connections)
        #expect(lines.allSatisfy { $0.cause == "stale-connection" && $0.confidence == "confirmed" })
        #expect(lines.count == without.count)
    }

    @Test(arguments: incidents)
    func `With all instruments together nothing is left open`(_ incident: String) throws {
        let truth = try truth(of: incident)
        let lines = try ask(incident, .together)
        let failed = Set(truth.filter { $0.value != nil }.keys)
        #expect(Set(lines.compactMap(\.requestId)) == failed)
        for line in lines { #expect(line.cause != "unknown", "\(line.requestId ?? "")") }
        for line in lines where truth[line.requestId ?? ""] ?? nil == "stale" {
            #expect(line.confidence == "confirmed", "\(line.requestId ?? "")")
        }
    }
}
