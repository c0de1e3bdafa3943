/// An address family as `idiag_family` says it; never guessed from the bytes of an address.
@usableFromInline package enum AddressFamily: String, Hashable, Sendable, CaseIterable {
    /// `AF_INET`.
    case ipv4
    /// `AF_INET6`, which includes sockets whose addresses are IPv4-mapped.
    case ipv6
}

/// The timer that a socket runs (`idiag_timer`, net/ipv4/inet_diag.c).
@usableFromInline package enum TCPTimer: String, Hashable, Sendable, CaseIterable {
    /// No timer runs.
    case none
    /// Retransmission, reordering or loss probe: data is outstanding.
    case retransmit
    /// Keepalive, or another of the socket's slow timers.
    case keepalive
    /// The zero-window probe.
    case persist
}

/// An ESTABLISHED socket as the kernel describes it (`struct inet_diag_msg`, sock_diag(7)).
@usableFromInline package struct TCPSocket: Hashable, Sendable {
    /// The family of the socket itself.
    package var family: AddressFamily
    /// This end, normalised.
    package var local: Endpoint
    /// The other end, normalised.
    package var peer: Endpoint
    /// The interface that the socket is bound to, or 0 (`idiag_if`, host byte order).
    package var interface: UInt32
    /// The kernel's identifier of the socket, unique since boot.
    package var cookie: UInt64
    /// The inode that `/proc/PID/fd` shows as `socket:[inode]`.
    package var inode: UInt32
    /// The user who made the socket, in the reader's user namespace.
    package var uid: UInt32
    /// The timer that runs.
    package var timer: TCPTimer
    /// Milliseconds until that timer fires.
    package var timerExpires: UInt32
    /// Retransmissions or unanswered probes so far, by the timer (`idiag_retrans`).
    package var retransmits: UInt8
    /// Bytes received that the application has not read yet (`idiag_rqueue`).
    package var unreadBytes: UInt32
    /// What `INET_DIAG_INFO` says.
    package var info: TCPInfo

    /// A socket made of the given facts.
    @inline(__always)
    @usableFromInline package init(
        family: AddressFamily,
        local: Endpoint,
        peer: Endpoint,
        interface: UInt32 = 0,
        cookie: UInt64,
        inode: UInt32 = 0,
        uid: UInt32 = 0,
        timer: TCPTimer = .none,
        timerExpires: UInt32 = 0,
        retransmits: UInt8 = 0,
        unreadBytes: UInt32 = 0,
        info: TCPInfo
    ) {
        self.family = family
        self.local = local
        self.peer = peer
        self.interface = interface
        self.cookie = cookie
        self.inode = inode
        self.uid = uid
        self.timer = timer
        self.timerExpires = timerExpires
        self.retransmits = retransmits
        self.unreadBytes = unreadBytes
        self.info = info
    }

    /// How long the peer had been silent when the kernel described the socket.
    @usableFromInline package var silence: TimeSpan {
        TimeSpan(milliseconds: Int64(info.lastHeard))
    }
}

/// The part of `struct tcp_info` that the verdicts and the report read (include/uapi/linux/tcp.h).
///
/// Fields that a kernel may be too old to send are `nil` where it does not.
@usableFromInline package struct TCPInfo: Hashable, Sendable {
    /// Milliseconds since data was last received, or since the connection was established.
    @usableFromInline package var lastDataReceived: UInt32
    /// Milliseconds since an acknowledgement was last received, or since the connection was
    /// established.
    @usableFromInline package var lastAckReceived: UInt32
    /// Milliseconds since data was last sent; retransmissions count, so it is no sign of life.
    @usableFromInline package var lastDataSent: UInt32
    /// Segments sent and not acknowledged.
    @usableFromInline package var unackedSegments: UInt32
    /// Retransmissions of the segment at the head of the queue.
    @usableFromInline package var retransmits: UInt8
    /// Unanswered keepalive or zero-window probes.
    @usableFromInline package var probes: UInt8
    /// The exponent of the timer's backoff.
    @usableFromInline package var backoff: UInt8
    /// The smoothed round-trip time in microseconds.
    @usableFromInline package var roundTripMicroseconds: UInt32
    /// Bytes written by the application and not sent yet.
    @usableFromInline package var unsentBytes: UInt32?
    /// Bytes sent, retransmissions included.
    @usableFromInline package var bytesSent: UInt64?
    /// Bytes received in order.
    @usableFromInline package var bytesReceived: UInt64?
    /// What shows the server's pings; `nil` where the kernel does not count all of it (before 4.6).
    @usableFromInline package var traffic: TrafficCounters?

    /// The description of a connection, idle by default.
    @inline(__always)
    @inlinable package init(
        lastDataReceived: UInt32,
        lastAckReceived: UInt32,
        lastDataSent: UInt32 = 0,
        unackedSegments: UInt32 = 0,
        retransmits: UInt8 = 0,
        probes: UInt8 = 0,
        backoff: UInt8 = 0,
        roundTripMicroseconds: UInt32 = 0,
        unsentBytes: UInt32? = nil,
        bytesSent: UInt64? = nil,
        bytesReceived: UInt64? = nil,
        traffic: TrafficCounters? = nil
    ) {
        self.lastDataReceived = lastDataReceived
        self.lastAckReceived = lastAckReceived
        self.lastDataSent = lastDataSent
        self.unackedSegments = unackedSegments
        self.retransmits = retransmits
        self.probes = probes
        self.backoff = backoff
        self.roundTripMicroseconds = roundTripMicroseconds
        self.unsentBytes = unsentBytes
        self.bytesSent = bytesSent
        self.bytesReceived = bytesReceived
        self.traffic = traffic
    }

    /// Milliseconds since the peer was last heard: the evidence of every verdict.
    ///
    /// Wraps at 2^32 ms (49.7 days); the socket then looks younger than it is, never older.
    @usableFromInline package var lastHeard: UInt32 { min(lastDataReceived, lastAckReceived) }
}
