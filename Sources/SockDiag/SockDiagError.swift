import Glibc
import LinuxSystem
import Model

/// Why the sockets of a network namespace could not be read, or destroyed.
///
/// Sockets that were handed over before a dump failed stand; that there are no more does not.
package enum SockDiagError: Error, Hashable, Sendable {
    /// The file that refers to the namespace could not be opened.
    case cannotOpenNamespace(NetworkNamespace, Errno)
    /// The process that named the namespace has ended; its number may be another process's now.
    case processHasEnded(Int32)
    /// The file is something else than a network namespace.
    case notANetworkNamespace(NetworkNamespace)
    /// The thread may not enter the namespace.
    case cannotEnterNamespace(NetworkNamespace, Errno)
    /// The thread entered the namespace and could not come back: the program must end.
    case cannotLeaveNamespace(NetworkNamespace, Errno)
    /// A TCP connection could not be begun.
    case cannotConnect(Endpoint, Errno)
    /// The netlink socket could not be opened, bound or set up.
    case cannotOpenSocket(Errno)
    /// The request could not be sent.
    case cannotSend(Errno)
    /// The reply could not be received.
    case cannotReceive(Errno)
    /// The socket was handed over, or its use failed, before: it can be used once.
    case socketTaken
    /// A recording does not continue like the exchange with its kernel.
    case endOfReplay
    /// The kernel has sock_diag but nothing behind it that knows TCP.
    case noTCPDiag
    /// The kernel answered a request with an error, at once or at the dump's end.
    case refused(DumpRequest, Errno)
    /// The kernel answered the request to describe one socket with an error.
    case cannotLookUp(Errno)
    /// The kernel answered the request to destroy a socket with an error.
    case cannotDestroy(Errno)
    /// The socket was not opened, for the reason that whoever tried gives.
    case notOpened(String)
    /// Another process was to destroy, and could not for the reason given.
    case destroyerFailed(String)
    /// The kernel did not answer within the time limit.
    case silent(seconds: Int)
    /// A reply was longer than the buffer.
    case truncated(bytes: Int)
    /// A message came from another process (its netlink port) and not from the kernel.
    case wrongSender(UInt32)
    /// A message answers another request, or somebody else's.
    case wrongSequence(expected: UInt32, received: UInt32)
    /// A message is for another netlink port.
    case wrongPort(expected: UInt32, received: UInt32)
    /// A message is shorter than its kind, ends beyond the bytes received, or is of no known kind.
    case malformedReply
}

extension SockDiagError: CustomStringConvertible {
    /// Operation, object, cause and what to do, as one line without the program's name.
    package var description: String {
        switch self {
        case .cannotOpenNamespace, .processHasEnded, .notANetworkNamespace, .cannotEnterNamespace,
            .cannotLeaveNamespace:
            namespaceMessage
        case .cannotConnect(let endpoint, let error): "cannot connect to \(endpoint): \(error)"
        case .cannotOpenSocket(let error):
            "cannot open a sock_diag socket: \(error)\(Self.socketAdvice(error))"
        case .socketTaken:
            "cannot ask the kernel for its TCP sockets: the sock_diag socket was used before; run"
                + " again, and report it if it happens again"
        case .endOfReplay:
            "cannot replay the kernel's answers: the recording does not continue like a dump;"
                + " record again"
        case .cannotSend(let error):
            "cannot ask the kernel for its TCP sockets: \(error)\(Self.socketAdvice(error))"
        case .cannotReceive(let error):
            "cannot receive the kernel's TCP sockets: \(error)\(Self.socketAdvice(error))"
        case .noTCPDiag:
            "cannot list TCP sockets: the kernel has no tcp_diag: \(Errno(code: ENOENT));"
                + " load it on the host with 'modprobe -a inet_diag tcp_diag'"
        case .refused(let request, let error):
            "cannot list \(request.objects): the kernel answered \(error)"
                + Self.socketAdvice(error)
        case .notOpened(let reason), .destroyerFailed(let reason): reason
        case .cannotLookUp(let error):
            "cannot look a TCP socket up: the kernel answered \(error)\(Self.socketAdvice(error))"
        case .cannotDestroy(let error):
            "cannot destroy a TCP socket: the kernel answered \(error)"
                + Self.destroyAdvice(error)
        default:
            "cannot read the kernel's TCP sockets: \(replyFault); run again, and report it if it"
                + " happens again"
        }
    }

    private var namespaceMessage: String {
        switch self {
        case .cannotOpenNamespace(let namespace, let error):
            "cannot open \(namespace.object): \(error)\(namespace.openAdvice(error))"
        case .processHasEnded(let number):
            "cannot scan \(NetworkNamespace.process(number).object): the process with this PID"
                + " has ended; give the PID of the new proxy (-p PID), or find it with --discover"
        case .notANetworkNamespace(let namespace):
            "cannot use \(namespace.object): it is not a network namespace"
                + namespace.kindAdvice
        case .cannotEnterNamespace(let namespace, let error):
            "cannot enter \(namespace.object): \(error)"
                + (error.code == EPERM
                    ? "; entering another network namespace needs CAP_SYS_ADMIN:"
                        + " run as root, or inside it with nsenter"
                    : "")
        case .cannotLeaveNamespace(let namespace, let error):
            "cannot return from \(namespace.object): \(error); no other target can be read"
        default: ""
        }
    }

    private var replyFault: String {
        switch self {
        case .silent(let seconds): "the kernel did not answer within \(seconds) s"
        case .truncated(let bytes): "a reply of \(bytes) bytes did not fit the buffer"
        case .wrongSender(let port): "a reply came from netlink port \(port), not the kernel"
        case .wrongSequence(let expected, let received):
            "a reply has sequence number \(received) instead of \(expected)"
        case .wrongPort(let expected, let received):
            "a reply is for netlink port \(received) instead of \(expected)"
        default: "a reply is malformed"
        }
    }

    private static func socketAdvice(_ error: Errno) -> String {
        switch error.code {
        case EACCES, EPERM:
            "; a security policy forbids it (SELinux: netlink_tcpdiag_socket):"
                + " allow it, or run on the host with -p or -N"
        case EPROTONOSUPPORT, EAFNOSUPPORT, EOPNOTSUPP:
            "; this kernel has no sock_diag (gVisor, or CONFIG_INET_DIAG is off):"
                + " run on the host"
        default: ""
        }
    }

    private static func destroyAdvice(_ error: Errno) -> String {
        switch error.code {
        case EPERM:
            "; it needs CAP_NET_ADMIN in the user namespace of the network namespace: run as root"
                + " on the host, or add the capability to the container"
        case EOPNOTSUPP, EINVAL:
            "; this kernel cannot (it lacks CONFIG_INET_DIAG_DESTROY): restart the proxy instead"
        default: ""
        }
    }
}

extension NetworkNamespace {
    /// The namespace as messages name it.
    fileprivate var object: String {
        switch self {
        case .current: "the current network namespace"
        case .named(let name): "network namespace '\(name)'"
        case .path(let path): "network namespace '\(path)'"
        case .process(let number): "the network namespace of process \(number)"
        }
    }

    fileprivate func openAdvice(_ error: Errno) -> String {
        switch (self, error.code) {
        case (.current, ENOENT): "; mount /proc"
        case (.named, ENOENT): "; see 'ip netns list'"
        case (.path, ENOENT): "; check the path"
        case (.process, ENOENT): "; the process is gone, or hidden from this user"
        case (.process, EACCES), (.process, EPERM):
            "; looking into another user's process needs CAP_SYS_PTRACE: run as root on the"
                + " host, or add the capability to the container"
        case (_, EACCES): "; run as a user who may read it"
        default: ""
        }
    }

    fileprivate var kindAdvice: String {
        switch self {
        case .current, .process: ""
        case .named, .path:
            "; if it should be one, its mount is not visible here: give a process instead (-p PID)"
        }
    }
}

extension DumpRequest {
    fileprivate var objects: String {
        switch self {
        case .everyFamily: "TCP sockets"
        case .ipv4: "IPv4 TCP sockets"
        case .ipv6: "IPv6 TCP sockets"
        }
    }
}
