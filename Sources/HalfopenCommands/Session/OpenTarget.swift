import Discovery
import Glibc
import Judging
import LinuxSystem
import Model
import Reporting
import SockDiag

/// A network namespace that is to be scanned, with its socket open: what needs privilege is done
/// before anything from outside is read.
final class OpenTarget {
    /// The target as the report shows it.
    let info: ScanTarget
    private var socket: DiagSocket?
    private var failure: SockDiagError?

    /// Opens a namespace; a failure is told when the socket is asked for.
    ///
    /// - Parameters:
    ///   - namespace: The namespace.
    ///   - proxy: The proxy that was found in it.
    ///   - isStillMeant: Whether the namespace, now that it is open, is the one that was meant.
    init(
        _ namespace: NetworkNamespace,
        proxy: MeshProxy? = nil,
        isStillMeant: () throws(SockDiagError) -> Void = {}
    ) {
        do throws(SockDiagError) {
            let open = try DiagSocket(in: namespace)
            try isStillMeant()
            socket = consume open
        } catch {
            failure = error
        }
        info = ScanTarget(
            inode: socket?.namespaceInode,
            path: namespace.path,
            pid: namespace.pid,
            proxy: proxy,
            isDiscovered: proxy != nil,
            identity: Self.identity(proxy, namespace, inode: socket?.namespaceInode),
            isComplete: false
        )
    }

    /// Opens the namespace of a process, unless it is another one than had this number before.
    convenience init(_ pid: Int32, _ register: inout ProcessRegister) {
        register.note(pid)
        self.init(
            .process(pid),
            isStillMeant: { [register] () throws(SockDiagError) in
                // It was alive after its namespace was opened, and so that was its own.
                guard register.isStill(pid) else { throw .processHasEnded(pid) }
            }
        )
    }

    /// What the process by which a namespace is named tells of the proxy in it.
    private static func identity(
        _ proxy: MeshProxy?,
        _ namespace: NetworkNamespace,
        inode: UInt64?
    ) -> ProxyIdentity {
        var identity = ProxyIdentity()
        identity.isInHostNetwork = inode != nil && inode == HostNetwork.namespaceInode
        guard let pid = namespace.pid else { return identity }
        let origin = ProcessOrigin(ofProcess: pid)
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

    /// Opens the namespace of a proxy; `nil` if the proxy has gone since it was found.
    convenience init?(_ found: ProxyProcess) {
        self.init(.process(found.pid), proxy: found.proxy)
        // Its number may be another process's now.
        if let inode = info.inode, let known = found.namespaceInode, inode != known { return nil }
        if hasGone { return nil }
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
                    report: report
                )
            }
            return nil
        } catch {
            return "\(name): \(error.description)"
        }
    }

    /// Uses the socket; one whose use failed is closed, because it is of no more use.
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
        if let failure { throw failure }
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

    /// Whether the program could not go back to where it was, from where it can open no other.
    var isStranded: Bool {
        if case .cannotLeaveNamespace = failure { true } else { false }
    }

    /// Whether the process that names the namespace is gone.
    private var hasGone: Bool {
        guard case .cannotOpenNamespace(.process, let error) = failure else { return false }
        return [ENOENT, ESRCH].contains(error.code)
    }
}

extension NetworkNamespace {
    fileprivate var pid: Int32? {
        if case .process(let number) = self { number } else { nil }
    }
}
