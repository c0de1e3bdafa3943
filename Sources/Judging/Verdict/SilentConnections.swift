import Model

/// A silent connection, whose verdict must wait until every connection of its target was seen: only
/// then is it known which of the others still ping.
struct SilentConnection {
    let socket: TCPSocket
    /// A moment after the kernel described it.
    let now: WallTime
    /// What the table says of it.
    let judgement: Judgement
    /// Where history has it, for the rest of the run; `nil` where nothing is remembered.
    let place: Int?

    var heardAt: WallTime { now - socket.silence }
}

/// The silent connections of a target, while the others stream by.
struct SilentConnections {
    /// Those that the table does not settle.
    private(set) var waiting: [SilentConnection] = []
    private var count = 0
    private var pingedCount = 0

    /// Counts a silent connection of the target.
    ///
    /// - Parameters:
    ///   - socket: The socket, silent, and not excluded.
    ///   - heartbeat: What its looks say; nothing where nothing is remembered.
    mutating func count(_ socket: TCPSocket, _ heartbeat: HeartbeatTraits) {
        count += 1
        if socket.missesPings(heartbeat) { pingedCount += 1 }
    }

    /// Keeps one that the table does not settle.
    mutating func wait(_ silent: SilentConnection) { waiting.append(silent) }

    /// Whether at least half of them miss pings: the servers of this mesh then ping.
    ///
    /// Where there is none it means nothing.
    var mostMissPings: Bool { pingedCount * 2 >= count }
}

extension TCPSocket {
    /// Whether it shows by itself, or its looks do, that its silent peer pinged or owes an answer.
    func missesPings(_ heartbeat: HeartbeatTraits) -> Bool {
        heartbeat.contains(.isPinging) || hasUnansweredData || endsWithAnAnsweredPing
    }

    /// Whether data was sent and retransmitted, and is not acknowledged.
    var hasUnansweredData: Bool {
        timer == .retransmit && info.unackedSegments > 0 && info.retransmits > 0
    }

    /// The same for at least three seconds: a retransmission waits twice as long as the one before, the
    /// first for 200 ms or more (tcp(7)).
    var isUnansweredForLong: Bool { hasUnansweredData && info.retransmits >= 4 }

    /// Whether its last data was sent and received in one tick of the kernel, as a ping and its answer
    /// are; not where no data was ever exchanged, since when both ages are that of the connection.
    private var endsWithAnAnsweredPing: Bool {
        guard info.lastDataSent == info.lastDataReceived else { return false }
        return info.traffic.map { $0.dataSegmentsSent > 0 && $0.dataSegmentsReceived > 0 } ?? true
    }
}
