import Model

/// Reads access logs in Envoy's JSON encoding: Istio's keys, and other usual names of them.
struct AccessLogJSON: ~Copyable {
    /// What a line is.
    enum Outcome {
        /// Nothing of an access log.
        case foreign
        /// Not one whole JSON object.
        case damaged
        /// Nothing failed.
        case success
        /// All of the line that is needed.
        case entry(AccessLogEntry)
    }

    /// The parts of an entry that are read.
    fileprivate enum Part {
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

    private var clock = LogClock()
    private var lines = JSONLines(keys: names.map(\.key))

    /// Reads a line.
    ///
    /// - Parameter latestStart: A request in which nothing failed is read, too, if it began by then.
    mutating func read(_ line: Span<UInt8>, latestStart: WallTime?) -> Outcome {
        var entry = AccessLogEntry()
        var clock = LogClock()
        swap(&clock, &self.clock)
        defer { swap(&clock, &self.clock) }
        var has = (start: false, status: false, flags: false, words: false)
        let isObject = lines.read(
            line,
            look: { key, text in
                switch Self.names[key].part {
                case .start:
                    if let time = clock.time(text) {
                        (entry.start, has.start) = (time, true)
                        entry.hasMilliseconds = text.firstIndex(of: UInt8(ascii: ".")) != nil
                    }
                case .status:
                    if let status = text.decimal { (entry.status, has.status) = (status, true) }
                case .flags:
                    if let flags = ResponseFlags(utf8: text) {
                        (entry.flags, has.flags) = (flags, true)
                    }
                // Without flags it could be any program's: Envoy's own words then have to say so.
                case .details, .host: has.words = has.words || !text.isEmpty
                default: break
                }
            },
            isWanted: {
                has.start && (entry.isFailure || latestStart.map { entry.start <= $0 } ?? false)
            },
            { key, text in entry.read(Self.names[key].part, text) }
        )
        guard isObject else { return .damaged }
        guard has.start, has.status || has.flags, has.flags || has.words else {
            return .foreign
        }
        let isWanted = entry.isFailure || latestStart.map { entry.start <= $0 } ?? false
        return isWanted ? .entry(entry) : .success
    }
}

extension AccessLogEntry {
    /// Takes in a part that only wanted entries need.
    fileprivate mutating func read(_ part: AccessLogJSON.Part, _ text: Span<UInt8>) {
        switch part {
        case .start, .status, .flags: break
        case .duration: duration = text.milliseconds
        case .details: details = text.text
        case .termination: termination = text.text
        case .failure: transportFailure = text.text
        case .host: upstreamHost = text.text
        case .cluster: cluster = text.text
        case .local: localAddress = text.text
        case .method: method = text.text
        case .path: path = text.text
        case .authority: authority = text.text
        case .requestID: requestID = text.text
        }
    }
}
