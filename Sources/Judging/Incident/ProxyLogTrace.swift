import Model

/// What a debug log of Envoy tells of the requests that failed, and of the tunnels that they used.
package struct ProxyLogTrace: Sendable {
    /// How a tunnel's connection broke.
    package struct Break: Hashable, Sendable {
        /// The connection, as the log numbers it.
        package var connection: UInt64
        /// The peer.
        package var peer: Endpoint
        /// When the connection was there; `nil` if that was before the log began, or never.
        package var connectedAt: WallTime?
        /// When it was last used again.
        package var reusedAt: WallTime?
        /// When the peer began to drain it.
        package var drainedAt: WallTime?
        /// When it broke.
        package var brokenAt: WallTime
        /// Envoy's words; empty if the peer closed it in order.
        package var reason: String
        /// Where it stands.
        package var place: LogPlace
    }

    /// What happened to the tunnel that a request used.
    package enum Tunnel: Hashable, Sendable {
        /// The log does not say.
        case unknown
        /// Its connection broke at the time.
        case broke(Break)
        /// Its connection lived on.
        case lives
    }

    /// A request that failed, or an attempt of one.
    package struct Failure: Hashable, Sendable {
        package var place: LogPlace
        package var start: WallTime
        package var end: WallTime
        package var headers = ProxyLogEvent.RequestHeaders()
        /// The status that the client got; 0 for none.
        package var status = 0
        /// The response code details, or what the router saw.
        package var details = ""
        /// Whether the answer had begun.
        package var hadBegun = false
        /// Whether another attempt succeeded.
        package var isHidden = false
        /// The application behind the tunnel.
        package var destination: Endpoint?
        package var tunnel = Tunnel.unknown
        /// Whether the connection inside the tunnel was there before the request.
        package var innerWasReused = false
    }

    private struct Connection {
        var peer: String
        var endpoint: Endpoint?
        var thread: UInt64
        var connectedAt: WallTime?
        var reusedAt: WallTime?
        var drainedAt: WallTime?
        var failure = ""
        var isTunnel: Bool { endpoint != nil && !peer.hasPrefix("envoy://") }
    }

    private struct StreamKey: Hashable {
        var connection: UInt64
        var stream: UInt64
    }

    private struct Stream {
        var place: LogPlace
        var start: WallTime
        var headers: ProxyLogEvent.RequestHeaders
        var destination: Endpoint?
        var status = 0
        var details = ""
        var reset: (reason: String, time: WallTime, thread: UInt64)?
        var hadBegun = false
        var innerWasReused = false
    }

    /// Events of one failure come within this time.
    static let together = TimeSpan(milliseconds: 50)
    private static let mostStreams = 100_000
    private static let mostConnections = 200_000
    private static let mostFailures = 200_000
    private static let keptBreaks = 1024

    /// The requests that failed, in the order in which they did.
    package private(set) var failures: [Failure] = []
    /// Whether there was too much to keep.
    package private(set) var isOverfull = false
    private let port: UInt16
    private var connections: [UInt64: Connection] = [:]
    private var streams: [StreamKey: Stream] = [:]
    private var newestStream: [UInt64: UInt64] = [:]
    private var breaks: [Break] = []
    private var threadOfBreak: [UInt64] = []
    /// Where the failures of the present log begin.
    private var firstFailure = 0

    /// A trace of tunnels to a port.
    package init(port: UInt16) {
        self.port = port
    }

    /// Starts with the next log: its numbers mean other connections.
    package mutating func begin() {
        connections.removeAll(keepingCapacity: true)
        streams.removeAll(keepingCapacity: true)
        newestStream.removeAll(keepingCapacity: true)
        breaks.removeAll(keepingCapacity: true)
        threadOfBreak.removeAll(keepingCapacity: true)
        firstFailure = failures.count
    }

    /// Ends a log: failures that earlier logs have, too, count once.
    ///
    /// - Returns: How many these are.
    package mutating func end() -> Int {
        let overlaps = failures.hasRepeats(
            from: firstFailure,
            where: \.isIdentified,
            by: \.withoutPlace
        )
        return overlaps ? failures.dropRepeats(from: firstFailure, by: \.withoutPlace) : 0
    }

    /// Takes in what a message says.
    package mutating func take(_ event: ProxyLogEvent) {
        switch event.kind {
        case .connecting, .connected, .reused, .drained, .failed, .closed: takeConnection(event)
        case .attached(let upstream, let downstream):
            guard let stream = newestStream[downstream] else { return }
            let key = StreamKey(connection: downstream, stream: stream)
            // By the time that the request has failed, it is closed.
            streams[key]?.destination = connections[upstream]?.endpoint
            let reusedAt = connections[upstream]?.reusedAt
            streams[key]?.innerWasReused =
                reusedAt.map { event.time - $0 <= Self.together } ?? false
        default: takeStream(event)
        }
    }

    // MARK: Connections

    private mutating func takeConnection(_ event: ProxyLogEvent) {
        guard let number = event.connection else { return }
        if case .connecting(let peer) = event.kind {
            if connections.count >= Self.mostConnections { return isOverfull = true }
            let slash = peer.lastIndex(of: "/").map { peer[peer.index(after: $0)...] }
            connections[number] = Connection(
                peer: peer,
                endpoint: Endpoint(slash ?? peer[...]),
                thread: event.thread
            )
            return
        }
        switch event.kind {
        case .connected: connections[number]?.connectedAt = event.time
        case .reused: reuse(number, event)
        case .drained: connections[number]?.drainedAt = event.time
        case .failed(let reason): fail(number, reason, event)
        case .closed(let isLocal): close(number, isLocal: isLocal, event)
        default: break
        }
    }

    /// A connection from before the log began shows when it is used again.
    private mutating func reuse(_ number: UInt64, _ event: ProxyLogEvent) {
        connections[number, default: Connection(peer: "", thread: event.thread)].reusedAt =
            event.time
    }

    private mutating func fail(_ number: UInt64, _ reason: String, _ event: ProxyLogEvent) {
        connections[number, default: Connection(peer: "", thread: event.thread)].failure = reason
    }

    private mutating func close(_ number: UInt64, isLocal: Bool, _ event: ProxyLogEvent) {
        guard let connection = connections.removeValue(forKey: number) else { return }
        guard connection.isTunnel, let peer = connection.endpoint, peer.port == port,
            !isLocal || !connection.failure.isEmpty
        else { return }
        if breaks.count >= Self.keptBreaks {
            breaks.removeFirst(Self.keptBreaks / 2)
            threadOfBreak.removeFirst(Self.keptBreaks / 2)
        }
        breaks.append(
            Break(
                connection: number,
                peer: peer,
                connectedAt: connection.connectedAt,
                reusedAt: connection.reusedAt,
                drainedAt: connection.drainedAt,
                brokenAt: event.time,
                reason: connection.failure,
                place: event.place
            )
        )
        threadOfBreak.append(event.thread)
    }

    // MARK: Requests

    private mutating func takeStream(_ event: ProxyLogEvent) {
        guard let connection = event.connection, let number = event.stream else { return }
        let key = StreamKey(connection: connection, stream: number)
        switch event.kind {
        case .request(let headers):
            if streams.count >= Self.mostStreams {
                streams.removeAll()
                isOverfull = true
            }
            newestStream[connection] = number
            streams[key] = Stream(place: event.place, start: event.time, headers: headers)
        case .upstreamReset(let reason):
            streams[key]?.reset = (reason, event.time, event.thread)
            streams[key]?.place = event.place
            // The rest of an answer that has begun does not come.
            if let stream = streams[key], stream.status > 0 {
                streams[key]?.hadBegun = true
                conclude(key, at: event.time)
            }
        case .localReply(let details):
            streams[key]?.details = details
            streams[key]?.place = event.place
        case .answered(let status): streams[key]?.status = status
        case .ended: conclude(key, at: event.time)
        default: break
        }
    }

    private mutating func conclude(_ key: StreamKey, at time: WallTime) {
        guard let stream = streams.removeValue(forKey: key) else { return }
        if newestStream[key.connection] == key.stream { newestStream[key.connection] = nil }
        let isFailure = stream.reset != nil || stream.status >= 500 || !stream.details.isEmpty
        guard isFailure else { return }
        if failures.count >= Self.mostFailures { return isOverfull = true }
        var failure = Failure(
            place: stream.place,
            start: stream.start,
            end: stream.reset?.time ?? time
        )
        failure.headers = stream.headers
        failure.status = stream.status
        failure.hadBegun = stream.hadBegun
        failure.isHidden =
            !stream.hadBegun && stream.reset != nil && stream.details.isEmpty
            && (1..<500).contains(stream.status)
        failure.details = stream.details
        if failure.details.isEmpty {
            failure.details = stream.reset.map { "upstream_reset{\($0.reason)}" } ?? "via_upstream"
        }
        failure.innerWasReused = stream.innerWasReused
        failure.destination = stream.destination ?? lastDestination(of: stream)
        if let reset = stream.reset {
            failure.tunnel = tunnel(of: failure, at: reset.time, thread: reset.thread)
        }
        failures.append(failure)
    }

    /// The address behind a tunnel that broke on the request's thread at the time.
    private func lastDestination(of stream: Stream) -> Endpoint? {
        guard let reset = stream.reset else { return nil }
        return candidates(at: reset.time, thread: reset.thread).last?.peer
    }

    private func candidates(at time: WallTime, thread: UInt64) -> [Break] {
        zip(breaks, threadOfBreak).filter { found, itsThread in
            itsThread == thread && time - found.brokenAt <= Self.together
                && found.brokenAt - time <= Self.together
        }.map(\.0)
    }

    private func tunnel(of failure: Failure, at time: WallTime, thread: UInt64) -> Tunnel {
        guard let address = failure.destination?.address else { return .unknown }
        let found = candidates(at: time, thread: thread).last { $0.peer.address == address }
        if let found { return .broke(found) }
        let lives = connections.values.contains {
            $0.isTunnel && $0.endpoint?.address == address && $0.endpoint?.port == port
                && $0.thread == thread && $0.connectedAt != nil
        }
        return lives ? .lives : .unknown
    }
}
