import Glibc
import InetDiag
import KernelTestSupport
import NetAddress
import Testing
import Times

@testable import SockDiag

/// Dumps of the running kernel.
@Suite(.enabled(if: KernelTests.canRun, Comment(rawValue: KernelTests.requirement)))
struct KernelDumpTests {
    @Test(arguments: [nil, 512])
    func `Sockets of every family and of one port alone are listed, each once`(
        ownTable: Int?
    ) throws {
        let namespace = try SocketNamespace(
            [
                "10.244.0.1,15008,600,200", "fd00::1,15008,300,30",
                "::ffff:10.245.0.1,15008,100,10", "10.244.0.1,443,500,5", "fd00::1,15009,5",
            ],
            ownTable: ownTable
        )
        let (sockets, outcome) = try dump(.process(namespace.pid))
        #expect(outcome.isComplete)
        #expect(outcome.sockets == 1000)
        #expect(sockets.count == 1000)
        #expect(Set(sockets.map(\.cookie)).count == 1000)
        #expect(sockets.allSatisfy { $0.peer.port == 15008 })
        #expect(sockets.count { $0.family == .ipv4 } == 600)
        #expect(sockets.count { $0.family == .ipv6 && !$0.peer.address.isIPv4 } == 300)
        #expect(sockets.count { $0.family == .ipv6 && $0.peer.address.isIPv4 } == 100)
        #expect(Set(sockets.map(\.peer.address)).count == 240)
    }
}

func dump(
    _ namespace: NetworkNamespace,
    port: UInt16 = 15008
) throws -> (sockets: [TCPSocket], outcome: DumpOutcome) {
    var socket = try DiagSocket(in: namespace)
    var sockets: [TCPSocket] = []
    let outcome = try socket.dump(remotePort: port, clock: wallClock) { found, _ in
        sockets.append(found)
    }
    return (sockets, outcome)
}

func wallClock() -> WallTime {
    var now = timespec()
    clock_gettime(CLOCK_REALTIME, &now)
    return WallTime(milliseconds: Int64(now.tv_sec) * 1000 + Int64(now.tv_nsec) / 1_000_000)
}
