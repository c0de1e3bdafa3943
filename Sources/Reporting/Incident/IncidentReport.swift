import Judging
import Model

/// What `halfopen explain` reports: why each request of an incident failed.
package struct IncidentReport: Hashable, Sendable {
    /// One file that was read.
    package struct Input: Hashable, Sendable {
        /// What it was given as: `access-log`, `envoy-log` or `pcap`.
        package var kind: String
        /// The file's path, or `-`.
        package var source: String
        /// Its lines, or packets.
        package var lines = 0
        /// Those that are of the kind that it was given as.
        package var recognized = 0
        /// Those in which something failed, or that tell something of a failure.
        package var relevant = 0
        /// The time of a capture's first and last packet.
        package var first: WallTime?
        package var last: WallTime?

        /// A file of which nothing was read yet.
        package init(kind: String, source: String) {
            self.kind = kind
            self.source = source
        }
    }

    /// The version of the program.
    package var version: String
    /// When it was made.
    package var generatedAt: WallTime
    /// The port of the tunnels.
    package var port: UInt16
    /// What was read, in the order of the evidence's places.
    package var inputs: [Input]
    /// The snapshots' files.
    package var snapshots: [String]
    /// The requests that failed.
    package var requests: [ExplainedRequest]
    /// What happened at their addresses; empty where the format does not show it.
    package var timelines: [AddressTimeline]
    /// Why something may be missing: one sentence each.
    package var problems: [String]
    /// What else the reader must know: one sentence each.
    package var notices: [String]

    /// A report of the given facts.
    package init(
        version: String,
        generatedAt: WallTime,
        port: UInt16,
        inputs: [Input],
        snapshots: [String],
        requests: [ExplainedRequest],
        timelines: [AddressTimeline] = [],
        problems: [String],
        notices: [String] = []
    ) {
        self.version = version
        self.generatedAt = generatedAt
        self.port = port
        self.inputs = inputs
        self.snapshots = snapshots
        self.requests = requests
        self.timelines = timelines
        self.problems = problems
        self.notices = notices
    }

    /// Whether all inputs could be read whole, and tell the cause of each request.
    package var isComplete: Bool { problems.isEmpty && unknownCount == 0 }

    /// The number of requests whose cause the inputs do not tell.
    package var unknownCount: Int { requests.count { $0.cause == .unknown } }

    /// How the program ends: 1 if a request was this fault, whatever else was missed.
    package var exitStatus: ExitStatus {
        if requests.contains(where: \.isStale) { return .candidates }
        return isComplete ? .clear : .incomplete
    }

    /// The number of requests that met a stale connection, surely or probably.
    package func staleCount(_ confidence: ExplainedRequest.Confidence) -> Int {
        requests.count { $0.isStale && $0.confidence == confidence }
    }

    /// What it came to, in one line.
    package var summaryLine: String {
        let failed = requests.count { !$0.isHidden }
        let hidden = requests.count - failed
        let (confirmed, suspected) = (staleCount(.confirmed), staleCount(.suspected))
        var parts = [counted(failed, "failed request")]
        if hidden > 0 { parts.append("\(counted(hidden, "failure")) hidden by a retry") }
        parts.append("stale connections: \(confirmed) confirmed, \(suspected) suspected")
        parts.append("other causes: \(requests.count - confirmed - suspected - unknownCount)")
        parts.append("cannot tell: \(unknownCount)")
        return parts.joined(separator: "; ") + (isComplete ? "" : "; INCOMPLETE")
    }

    /// The place of some evidence as a reader finds it again: `access.log:17`.
    func text(of place: LogPlace) -> String {
        guard inputs.indices.contains(place.input) else { return "line \(place.line)" }
        return "\(inputs[place.input].source):\(place.line)"
    }
}

/// The forms in which an incident is printed.
package enum IncidentFormat: String, Hashable, Sendable, CaseIterable {
    /// Rows for human eyes: by cause and address, then each request with its evidence.
    case table
    /// One document, `halfopen.explain/v1`.
    case json
    /// One JSON object a line: each request, then the report without its requests.
    case ndjson
    /// One page for a post-mortem, which needs nothing but itself.
    case html
}

extension IncidentReport {
    /// Prints the report in a format, as UTF-8, in pieces of about 64 KiB.
    ///
    /// - Parameters:
    ///   - format: The form.
    ///   - style: How the table looks.
    ///   - sink: Takes the pieces, in order; the last may be empty.
    /// - Throws: What `sink` throws.
    package func render<Failure: Error>(
        _ format: IncidentFormat,
        style: TableStyle = TableStyle(),
        to sink: ([UInt8]) throws(Failure) -> Void
    ) throws(Failure) {
        switch format {
        case .table: try renderTable(style, to: sink)
        case .json: try renderJSON(to: sink)
        case .ndjson: try renderNDJSON(to: sink)
        case .html: try renderPage(to: sink)
        }
    }
}
