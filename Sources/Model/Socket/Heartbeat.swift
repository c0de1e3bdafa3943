/// What every HBONE server of Istio sends on an idle connection, in numbers: an HTTP/2 PING 10 s after
/// the answer to the one before, and the end of the connection where 20 s pass unanswered (ztunnel's
/// src/proxy/h2.rs; `connection_keepalive` of Istio's listener_waypoint.go).
package enum Heartbeat {
    /// A PING and its answer: 17 bytes of HTTP/2 frame in a TLS 1.3 record (22 more).
    package static let pingBytes: UInt32 = 39
    /// A look at a connection is compared with one longer ago than this: an idle connection is then
    /// pinged in between.
    package static let lookInterval = TimeSpan.seconds(11)
    /// The longest time from one ping to the next on a living connection that nothing disturbs.
    package static let longestGap = TimeSpan.seconds(12)
    /// The shortest: the next ping waits for so long after the answer to the one before.
    package static let shortestGap = TimeSpan.seconds(10)
    /// The longest gap that a witness may have had.
    ///
    /// Whatever kept its server for so long, a living connection beside it is heard again before it
    /// has been silent for the least limit, 25 s.
    package static let longestGapOfWitness = TimeSpan.seconds(13)
    /// For how long a Pod that no list has any more may still be heard, because its network goes later.
    package static let longestUnlisted = TimeSpan.seconds(10)
    /// How long a connection must have been pinged to witness that its server still pings.
    package static let witnessSpan = TimeSpan.seconds(28)
}

/// What a connection exchanged between two looks at it.
package enum TrafficGrowth: Equatable, Sendable {
    /// Nothing was received.
    case nothing
    /// So many pings were received and answered, and nothing else moved.
    case pings(Int)
    /// Something else was received.
    case other
}

extension TrafficCounters {
    /// What was exchanged since an earlier look.
    ///
    /// A ping and its answer are a record each way, each in a segment of its own; an answer takes the
    /// acknowledgement with it. The first one after other traffic may bring a bare acknowledgement,
    /// and counts as other.
    package func growth(since earlier: TrafficCounters) -> TrafficGrowth {
        let received = bytesReceived &- earlier.bytesReceived
        if received == 0 { return .nothing }
        let (pings, rest) = received.quotientAndRemainder(dividingBy: Heartbeat.pingBytes)
        guard
            rest == 0,
            bytesAcknowledged &- earlier.bytesAcknowledged == received,
            dataSegmentsReceived &- earlier.dataSegmentsReceived == pings,
            dataSegmentsSent &- earlier.dataSegmentsSent == pings,
            segmentsSent &- earlier.segmentsSent == pings
        else { return .other }
        return .pings(Int(pings))
    }
}
