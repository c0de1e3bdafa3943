import CLinux
import Glibc
import LinuxSystem

@testable import SockDiag

/// A netlink socket whose kernel follows a script.
///
/// Copyable: Swift 6.3.1 cannot compile it otherwise for ThreadSanitizer ("Invalid bitcast").
struct FakeTransport: NetlinkTransport {
    /// What one reception gives.
    enum Step {
        /// A datagram of these messages.
        case messages([Message])
        /// A datagram that is given as it is.
        case raw([UInt8], length: Int? = nil, sender: UInt32 = 0)
        /// An error of `recvfrom`.
        case fails(Int32)
    }

    /// A message in answer to the latest request.
    struct Message {
        var type: UInt16
        var flags: UInt16 = UInt16(NLM_F_MULTI)
        var sequenceOffset: UInt32 = 0
        var port: UInt32 = FakeTransport.port
        var payload: [UInt8]

        func encoded(sequence: UInt32) -> [UInt8] {
            let header = nlmsghdr(
                nlmsg_len: UInt32(16 + payload.count),
                nlmsg_type: type,
                nlmsg_flags: flags,
                nlmsg_seq: sequence &+ sequenceOffset,
                nlmsg_pid: port
            )
            let padding = [UInt8](repeating: 0, count: (4 - payload.count % 4) % 4)
            return memory(of: header) + payload + padding
        }
    }

    /// What happened, kept beyond the transport's life.
    final class Log {
        var sent: [[UInt8]] = []
        var receptions = 0
    }

    static let port: UInt32 = 4711
    let portID = FakeTransport.port
    let log: Log
    /// The errors that sending gives first.
    var sendErrors: [Int32] = []
    /// What is received after each request; the last list again for later requests.
    let scripts: [[Step]]
    private var pending: ArraySlice<Step> = []

    init(_ scripts: [[Step]], log: Log = Log(), sendErrors: [Int32] = []) {
        self.scripts = scripts
        self.log = log
        self.sendErrors = sendErrors
    }

    mutating func send(_ message: [UInt8]) throws(TransportError) {
        if !sendErrors.isEmpty { throw .system(Errno(code: sendErrors.removeFirst())) }
        log.sent.append(message)
        pending = scripts[min(log.sent.count, scripts.count) - 1][...]
    }

    /// Silence after the script's end.
    mutating func receive(into buffer: inout [UInt32]) throws(TransportError) -> NetlinkDatagram {
        log.receptions += 1
        switch pending.popFirst() {
        case .messages(let messages):
            let sequence = UInt32(log.sent.count)
            return copy(messages.flatMap { $0.encoded(sequence: sequence) }, into: &buffer)
        case .raw(let bytes, let length, let sender):
            var datagram = copy(bytes, into: &buffer)
            datagram.byteCount = length ?? bytes.count
            datagram.sender = sender
            return datagram
        case .fails(let code):
            throw .system(Errno(code: code))
        case nil:
            throw .system(Errno(code: EAGAIN))
        }
    }

    private func copy(_ bytes: [UInt8], into buffer: inout [UInt32]) -> NetlinkDatagram {
        buffer.withUnsafeMutableBytes { $0.copyBytes(from: bytes) }
        return NetlinkDatagram(byteCount: bytes.count, sender: 0)
    }
}

/// The bytes of a C structure or a number.
func memory<Value: BitwiseCopyable>(of value: Value) -> [UInt8] {
    withUnsafeBytes(of: value) { [UInt8]($0) }
}

extension FakeTransport.Message {
    /// The end of a dump, with the error that it carries.
    static func done(_ code: Int32 = 0) -> Self {
        Self(type: UInt16(NLMSG_DONE), payload: memory(of: code))
    }

    /// An error in answer to the request.
    static func error(_ code: Int32) -> Self {
        Self(
            type: UInt16(NLMSG_ERROR),
            flags: 0,
            payload: memory(of: code) + memory(of: nlmsghdr())
        )
    }

    /// A socket to 10.0.0.`cookie`:15008, by default as the reply to a request for every family.
    static func socket(
        _ cookie: UInt32,
        type: Int32 = TCPDIAG_GETSOCK,
        state: Int = TCP_ESTABLISHED,
        port: UInt16 = 15008,
        hasInfo: Bool = true
    ) -> Self {
        var header = inet_diag_msg()
        header.idiag_family = UInt8(AF_INET)
        header.idiag_state = UInt8(state)
        header.id.idiag_dport = port.bigEndian
        header.id.idiag_dst.0 = (0x0a00_0000 + cookie).bigEndian
        header.id.idiag_cookie.0 = cookie
        let infoSize = MemoryLayout<kernel_tcp_info>.size
        let attribute = nlattr(nla_len: UInt16(4 + infoSize), nla_type: UInt16(INET_DIAG_INFO))
        let info = memory(of: attribute) + [UInt8](repeating: 0, count: infoSize)
        return Self(type: UInt16(type), payload: memory(of: header) + (hasInfo ? info : []))
    }

    /// The same in answer to the request that came so many after the first of the latest bytes sent.
    func after(_ offset: UInt32) -> Self {
        var message = self
        message.sequenceOffset = offset
        return message
    }

    /// The same with the flag of an interrupted dump.
    var interrupted: Self {
        var message = self
        message.flags |= UInt16(NLM_F_DUMP_INTR)
        return message
    }
}
