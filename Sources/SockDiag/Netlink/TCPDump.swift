import Glibc
import LinuxSystem
import Model

/// Lists the ESTABLISHED sockets of one remote port over a netlink socket, each once.
package struct TCPDump<Transport: NetlinkTransport & ~Copyable>: ~Copyable {
    package var exchange: NetlinkExchange<Transport>
    package let rounds: Int
    /// How often a dump that was not whole is tried again.
    private let mostRetries: Int
    /// The requests that together show every socket.
    private var requests: [DumpRequest]

    /// A dump that is the union of so many whole ones.
    package init(
        over transport: consuming Transport,
        rounds: Int,
        requests: [DumpRequest] = [.everyFamily],
        mostRetries: Int = 3
    ) {
        self.rounds = rounds
        self.mostRetries = mostRetries
        self.requests = requests
        exchange = NetlinkExchange(over: transport)
    }

    /// Hands over every socket with a moment after the kernel described it.
    ///
    /// - Parameters:
    ///   - remotePort: In host byte order.
    ///   - clock: Read after each reception.
    ///   - body: Called once for each socket.
    /// - Returns: How many sockets there were, and whether some may be missing.
    /// - Throws: ``SockDiagError`` when a dump did not come to its end.
    package mutating func run(
        remotePort: UInt16,
        clock: () -> WallTime,
        body: (TCPSocket, WallTime) -> Void
    ) throws(SockDiagError) -> DumpOutcome {
        var collector = Collector(remotePort: remotePort)
        var wholeRounds = 0
        var retries = 0
        var gap: DumpOutcome.Gap?
        while wholeRounds < rounds {
            let progress = try round(into: &collector, clock: clock, body: body)
            if progress.isWhole {
                wholeRounds += 1
            } else if progress.hasEnded, retries < mostRetries {
                retries += 1
            } else {
                gap = progress.overruns > 0 ? .overrun : .interrupted
                break
            }
        }
        return collector.outcome(gap: gap)
    }

    /// Dumps every family once.
    private mutating func round(
        into collector: inout Collector,
        clock: () -> WallTime,
        body: (TCPSocket, WallTime) -> Void
    ) throws(SockDiagError) -> NetlinkExchange<Transport>.DumpProgress {
        collector.beginRound()
        do {
            return try passes(into: &collector, clock: clock, body: body)
        } catch .refused(.everyFamily, let error) where Self.meansUnknown(error) {
            // What the pass may have shown before it was refused is known by its cookies.
            requests = [.ipv4, .ipv6]
        }
        do {
            return try passes(into: &collector, clock: clock, body: body)
        } catch .refused(.ipv4, let error) where error.code == ENOENT {
            throw .noTCPDiag
        }
    }

    /// Sends each request once; the progress of all is as good as its worst part.
    private mutating func passes(
        into collector: inout Collector,
        clock: () -> WallTime,
        body: (TCPSocket, WallTime) -> Void
    ) throws(SockDiagError) -> NetlinkExchange<Transport>.DumpProgress {
        var total = NetlinkExchange<Transport>.DumpProgress(hasEnded: true)
        for request in requests where total.hasEnded {
            let progress = try exchange.dump(
                request,
                remotePort: collector.remotePort,
                clock: clock,
                onReply: { collector.take($0, at: $1, body: body) }
            )
            total.wasInterrupted = total.wasInterrupted || progress.wasInterrupted
            total.overruns += progress.overruns
            total.hasEnded = progress.hasEnded
        }
        return total
    }

    /// Whether a kernel answers so to a request that it does not know.
    private static func meansUnknown(_ error: Errno) -> Bool {
        [EINVAL, ENOENT, EOPNOTSUPP, EPROTONOSUPPORT, EAFNOSUPPORT].contains(error.code)
    }
}

/// What the rounds of a dump have shown together.
private struct Collector {
    let remotePort: UInt16
    private var seen = CookieSet()
    private var sockets = 0
    /// The most that one round had: rounds show the same sockets again.
    private var undecodable = 0
    private var undecodableInRound = 0
    private var firstFault: InetDiagError?

    init(remotePort: UInt16) {
        self.remotePort = remotePort
    }

    mutating func beginRound() {
        undecodableInRound = 0
    }

    mutating func take(
        _ message: RawSpan,
        at time: WallTime,
        body: (TCPSocket, WallTime) -> Void
    ) {
        do {
            guard try TCPSocket.isEstablished(diagMessage: message, remotePort: remotePort)
            else { return }
            let socket = try TCPSocket(diagMessage: message)
            guard seen.insert(socket.cookie) else { return }
            sockets += 1
            body(socket, time)
        } catch {
            firstFault = firstFault ?? error
            undecodableInRound += 1
            undecodable = max(undecodable, undecodableInRound)
        }
    }

    func outcome(gap: DumpOutcome.Gap?) -> DumpOutcome {
        var outcome = DumpOutcome(sockets: sockets, gaps: gap.map { [$0] } ?? [])
        if let firstFault {
            outcome.gaps.append(.undecodable(count: undecodable, first: firstFault))
        }
        return outcome
    }
}
