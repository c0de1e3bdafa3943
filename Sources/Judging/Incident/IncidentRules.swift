import Model

/// Finds the cause of a failed request.
///
/// The first rule that holds decides, and says what it saw.
struct IncidentRules {
    typealias Case = IncidentExplanation.Case

    /// A cause, and how sure it is.
    struct Finding {
        var cause: IncidentCause
        var confidence: ExplainedRequest.Confidence?

        static let unknown = Finding(cause: .unknown, confidence: nil)

        static func confirmed(_ cause: IncidentCause) -> Finding {
            Finding(cause: cause, confidence: .confirmed)
        }

        static func suspected(_ cause: IncidentCause) -> Finding {
            Finding(cause: cause, confidence: .suspected)
        }
    }

    /// What takes longer than any round trip is no stale connection: that is reset by the first packet.
    private static let longestRoundTrip = TimeSpan.seconds(1)
    /// Istio's time limit of a connection, less what clocks cut off.
    private static let connectTimeout = TimeSpan(milliseconds: 9_900)

    /// After so long without a stream the proxy itself closes a connection (`hboneIdleTimeout`), unless
    /// it is set otherwise.
    static let idleTimeout = TimeSpan.minutes(60)

    let incident: Incident
    let restarts: Restarts
    let failedTunnels: FailedTunnels

    init(_ incident: Incident, restarts: Restarts) {
        self.incident = incident
        self.restarts = restarts
        failedTunnels = FailedTunnels(incident.recorded.isEmpty ? [] : incident.tunnels)
    }

    /// The request with its cause and what speaks for it.
    func explain(_ one: Case) -> ExplainedRequest {
        var explained = describe(one)
        let finding = cause(of: one, &explained.evidence)
        explained.cause = finding.cause
        explained.confidence = finding.confidence
        if let address = one.peer?.address {
            let (present, previous) = incident.lives.owners(of: address, at: one.end)
            explained.owner = present?.pod
            explained.previousOwner = previous?.pod
        }
        return explained
    }

    private func describe(_ one: Case) -> ExplainedRequest {
        let subject: ExplainedRequest.Subject =
            one.request != nil
            ? .request
            : one.failure != nil ? .stream : one.tunnel != nil ? .tunnel : .connection
        let start = one.request?.start ?? one.failure?.start ?? one.tunnel?.start ?? one.end
        var explained = ExplainedRequest(subject: subject, start: start, end: one.end)
        explained.peer = one.peer
        explained.isHidden = one.isHidden
        if let request = one.request {
            explained.method = request.method
            explained.authority = request.authority
            explained.path = request.path
            explained.requestID = request.requestID
            explained.status = request.status
            explained.details = request.details
        } else if let failure = one.failure {
            explained.method = failure.headers.method
            explained.authority = failure.headers.authority
            explained.path = failure.headers.path
            explained.requestID = failure.headers.requestID
            explained.status = failure.status
            explained.details = failure.details
        }
        return explained
    }

    // MARK: The rules

    private func cause(of one: Case, _ evidence: inout [IncidentEvidence]) -> Finding {
        noteLines(one, &evidence)
        if let stated = statedCause(one) { return stated }
        if let stated = statedFailure(one, &evidence) { return stated }
        if let proven = stalePackets(one, &evidence) { return proven }
        if let broken = brokenTunnel(one, &evidence) { return broken }
        if one.isTimeout { return timeout(one, &evidence) }
        if let pair = tunnelPair(one, &evidence) { return pair }
        if let closed = closedConnection(one, &evidence) { return closed }
        if one.isPassedOn { return passedOn(one) }
        return .unknown
    }

    /// What the lines of the logs say, as the first evidence.
    private func noteLines(_ one: Case, _ evidence: inout [IncidentEvidence]) {
        if let request = one.request {
            let how = one.isHidden ? "succeeded after a retry" : "failed"
            var text = "the request \(how) with \(request.status)"
            if !request.flags.isEmpty { text += " \(request.flags.text)" }
            if !request.details.isEmpty { text += " \(request.details)" }
            evidence.append(IncidentEvidence(.accessLog, text, at: request.place))
        }
        if let tunnel = one.tunnel {
            let reason =
                tunnel.transportFailure.isEmpty
                ? "no reason" : "the reason '\(tunnel.transportFailure)'"
            evidence.append(
                IncidentEvidence(
                    .tunnel,
                    "the tunnel to \(tunnel.upstreamHost) failed with \(tunnel.flags.text) and"
                        + " \(reason)",
                    at: tunnel.place
                )
            )
        }
        if let failure = one.failure {
            evidence.append(
                IncidentEvidence(
                    .envoyLog,
                    "the stream ended: \(failure.details)",
                    at: failure.place
                )
            )
        }
    }

    /// The causes that Envoy itself names.
    private func statedCause(_ one: Case) -> Finding? {
        let flags = one.request?.flags ?? []
        let details = one.details
        let byFlag: [(ResponseFlags, IncidentCause)] = [
            (.noRoute, .noRoute), (.noCluster, .noRoute),
            (.noHealthyUpstream, .noHealthyUpstream), (.overflow, .overflow),
            (.overload, .overflow), (.rateLimited, .rateLimit),
            (.faultInjected, .faultInjection), (.externalAuthorization, .externalAuthorization),
            (.clientGone, .clientGone), (.clientReset, .clientGone),
            (.clientProtocol, .clientProtocol), (.nameResolution, .nameResolution),
            (.durationLimit, .drain),
        ]
        if !one.isHidden, let (_, cause) = byFlag.first(where: { flags.contains($0.0) }) {
            return .confirmed(cause)
        }
        let byDetails: [(String, IncidentCause)] = [
            ("route_not_found", .noRoute), ("cluster_not_found", .noRoute),
            ("no_healthy_upstream", .noHealthyUpstream), ("{overflow}", .overflow),
            ("overload", .overflow), ("rate_limited", .rateLimit),
            ("fault_filter_abort", .faultInjection), ("ext_authz", .externalAuthorization),
            ("downstream_remote_disconnect", .clientGone),
            ("remote_refused_stream_reset", .drain), ("max_duration_timeout", .drain),
        ]
        return byDetails.first { details.hasText($0.0) }.map { .confirmed($0.1) }
    }

    /// The causes that stand in a reason of the tunnel's connection.
    private func statedFailure(_ one: Case, _ evidence: inout [IncidentEvidence]) -> Finding? {
        var reasons = [one.tunnel?.transportFailure, one.request?.transportFailure, one.details]
        if case .broke(let found)? = one.failure?.tunnel {
            let isHandshake = found.reusedAt == nil && found.reason.hasPrefix("TLS")
            if isHandshake || !found.reason.hasText("reset by peer") {
                reasons.insert(found.reason, at: 0)
            }
        }
        for reason in reasons.compactMap(\.self) {
            guard let cause = Self.cause(ofReason: reason) else { continue }
            if case .broke(let found)? = one.failure?.tunnel, found.reason == reason {
                evidence.append(note(of: found))
            }
            return .confirmed(cause)
        }
        if one.tunnel == nil, let event = one.packets.first(where: { $0.kind == .refused }) {
            evidence.append(packet(event))
            return .confirmed(.connectionRefused)
        }
        return nil
    }

    /// The cause that Envoy's words for a failed connection mean; `nil` where they leave it open.
    static func cause(ofReason reason: String) -> IncidentCause? {
        let words = String(reason.lowercased().map { $0 == "_" ? " " : $0 })
        if words.hasText("connection refused") { return .connectionRefused }
        if words.hasText("no route to host") || words.hasText("unreachable")
            || words.hasText("timed out") || words.hasText("connect timeout")
            || words.hasText("connection timeout")
        {
            return .connectTimeout
        }
        if words.hasText("tunnel response") { return .connectDenied }
        guard words.hasPrefix("tls error") || words.hasText("|tls error") else { return nil }
        // A reset of a connection in use is worded as an error of TLS, too, by the debug log.
        return words.hasText("reset by peer") || words.hasText("software caused")
            ? nil : .tlsFailure
    }

    /// Data on a connection that the peer's kernel does not know.
    private func stalePackets(_ one: Case, _ evidence: inout [IncidentEvidence]) -> Finding? {
        // Another connection to the address may break while the one that was used lives.
        if one.failure?.tunnel == .lives { return nil }
        let events = one.packets.filter(\.isUnknown)
        for event in events { evidence.append(note(of: event)) }
        if events.contains(where: { $0.kind == .unknownConnection }) {
            return .confirmed(.staleConnection)
        }
        for event in events {
            guard
                let heard = event.heard,
                let change = incident.lives.change(
                    of: event.server.address,
                    after: heard,
                    before: event.from
                )
            else { continue }
            evidence.append(note(of: change, event.server.address))
            return .confirmed(.staleConnection)
        }
        if events.isEmpty { return nil }
        // The debug log may know when the connection was made.
        if case .broke(let found)? = one.failure?.tunnel, let sure = ownerChanged(found, &evidence)
        {
            return sure
        }
        return ownerChanged(one, &evidence) ?? .suspected(.staleConnection)
    }

    private func note(of event: PacketTrace.Event) -> IncidentEvidence {
        let data = "data from \(event.client) to \(event.server)"
        let text =
            switch event.kind {
            case .forgotten:
                "\(data) was answered by RST, as by a kernel that does not know the connection; the"
                    + " peer was last heard at \(event.heard?.rfc3339 ?? "an unknown time")"
            case .earlyReset:
                "\(data) had no handshake, and was answered by RST; the capture began too late to"
                    + " prove that the peer did not know the connection"
            default:
                "\(data) had no handshake, and was answered by RST: the peer did not know the"
                    + " connection"
            }
        return IncidentEvidence(.packets, text, at: event.place)
    }

    /// Whether a connection of the debug log was made before the present owner existed.
    private func ownerChanged(
        _ found: ProxyLogTrace.Break,
        _ evidence: inout [IncidentEvidence]
    ) -> Finding? {
        guard
            let connectedAt = found.connectedAt, found.wasReset,
            let change = incident.lives.change(
                of: found.peer.address,
                after: connectedAt,
                before: found.brokenAt
            )
        else { return nil }
        evidence.append(note(of: found))
        evidence.append(note(of: change, found.peer.address))
        return .confirmed(.staleConnection)
    }

    /// The debug log shows the tunnel's connection break.
    private func brokenTunnel(_ one: Case, _ evidence: inout [IncidentEvidence]) -> Finding? {
        guard case .broke(let found)? = one.failure?.tunnel else { return nil }
        if let sure = ownerChanged(found, &evidence) { return sure }
        evidence.append(note(of: found))
        if let drained = drainedTunnel(found, one) { return drained }
        if found.wasReset, one.wasQuick { return .suspected(.staleConnection) }
        return restartOrClosed(one, &evidence)
    }

    /// The peer had sent GOAWAY: the end of the drain, or of a Pod that went during the drain.
    ///
    /// Envoy gives a connection no new stream after GOAWAY. A tunnel that was open before may carry new
    /// requests, and whoever has the address by then resets them, as the end of a drain may.
    private func drainedTunnel(_ found: ProxyLogTrace.Break, _ one: Case) -> Finding? {
        guard let drainedAt = found.drainedAt else { return nil }
        let isContradicted = found.reusedAt.map { $0 > drainedAt } ?? false
        // Only who knows the connection closes it in order.
        if found.reason.isEmpty {
            return isContradicted ? .suspected(.drain) : .confirmed(.drain)
        }
        let beganLater = one.failure.map { $0.start > drainedAt } ?? true
        return found.wasReset && (beganLater || hasNewOwner(found))
            ? .suspected(.staleConnection) : .suspected(.drain)
    }

    /// Whether the snapshots list a Pod at the peer's address that is younger than the connection.
    private func hasNewOwner(_ found: ProxyLogTrace.Break) -> Bool {
        guard
            let connectedAt = found.connectedAt,
            let start = incident.lives.owner(of: found.peer.address, at: found.brokenAt)?.start
        else { return false }
        return start > connectedAt + incident.skew
    }

    /// No answer in time.
    private func timeout(_ one: Case, _ evidence: inout [IncidentEvidence]) -> Finding {
        if let event = one.packets.first(where: { $0.kind == .unanswered }) {
            evidence.append(
                IncidentEvidence(
                    .packets,
                    "data from \(event.client) to \(event.server) got no answer at all",
                    at: event.place
                )
            )
            return ownerChanged(one, &evidence) ?? .suspected(.staleConnection)
        }
        if let event = one.packets.first(where: { $0.kind == .onlyAcknowledged }),
            one.failure?.innerWasReused == false
        {
            evidence.append(
                IncidentEvidence(
                    .packets,
                    "\(event.server) acknowledged the data of a new tunnel and sent nothing",
                    at: event.place
                )
            )
            return .suspected(.wedgedPeer)
        }
        return .confirmed(.responseTimeout)
    }

    /// The pair of lines: a request and its tunnel, which failed without a reason.
    private func tunnelPair(_ one: Case, _ evidence: inout [IncidentEvidence]) -> Finding? {
        guard let tunnel = one.tunnel, tunnel.transportFailure.isEmpty else { return nil }
        let duration = tunnel.duration ?? .zero
        if duration >= Self.connectTimeout { return .suspected(.connectTimeout) }
        guard duration < Self.longestRoundTrip else { return nil }
        if let sure = ownerChanged(one, &evidence) { return sure }
        noteOwner(one, &evidence)
        return .suspected(.staleConnection)
    }

    /// A connection ended, and no line says more.
    private func closedConnection(_ one: Case, _ evidence: inout [IncidentEvidence]) -> Finding? {
        guard one.isClosed else { return nil }
        if one.failure?.tunnel == .lives, one.failure?.innerWasReused == true {
            evidence.append(
                IncidentEvidence(
                    .envoyLog,
                    "the connection of the tunnel lived on; the one inside it, which had been"
                        + " used before, ended",
                    at: one.failure?.place
                )
            )
            return .confirmed(one.hadBegun ? .responseBroken : .applicationClosed)
        }
        if one.hadBegun { return .confirmed(.responseBroken) }
        if one.packets.contains(where: { $0.kind == .endedByPeer }) {
            return restartOrClosed(one, &evidence)
        }
        if let waited = one.waited, waited > .milliseconds(100),
            let restart = manyAtOnce(one, &evidence)
        {
            return restart
        }
        // Without a tunnel it is no fault of one.
        if let request = one.request, !request.usesTunnel, request.destination != nil {
            return .suspected(.applicationClosed)
        }
        return nil
    }

    private func passedOn(_ one: Case) -> Finding {
        // Whatever came through a tunnel is the application's own answer.
        if let request = one.request {
            return request.usesTunnel ? .confirmed(.applicationError) : .unknown
        }
        return one.failure?.destination == nil ? .unknown : .confirmed(.applicationError)
    }
}

extension ProxyLogTrace.Break {
    /// Whether the peer's kernel reset it, and did not close it in order.
    fileprivate var wasReset: Bool { reason.lowercased().hasText("reset by peer") }
}

extension IncidentExplanation.Case {
    /// The response code details of the request.
    fileprivate var details: String {
        (isHidden ? nil : request?.details) ?? failure?.details ?? ""
    }

    fileprivate var isTimeout: Bool {
        !isHidden && request?.flags.contains(.responseTimeout) == true
            || details.hasText("response_timeout") || details.hasText("per_try_timeout")
    }

    /// Whether the answer had begun.
    fileprivate var hadBegun: Bool {
        failure?.hadBegun == true || details.hasPrefix("upstream_reset_after_response_started")
    }

    /// Whether the connection ended under the request.
    fileprivate var isClosed: Bool {
        let ended: ResponseFlags = [
            .connectionTermination, .upstreamProtocol, .remoteReset, .localReset,
            .connectionFailure,
        ]
        return request?.flags.isDisjoint(with: ended) == false
            || details.hasPrefix("upstream_reset")
    }

    /// Whether an upstream answered with the error.
    fileprivate var isPassedOn: Bool { details == "via_upstream" || details.isEmpty }

    /// Whether the tunnel broke as soon as something was sent on it.
    fileprivate var wasQuick: Bool {
        guard case .broke(let found)? = failure?.tunnel else { return false }
        let used = [found.reusedAt, failure?.start].compactMap { $0 }.max() ?? found.brokenAt
        return found.brokenAt - used < .milliseconds(500)
    }
}
