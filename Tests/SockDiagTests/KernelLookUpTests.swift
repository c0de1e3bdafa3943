import KernelTestSupport
import Model
import Testing

@testable import SockDiag

/// Sockets of the running kernel that are looked up by what history keeps of them.
@Suite(.enabled(if: KernelTests.canRun, Comment(rawValue: KernelTests.requirement)))
struct KernelLookUpTests {
    @Test func `Sockets of every family are found by their addresses and cookie`() throws {
        let namespace = try SocketNamespace([
            "10.244.0.1,15008,150,50", "fd00::1,15008,30,10", "::ffff:10.245.0.1,15008,20,10",
        ])
        let listed = try dump(.process(namespace.pid)).sockets
        #expect(listed.count == 200)
        let found = try lookUp(listed.map { SocketKey($0, in: 7) }, in: namespace)
        #expect(found.map(\.cookie) == listed.map(\.cookie))
        #expect(found.map(\.family) == listed.map(\.family))
        #expect(found.map(\.peer) == listed.map(\.peer))
        #expect(found.map(\.inode) == listed.map(\.inode))
    }

    @Test(arguments: ["10.244.0.1", "fd00::1", "::ffff:10.244.0.1"])
    func `What has closed, has another cookie or another port is not found`(peer: String) throws {
        let namespace = try SocketNamespace(["\(peer),15008,3"])
        let listed = try dump(.process(namespace.pid)).sockets
        var keys = listed.map { SocketKey($0, in: 7) }
        var diagnostics = try DiagSocket(in: .process(namespace.pid))
        try diagnostics.destroy(
            [listed[0]],
            clock: wallClock,
            isStillMeant: { _, _, _ in true },
            report: { #expect($1 == .destroyed) }
        )
        keys[1].cookie ^= 1
        #expect(try lookUp(keys, in: namespace).map(\.cookie) == [listed[2].cookie])
        #expect(try lookUp(keys, port: 15009, in: namespace) == [])
    }

    private func lookUp(
        _ keys: [SocketKey],
        port: UInt16 = 15008,
        in namespace: borrowing SocketNamespace
    ) throws -> [TCPSocket] {
        var diagnostics = try DiagSocket(in: .process(namespace.pid))
        var found: [TCPSocket] = []
        let before = wallClock()
        try diagnostics.lookUp(keys, remotePort: port, clock: wallClock) { socket, now in
            #expect(before <= now)
            found.append(socket)
        }
        return found
    }
}
