import Model

/// What captured packets tell of the connections to a port: which of them a peer did not know, and
/// where a peer was silent.
package struct PacketTrace: Sendable {
    /// Something that happened on a connection.
    package struct Event: Hashable, Sendable {
        /// What happened.
        package enum Kind: Hashable, Sendable {
            /// Data without a handshake was answered by RST: the peer's kernel has no such
            /// connection.
            case unknownConnection
            /// The same, so soon after the capture began that the handshake, or the end of the
            /// connection, may have come before it.
            case earlyReset
            /// Data on a connection that the peer had known was answered by an RST as of a kernel
            /// that does not know it: the peer is another one, or forgot it without a word.
            case forgotten
            /// A new connection was answered by RST.
            case refused
            /// The peer ended a connection that it knew.
            case endedByPeer
            /// Data or a new connection got no answer at all.
            case unanswered
            /// Data was acknowledged, and the peer sent nothing.
            case onlyAcknowledged
        }

        package var kind: Kind
        package var client: Endpoint
        package var server: Endpoint
        /// When it began.
        package var from: WallTime
        /// When it ended.
        package var to: WallTime
        /// When the peer was last heard before; `nil` if it never was.
        package var heard: WallTime?
        package var place: LogPlace

        /// Whether the peer's kernel showed that it does not know the connection.
        var isUnknown: Bool {
            kind == .unknownConnection || kind == .earlyReset || kind == .forgotten
        }
    }

    /// A connection, by the side that connects.
    private struct Flow {
        var hasHandshake = false
        /// When the peer last sent anything but RST, in microseconds; 0 if it never did.
        var heard: Int64 = 0
        var isOver = false
        /// What the client's last segment acknowledged.
        var lastAcknowledgement: UInt32 = 0
        /// Since when the client waits for data, in microseconds; 0 while it does not.
        var waitingSince: Int64 = 0
        /// The last time that the client sent something, also again, while it waits.
        var lastSent: Int64 = 0
        var isAcknowledged = false
        var packet = 0
    }

    private struct Key: Hashable {
        var client: Endpoint
        var server: Endpoint
    }

    /// A silence that is shorter is no event.
    private static let shortestSilence: Int64 = 500_000
    /// An answered ping of HTTP/2 is data to which no data is the answer.
    private static let longestPing = 39
    /// A capture must have run for so long before an RST proves anything: the end of the connection
    /// could have crossed the data just before.
    private static let leadTime: Int64 = 100_000
    /// More connections and events than this are not kept.
    package static let limit = 500_000

    /// What happened, in the order in which it was seen.
    package private(set) var events: [Event] = []
    /// Whether there were too many connections or events to keep.
    package private(set) var isOverfull = false
    private let port: UInt16
    private var input = 0
    private var began: Int64 = 0
    private var last: Int64 = 0
    private var flows: [Key: Flow] = [:]
    /// Where the events of the present capture begin.
    private var firstEvent = 0

    /// A trace of the connections to a port.
    package init(port: UInt16) {
        self.port = port
    }

    /// Starts with the next capture.
    package mutating func begin(input: Int) {
        self.input = input
        flows.removeAll(keepingCapacity: true)
        firstEvent = events.count
        last = 0
    }

    /// Takes in a segment from or to the port.
    ///
    /// - Parameters:
    ///   - segment: The segment.
    ///   - captureBegan: When the first packet of its capture was captured.
    package mutating func take(_ segment: TCPSegment, captureBegan: WallTime) {
        began = captureBegan.milliseconds * 1000
        last = max(last, segment.microseconds)
        let isToServer = segment.destination.port == port
        let key =
            isToServer
            ? Key(client: segment.source, server: segment.destination)
            : Key(client: segment.destination, server: segment.source)
        if flows[key] == nil, flows.count >= Self.limit { return isOverfull = true }
        var flow = flows[key] ?? Flow()
        if isToServer {
            sent(segment, key, &flow)
        } else {
            answered(segment, key, &flow)
        }
        flows[key] = flow
    }

    /// Ends a capture: what still waits for an answer got none, and what earlier captures show, too, counts
    /// once.
    ///
    /// - Returns: How many events earlier captures show, too.
    package mutating func end() -> Int {
        for (key, flow) in flows.sorted(by: { $0.value.packet < $1.value.packet }) {
            noteSilence(of: flow, key, until: last)
        }
        flows.removeAll(keepingCapacity: true)
        return events.dropRepeats(from: firstEvent, by: \.withoutPlace)
    }

    private mutating func sent(_ segment: TCPSegment, _ key: Key, _ flow: inout Flow) {
        if segment.flags.contains(.syn), !segment.flags.contains(.ack), !flow.hasHandshake {
            flow = Flow(hasHandshake: true)
        } else if segment.flags.contains(.syn), flow.isOver {
            flow = Flow(hasHandshake: true)
        }
        if segment.flags.contains(.rst) { return flow.isOver = true }
        flow.lastAcknowledgement = segment.acknowledgement
        let wantsAnswer = segment.flags.contains(.syn) || segment.length > Self.longestPing
        if wantsAnswer || flow.waitingSince != 0, !flow.isOver, segment.length > 0 || wantsAnswer {
            if flow.waitingSince == 0 {
                flow.waitingSince = segment.microseconds
                flow.packet = segment.number
                flow.isAcknowledged = false
            }
            flow.lastSent = segment.microseconds
        }
    }

    private mutating func answered(_ segment: TCPSegment, _ key: Key, _ flow: inout Flow) {
        if segment.flags.contains(.rst) {
            if let kind = meaning(ofReset: segment, flow) { note(kind, segment, key, flow) }
            flow.isOver = true
            return flow.waitingSince = 0
        }
        flow.heard = segment.microseconds
        let isEnd = segment.flags.contains(.fin)
        if isEnd, !flow.isOver {
            note(.endedByPeer, segment, key, flow)
            flow.isOver = true
        }
        if segment.length > 0 || segment.flags.contains(.syn) || isEnd {
            noteSilence(of: flow, key, until: segment.microseconds)
            flow.waitingSince = 0
        } else {
            flow.isAcknowledged = true
        }
    }

    /// What an RST of the peer says.
    ///
    /// A kernel without such a connection answers with the number that it was told to expect, and
    /// without ACK; one that ends a connection of its own sends ACK (RFC 9293 section 3.10.7.1).
    private func meaning(ofReset segment: TCPSegment, _ flow: Flow) -> Event.Kind? {
        if flow.isOver { return nil }
        if flow.hasHandshake, flow.heard == 0 { return .refused }
        let isBare =
            !segment.flags.contains(.ack) && segment.sequence == flow.lastAcknowledgement
        guard isBare, flow.waitingSince != 0 else { return .endedByPeer }
        if flow.heard != 0 { return .forgotten }
        let lead = flow.waitingSince - began
        return lead >= Self.leadTime ? .unknownConnection : .earlyReset
    }

    private mutating func note(
        _ kind: Event.Kind,
        _ segment: TCPSegment,
        _ key: Key,
        _ flow: Flow
    ) {
        let from = flow.waitingSince == 0 ? segment.microseconds : flow.waitingSince
        add(
            Event(
                kind: kind,
                client: key.client,
                server: key.server,
                from: WallTime(milliseconds: from / 1000),
                to: segment.time,
                heard: flow.heard == 0 ? nil : WallTime(milliseconds: flow.heard / 1000),
                place: LogPlace(input: input, line: segment.number)
            )
        )
    }

    private mutating func noteSilence(of flow: Flow, _ key: Key, until end: Int64) {
        guard flow.waitingSince != 0, end - flow.waitingSince >= Self.shortestSilence else {
            return
        }
        add(
            Event(
                kind: flow.isAcknowledged ? .onlyAcknowledged : .unanswered,
                client: key.client,
                server: key.server,
                from: WallTime(milliseconds: flow.waitingSince / 1000),
                to: WallTime(milliseconds: end / 1000),
                heard: flow.heard == 0 ? nil : WallTime(milliseconds: flow.heard / 1000),
                place: LogPlace(input: input, line: flow.packet)
            )
        )
    }

    private mutating func add(_ event: Event) {
        if events.count < Self.limit { events.append(event) } else { isOverfull = true }
    }
}
