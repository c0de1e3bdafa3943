import Discovery
import Glibc
import Judging
import LinuxSystem
import Model
import Reporting
import SockDiag

/// A network namespace that is to be scanned, with its socket open: what needs privilege is done
/// before anything from outside is read, or by the companion.
final class OpenTarget {
    /// The target as the report shows it.
    let info: ScanTarget
    /// Whether the process that opened it could not go back to where it was, from where it can open
    /// no other.
    let isStranded: Bool
    private var socket: DiagSocket?
    /// Why it could not be opened.
    private let failure: String?
    /// Whether the process that names the namespace is gone.
    private let hasGone: Bool
    /// Who destroys sockets in it, where that is the companion.
    private let destroyer: BatchDestroyer?

    /// Opens a namespace; a failure is told when the socket is asked for.
    ///
    /// - Parameters:
    ///   - namespace: The namespace.
    ///   - proxy: The proxy that was found in it.
    ///   - origin: What the process by which it is named tells.
    ///   - isStillMeant: Whether the namespace, now that it is open, is the one that was meant.
    init(
        _ namespace: NetworkNamespace,
        proxy: MeshProxy? = nil,
        origin: ProcessOrigin? = nil,
        isStillMeant: () throws(SockDiagError) -> Void = {}
    ) {
        var fault: SockDiagError?
        do throws(SockDiagError) {
            let open = try DiagSocket(in: namespace)
            try isStillMeant()
            socket = consume open
        } catch {
            fault = error
        }
        failure = fault?.description
        isStranded = if case .cannotLeaveNamespace = fault { true } else { false }
        hasGone =
            if case .cannotOpenNamespace(.process, let error) = fault {
                [ENOENT, ESRCH].contains(error.code)
            } else {
                false
            }
        destroyer = nil
        info = ScanTarget(
            inode: socket?.namespaceInode,
            path: namespace.path,
            pid: namespace.pid,
            proxy: proxy,
            isDiscovered: proxy != nil,
            identity: Self.identity(proxy, origin, inode: socket?.namespaceInode),
            isComplete: false
        )
    }

    /// Opens the namespace of a process, unless it is another one than had this number before.
    convenience init(_ pid: Int32, _ register: inout ProcessRegister, by visits: ProcessVisits) {
        register.note(pid)
        self.init(
            .process(pid),
            origin: ProcessOrigin(ofProcess: pid, by: visits),
            isStillMeant: { [register] () throws(SockDiagError) in
                // It was alive after its namespace was opened, and so that was its own.
                guard register.isStill(pid) else { throw .processHasEnded(pid) }
            }
        )
    }

    /// Opens the namespace of a proxy; `nil` if the proxy has gone since it was found.
    convenience init?(_ found: ProxyProcess) {
        self.init(.process(found.pid), proxy: found.proxy, origin: found.origin)
        // Its number may be another process's now.
        if let inode = info.inode, let known = found.namespaceInode, inode != known { return nil }
        if hasGone { return nil }
    }

    /// Takes over a namespace that the companion has opened.
    ///
    /// - Parameters:
    ///   - facts: What it tells.
    ///   - descriptor: The netlink socket; `nil` where it could not be opened.
    ///   - destroyer: Who destroys sockets in it.
    init(
        _ facts: CompanionAnswer.TargetFacts,
        _ descriptor: consuming FileDescriptor?,
        destroyer: @escaping BatchDestroyer
    ) {
        info = facts.info
        isStranded = facts.isStranded
        hasGone = false
        self.destroyer = destroyer
        var failure = facts.failure
        if let descriptor = descriptor.take() {
            do throws(SockDiagError) {
                socket = try DiagSocket(
                    adopting: descriptor,
                    namespaceInode: facts.info.inode ?? 0,
                    rounds: Int(facts.rounds)
                )
            } catch {
                failure = error.description
            }
        } else if failure == nil {
            // The kernel closes a descriptor for which there is no room.
            failure = SockDiagError.cannotOpenSocket(Errno(code: EMFILE)).description
        }
        self.failure = failure
    }

    /// What the program needs to take it over from the companion.
    var handover: (facts: CompanionAnswer.TargetFacts, descriptor: Int32?) {
        let open = socket?.handover
        let facts = CompanionAnswer.TargetFacts(
            info: info,
            failure: failure,
            isStranded: isStranded,
            rounds: UInt8(clamping: open?.rounds ?? 0)
        )
        return (facts, open?.descriptor)
    }

    /// What the process by which a namespace is named tells of the proxy in it.
    private static func identity(
        _ proxy: MeshProxy?,
        _ origin: ProcessOrigin?,
        inode: UInt64?
    ) -> ProxyIdentity {
        var identity = ProxyIdentity()
        identity.isInHostNetwork = inode != nil && inode == HostNetwork.namespaceInode
        guard let origin else { return identity }
        identity.startedAt = origin.startedAfterBoot.map {
            systemTime() - timeSinceBoot() + TimeSpan(milliseconds: $0.milliseconds)
        }
        identity.address = origin.podAddress
        identity.podUID = origin.podUID
        let known = proxy.map { ($0.namespace, $0.pod) }
        let told = origin.pod.map { ($0.namespace, $0.name) }
        if let (namespace, pod) = known ?? told, !namespace.isEmpty, !pod.isEmpty {
            identity.pod = ProxyIdentity.PodName(namespace: namespace, name: pod)
        }
        return identity
    }

    /// Lists the ESTABLISHED sockets of a remote port.
    ///
    /// - Parameters:
    ///   - port: In host byte order.
    ///   - body: Called for each socket with a moment after the kernel described it.
    /// - Returns: Why there may be more: one sentence each.
    func list(remotePort port: UInt16, body: (TCPSocket, WallTime) -> Void) -> [String] {
        do throws(SockDiagError) {
            return try withSocket { socket throws(SockDiagError) in
                try socket.dump(remotePort: port, clock: systemTime, body: body).gaps
                    .map { "\(name): \($0)" }
            }
        } catch {
            return [error.description]
        }
    }

    /// Looks up sockets that were not listed.
    ///
    /// - Parameters:
    ///   - sockets: What is known of them.
    ///   - port: The remote port in host byte order.
    ///   - body: Called for each that there is, with a moment after the kernel described it.
    /// - Returns: Why there may be more: one sentence each.
    func lookUp(
        _ sockets: [SocketKey],
        remotePort port: UInt16,
        body: (TCPSocket, WallTime) -> Void
    ) -> [String] {
        do throws(SockDiagError) {
            try withSocket { socket throws(SockDiagError) in
                try socket.lookUp(sockets, remotePort: port, clock: systemTime, body: body)
            }
            return []
        } catch {
            return ["\(name): \(error)"]
        }
    }

    /// Destroys sockets, each after another look at it.
    ///
    /// - Returns: Why the exchange with the kernel failed, if it did.
    func destroy(
        _ sockets: [TCPSocket],
        isStillMeant: (Int, TCPSocket, WallTime) -> Bool,
        report: (Int, Destruction) -> Void
    ) -> String? {
        do throws(SockDiagError) {
            try withSocket { socket throws(SockDiagError) in
                try socket.destroy(
                    sockets,
                    clock: systemTime,
                    isStillMeant: isStillMeant,
                    report: report,
                    by: destroyer
                )
            }
            return nil
        } catch {
            return "\(name): \(error.description)"
        }
    }

    /// Uses the socket; one whose use failed is closed, because it cannot be used again.
    func withSocket<Value>(
        _ body: (inout DiagSocket) throws(SockDiagError) -> Value
    ) throws(SockDiagError) -> Value {
        var open = try takeSocket()
        let value = try body(&open)
        socket = consume open
        return value
    }

    /// Hands the socket over, once.
    func takeSocket() throws(SockDiagError) -> DiagSocket {
        if let failure { throw .notOpened(failure) }
        guard let socket = socket.take() else { throw .socketTaken }
        return socket
    }

    /// Closes the socket, which keeps the namespace alive, and so an address of a Pod that is gone.
    func close() {
        socket = nil
    }

    /// The namespace as messages name it.
    var name: String {
        info.path.map { "network namespace '\($0)'" } ?? "the current network namespace"
    }
}

extension NetworkNamespace {
    fileprivate var pid: Int32? {
        if case .process(let number) = self { number } else { nil }
    }
}
