import Model

/// Reads access logs in Envoy's JSON encoding: Istio's keys, and other usual names of them.
struct AccessLogJSON: ~Copyable {
    /// What a line is.
    enum Outcome {
        /// Nothing of an access log.
        case foreign
        /// Nothing failed.
        case success
        /// All of the line that is needed.
        case entry(AccessLogEntry)
    }

    /// The parts of an entry that are read.
    private enum Part {
        case start, duration, status, flags, details, termination, failure, host, cluster, local
        case method, path, authority, requestID
    }

    private static let names: [(key: StaticString, part: Part)] = [
        ("start_time", .start), ("startTime", .start), ("time", .start), ("timestamp", .start),
        ("@timestamp", .start), ("ts", .start),
        ("duration", .duration), ("duration_ms", .duration), ("durationMs", .duration),
        ("response_code", .status), ("responseCode", .status), ("status", .status),
        ("status_code", .status), ("code", .status),
        ("response_flags", .flags), ("responseFlags", .flags), ("flags", .flags),
        ("response_code_details", .details), ("responseCodeDetails", .details),
        ("connection_termination_details", .termination),
        ("connectionTerminationDetails", .termination),
        ("upstream_transport_failure_reason", .failure),
        ("upstreamTransportFailureReason", .failure),
        ("upstream_host", .host), ("upstreamHost", .host),
        ("upstream_cluster", .cluster), ("upstreamCluster", .cluster),
        ("upstream_cluster_raw", .cluster),
        ("downstream_local_address", .local), ("downstreamLocalAddress", .local),
        ("method", .method), ("request_method", .method),
        ("path", .path), ("uri", .path), ("request_path", .path), ("uri_path", .path),
        ("authority", .authority), ("host", .authority), ("x_request_id", .requestID),
        ("request_id", .requestID), ("requestId", .requestID), ("x-request-id", .requestID),
        ("trace_id", .requestID),
    ]

    private var lines = JSONLines(keys: names.map(\.key))

    /// Reads a line.
    ///
    /// - Parameter wantsSuccess: Whether a line in which nothing failed is read, too.
    mutating func read(_ line: Span<UInt8>, wantsSuccess: Bool) -> Outcome {
        var entry = AccessLogEntry()
        var has = (start: false, status: false, flags: false, tunnel: false)
        let isObject = lines.read(line) { key, text in
            switch Self.names[key].part {
            case .start: has.start = entry.readStart(text) || has.start
            case .duration: entry.duration = text.milliseconds
            case .status:
                if let status = text.decimal { (entry.status, has.status) = (status, true) }
            case .flags:
                if let flags = ResponseFlags(utf8: text) {
                    (entry.flags, has.flags) = (flags, true)
                }
            case .details: entry.details = text.text
            case .termination: entry.termination = text.text
            case .failure: entry.transportFailure = text.text
            case .host: entry.upstreamHost = text.text
            case .cluster: entry.cluster = text.text
            case .local: entry.localAddress = text.text
            case .method: entry.method = text.text
            case .path: entry.path = text.text
            case .authority: entry.authority = text.text
            case .requestID: entry.requestID = text.text
            }
        }
        // Without flags it could be any program's: Envoy's own words then have to say so.
        let isOfEnvoy = has.flags || !entry.details.isEmpty || !entry.upstreamHost.isEmpty
        guard isObject, has.start, has.status || has.flags, isOfEnvoy else { return .foreign }
        return wantsSuccess || entry.isFailure ? .entry(entry) : .success
    }
}
