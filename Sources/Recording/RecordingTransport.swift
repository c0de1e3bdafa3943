import LinuxSystem
import Model
import SockDiag

/// A transport that hands over all that passes, as it passes.
struct RecordingTransport<Base: NetlinkTransport & ~Copyable>: NetlinkTransport, ~Copyable {
    private var base: Base
    private let clock: () -> WallTime
    private let record: (RecordingRecord) -> Void
    /// The time in the record of the latest datagram, so that the clock is not read twice.
    private var receivedAt = WallTime.distantPast

    var portID: UInt32 { base.portID }

    init(
        over base: consuming Base,
        clock: @escaping () -> WallTime,
        record: @escaping (RecordingRecord) -> Void
    ) {
        self.base = base
        self.clock = clock
        self.record = record
    }

    mutating func send(_ message: [UInt8]) throws(TransportError) {
        try base.send(message)
        record(.request(message))
    }

    mutating func receive(into buffer: inout [UInt32]) throws(TransportError) -> NetlinkDatagram {
        do throws(TransportError) {
            let datagram = try base.receive(into: &buffer)
            receivedAt = clock()
            record(
                .datagram(
                    RecordedDatagram(
                        receivedAt: receivedAt,
                        sender: datagram.sender,
                        // The bytes of integers, and no more of them than there are.
                        bytes: unsafe buffer.withUnsafeBytes {
                            unsafe Array($0.prefix(datagram.byteCount))
                        }
                    )
                )
            )
            return datagram
        } catch {
            if case .system(let errno) = error { record(.failure(errno.code)) }
            throw error
        }
    }

    func receptionTime(_ clock: () -> WallTime) -> WallTime { receivedAt }
}
