import CLinux
import LinuxSystem
import Model
import SockDiag

/// A transport that answers what a kernel once did.
///
/// The replay ends where the records do not continue like the exchange.
struct ReplayTransport: NetlinkTransport, ~Copyable {
    let portID: UInt32
    private let next: () -> RecordingRecord?
    private var receivedAt = WallTime.distantPast

    /// The answers to the socket of a target.
    ///
    /// - Parameters:
    ///   - portID: The address that the socket had.
    ///   - next: The target's next record; `nil` after its last.
    init(portID: UInt32, next: @escaping () -> RecordingRecord?) {
        self.portID = portID
        self.next = next
    }

    mutating func send(_ message: [UInt8]) throws(TransportError) {
        guard case .request(let recorded)? = next(), recorded.messageType == message.messageType
        else { throw .endOfReplay }
    }

    mutating func receive(into buffer: inout [UInt32]) throws(TransportError) -> NetlinkDatagram {
        switch next() {
        case .datagram(let datagram):
            receivedAt = datagram.receivedAt
            return buffer.take(datagram.bytes, from: datagram.sender)
        case .failure(let code): throw .system(Errno(code: code))
        default: throw .endOfReplay
        }
    }

    func receptionTime(_ clock: () -> WallTime) -> WallTime { receivedAt }
}

/// A transport that answers with the messages which `ss -D` wrote, one at a time.
struct SSReplayTransport: NetlinkTransport, ~Copyable {
    let portID: UInt32 = 0
    private let dumpedAt: WallTime
    private let next: () -> [UInt8]?
    private var requests: UInt32 = 0

    /// The answers to `ss`.
    ///
    /// - Parameters:
    ///   - dumpedAt: A moment after the kernel gave them.
    ///   - next: The next message; `nil` after the last.
    init(dumpedAt: WallTime, next: @escaping () -> [UInt8]?) {
        self.dumpedAt = dumpedAt
        self.next = next
    }

    mutating func send(_ message: [UInt8]) throws(TransportError) {
        requests += 1
    }

    mutating func receive(into buffer: inout [UInt32]) throws(TransportError) -> NetlinkDatagram {
        guard var message = next() else { throw .endOfReplay }
        // It checked the sequence number, always the same, and the address of its own socket.
        message.setHeader(sequence: requests, portID: portID)
        return buffer.take(message, from: 0)
    }

    func receptionTime(_ clock: () -> WallTime) -> WallTime { dumpedAt }
}

extension [UInt8] {
    /// `nlmsg_type`; `nil` where the bytes end before it does.
    fileprivate var messageType: UInt16? {
        guard count >= MemoryLayout<nlmsghdr>.size else { return nil }
        // Every bit pattern is a valid integer, and there are enough bytes.
        return unsafe withUnsafeBytes {
            unsafe $0.loadUnaligned(as: nlmsghdr.self).nlmsg_type
        }
    }

    /// Sets `nlmsg_seq` and `nlmsg_pid`.
    fileprivate mutating func setHeader(sequence: UInt32, portID: UInt32) {
        guard count >= MemoryLayout<nlmsghdr>.size else { return }
        // A structure of integers, and there are enough bytes for one.
        unsafe withUnsafeMutableBytes { bytes in
            var header = unsafe bytes.loadUnaligned(as: nlmsghdr.self)
            header.nlmsg_seq = sequence
            header.nlmsg_pid = portID
            unsafe bytes.storeBytes(of: header, as: nlmsghdr.self)
        }
    }
}

extension [UInt32] {
    /// Takes as much of a datagram as fits.
    fileprivate mutating func take(_ bytes: [UInt8], from sender: UInt32) -> NetlinkDatagram {
        // Integers have no padding bytes.
        unsafe withUnsafeMutableBytes { unsafe $0.copyBytes(from: bytes.prefix($0.count)) }
        return NetlinkDatagram(byteCount: bytes.count, sender: sender)
    }
}
