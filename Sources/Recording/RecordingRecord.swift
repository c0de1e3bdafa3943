import Model

/// A record of a capture, halfopen-capture(5): what was asked of a kernel, and what it answered.
///
/// A capture is a ``heading(_:)``, ``problem(_:)``s of the whole; for each network namespace a ``target(_:)`` and, in the order in
/// which they came to pass, what was sent, received and wrong; and the ``end(_:)``.
package enum RecordingRecord: Hashable, Sendable {
    /// Where and when the capture was made.
    case heading(RecordingHeading)
    /// A network namespace; what follows, up to the next one, is of it.
    case target(RecordedTarget)
    /// A netlink message to the kernel, as it was sent.
    case request([UInt8])
    /// A netlink datagram, as it came.
    case datagram(RecordedDatagram)
    /// The error number, errno(3), that a reception ended in.
    case failure(Int32)
    /// Why the target could not be read, or not whole, where its messages do not tell; before the
    /// first target, why there may be more of them: a sentence.
    case problem(String)
    /// The end of the capture, with the moment at which it was made.
    case end(WallTime)
}

/// Where and when a capture was made, and of what.
package struct RecordingHeading: Hashable, Sendable {
    /// The version of the program that made it.
    package var version: String
    /// The machine's name.
    package var host: String
    /// What names the machine's boot (`/proc/sys/kernel/random/boot_id`).
    package var bootID: String
    /// The kernel's release, as uname(2) tells it.
    package var kernel: String
    /// The remote port of the connections, in host byte order.
    package var remotePort: UInt16
    /// When it was begun, by the machine's clock.
    package var begunAt: WallTime

    /// A heading of the given facts.
    package init(
        version: String,
        host: String,
        bootID: String,
        kernel: String,
        remotePort: UInt16,
        begunAt: WallTime
    ) {
        self.version = version
        self.host = host
        self.bootID = bootID
        self.kernel = kernel
        self.remotePort = remotePort
        self.begunAt = begunAt
    }
}

/// A network namespace of a capture, and the socket through which its kernel was asked.
package struct RecordedTarget: Hashable, Sendable {
    /// The netlink socket.
    package struct Socket: Hashable, Sendable {
        /// Its address, which the kernel's messages carry.
        package var portID: UInt32
        /// How many dumps were taken the union of.
        package var rounds: Int

        /// A socket of the given facts.
        package init(portID: UInt32, rounds: Int) {
            self.portID = portID
            self.rounds = rounds
        }
    }

    /// The namespace's inode; `nil` where it could not be opened.
    package var inode: UInt64?
    /// The path by which it was opened; `nil` for the program's own.
    package var path: String?
    /// The process by which it was named.
    package var pid: Int32?
    /// The proxy; `nil` where it is not known.
    package var proxy: MeshProxy?
    /// The socket; `nil` where none could be opened.
    package var socket: Socket?

    /// A target of the given facts.
    package init(inode: UInt64?, path: String?, pid: Int32?, proxy: MeshProxy?, socket: Socket?) {
        self.inode = inode
        self.path = path
        self.pid = pid
        self.proxy = proxy
        self.socket = socket
    }
}

/// A netlink datagram with what is known of it beside its bytes.
package struct RecordedDatagram: Hashable, Sendable {
    /// The machine's clock after the reception.
    package var receivedAt: WallTime
    /// The netlink port of the sender; 0 is the kernel.
    package var sender: UInt32
    /// The netlink messages, in the byte order of the machine.
    package var bytes: [UInt8]

    /// A datagram of the given facts.
    package init(receivedAt: WallTime, sender: UInt32, bytes: [UInt8]) {
        self.receivedAt = receivedAt
        self.sender = sender
        self.bytes = bytes
    }
}
