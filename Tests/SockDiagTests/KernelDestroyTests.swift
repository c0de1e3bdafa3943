import Glibc
import KernelTestSupport
import Model
import Testing

@testable import SockDiag

/// Sockets of the running kernel, in namespaces of their own, that are destroyed.
@Suite(.enabled(if: KernelTests.canRun, Comment(rawValue: KernelTests.requirement)))
struct KernelDestroyTests {
    @Test func `Sockets of every family are destroyed, and no others`() throws {
        let namespace = try SocketNamespace([
            "10.244.0.1,15008,300,100", "fd00::1,15008,200,50", "::ffff:10.245.0.1,15008,100,10",
            "10.244.0.1,443,5",
        ])
        let all = try dump(.process(namespace.pid)).sockets
        let condemned = all.filter { $0.cookie % 2 == 0 }
        #expect(Set(condemned.map(\.family)).count == 2)
        let results = try destroy(condemned, in: namespace)
        #expect(results == [Destruction?](repeating: .destroyed, count: condemned.count))

        let left = try dump(.process(namespace.pid)).sockets
        #expect(Set(left.map(\.cookie)) == Set(all.filter { $0.cookie % 2 == 1 }.map(\.cookie)))
        #expect(try dump(.process(namespace.pid), port: 443).sockets.count == 5)
        #expect(try destroy(condemned, in: namespace).allSatisfy { $0 == .gone })
    }

    @Test(arguments: ["10.244.0.1", "fd00::1", "::ffff:10.244.0.1"])
    func `Another socket of the same addresses is not the one that is meant`(
        peer: String
    ) throws {
        let namespace = try SocketNamespace(["\(peer),15008,1"])
        var sockets = try dump(.process(namespace.pid)).sockets
        for change: UInt64 in [1, 1 << 32, .max] {
            for index in sockets.indices { sockets[index].cookie ^= change }
            #expect(try destroy(sockets, in: namespace) == [.gone])
            for index in sockets.indices { sockets[index].cookie ^= change }
        }
        for index in sockets.indices { sockets[index].cookie = .max }
        #expect(try destroy(sockets, in: namespace) == [.gone])
        #expect(try dump(.process(namespace.pid)).sockets.count == 1)
    }

    @Test func `The listener on the port of a socket survives it`() throws {
        let namespace = try SocketNamespace(["10.244.0.1,15008,2,2"])
        let sockets = try dump(.process(namespace.pid)).sockets
        let port = try #require(sockets.first).local.port
        #expect(sockets.allSatisfy { $0.local.port == port })
        let listener = try Listener(port: port, in: namespace)
        #expect(try destroy(sockets, in: namespace) == [.destroyed, .destroyed])
        // The kernel now takes the addresses to mean the listener.
        #expect(try destroy(sockets, in: namespace) == [.gone, .gone])
        #expect(listener.isListening)
    }

    @Test func `A socket that is not meant any more lives on`() throws {
        let namespace = try SocketNamespace(["10.244.0.1,15008,3,3"])
        let sockets = try dump(.process(namespace.pid)).sockets
        let results = try destroy(sockets, in: namespace) { index, socket, now in
            // The description is of now, and of this socket.
            #expect(socket.cookie == sockets[index].cookie)
            #expect(socket.info.lastHeard >= sockets[index].info.lastHeard)
            #expect(now <= wallClock())
            return index == 1
        }
        #expect(results == [.skipped, .destroyed, .skipped])
        #expect(
            try dump(.process(namespace.pid)).sockets.map(\.cookie).sorted()
                == [sockets[0].cookie, sockets[2].cookie].sorted()
        )
    }

    @Test func `A socket that was looked at too long ago lives on, and the next is looked at anew`()
        throws
    {
        let count = DiagSocket.largestBatch + 1
        let namespace = try SocketNamespace(["10.244.0.1,15008,\(count),\(count)"])
        let sockets = try dump(.process(namespace.pid)).sockets
        var isSlow = true
        let results = try destroy(sockets, in: namespace) { _, _, _ in
            // As a process that is stopped after its look.
            if isSlow { usleep(1_010_000) }
            isSlow = false
            return true
        }
        let late = [Destruction?](repeating: .late, count: DiagSocket.largestBatch)
        #expect(results == late + [.destroyed])
        let left = try dump(.process(namespace.pid)).sockets
        #expect(left.count == DiagSocket.largestBatch)
    }

    private func destroy(
        _ sockets: [TCPSocket],
        in namespace: borrowing SocketNamespace,
        isStillMeant: (Int, TCPSocket, WallTime) -> Bool = { _, _, _ in true }
    ) throws -> [Destruction?] {
        var diagnostics = try DiagSocket(in: .process(namespace.pid))
        var results = [Destruction?](repeating: nil, count: sockets.count)
        try diagnostics.destroy(sockets, clock: wallClock, isStillMeant: isStillMeant) {
            #expect(results[$0] == nil)
            results[$0] = $1
        }
        return results
    }
}

/// A socket that listens on every address of a namespace.
private final class Listener {
    private let descriptor: Int32

    init(port: UInt16, in namespace: borrowing SocketNamespace) throws {
        let handle = try NamespaceHandle(opening: .process(namespace.pid))
        descriptor = try handle.inside { () throws(SockDiagError) in
            socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        }
        var one: Int32 = 1
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        let size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let reuse = setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &one, 4)
        let bound = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, size) }
        }
        try #require(reuse == 0 && bound == 0 && listen(descriptor, 1) == 0)
    }

    deinit {
        close(descriptor)
    }

    var isListening: Bool {
        var answer: Int32 = 0
        var size = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(descriptor, SOL_SOCKET, SO_ACCEPTCONN, &answer, &size) == 0 && answer == 1
    }
}
