import Discovery
import LinuxSystem
import Model
import PodSnapshot
import SockDiag

/// The question to the ztunnel of this node which workloads it knows.
///
/// Finding it and connecting to it takes privilege and reads nothing that it says; its answer is read
/// later, without.
final class ZtunnelInquiry {
    /// Why there is no answer.
    enum Fault: Error {
        case cannotFind(ZtunnelError)
        case cannotEnter(ZtunnelProcess, SockDiagError)
        /// Another process has its number now.
        case hasEnded(ZtunnelProcess)
        /// It knows only the workloads that somebody has asked for.
        case isOnDemand(ZtunnelProcess)
        /// It says itself that it does not know its workloads yet.
        case isSyncing(ZtunnelProcess, status: Int)
        case cannotRead(ZtunnelProcess, ZtunnelDump.Fault)
    }

    /// For the whole of an exchange; ztunnel takes some tenths of a second for 20,000 workloads.
    private static let timeLimit = TimeSpan.seconds(10)
    /// Of the answer whether it is ready, which is short.
    private static let readinessTimeLimit = TimeSpan.seconds(2)
    /// Where it says that, whatever its admin port is.
    private static let readinessPort: UInt16 = 15021

    private struct Connections: ~Copyable {
        let process: ZtunnelProcess
        let admin: FileDescriptor
        let readiness: FileDescriptor
    }

    private var connections: Connections?
    private var fault: Fault?

    /// Finds the ztunnel and begins to connect to it; a failure is told when it is read.
    init() {
        do throws(Fault) { connections = try Self.connect() } catch { fault = error }
    }

    private static func connect() throws(Fault) -> Connections {
        let process: ZtunnelProcess
        do throws(ZtunnelError) { process = try .find() } catch { throw .cannotFind(error) }
        if process.isOnDemand { throw .isOnDemand(process) }
        return Connections(
            process: process,
            admin: try connect(to: process.adminPort, of: process),
            readiness: try connect(to: readinessPort, of: process)
        )
    }

    private static func connect(
        to port: UInt16,
        of process: ZtunnelProcess
    ) throws(Fault) -> FileDescriptor {
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

    fileprivate static func loopback(_ port: UInt16) -> Endpoint {
        Endpoint(address: IPAddress(ipv4: 0x7f00_0001), port: port)
    }

    /// Reads the answer, once.
    func read() throws(Fault) -> SnapshotContents {
        if let fault { throw fault }
        guard let connections = connections.take() else { throw .cannotFind(.none) }
        let process = connections.process
        if let status = Self.refusal(over: connections.readiness) {
            throw .isSyncing(process, status: status)
        }
        var dump: ZtunnelDump
        do throws(HTTPError) {
            dump = try ZtunnelDump(
                over: connections.admin,
                from: Self.loopback(process.adminPort).description,
                timeLimit: Self.timeLimit,
                now: systemTime()
            )
        } catch {
            throw .cannotRead(process, .http(error))
        }
        do throws(ZtunnelDump.Fault) {
            return try dump.read(now: systemTime)
        } catch {
            throw .cannotRead(process, error)
        }
    }

    /// The status by which a ztunnel says that it is not ready; `nil` where it says that it is, or
    /// nothing: the answer to the other question then decides.
    private static func refusal(over connection: consuming FileDescriptor) -> Int? {
        do throws(HTTPError) {
            var response = try HTTPResponse(
                getting: "/healthz/ready",
                from: loopback(readinessPort).description,
                over: connection,
                timeLimit: readinessTimeLimit,
                bodyLimit: 1 << 16
            )
            while try response.next() != nil {}
            return nil
        } catch {
            guard case .status(let code) = error else { return nil }
            return code
        }
    }
}

extension ZtunnelInquiry.Fault: CustomStringConvertible {
    /// Operation, object, cause and what to do, as one line without the program's name.
    var description: String {
        switch self {
        case .cannotFind(let error): error.description
        case .cannotEnter(let process, let error):
            "cannot ask \(process.object): \(error.description)"
        case .hasEnded(let process):
            "cannot ask \(process.object): it has ended since it was found; run again"
        case .isOnDemand(let process):
            "\(process.object) loads workloads on demand (XDS_ON_DEMAND), so that it knows only some:"
                + " give a snapshot (-s FILE) instead of --ztunnel"
        case .isSyncing(let process, let status):
            "\(process.object) is not ready (HTTP status \(status)): it may not know all workloads"
                + " yet; wait until it has synced with istiod"
        case .cannotRead(let process, .http(let error)):
            "cannot get the workloads of \(process.object) from"
                + " \(ZtunnelInquiry.loopback(process.adminPort))/config_dump: \(error);"
                + " \(error.advice)"
        case .cannotRead(let process, .document(let error)):
            "cannot use what \(process.object) answered: \(error)"
        }
    }
}

extension ZtunnelProcess {
    /// The process as messages name it.
    fileprivate var object: String { "ztunnel (process \(pid))" }
}

extension HTTPError {
    /// What to do where ztunnel does not answer as it should.
    fileprivate var advice: String {
        switch self {
        case .cannotConnect, .status:
            "check that its admin server listens there (proxyAdminPort)"
        case .timedOut, .endedEarly, .cannotReceive, .cannotSend:
            "run again, and look at its log if it happens again"
        default: "check what listens there"
        }
    }
}
