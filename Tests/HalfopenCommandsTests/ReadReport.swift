import Foundation
import Model

/// `halfopen.report/v1` as a user's script reads it.
struct ReadReport: Decodable {
    struct Endpoint: Decodable, Hashable {
        var address: String
        var port: Int
    }

    struct Pod: Decodable, Hashable {
        var namespace: String
        var name: String
    }

    struct Process: Decodable, Hashable {
        var pid: Int
        var command: String
        var pod: Pod?
    }

    struct Finding: Decodable {
        var target: Int
        var verdict: String
        var confidence: String?
        var reason: String
        var health: String
        var explanation: String
        var local: Endpoint
        var peer: Endpoint
        var family: String
        var cookie: String
        var lastHeardSeconds: Double
        var lastSentSeconds: Double
        var process: Process?
        var owners: [Pod]
        var previousOwner: Pod?
    }

    struct Summary: Decodable, Equatable {
        var sockets: Int
        var candidates: Int
        var confirmed: Int
        var suspected: Int
        var replaced: Int
        var deleted: Int
        var silent: Int
        var terminating: Int
        var undetermined: Int
        var unlisted: Int
        var exempt: Int
        var current: Int
    }

    struct Target: Decodable {
        struct Namespace: Decodable {
            var inode: UInt64?
            var path: String?
        }

        var netns: Namespace
        var pid: Int?
        var role: String?
        var pod: Pod?
        var workload: String?
        var cluster: String?
        var sockets: Int
        var complete: Bool
    }

    struct Snapshot: Decodable {
        var source: String
        var format: String
        var capturedAtSource: String
        var scope: String
        var ageSeconds: Double?
        var pods: Int
    }

    var complete: Bool
    var snapshots: [Snapshot]
    var targets: [Target]
    var summary: Summary
    var findings: [Finding]
    var warnings: [String]

    /// The report that a scan printed with `-o json`.
    init(_ text: String) throws {
        self = try JSONDecoder().decode(ReadReport.self, from: Data(text.utf8))
    }
}

extension ReadReport {
    /// The findings as a world expects them: by peer, in the order of the report.
    var verdicts: [StaleWorld.Expected] {
        var verdicts: [StaleWorld.Expected] = []
        for finding in findings {
            var verdict = StaleWorld.Expected(
                peer: finding.peer.address,
                sockets: 1,
                verdict: finding.verdict,
                confidence: finding.confidence,
                reason: finding.reason,
                pod: (finding.owners.first ?? finding.previousOwner)?.name
            )
            if let last = verdicts.last, last.peer == verdict.peer {
                verdict.sockets = last.sockets + 1
                verdicts.removeLast()
            }
            verdicts.append(verdict)
        }
        return verdicts
    }
}
