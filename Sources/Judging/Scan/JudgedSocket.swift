import Model

/// A judged socket with all that a ``Finding`` can be made of, in the least memory: a scan may show
/// every connection of a machine.
struct JudgedSocket: Sendable {
    // Those that share eight bytes stand together.
    private var local: Endpoint
    private var family: AddressFamily
    private var timer: TCPTimer
    /// The index of the target in which the socket was seen.
    private(set) var target: UInt32
    private var peer: Endpoint
    private var timerRetransmits: UInt8
    private var retransmits: UInt8
    private var interface: UInt32
    private var cookie: UInt64
    /// The clock that was read after the kernel described the socket.
    private(set) var now: WallTime
    private var bytesSent: UInt64
    private var bytesReceived: UInt64
    private(set) var inode: UInt32
    private var uid: UInt32
    private var timerExpires: UInt32
    private var unreadBytes: UInt32
    private var lastDataReceived: UInt32
    private var lastAckReceived: UInt32
    private var lastDataSent: UInt32
    private var unackedSegments: UInt32
    private var roundTripMicroseconds: UInt32
    private var unsentBytes: UInt32
    /// The place of the process that holds the socket in a table, or -1.
    var process: Int32 = -1
    private var probes: UInt8
    private var backoff: UInt8
    private var known: Known
    /// What the judge said.
    private(set) var judgement: Judgement
    /// Why what was proof is none.
    private(set) var doubt: Finding.Doubt?

    /// Which of the numbers the kernel told that an old one does not tell.
    private struct Known: OptionSet {
        let rawValue: UInt8
        static let unsentBytes = Known(rawValue: 1)
        static let bytesSent = Known(rawValue: 2)
        static let bytesReceived = Known(rawValue: 4)
    }

    /// A socket that was judged so; its traffic counters, which no report shows, are left out.
    init(_ socket: TCPSocket, _ judgement: Judgement, target: Int, now: WallTime) {
        let info = socket.info
        (local, peer, family, interface) =
            (socket.local, socket.peer, socket.family, socket.interface)
        (cookie, inode, uid) = (socket.cookie, socket.inode, socket.uid)
        (timer, timerExpires, timerRetransmits) =
            (socket.timer, socket.timerExpires, socket.retransmits)
        unreadBytes = socket.unreadBytes
        (lastDataReceived, lastAckReceived) = (info.lastDataReceived, info.lastAckReceived)
        (lastDataSent, unackedSegments) = (info.lastDataSent, info.unackedSegments)
        (retransmits, probes, backoff) = (info.retransmits, info.probes, info.backoff)
        roundTripMicroseconds = info.roundTripMicroseconds
        known = []
        if info.unsentBytes != nil { known.insert(.unsentBytes) }
        if info.bytesSent != nil { known.insert(.bytesSent) }
        if info.bytesReceived != nil { known.insert(.bytesReceived) }
        unsentBytes = info.unsentBytes ?? 0
        bytesSent = info.bytesSent ?? 0
        bytesReceived = info.bytesReceived ?? 0
        self.target = UInt32(target)
        self.now = now
        self.judgement = judgement
    }

    /// The socket as the kernel described it, without its traffic counters.
    var socket: TCPSocket {
        TCPSocket(
            family: family,
            local: local,
            peer: peer,
            interface: interface,
            cookie: cookie,
            inode: inode,
            uid: uid,
            timer: timer,
            timerExpires: timerExpires,
            retransmits: timerRetransmits,
            unreadBytes: unreadBytes,
            info: TCPInfo(
                lastDataReceived: lastDataReceived,
                lastAckReceived: lastAckReceived,
                lastDataSent: lastDataSent,
                unackedSegments: unackedSegments,
                retransmits: retransmits,
                probes: probes,
                backoff: backoff,
                roundTripMicroseconds: roundTripMicroseconds,
                unsentBytes: known.contains(.unsentBytes) ? unsentBytes : nil,
                bytesSent: known.contains(.bytesSent) ? bytesSent : nil,
                bytesReceived: known.contains(.bytesReceived) ? bytesReceived : nil
            )
        )
    }

    /// Takes away what was proof.
    mutating func unconfirm(because doubt: Finding.Doubt) {
        if judgement.confidence == .confirmed { self.doubt = self.doubt ?? doubt }
    }

    /// Where it stands in a report.
    var place: Finding.Place {
        Finding.Place(
            target: Int(target),
            verdict: judgement.verdict,
            peer: peer.address,
            localPort: local.port,
            cookie: cookie
        )
    }
}
