import LinuxSystem
import Model

/// A TCP connection from inside a network namespace, which may still be under way.
///
/// It keeps its namespace alive, as every socket does.
package struct NamespaceConnection: ~Copyable {
    /// The inode of the network namespace.
    package let namespaceInode: UInt64
    /// The socket, which does not block and has no patience.
    package let socket: FileDescriptor

    /// Begins a connection; the calling thread is where it was when this returns.
    ///
    /// - Throws: ``SockDiagError``; after ``SockDiagError/cannotLeaveNamespace(_:_:)`` the thread is
    ///   in the wrong namespace, and the program must end.
    package init(
        to endpoint: Endpoint,
        in namespace: NetworkNamespace
    ) throws(SockDiagError) {
        let handle = try NamespaceHandle(opening: namespace)
        socket = try handle.inside { () throws(SockDiagError) in
            do throws(Errno) {
                return try FileDescriptor(connectingTo: endpoint)
            } catch {
                throw .cannotConnect(endpoint, error)
            }
        }
        namespaceInode = handle.identity.inode
    }

    /// Hands the socket over.
    package consuming func takeSocket() -> FileDescriptor { socket }
}
