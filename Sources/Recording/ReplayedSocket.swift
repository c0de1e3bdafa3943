import Model
import SockDiag

/// The sockets of a network namespace as a capture, or `ss -D`, holds them.
///
/// What a dump of a kernel tells apart, doubles, other states and ports, interruptions, lost messages
/// and errors, is told apart here by the same code.
package struct ReplayedSocket: ~Copyable {
    private enum Source {
        case capture(RecordedTarget.Socket, next: () -> RecordingRecord?)
        case ss(dumpedAt: WallTime, next: () -> [UInt8]?)
    }

    private let source: Source

    /// The sockets of a captured target.
    ///
    /// - Parameters:
    ///   - socket: What its record says of the socket.
    ///   - next: The target's next record; `nil` after its last.
    package init(_ socket: RecordedTarget.Socket, next: @escaping () -> RecordingRecord?) {
        source = .capture(socket, next: next)
    }

    /// The sockets that `ss -D` wrote.
    ///
    /// - Parameters:
    ///   - dumpedAt: A moment after the kernel described them.
    ///   - next: The next netlink message; `nil` after the last.
    package init(dumpedBySSAt dumpedAt: WallTime, next: @escaping () -> [UInt8]?) {
        source = .ss(dumpedAt: dumpedAt, next: next)
    }

    /// Lists the ESTABLISHED TCP sockets of a remote port, as ``DiagSocket`` does.
    ///
    /// - Parameters:
    ///   - remotePort: The remote port in host byte order: of a capture, that which was asked for.
    ///   - body: Called for each socket with the moment after the kernel described it.
    /// - Returns: How many sockets there were, and whether some may be missing.
    /// - Throws: ``SockDiagError`` when the dump did not come to its end: of the kernel's making then,
    ///   or as ``SockDiagError/endOfReplay``, because what was written ends too early.
    package consuming func dump(
        remotePort: UInt16,
        body: (TCPSocket, WallTime) -> Void
    ) throws(SockDiagError) -> DumpOutcome {
        switch source {
        case .capture(let socket, let next):
            let transport = ReplayTransport(portID: socket.portID, next: next)
            var dump = TCPDump(over: transport, rounds: socket.rounds)
            return try dump.run(remotePort: remotePort, clock: Self.noClock, body: body)
        case .ss(let dumpedAt, let next):
            let transport = SSReplayTransport(dumpedAt: dumpedAt, next: next)
            var dump = TCPDump(
                over: transport,
                rounds: 1,
                requests: [.ipv4, .ipv6],
                mostRetries: 0
            )
            return try dump.run(remotePort: remotePort, clock: Self.noClock, body: body)
        }
    }

    /// Never asked: the transports know the time.
    private static func noClock() -> WallTime { .distantPast }
}
