import LinuxSystem
import Model

/// A sock_diag(7) socket inside a network namespace.
///
/// It keeps its namespace alive, and so an address of a Pod that is gone: hold none between scans.
/// Listing sockets needs no privilege, opening this one in another namespace does.
package struct DiagSocket: ~Copyable {
    /// The inode of the network namespace, which names it as long as it lives.
    package let namespaceInode: UInt64
    package internal(set) var tcpDump: TCPDump<SockDiagTransport>

    /// Opens a socket in a namespace; the calling thread is where it was when this returns.
    ///
    /// - Throws: ``SockDiagError``; after ``SockDiagError/cannotLeaveNamespace(_:_:)`` the thread is
    ///   in the wrong namespace, and the program must end.
    package init(in namespace: NetworkNamespace) throws(SockDiagError) {
        let handle = try NamespaceHandle(opening: namespace)
        let dump = try handle.inside { () throws(SockDiagError) in
            let rounds = EstablishedTable.rounds(entries: EstablishedTable.entries())
            do throws(Errno) {
                return TCPDump(over: try SockDiagTransport(), rounds: rounds)
            } catch {
                throw .cannotOpenSocket(error)
            }
        }
        namespaceInode = handle.identity.inode
        tcpDump = dump
    }

    /// Takes over a socket that another process has opened, and handed over.
    ///
    /// - Parameters:
    ///   - descriptor: The netlink socket.
    ///   - namespaceInode: The inode of its network namespace.
    ///   - rounds: How many dumps show every socket there.
    package init(
        adopting descriptor: consuming FileDescriptor,
        namespaceInode: UInt64,
        rounds: Int
    ) throws(SockDiagError) {
        do throws(Errno) {
            let transport = try SockDiagTransport(adopting: descriptor)
            tcpDump = TCPDump(over: transport, rounds: rounds)
        } catch {
            throw .cannotOpenSocket(error)
        }
        self.namespaceInode = namespaceInode
    }

    /// What another process needs to take the socket over: its descriptor, and the rounds.
    package var handover: (descriptor: Int32, rounds: Int) {
        (tcpDump.exchange.transport.descriptor, tcpDump.rounds)
    }

    /// Gives up the netlink socket, for a dump over a transport that wraps it.
    package consuming func takeTransport() -> SockDiagTransport { tcpDump.exchange.transport }

    /// Lists the ESTABLISHED TCP sockets of a remote port, IPv4, IPv6 and IPv4-mapped, each once.
    ///
    /// The time that comes with a socket is read after the kernel described it: read before, it
    /// would make the peer look silent for longer than it was.
    ///
    /// - Parameters:
    ///   - remotePort: The remote port in host byte order.
    ///   - clock: The wall clock.
    ///   - body: Called for each socket while the dump streams by.
    /// - Returns: How many sockets there were, and whether some may be missing.
    /// - Throws: ``SockDiagError`` when the dump did not come to its end. What `body` was given
    ///   stands; this socket cannot be used again.
    package mutating func dump(
        remotePort: UInt16,
        clock: () -> WallTime,
        body: (TCPSocket, WallTime) -> Void
    ) throws(SockDiagError) -> DumpOutcome {
        try tcpDump.run(remotePort: remotePort, clock: clock, body: body)
    }

    /// Looks up sockets that a dump has not shown: it walks the kernel's table without a lock, and a
    /// row may move to where the walk has been.
    ///
    /// - Parameters:
    ///   - sockets: What is known of them. Sockets of other remote ports are not looked up.
    ///   - remotePort: The remote port in host byte order.
    ///   - clock: The wall clock.
    ///   - body: Called for each that there is, and that is ESTABLISHED, with a moment after the
    ///     kernel described it.
    /// - Throws: ``SockDiagError`` when the kernel did not say of each whether there is one. What `body`
    ///   was given stands; this socket cannot be used again.
    package mutating func lookUp(
        _ sockets: [SocketKey],
        remotePort: UInt16,
        clock: () -> WallTime,
        body: (TCPSocket, WallTime) -> Void
    ) throws(SockDiagError) {
        try tcpDump.exchange.lookUp(
            sockets.filter { $0.peer.port == remotePort },
            clock: clock,
            body: body
        )
    }

    /// Destroys sockets of a dump, each only after another look at it.
    ///
    /// A batch of sockets is looked up by their exact addresses and cookies, those that are still
    /// meant are destroyed by the same, and then the next batch has its turn. What a peer sends in
    /// the fraction of a millisecond between the look-up and the end of a batch is not seen. Where that
    /// takes longer than ``longestDelay``, because a process was stopped, the batch is left alone.
    /// Needs `CAP_NET_ADMIN` in the user namespace that owns the network namespace.
    ///
    /// - Parameters:
    ///   - sockets: Sockets as ``dump(remotePort:clock:body:)`` gave them, in the order in which to
    ///     destroy them.
    ///   - clock: The wall clock.
    ///   - isStillMeant: Whether to destroy a socket: its index, how the kernel describes it now,
    ///     and a moment after that. Not asked of one that is ESTABLISHED no more.
    ///   - report: Called once for each socket with its index.
    ///   - destroyer: Who destroys a batch as ``destroyBatch(_:lookedAt:)`` does; `nil` is this socket.
    /// - Throws: ``SockDiagError`` when the exchange with the kernel failed. What was reported stands,
    ///   of the other sockets nothing is known; this value cannot be used again.
    package mutating func destroy(
        _ sockets: [TCPSocket],
        clock: () -> WallTime,
        isStillMeant: (Int, TCPSocket, WallTime) -> Bool,
        report: (Int, Destruction) -> Void,
        by destroyer: BatchDestroyer? = nil
    ) throws(SockDiagError) {
        try tcpDump.exchange.destroy(
            sockets,
            clock: clock,
            isStillMeant: isStillMeant,
            report: report,
            by: destroyer
        )
    }

    /// Destroys a batch of sockets without another look, for who has judged them elsewhere.
    ///
    /// - Parameters:
    ///   - sockets: At most ``largestBatch``.
    ///   - lookedAt: The time since boot, not later than the look at them.
    /// - Returns: The kernel's error number for each, 0 where it was destroyed; `nil` where none was,
    ///   because the look was longer ago than ``longestDelay``.
    package mutating func destroyBatch(
        _ sockets: [TCPSocket],
        lookedAt: TimeSpan
    ) throws(SockDiagError) -> [Int32]? {
        try tcpDump.exchange.destroyBatch(sockets, lookedAt: lookedAt)
    }

    /// How long after the look at a socket it may be destroyed.
    ///
    /// What its peer sends in the meantime is not seen. A process whose share of the CPU is used up
    /// goes on within a tenth of a second; one that was stopped for longer must look again.
    package static let longestDelay = TimeSpan.seconds(1)

    /// The sockets that are looked up, judged and destroyed together.
    ///
    /// The fewer, the shorter is the time in which one can come to life between its judgement and its
    /// end; the more, the fewer are the system calls. The answers to 512 do not fit the queue that
    /// kernels give a netlink socket (`net.core.rmem_default`).
    package static let largestBatch = 64
}

/// Who destroys a batch of sockets as ``DiagSocket/destroyBatch(_:lookedAt:)`` does.
package typealias BatchDestroyer = ([TCPSocket], _ lookedAt: TimeSpan) throws(SockDiagError) ->
    [Int32]?
