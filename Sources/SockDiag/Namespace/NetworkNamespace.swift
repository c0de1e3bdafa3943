import CLinux
import Glibc
import LinuxSystem

/// Which network namespace to look into, network_namespaces(7).
package enum NetworkNamespace: Hashable, Sendable {
    /// The one that the program runs in.
    case current
    /// One that `ip netns` named: `/run/netns/NAME`.
    case named(String)
    /// One that a file of the namespace filesystem refers to.
    case path(String)
    /// That of a process, by its number in the program's own PID namespace.
    case process(Int32)

    /// The namespace that a user means by a name or, if it has a slash, a path.
    package init(nameOrPath text: String) {
        self = text.utf8.contains(UInt8(ascii: "/")) ? .path(text) : .named(text)
    }

    /// The file that refers to it; `nil` for the program's own.
    package var path: String? {
        switch self {
        case .current: nil
        case .named(let name): "/run/netns/\(name)"
        case .path(let path): path
        case .process(let number): "/proc/\(number)/ns/net"
        }
    }
}

/// An open network namespace, and so one that is kept alive.
struct NamespaceHandle: ~Copyable {
    /// What makes it the same namespace as another.
    struct Identity: Hashable {
        var device: UInt64
        var inode: UInt64
    }

    let identity: Identity
    private let namespace: NetworkNamespace
    private let descriptor: FileDescriptor

    /// Opens a namespace and checks that it is one.
    ///
    /// The corresponding C functions are `open`, `fstatfs`, `fstat` and the `ioctl` of ioctl_ns(2).
    init(opening namespace: NetworkNamespace) throws(SockDiagError) {
        // The thread's, not the process's: a thread may have moved.
        let path = namespace.path ?? "/proc/thread-self/ns/net"
        let descriptor: FileDescriptor
        do throws(Errno) {
            // Never waits: what the user names may be a FIFO or a terminal.
            descriptor = try FileDescriptor(opening: path, O_RDONLY | O_NONBLOCK | O_NOCTTY)
        } catch {
            throw .cannotOpenNamespace(namespace, error)
        }
        let status: FileStatus
        do throws(Errno) {
            status = try descriptor.status()
        } catch {
            throw .cannotOpenNamespace(namespace, error)
        }
        guard halfopen_is_network_namespace(descriptor.number) == 1 else {
            throw .notANetworkNamespace(namespace)
        }
        identity = Identity(device: status.device, inode: status.inode)
        self.descriptor = descriptor
        self.namespace = namespace
    }

    /// Moves the calling thread into the namespace.
    ///
    /// The corresponding C function is `setns`.
    func enter() throws(Errno) {
        guard halfopen_enter_network_namespace(descriptor.number) == 0 else { throw .current }
    }

    /// Runs a function with the calling thread inside the namespace, and comes back.
    ///
    /// A thread that is inside already stays, for which no privilege is needed.
    ///
    /// - Throws: What `body` throws, or ``SockDiagError/cannotEnterNamespace(_:_:)``; and
    ///   ``SockDiagError/cannotLeaveNamespace(_:_:)``, whatever `body` did, where the thread is
    ///   left in the wrong namespace.
    func inside<Value: ~Copyable>(
        _ body: () throws(SockDiagError) -> Value
    ) throws(SockDiagError) -> Value {
        let home = try NamespaceHandle(opening: .current)
        if home.identity == identity { return try body() }
        do { try enter() } catch { throw .cannotEnterNamespace(namespace, error) }
        let result = Result(catching: body)
        do { try home.enter() } catch { throw .cannotLeaveNamespace(namespace, error) }
        return try result.get()
    }
}
