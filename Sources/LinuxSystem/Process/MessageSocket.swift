// A release build finds the kinds of sockets in the module whose header it read first.
import CLinux
import Glibc

/// One end of a connection over which whole messages pass, each with a descriptor or without.
package struct MessageSocket: ~Copyable {
    /// A message is at most so many bytes.
    package static let longestMessage = 65_536

    /// What came over it.
    package struct Message: ~Copyable {
        /// At least one.
        package let bytes: [UInt8]
        /// What came with them.
        package var descriptor: FileDescriptor?
    }

    private let socket: FileDescriptor

    /// The number of its descriptor.
    package var number: Int32 { socket.number }

    /// Takes over one end.
    package init(_ socket: consuming FileDescriptor) {
        self.socket = socket
    }

    /// Makes two ends that are connected, which no program that is run inherits: their descriptors.
    ///
    /// The corresponding C function is `socketpair` with `SOCK_SEQPACKET`, unix(7).
    package static func pair() throws(Errno) -> (near: Int32, far: Int32) {
        var ends: [Int32] = [-1, -1]
        let kind = Int32(SOCK_SEQPACKET.rawValue | SOCK_CLOEXEC.rawValue)
        guard unsafe socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw .current }
        return (ends[0], ends[1])
    }

    /// Sends a message of at least one byte, and waits for room.
    ///
    /// The corresponding C function is `sendmsg`.
    ///
    /// - Parameters:
    ///   - bytes: At most ``longestMessage``.
    ///   - descriptor: What the other end is to have, too; this process keeps its own.
    package func send(_ bytes: [UInt8], passing descriptor: Int32? = nil) throws(Errno) {
        while true {
            // The array outlives the call, which only reads it.
            let count = unsafe bytes.withUnsafeBytes {
                guard let start = $0.baseAddress else { return 0 }
                return unsafe halfopen_send_message(number, start, $0.count, descriptor ?? -1)
            }
            let failure = Errno.current
            if count >= 0 { return }
            if failure.code != EINTR { throw failure }
        }
    }

    /// Waits for a message; `nil` when the other end is gone.
    ///
    /// The corresponding C function is `recvmsg`.
    package func receive() throws(Errno) -> Message? {
        var bytes = [UInt8](repeating: 0, count: Self.longestMessage)
        while true {
            var descriptor: Int32 = -1
            // At most the size of the buffer is written.
            let count = unsafe bytes.withUnsafeMutableBytes {
                guard let start = $0.baseAddress else { return 0 }
                return unsafe halfopen_receive_message(number, start, $0.count, &descriptor)
            }
            let failure = Errno.current
            if count < 0 {
                if failure.code == EINTR { continue }
                // What is left of a process that ended with questions unread.
                if failure.code == ECONNRESET { return nil }
                throw failure
            }
            let passed = descriptor >= 0 ? FileDescriptor(owning: descriptor) : nil
            if count == 0 { return nil }
            return Message(bytes: Array(bytes[..<count]), descriptor: passed)
        }
    }
}
