import Model

/// Something in the inputs that speaks for a cause.
package struct IncidentEvidence: Hashable, Sendable {
    /// What it comes from.
    package enum Source: String, Hashable, Sendable, CaseIterable {
        /// The request's own line in the access log.
        case accessLog = "access-log"
        /// The line of the tunnel's listener in the access log.
        case tunnel
        /// Envoy's debug log.
        case envoyLog = "envoy-log"
        /// A capture of packets.
        case packets
        /// Who had the address when, by the snapshots.
        case ownership
        /// Recorded connections: a capture of this tool, or its state file.
        case connections
    }

    /// What it comes from.
    package var source: Source
    /// What it says: one sentence.
    package var text: String
    /// Where it stands, if that is one place of an input.
    package var place: LogPlace?

    /// Evidence from a source.
    package init(_ source: Source, _ text: String, at place: LogPlace? = nil) {
        self.source = source
        self.text = text
        self.place = place
    }
}

/// A failed request, or one whose failure a retry hid, with the cause that was found.
package struct ExplainedRequest: Hashable, Sendable {
    /// How sure the cause is.
    package enum Confidence: String, Hashable, Sendable, CaseIterable {
        /// The inputs prove it, or Envoy states it.
        case confirmed
        /// It looks like it, and something else could look the same.
        case suspected
    }

    /// What an input calls the request; a packet alone tells of none.
    package enum Subject: String, Hashable, Sendable, CaseIterable {
        /// A line of an access log.
        case request
        /// A stream in Envoy's debug log.
        case stream
        /// The line of a tunnel without the line of a request.
        case tunnel
        /// A connection in a capture, whose request no log shows.
        case connection
    }

    /// What an input calls it.
    package var subject: Subject
    /// When it began; where that is not known, when it failed.
    package var start: WallTime
    /// When it failed.
    package var end: WallTime
    /// The request: `GET orders/path`; empty where it is not known.
    package var method = ""
    package var authority = ""
    package var path = ""
    package var requestID = ""
    /// The status that the client got; 0 for none.
    package var status = 0
    /// The response flags as the log has them, in words.
    package var details = ""
    /// The peer of the tunnel, or the upstream.
    package var peer: Endpoint?
    /// The cause.
    package var cause = IncidentCause.unknown
    /// How sure it is; `nil` where the cause is unknown.
    package var confidence: Confidence?
    /// Whether a retry hid the failure from the client.
    package var isHidden = false
    /// Who has the address at that time, and who had it before.
    package var owner: PodIdentity?
    package var previousOwner: PodIdentity?
    /// What speaks for the cause.
    package var evidence: [IncidentEvidence] = []

    /// A request of which only the time is known.
    package init(subject: Subject, start: WallTime, end: WallTime) {
        self.subject = subject
        self.start = start
        self.end = end
    }

    /// Whether it is the fault that this tool is about.
    package var isStale: Bool { cause == .staleConnection }
}

/// The requests of one cause at one address.
package struct IncidentGroup: Hashable, Sendable {
    package var cause: IncidentCause
    package var confidence: ExplainedRequest.Confidence?
    package var address: IPAddress?
    package var count = 0
    package var hidden = 0
    package var first: WallTime
    package var last: WallTime
}

private struct GroupKey: Hashable {
    var cause: IncidentCause
    var confidence: ExplainedRequest.Confidence?
    var address: IPAddress?
}

extension [ExplainedRequest] {
    /// The requests by cause and address: stale connections first, the unknown last.
    package var groups: [IncidentGroup] {
        var found: [GroupKey: IncidentGroup] = [:]
        for request in self {
            let key = GroupKey(
                cause: request.cause,
                confidence: request.confidence,
                address: request.peer?.address
            )
            var group =
                found[key]
                ?? IncidentGroup(
                    cause: key.cause,
                    confidence: key.confidence,
                    address: key.address,
                    first: request.end,
                    last: request.end
                )
            group.count += 1
            group.hidden += request.isHidden ? 1 : 0
            group.first = Swift.min(group.first, request.end)
            group.last = Swift.max(group.last, request.end)
            found[key] = group
        }
        return found.values.sorted { $0.rank < $1.rank }
    }
}

extension IncidentGroup {
    fileprivate var rank: (Int, Int, IPAddress) {
        let order = IncidentCause.allCases.firstIndex(of: cause) ?? 0
        let sure = confidence == .confirmed ? 0 : 1
        return (order, sure, address ?? IPAddress(high: 0, low: 0))
    }
}
