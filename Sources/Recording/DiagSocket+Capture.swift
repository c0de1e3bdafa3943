import Model
import SockDiag

extension DiagSocket {
    /// What a replay must know of this socket.
    package var captured: RecordedTarget.Socket {
        RecordedTarget.Socket(portID: tcpDump.exchange.transport.portID, rounds: tcpDump.rounds)
    }

    /// Lists the sockets like ``dump(remotePort:clock:body:)``, and hands over all that passes between
    /// here and the kernel, so that ``ReplayedSocket`` can list the same again.
    ///
    /// - Parameters:
    ///   - remotePort: The remote port in host byte order.
    ///   - clock: The wall clock.
    ///   - record: Called with each record of the target, in their order.
    ///   - body: Called for each socket while the dump streams by.
    /// - Returns: How many sockets there were, and whether some may be missing.
    /// - Throws: ``SockDiagError`` when the dump did not come to its end.
    package consuming func capture(
        remotePort: UInt16,
        clock: @escaping () -> WallTime,
        record: @escaping (RecordingRecord) -> Void,
        body: (TCPSocket, WallTime) -> Void = { _, _ in }
    ) throws(SockDiagError) -> DumpOutcome {
        let rounds = tcpDump.rounds
        let transport = RecordingTransport(
            over: takeTransport(),
            clock: clock,
            record: record
        )
        var recorded = TCPDump(over: transport, rounds: rounds)
        return try recorded.run(remotePort: remotePort, clock: clock, body: body)
    }
}
