import Glibc
import LinuxSystem
import Testing

@testable import SockDiag

@Suite struct SockDiagErrorTests {
    @Test(arguments: messages)
    func `A message names operation, object, cause and what to do`(
        error: SockDiagError,
        message: String
    ) {
        #expect(error.description == message)
    }

    private static let messages: [(SockDiagError, String)] = [
        (
            .cannotOpenNamespace(.named("waypoint"), Errno(code: ENOENT)),
            "cannot open network namespace 'waypoint': ENOENT (No such file or directory);"
                + " see 'ip netns list'"
        ),
        (
            .cannotOpenNamespace(.path("/x/y"), Errno(code: ENOENT)),
            "cannot open network namespace '/x/y': ENOENT (No such file or directory);"
                + " check the path"
        ),
        (
            .cannotOpenNamespace(.process(42), Errno(code: ENOENT)),
            "cannot open the network namespace of process 42: ENOENT (No such file or directory);"
                + " the process is gone, or hidden from this user"
        ),
        (
            .cannotOpenNamespace(.process(42), Errno(code: EACCES)),
            "cannot open the network namespace of process 42: EACCES (Permission denied);"
                + " looking into another user's process needs CAP_SYS_PTRACE: run as root on"
                + " the host, or add the capability to the container"
        ),
        (
            .notANetworkNamespace(.named("plain")),
            "cannot use network namespace 'plain': it is not a network namespace; if it should be"
                + " one, its mount is not visible here: give a process instead (-p PID)"
        ),
        (
            .cannotEnterNamespace(.named("waypoint"), Errno(code: EPERM)),
            "cannot enter network namespace 'waypoint': EPERM (Operation not permitted); entering"
                + " another network namespace needs CAP_SYS_ADMIN: run as root, or inside it with"
                + " nsenter"
        ),
        (
            .cannotLeaveNamespace(.process(42), Errno(code: EPERM)),
            "cannot return from the network namespace of process 42:"
                + " EPERM (Operation not permitted); no other target can be read"
        ),
        (
            .cannotOpenSocket(Errno(code: EPROTONOSUPPORT)),
            "cannot open a sock_diag socket: EPROTONOSUPPORT (Protocol not supported); this kernel"
                + " has no sock_diag (gVisor, or CONFIG_INET_DIAG is off): run on the host"
        ),
        (
            .cannotSend(Errno(code: EACCES)),
            "cannot ask the kernel for its TCP sockets: EACCES (Permission denied); a security"
                + " policy forbids it (SELinux: netlink_tcpdiag_socket): allow it, or run on the"
                + " host with -p or -N"
        ),
        (
            .socketTaken,
            "cannot ask the kernel for its TCP sockets: the sock_diag socket was used before; run"
                + " again, and report it if it happens again"
        ),
        (
            .endOfReplay,
            "cannot replay the kernel's answers: the recording does not continue like a dump;"
                + " record again"
        ),
        (
            .noTCPDiag,
            "cannot list TCP sockets: the kernel has no tcp_diag: ENOENT (No such file or"
                + " directory); load it on the host with 'modprobe -a inet_diag tcp_diag'"
        ),
        (
            .refused(.ipv6, Errno(code: EBUSY)),
            "cannot list IPv6 TCP sockets: the kernel answered EBUSY (Device or resource busy)"
        ),
        (
            .silent(seconds: 10),
            "cannot read the kernel's TCP sockets: the kernel did not answer within 10 s; run"
                + " again, and report it if it happens again"
        ),
        (
            .wrongSequence(expected: 1, received: 7),
            "cannot read the kernel's TCP sockets: a reply has sequence number 7 instead of 1; run"
                + " again, and report it if it happens again"
        ),
        (
            .cannotDestroy(Errno(code: EPERM)),
            "cannot destroy a TCP socket: the kernel answered EPERM (Operation not permitted); it"
                + " needs CAP_NET_ADMIN in the user namespace of the network namespace: run as root"
                + " on the host, or add the capability to the container"
        ),
        (
            .cannotDestroy(Errno(code: EOPNOTSUPP)),
            "cannot destroy a TCP socket: the kernel answered EOPNOTSUPP (Operation not supported);"
                + " this kernel cannot (it lacks CONFIG_INET_DIAG_DESTROY): restart the proxy"
                + " instead"
        ),
    ]

    @Test(arguments: [
        (
            DumpOutcome.Gap.interrupted,
            "sockets may be missing: the kernel's table changed during every dump"
        ),
        (
            .overrun,
            "sockets may be missing: the kernel ran out of memory for its replies (ENOBUFS)"
        ),
        (
            .undecodable(count: 1, first: .missingTCPInfo),
            "1 socket could not be read: in the kernel's description of the first, it has no"
                + " tcp_info"
        ),
        (
            .undecodable(count: 2, first: .tcpInfoTooShort(bytes: 56)),
            "2 sockets could not be read: in the kernel's description of the first, its tcp_info"
                + " has only 56 bytes"
        ),
    ])
    func `A gap says what may be missing and why`(gap: DumpOutcome.Gap, message: String) {
        #expect(gap.description == message)
    }
}
