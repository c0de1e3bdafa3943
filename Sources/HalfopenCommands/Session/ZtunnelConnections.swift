import Discovery
import LinuxSystem
import Model
import PodSnapshot
import SockDiag

/// Connections to the ztunnel of this node, made or under way: what takes privilege, and reads nothing
/// that ztunnel says.
struct ZtunnelConnections: ~Copyable {
    /// Where it says whether it is ready, whatever its admin port is.
    private static let readinessPort: UInt16 = 15021

    /// The ztunnel.
    let process: ZtunnelProcess
    /// To its admin server.
    let admin: FileDescriptor
    /// To where it says whether it is ready.
    let readiness: FileDescriptor

    /// Connections that somebody else has made.
    init(
        _ process: ZtunnelProcess,
        _ admin: consuming FileDescriptor,
        _ readiness: consuming FileDescriptor
    ) {
        self.process = process
        self.admin = admin
        self.readiness = readiness
    }

    /// Finds the ztunnel and begins to connect to it from inside its network namespace.
    init(by visits: ProcessVisits = ProcessVisits()) throws(ZtunnelFault) {
        let process: ZtunnelProcess
        do throws(ZtunnelError) { process = try .find(by: visits) } catch {
            throw .cannotFind(error)
        }
        let admin = try Self.connect(to: process.adminPort, of: process)
        let readiness = try Self.connect(to: Self.readinessPort, of: process)
        self.init(process, admin, readiness)
    }

    private static func connect(
        to port: UInt16,
        of process: ZtunnelProcess
    ) throws(ZtunnelFault) -> FileDescriptor {
        let connection: NamespaceConnection
        do throws(SockDiagError) {
            connection = try NamespaceConnection(
                to: loopback(port),
                in: .process(process.pid)
            )
        } catch {
            throw .cannotEnter(process, error)
        }
        guard connection.namespaceInode == process.namespaceInode else { throw .hasEnded(process) }
        return connection.takeSocket()
    }

    private static func loopback(_ port: UInt16) -> Endpoint {
        Endpoint(address: IPAddress(ipv4: 0x7f00_0001), port: port)
    }

    /// The admin server, as requests and messages name it.
    static func admin(of process: ZtunnelProcess) -> String {
        loopback(process.adminPort).description
    }

    /// The same of the server that says whether it is ready.
    static var readinessHost: String { loopback(readinessPort).description }
}

/// Why a ztunnel gives no snapshot.
enum ZtunnelFault: Error {
    case cannotFind(ZtunnelError)
    case cannotEnter(ZtunnelProcess, SockDiagError)
    /// Another process has its number now.
    case hasEnded(ZtunnelProcess)
    /// The process that looks for it says why it has no connection.
    case cannotConnect(String)
    /// It says itself that it does not know its workloads yet.
    case isSyncing(ZtunnelProcess, status: Int)
    case cannotRead(ZtunnelProcess, ZtunnelDump.Fault)
}
