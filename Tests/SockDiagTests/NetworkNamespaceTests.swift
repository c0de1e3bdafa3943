import Glibc
import KernelTestSupport
import LinuxSystem
import Model
import Testing

@testable import SockDiag

@Suite struct NetworkNamespaceTests {
    @Test(arguments: [
        ("waypoint", NetworkNamespace.named("waypoint"), "/run/netns/waypoint"),
        ("/proc/42/ns/net", .path("/proc/42/ns/net"), "/proc/42/ns/net"),
        ("./netns", .path("./netns"), "./netns"),
    ])
    func `A text with a slash is a path, another a name`(
        text: String,
        namespace: NetworkNamespace,
        path: String
    ) {
        #expect(NetworkNamespace(nameOrPath: text) == namespace)
        #expect(namespace.path == path)
    }

    @Test func `A process names its namespace`() {
        #expect(NetworkNamespace.process(42).path == "/proc/42/ns/net")
        #expect(NetworkNamespace.current.path == nil)
    }

    @Test(arguments: ["/etc/passwd", "/tmp", "/dev/null", "/proc/self/ns/mnt"])
    func `What is no network namespace is refused`(path: String) {
        #expect(throws: SockDiagError.notANetworkNamespace(.path(path))) {
            _ = try NamespaceHandle(opening: .path(path)).identity
        }
    }

    @Test func `A FIFO is refused without waiting for a writer`() throws {
        let path = "/tmp/halfopen-test-fifo-\(getpid())"
        try #require(mkfifo(path, 0o600) == 0)
        defer { unlink(path) }
        #expect(throws: SockDiagError.notANetworkNamespace(.path(path))) {
            _ = try NamespaceHandle(opening: .path(path)).identity
        }
    }

    @Test(arguments: [
        NetworkNamespace.named("halfopen-no-such-name"), .path("/no/such/path"),
        .process(Int32.max),
    ])
    func `What is not there is said to be missing`(namespace: NetworkNamespace) {
        let expected = SockDiagError.cannotOpenNamespace(namespace, Errno(code: ENOENT))
        #expect(throws: expected) { _ = try NamespaceHandle(opening: namespace).identity }
    }

    @Test func `One's own namespace is entered without privilege`() async throws {
        await #expect(processExitsWith: .success) {
            guard geteuid() != 0 || setuid(65534) == 0 else { exit(2) }
            let socket = try DiagSocket(in: .process(getpid()))
            exit(
                try socket.namespaceInode == NamespaceHandle(opening: .current).identity.inode
                    ? 0 : 1
            )
        }
    }
}

@Suite(.enabled(if: KernelTests.canRun, Comment(rawValue: KernelTests.requirement)))
struct ForeignNamespaceTests {
    @Test func `A thread is back in its namespace after opening a socket in another`() throws {
        let namespace = try SocketNamespace([])
        let before = try NamespaceHandle(opening: .current).identity
        let socket = try DiagSocket(in: .process(namespace.pid))
        #expect(socket.namespaceInode != before.inode)
        #expect(try NamespaceHandle(opening: .current).identity == before)
    }

    @Test func `A thread is back in its namespace after a failure in another`() throws {
        let namespace = try SocketNamespace([])
        let before = try NamespaceHandle(opening: .current).identity
        let handle = try NamespaceHandle(opening: .path(namespace.path))
        #expect(throws: SockDiagError.noTCPDiag) {
            try handle.inside { () throws(SockDiagError) -> Int in throw .noTCPDiag }
        }
        #expect(try NamespaceHandle(opening: .current).identity == before)
    }

    @Test func `Entering another namespace needs a capability`() async throws {
        await #expect(processExitsWith: .success) {
            let namespace = try SocketNamespace([])
            // Open already, so that only the entering is refused.
            let descriptor = open(namespace.path, O_RDONLY)
            guard descriptor >= 0, setuid(65534) == 0 else { exit(2) }
            let target = NetworkNamespace.path("/proc/self/fd/\(descriptor)")
            do {
                _ = try DiagSocket(in: target).namespaceInode
            } catch SockDiagError.cannotEnterNamespace(target, Errno(code: EPERM)) {
                exit(0)
            }
            exit(1)
        }
    }

    @Test func `Another user's process cannot be looked into`() async throws {
        await #expect(processExitsWith: .success) {
            let namespace = try SocketNamespace([])
            guard setuid(65534) == 0 else { exit(2) }
            let target = NetworkNamespace.process(namespace.pid)
            do {
                _ = try DiagSocket(in: target).namespaceInode
            } catch SockDiagError.cannotOpenNamespace(target, Errno(code: EACCES)) {
                exit(0)
            }
            exit(1)
        }
    }
}

@Suite struct LoopbackTests {
    @Test func `A connection of this machine is listed with plausible ages`() throws {
        let connection = try LoopbackConnection()
        usleep(120_000)
        let before = wallClock()
        var socket = try DiagSocket(in: .current)
        var seen: [(TCPSocket, silentMilliseconds: UInt32)] = []
        let outcome = try socket.dump(remotePort: connection.port, clock: wallClock) {
            #expect($1 >= before)
            seen.append(($0, $0.info.lastHeard))
        }
        #expect(outcome == DumpOutcome(sockets: 1))
        let (found, silent) = try #require(seen.first)
        #expect(found.peer.description == "127.0.0.1:\(connection.port)")
        #expect(found.uid == geteuid())
        #expect((100..<5000).contains(silent))
        #expect(found.info.unackedSegments == 0)
    }
}

/// A connection over the loopback device.
private struct LoopbackConnection: ~Copyable {
    /// The port of the end that listened.
    let port: UInt16
    private let descriptors: [Int32]

    init() throws {
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        let listener = socket(AF_INET, kind, 0)
        let client = socket(AF_INET, kind, 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        let connected = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, size) == 0 && listen(listener, 1) == 0
                    && getsockname(listener, $0, &size) == 0 && connect(client, $0, size) == 0
            }
        }
        let server = accept(listener, nil, nil)
        descriptors = [listener, client, server]
        port = UInt16(bigEndian: address.sin_port)
        try #require(connected && server >= 0)
    }

    deinit {
        descriptors.forEach { close($0) }
    }
}
