import Discovery
import Glibc
import LinuxSystem
import Reporting
import SockDiag

/// A network namespace that is to be scanned, with its socket open: what needs privilege is done
/// before anything from outside is read.
final class OpenTarget {
    /// The target as the report shows it.
    let facts: ScanReport.Target
    private var socket: DiagSocket?
    private var failure: SockDiagError?

    /// Opens a namespace; a failure is told when the socket is asked for.
    init(_ namespace: NetworkNamespace, proxy: ScanReport.Target.Proxy? = nil) {
        do throws(SockDiagError) {
            socket = try DiagSocket(in: namespace)
        } catch {
            failure = error
        }
        facts = ScanReport.Target(
            inode: socket?.namespaceInode,
            path: namespace.path,
            pid: namespace.pid,
            proxy: proxy,
            isComplete: false
        )
    }

    /// Opens the namespace of a proxy; `nil` if the proxy has gone since it was found.
    convenience init?(_ proxy: IstioProxy) {
        self.init(.process(proxy.pid), proxy: ScanReport.Target.Proxy(proxy))
        // Its number may be another process's now.
        if let inode = facts.inode, let known = proxy.namespaceInode, inode != known { return nil }
        if hasGone { return nil }
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
        guard let socket = socket.take() else { throw .cannotOpenSocket(Errno(code: EBADF)) }
        return socket
    }

    /// Closes the socket, which keeps the namespace alive, and so an address of a Pod that is gone.
    func close() {
        socket = nil
    }

    /// The namespace as messages name it.
    var name: String {
        facts.path.map { "network namespace '\($0)'" } ?? "the current network namespace"
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

extension ScanReport.Target.Proxy {
    fileprivate init(_ proxy: IstioProxy) {
        self.init(
            role: proxy.role.rawValue,
            namespace: proxy.pod?.namespace ?? "",
            pod: proxy.pod?.name ?? "",
            workload: proxy.workload,
            cluster: proxy.cluster
        )
    }
}
