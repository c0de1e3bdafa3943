import Errno
import Glibc
import Report
import SockDiag

/// A network namespace that the command line names, with its socket open: what needs privilege is
/// done before anything from outside is read.
final class OpenTarget {
    /// The target as the report shows it.
    let facts: ScanReport.Target
    private var socket: DiagSocket?
    private var failure: SockDiagError?

    /// Opens a target; a failure is told when the socket is asked for.
    private init(_ target: ScanRequest.Target) {
        let namespace = NetworkNamespace(target)
        do throws(SockDiagError) {
            socket = try DiagSocket(in: namespace)
        } catch {
            failure = error
        }
        facts = ScanReport.Target(
            inode: socket?.namespaceInode,
            path: namespace.path,
            pid: target.pid,
            isComplete: false
        )
    }

    /// Hands the socket over, once: after the scan nothing keeps the namespace alive.
    func takeSocket() throws(SockDiagError) -> DiagSocket {
        if let failure { throw failure }
        guard let socket = socket.take() else { throw .cannotOpenSocket(Errno(code: EBADF)) }
        return socket
    }

    /// The namespace as messages name it.
    var name: String {
        facts.path.map { "network namespace '\($0)'" } ?? "the current network namespace"
    }

    /// Whether the program could not go back to where it was, from where it can open no other.
    private var isStranded: Bool {
        if case .cannotLeaveNamespace = failure { true } else { false }
    }

    /// Opens the targets in their order, up to one that cannot be left again; a namespace that is
    /// named twice is one target.
    static func open(_ targets: [ScanRequest.Target]) -> [OpenTarget] {
        var opened: [OpenTarget] = []
        for target in targets.lazy.map(OpenTarget.init) {
            let isKnown = opened.contains {
                $0.facts.inode != nil && $0.facts.inode == target.facts.inode
            }
            if !isKnown { opened.append(target) }
            if target.isStranded { break }
        }
        return opened
    }
}

extension NetworkNamespace {
    fileprivate init(_ target: ScanRequest.Target) {
        self =
            switch target {
            case .current: .current
            case .netns(let nameOrPath): NetworkNamespace(nameOrPath: nameOrPath)
            case .pid(let number): .process(number)
            }
    }
}

extension ScanRequest.Target {
    fileprivate var pid: Int32? {
        if case .pid(let number) = self { number } else { nil }
    }
}
