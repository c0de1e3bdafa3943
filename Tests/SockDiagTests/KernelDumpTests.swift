import CLinux
import Glibc
import KernelTestSupport
import LinuxSystem
import Model
import Testing

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

    @Test func `A pass for each family lists what one pass for both does`() throws {
        let namespace = try SocketNamespace([
            "10.244.0.1,15008,600,200", "fd00::1,15008,300,30", "::ffff:10.245.0.1,15008,100,10",
            "fd00::1,15009,5",
        ])
        let atOnce = try dump(.process(namespace.pid)).sockets.map(\.cookie)
        let handle = try NamespaceHandle(opening: .process(namespace.pid))
        let transport = try handle.inside { () throws(SockDiagError) in
            do throws(Errno) {
                return RefusedAtOnce(try SockDiagTransport())
            } catch {
                throw .cannotOpenSocket(error)
            }
        }
        var twoPasses = TCPDump(over: transport, rounds: 1)
        var cookies: [UInt64] = []
        let outcome = try twoPasses.run(remotePort: 15008, clock: wallClock) { socket, _ in
            cookies.append(socket.cookie)
        }
        #expect(outcome == DumpOutcome(sockets: 1000))
        #expect(cookies.sorted() == atOnce.sorted())
    }
}

/// A kernel that does not know the request for both families.
private struct RefusedAtOnce: NetlinkTransport, ~Copyable {
    private var transport: SockDiagTransport
    var portID: UInt32 { transport.portID }

    init(_ transport: consuming SockDiagTransport) {
        self.transport = transport
    }

    mutating func send(_ message: [UInt8]) throws(TransportError) {
        var message = message
        // A number beyond any that sock_diag has.
        if message[4] == UInt8(TCPDIAG_GETSOCK) { message[5] = 3 }
        try transport.send(message)
    }

    mutating func receive(into buffer: inout [UInt32]) throws(TransportError) -> NetlinkDatagram {
        try transport.receive(into: &buffer)
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
