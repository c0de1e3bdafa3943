import Model

/// Joins the inputs of an incident, request by request.
struct IncidentExplanation {
    /// A failed request with all that the inputs say of it.
    struct Case {
        var request: AccessLogEntry?
        var tunnel: AccessLogEntry?
        var failure: ProxyLogTrace.Failure?
        var packets: [PacketTrace.Event] = []
        var isHidden = false
        /// When it failed.
        var end: WallTime
        /// The end of the tunnel.
        var peer: Endpoint?
    }

    private struct Connection: Hashable {
        var client: Endpoint
        var server: Endpoint
    }

    let incident: Incident
    private let tunnels: TimeIndex<AccessLogEntry>
    private let successes: TimeIndex<AccessLogEntry>
    private let packets: TimeIndex<PacketTrace.Event>
    private let resets: [Connection: [Int]]
    private let failures: TimeIndex<ProxyLogTrace.Failure>
    private let failuresByID: [String: [Int]]
    private var usedTunnels: Set<Int> = []
    private var usedFailures: Set<Int> = []
    private var usedPackets: Set<Int> = []

    init(_ incident: Incident) {
        self.incident = incident
        tunnels = TimeIndex(incident.tunnels, by: \.end)
        successes = TimeIndex(incident.successes, by: \.end)
        packets = TimeIndex(incident.packets.events, by: \.to)
        var resets: [Connection: [Int]] = [:]
        for (index, event) in incident.packets.events.enumerated() where event.isUnknown {
            resets[Connection(client: event.client, server: event.server), default: []]
                .append(index)
        }
        self.resets = resets
        failures = TimeIndex(incident.proxyLogs.failures, by: \.end)
        var byID: [String: [Int]] = [:]
        for (index, failure) in incident.proxyLogs.failures.enumerated()
        where !failure.headers.requestID.isEmpty {
            byID[failure.headers.requestID, default: []].append(index)
        }
        failuresByID = byID
    }

    /// Every failed request that the inputs show, explained.
    mutating func requests() -> [ExplainedRequest] {
        var cases: [Case] = []
        for request in incident.requests { cases.append(join(request)) }
        cases += hidden()
        for (index, failure) in incident.proxyLogs.failures.enumerated()
        where !usedFailures.contains(index) && failure.isOfService {
            cases.append(join(failure))
        }
        cases += silentResets()
        let rules = IncidentRules(incident, restarts: Restarts(cases, incident.lives))
        var explained = cases.map { rules.explain($0) }
        explained = adoptCauses(explained)
        return explained.sorted {
            ($0.end, $0.start, $0.requestID) < ($1.end, $1.start, $1.requestID)
        }
    }

    // MARK: Joining

    private mutating func join(_ request: AccessLogEntry) -> Case {
        var found = Case(request: request, end: request.end, peer: peer(of: request))
        let slack = request.hasMilliseconds ? Incident.together : .seconds(1)
        if request.usesTunnel, !request.isAnswered, let address = found.peer?.address {
            found.tunnel = takeTunnel(to: request.destination, around: request.end, slack: slack)
            if let tunnel = found.tunnel { found.peer = peer(of: tunnel) }
            found.packets = events(at: address, from: request.start, to: request.end, slack: slack)
        }
        found.failure = takeFailure(of: request, slack: slack)
        if let peer = found.failure?.brokenPeer, found.peer == nil { found.peer = peer }
        return found
    }

    private mutating func join(_ failure: ProxyLogTrace.Failure) -> Case {
        let address = failure.destination?.address ?? failure.brokenPeer?.address
        var found = Case(
            failure: failure,
            isHidden: failure.isHidden,
            end: failure.end,
            peer: address.map { Endpoint(address: $0, port: incident.port) }
        )
        if let address {
            guard failure.details != "via_upstream" else { return found }
            found.packets = events(at: address, from: failure.start, to: failure.end)
            found.tunnel = takeTunnel(to: failure.destination, around: failure.end)
        }
        return found
    }

    private func peer(of request: AccessLogEntry) -> Endpoint? {
        guard let destination = request.destination else { return nil }
        guard request.usesTunnel || request.isTunnel else { return destination }
        // A tunnel's own line has its port.
        let tunnel = request.isTunnel ? Endpoint(request.upstreamHost) : nil
        return Endpoint(address: destination.address, port: tunnel?.port ?? incident.port)
    }

    /// The tunnels whose failure no failed request shows: a retry hid it, or the log was cut.
    private mutating func hidden() -> [Case] {
        var cases: [Case] = []
        for index in incident.tunnels.indices where !usedTunnels.contains(index) {
            let tunnel = incident.tunnels[index]
            guard let peer = peer(of: tunnel) else { continue }
            let success = success(after: tunnel)
            var found = Case(
                request: success,
                tunnel: tunnel,
                isHidden: success != nil,
                end: tunnel.end,
                peer: peer
            )
            found.packets = events(at: peer.address, from: tunnel.start, to: tunnel.end)
            if let index = failures.nearest(
                to: tunnel.end,
                within: Incident.together,
                where: {
                    $0.destination?.address == peer.address && !usedFailures.contains($1)
                }
            ) {
                usedFailures.insert(index)
                found.failure = incident.proxyLogs.failures[index]
                found.isHidden = found.isHidden || found.failure?.isHidden == true
            }
            cases.append(found)
        }
        return cases
    }

    private func success(after tunnel: AccessLogEntry) -> AccessLogEntry? {
        var found: AccessLogEntry?
        successes.forEach(
            from: tunnel.end - Incident.together,
            to: tunnel.end + Incident.longestRetry
        ) { request, _ in
            if found == nil, tunnel.couldBeHidden(by: request) { found = request }
        }
        return found
    }

    /// The connections that a peer did not know, and whose request no log shows.
    private mutating func silentResets() -> [Case] {
        var cases: [Case] = []
        for (index, event) in incident.packets.events.enumerated()
        where !usedPackets.contains(index)
            && event.isUnknown
        {
            let indices = [index] + sameResets(as: index)
            usedPackets.formUnion(indices)
            let events = indices.map { incident.packets.events[$0] }
            cases.append(Case(packets: events, end: event.to, peer: event.server))
        }
        return cases
    }

    /// The same reset of an unknown connection as other captures show it, whose clocks may differ.
    private func sameResets(as index: Int) -> [Int] {
        let event = incident.packets.events[index]
        guard event.isUnknown else { return [] }
        let slack = incident.skew + Incident.together
        let key = Connection(client: event.client, server: event.server)
        return (resets[key] ?? []).filter { other in
            let moment = incident.packets.events[other].to
            return other != index && max(moment - event.to, event.to - moment) <= slack
        }
    }

    private mutating func takeTunnel(
        to destination: Endpoint?,
        around moment: WallTime,
        slack: TimeSpan = Incident.together
    ) -> AccessLogEntry? {
        guard let destination else { return nil }
        let index = tunnels.nearest(to: moment, within: slack) { tunnel, index in
            // A tunnel carries one connection inside it, and so fails one request of HTTP/1.1.
            !usedTunnels.contains(index) && tunnel.destination == destination
        }
        // A stream that ends with a tunnel of HTTP/2 ends in the same moment.
        let any =
            index
            ?? tunnels.nearest(to: moment, within: min(slack, .milliseconds(5))) {
                tunnel,
                _ in tunnel.destination == destination
            }
        guard let any else { return nil }
        usedTunnels.insert(any)
        return incident.tunnels[any]
    }

    private mutating func takeFailure(of request: AccessLogEntry, slack: TimeSpan)
        -> ProxyLogTrace.Failure?
    {
        let known = failuresByID[request.requestID]?.first { index in
            let end = incident.proxyLogs.failures[index].end
            return !usedFailures.contains(index)
                && max(end - request.end, request.end - end) <= slack + incident.skew
        }
        let index =
            known
            ?? failures.nearest(to: request.end, within: slack) { failure, index in
                !usedFailures.contains(index) && failure.headers.path == request.path
                    && failure.headers.authority == request.authority
                    && (request.requestID.isEmpty || failure.headers.requestID.isEmpty)
            }
        guard let index else { return nil }
        usedFailures.insert(index)
        return incident.proxyLogs.failures[index]
    }

    /// What the packets show of an address when a request failed: an event at that moment, or a silence
    /// while it was on its way.
    private mutating func events(
        at address: IPAddress,
        from start: WallTime,
        to end: WallTime,
        slack: TimeSpan = Incident.together
    ) -> [PacketTrace.Event] {
        var indices: [Int] = []
        packets.forEach(from: start - slack, to: end + .seconds(60)) { event, index in
            let isInTime =
                event.isSilence
                ? event.from <= end && event.to >= start
                : event.to >= end - slack && event.to <= end + slack
            if isInTime, event.server.address == address { indices.append(index) }
        }
        for index in indices {
            indices += sameResets(as: index).filter { !indices.contains($0) }
        }
        usedPackets.formUnion(indices)
        return indices.map { incident.packets.events[$0] }
    }

    /// Gives a request whose upstream only passed the error on the cause that the upstream's own log
    /// shows, and counts it once: the line nearer to the Pod stays.
    private func adoptCauses(_ explained: [ExplainedRequest]) -> [ExplainedRequest] {
        var deepest: [String: ExplainedRequest] = [:]
        for request in explained
        where !request.requestID.isEmpty && !request.isPassedOn {
            deepest[request.requestID] = request
        }
        return explained.map { request in
            guard request.isPassedOn, let source = deepest[request.requestID] else {
                return request
            }
            var adopted = request
            adopted.cause = source.cause
            adopted.confidence = source.confidence
            adopted.peer = source.peer
            adopted.owner = source.owner
            adopted.previousOwner = source.previousOwner
            adopted.evidence.append(
                IncidentEvidence(
                    .accessLog,
                    "the same request in its upstream's log: \(source.cause.meaning)",
                    at: source.evidence.first?.place
                )
            )
            adopted.evidence += source.evidence.dropFirst()
            return adopted
        }
    }
}

extension AccessLogEntry {
    /// Whether an upstream answered, and nothing failed on the way.
    fileprivate var isAnswered: Bool { status > 0 && flags.isEmpty }
}

extension ExplainedRequest {
    /// Whether the proxy only handed on the error of an upstream that is no Pod's tunnel.
    fileprivate var isPassedOn: Bool { cause == .unknown && details == "via_upstream" }
}

extension ProxyLogTrace.Failure {
    /// The peer of the tunnel that broke.
    var brokenPeer: Endpoint? {
        if case .broke(let found) = tunnel { return found.peer }
        return nil
    }

    /// Whether it is a request to a service, and not to Envoy's own admin.
    var isOfService: Bool { details != "via_upstream" || destination != nil }
}

extension PacketTrace.Event {
    /// Whether it is a time without an answer.
    var isSilence: Bool { kind == .unanswered || kind == .onlyAcknowledged }
}

/// Things by a moment, to find those near another.
struct TimeIndex<Element> {
    private let sorted: [(time: WallTime, index: Int)]
    private let elements: [Element]

    init(_ elements: [Element], by time: (Element) -> WallTime) {
        self.elements = elements
        sorted = elements.indices.map { (time(elements[$0]), $0) }.sorted { $0.0 < $1.0 }
    }

    /// Calls `body` with each thing between two moments, in their order, and its index.
    func forEach(from: WallTime, to: WallTime, _ body: (Element, Int) -> Void) {
        var (low, high) = (0, sorted.count)
        while low < high {
            let middle = (low + high) / 2
            if sorted[middle].time < from { low = middle + 1 } else { high = middle }
        }
        while low < sorted.count, sorted[low].time <= to {
            body(elements[sorted[low].index], sorted[low].index)
            low += 1
        }
    }

    /// The index of the thing nearest to a moment that is one of those looked for.
    func nearest(
        to moment: WallTime,
        within slack: TimeSpan,
        where isWanted: (Element, Int) -> Bool
    ) -> Int? {
        var best: (distance: TimeSpan, index: Int)?
        var low = 0
        var high = sorted.count
        while low < high {
            let middle = (low + high) / 2
            if sorted[middle].time < moment - slack { low = middle + 1 } else { high = middle }
        }
        while low < sorted.count, sorted[low].time <= moment + slack {
            let (time, index) = sorted[low]
            let distance = max(time - moment, moment - time)
            if best.map({ distance < $0.distance }) ?? true, isWanted(elements[index], index) {
                best = (distance, index)
            }
            low += 1
        }
        return best?.index
    }
}

/// The moments at which the tunnels to several addresses broke at once.
struct Restarts {
    private let moments: TimeIndex<(end: WallTime, address: IPAddress, node: String?)>
    /// So many addresses at once are no coincidence.
    static let addresses = 3

    /// Requests that waited when their connection ended; one that was reset by the first packet
    /// it sent met a stale connection.
    init(_ cases: [IncidentExplanation.Case], _ lives: AddressLives) {
        var found: [(end: WallTime, address: IPAddress, node: String?)] = []
        for one in cases where one.waitedAndBroke {
            guard let address = one.peer?.address else { continue }
            found.append((one.end, address, lives.node(of: address, at: one.end)))
        }
        moments = TimeIndex(found, by: \.end)
    }

    /// How many addresses broke within the time of one failure, on the node if it is known.
    func addresses(around moment: WallTime, node: String?) -> Int {
        var found: Set<IPAddress> = []
        moments.forEach(from: moment - Incident.together, to: moment + Incident.together) {
            entry,
            _ in
            if node == nil || entry.node == nil || entry.node == node {
                found.insert(entry.address)
            }
        }
        return found.count
    }
}

extension IncidentExplanation.Case {
    /// How long the request had been on its way.
    var waited: TimeSpan? {
        if let request, !isHidden { return request.duration }
        return failure.map { $0.end - $0.start }
    }

    /// Whether a connection ended under a request that had been waiting for an answer.
    var waitedAndBroke: Bool {
        guard let waited, waited > .milliseconds(100), !isHidden else { return false }
        if let request { return request.flags.contains(.connectionTermination) }
        let details = failure?.details ?? ""
        return details.hasText("connection_termination")
            || details.hasText("connection termination")
    }
}

extension TimeSpan {
    /// A length of time of so many milliseconds.
    static func milliseconds(_ count: Int64) -> TimeSpan { TimeSpan(milliseconds: count) }
}
