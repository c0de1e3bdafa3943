import Model

/// What an incident left behind, joined: access logs, debug logs, captures, and who had an address.
///
/// Failed requests are kept, not the log: memory grows with what failed, to a limit.
///
///     var incident = Incident(port: 15008, skew: .seconds(2))
///     incident.lives = AddressLives(contents, skew: .seconds(2))
///     wants = incident.take(entry)
///     let requests = incident.explain()
package struct Incident: Sendable {
    /// A recorded connection, from a capture of this tool or its history.
    package struct RecordedConnection: Hashable, Sendable {
        package var peer: IPAddress
        /// When the peer was last heard.
        package var heardAt: WallTime
        /// When the connection was recorded.
        package var recordedAt: WallTime
        /// The Pod that earlier scans proved to be the peer.
        package var boundTo: PodIdentity?
        /// Whether history remembers it: later scans saw it, too.
        package var isRemembered: Bool
        /// When it was still open, which one that failed before was not.
        package var openAt: WallTime?

        /// A connection to a peer.
        package init(
            peer: IPAddress,
            heardAt: WallTime,
            recordedAt: WallTime,
            boundTo: PodIdentity? = nil,
            isRemembered: Bool = false,
            openAt: WallTime? = nil
        ) {
            self.peer = peer
            self.heardAt = heardAt
            self.recordedAt = recordedAt
            self.boundTo = boundTo
            self.isRemembered = isRemembered
            self.openAt = openAt
        }
    }

    /// The lines of one failure end within this time of each other.
    package static let together = TimeSpan(milliseconds: 50)
    /// How long after a tunnel failed a retry may still succeed.
    static let longestRetry = TimeSpan.seconds(30)
    /// More failed requests than this are counted and not explained.
    package static let limit = 500_000
    private static let mostSuccesses = 10_000

    package var packets: PacketTrace
    package var proxyLogs: ProxyLogTrace
    package var lives = AddressLives([], skew: .zero)
    package var recorded: [IPAddress: [RecordedConnection]] = [:]
    /// How many failed requests were too many to explain.
    package private(set) var unexplained = 0
    let port: UInt16
    let skew: TimeSpan
    private(set) var requests: [AccessLogEntry] = []
    private(set) var tunnels: [AccessLogEntry] = []
    /// The requests that succeeded at an address shortly after a tunnel to it failed.
    private(set) var successes: [AccessLogEntry] = []
    /// When the latest tunnel failed: a request that a retry saved had begun by then.
    private var latestFailure: WallTime?
    private var watchedAddresses: Set<IPAddress> = []
    /// Where the entries of the present log begin.
    private var begin = (requests: 0, tunnels: 0, successes: 0)

    /// An incident at proxies that open tunnels to a port.
    package init(port: UInt16, skew: TimeSpan) {
        self.port = port
        self.skew = skew
        packets = PacketTrace(port: port)
        proxyLogs = ProxyLogTrace(port: port)
    }

    /// Takes in a line of an access log.
    ///
    /// - Returns: By when a request must have begun to be wanted even if nothing failed in it: a retry
    ///   may have hidden what happened to its tunnel.
    package mutating func take(_ entry: AccessLogEntry) -> WallTime? {
        if !entry.isFailure {
            takeSuccess(entry)
        } else if requests.count + tunnels.count >= Self.limit {
            unexplained += 1
        } else if entry.isTunnel {
            tunnels.append(entry)
            if let address = entry.destination?.address { watchedAddresses.insert(address) }
            // Not the latest of all: the next part of a log may be of another proxy, and earlier.
            latestFailure = entry.end + Self.together
        } else {
            requests.append(entry)
        }
        return latestFailure
    }

    private mutating func takeSuccess(_ entry: AccessLogEntry) {
        // To compare times is cheap, to read addresses is not.
        let recent = tunnels.suffix(64).filter { $0.failedDuring(entry) }
        guard
            !recent.isEmpty, successes.count < Self.mostSuccesses,
            let address = entry.destination?.address, watchedAddresses.contains(address),
            recent.contains(where: { $0.couldBeHidden(by: entry) })
        else { return }
        successes.append(entry)
    }

    /// Starts with the next access log.
    package mutating func beginAccessLog() {
        latestFailure = nil
        watchedAddresses = []
        begin = (requests.count, tunnels.count, successes.count)
    }

    /// Ends an access log: failures that earlier logs have, too, count once.
    ///
    /// Several proxies may write the same line of a tunnel in the same millisecond, but not the same
    /// line of a request with its identifier. So one of those must show that the logs overlap.
    ///
    /// - Returns: How many failures earlier logs have, too.
    package mutating func endAccessLog() -> Int {
        let overlaps =
            requests.hasRepeats(
                from: begin.requests,
                where: \.isIdentified,
                by: \.withoutPlace
            )
            || successes.hasRepeats(
                from: begin.successes,
                where: \.isIdentified,
                by: \.withoutPlace
            )
        if !overlaps { return 0 }
        _ = successes.dropRepeats(from: begin.successes, by: \.withoutPlace)
        return requests.dropRepeats(from: begin.requests, by: \.withoutPlace)
            + tunnels.dropRepeats(from: begin.tunnels, by: \.withoutPlace)
    }

    /// Explains every failed request, in the order in which they failed.
    package func explain() -> [ExplainedRequest] {
        var explanation = IncidentExplanation(self)
        return explanation.requests()
    }
}

extension AccessLogEntry {
    /// Whether a request that succeeded may have been tried first through this tunnel.
    func couldBeHidden(by request: AccessLogEntry) -> Bool {
        failedDuring(request) && destination?.address == request.destination?.address
    }

    /// Whether this tunnel failed while the request was on its way, and not long before its end.
    func failedDuring(_ request: AccessLogEntry) -> Bool {
        request.start <= end + Incident.together
            && end <= request.end + Incident.together
            && request.end <= end + Incident.longestRetry
    }
}
