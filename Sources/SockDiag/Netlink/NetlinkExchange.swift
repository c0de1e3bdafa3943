import CLinux
import Glibc
import LinuxSystem
import Model

/// Requests over one netlink socket, and the walk over what the kernel answers.
package struct NetlinkExchange<Transport: NetlinkTransport & ~Copyable>: ~Copyable {
    /// How a dump that came to its end went.
    struct DumpProgress {
        /// The kernel says that its table changed in a way that the dump may have missed.
        var wasInterrupted = false
        /// How often the kernel says that it could not queue a message.
        var overruns = 0
        /// Whether the end was seen, after which the socket can be used again.
        var hasEnded = false

        var isWhole: Bool { hasEnded && !wasInterrupted && overruns == 0 }
    }

    /// Overruns after which a dump is given up.
    private static var mostOverruns: Int { 8 }

    package internal(set) var transport: Transport
    /// The sequence number that was used last.
    var sequence: UInt32 = 0
    /// 32 KiB in words, because netlink headers are aligned to four bytes.
    ///
    /// The kernel never makes a dump's message longer, and makes it shorter for a smaller buffer.
    private var buffer = [UInt32](repeating: 0, count: 8192)

    init(over transport: consuming Transport) {
        self.transport = transport
    }

    /// Sends a dump request and hands over the payload of every reply with the time after its
    /// reception.
    ///
    /// - Throws: Every fault but those that ``DumpProgress`` tells of.
    mutating func dump(
        _ request: DumpRequest,
        remotePort: UInt16,
        clock: () -> WallTime,
        onReply: (RawSpan, WallTime) -> Void
    ) throws(SockDiagError) -> DumpProgress {
        sequence &+= 1
        try send(
            netlinkMessage(
                type: request.messageType,
                flags: UInt16(NLM_F_REQUEST | NLM_F_DUMP),
                sequence: sequence,
                payload: request.payload(remotePort: remotePort)
            )
        )
        var progress = DumpProgress()
        while !progress.hasEnded {
            guard let byteCount = try receive() else {
                progress.overruns += 1
                if progress.overruns == Self.mostOverruns { return progress }
                continue
            }
            let time = transport.receptionTime(clock)
            try walk(byteCount, of: request, at: time, progress: &progress, onReply: onReply)
        }
        return progress
    }

    mutating func send(_ message: [UInt8]) throws(SockDiagError) {
        while true {
            do {
                return try transport.send(message)
            } catch {
                guard case .system(let errno) = error else { throw .endOfReplay }
                guard errno.code == EINTR else { throw .cannotSend(errno) }
            }
        }
    }

    /// Receives a datagram from the kernel.
    ///
    /// - Returns: Its length, or `nil` when the kernel had to drop one.
    mutating func receive() throws(SockDiagError) -> Int? {
        while true {
            let datagram: NetlinkDatagram
            do {
                datagram = try transport.receive(into: &buffer)
            } catch {
                guard case .system(let errno) = error else { throw .endOfReplay }
                switch errno.code {
                case EINTR: continue
                case ENOBUFS: return nil
                case EAGAIN: throw .silent(seconds: SockDiagTransport.receiveTimeoutSeconds)
                default: throw .cannotReceive(errno)
                }
            }
            guard datagram.sender == 0 else { throw .wrongSender(datagram.sender) }
            guard datagram.byteCount <= buffer.count * MemoryLayout<UInt32>.size else {
                throw .truncated(bytes: datagram.byteCount)
            }
            return datagram.byteCount
        }
    }

    /// Reads the messages of one datagram of a dump.
    private func walk(
        _ byteCount: Int,
        of request: DumpRequest,
        at time: WallTime,
        progress: inout DumpProgress,
        onReply: (RawSpan, WallTime) -> Void
    ) throws(SockDiagError) {
        try forEachMessage(in: byteCount) { header, payload throws(SockDiagError) in
            // What follows the end is not looked at.
            if progress.hasEnded { return }
            guard header.nlmsg_seq == sequence else {
                throw .wrongSequence(expected: sequence, received: header.nlmsg_seq)
            }
            if Int32(header.nlmsg_flags) & NLM_F_DUMP_INTR != 0 { progress.wasInterrupted = true }
            if header.nlmsg_type == request.messageType {
                onReply(payload, time)
            } else {
                try readControl(header, payload, of: request, progress: &progress)
            }
        }
    }

    /// Hands over the messages of the datagram that was received last, in their order.
    @inline(__always)
    func forEachMessage(
        in byteCount: Int,
        _ body: (nlmsghdr, RawSpan) throws(SockDiagError) -> Void
    ) throws(SockDiagError) {
        // A datagram without a message would be waited over forever.
        guard byteCount > 0 else { throw .malformedReply }
        var offset = 0
        while offset < byteCount {
            // Every bit pattern is a valid integer.
            let rest = unsafe buffer.span.bytes.extracting(offset..<byteCount)
            guard let header = netlinkHeader(of: rest) else { throw .malformedReply }
            guard header.nlmsg_pid == transport.portID else {
                throw .wrongPort(expected: transport.portID, received: header.nlmsg_pid)
            }
            let length = Int(header.nlmsg_len)
            try body(header, rest.extracting(MemoryLayout<nlmsghdr>.size..<length))
            offset += (length + Int(NLMSG_ALIGNTO) - 1) & ~(Int(NLMSG_ALIGNTO) - 1)
        }
    }

    /// Reads a message that describes no socket, netlink(7).
    private func readControl(
        _ header: nlmsghdr,
        _ payload: RawSpan,
        of request: DumpRequest,
        progress: inout DumpProgress
    ) throws(SockDiagError) {
        switch Int32(header.nlmsg_type) {
        case NLMSG_NOOP:
            break
        case NLMSG_OVERRUN:
            progress.overruns += 1
        case NLMSG_DONE, NLMSG_ERROR:
            // Both begin with an error number, negative; a dump's end has any other where it went
            // well, an error message then is an acknowledgement, which nobody asked for.
            let code = try errorNumber(of: payload)
            if code < 0 { throw .refused(request, Errno(code: 0 &- code)) }
            guard header.nlmsg_type == NLMSG_DONE else { throw .malformedReply }
            progress.hasEnded = true
        default:
            throw .malformedReply
        }
    }

    /// The number at the start of an error message or a dump's end: negative, or no error.
    func errorNumber(of payload: RawSpan) throws(SockDiagError) -> Int32 {
        guard payload.byteCount >= MemoryLayout<Int32>.size else { throw .malformedReply }
        return unsafe payload.unsafeLoadUnaligned(as: Int32.self)
    }
}
