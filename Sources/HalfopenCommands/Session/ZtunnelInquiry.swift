import Discovery
import LinuxSystem
import Model
import PodSnapshot

/// The question to the ztunnel of this node which workloads it knows, over connections that were made
/// with privilege; the answer is read without.
final class ZtunnelInquiry {
    /// For the whole of an exchange; ztunnel takes some tenths of a second for 20,000 workloads.
    private static let timeLimit = TimeSpan.seconds(10)
    /// For the question whether it is ready, whose answer is short.
    private static let readinessTimeLimit = TimeSpan.seconds(2)

    private var connections: ZtunnelConnections?
    private var fault: ZtunnelFault?

    /// Connects; a failure is told when the answer is read.
    init() {
        do throws(ZtunnelFault) { connections = try ZtunnelConnections() } catch { fault = error }
    }

    /// A question over connections that are there.
    init(_ connections: consuming ZtunnelConnections) {
        self.connections = consume connections
    }

    /// A question that cannot be asked, and why.
    init(failed reason: String) {
        fault = .cannotConnect(reason)
    }

    /// Reads the answer, once.
    func read() throws(ZtunnelFault) -> SnapshotContents {
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
                from: ZtunnelConnections.admin(of: process),
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

    /// The status by which a ztunnel says that it is not ready.
    ///
    /// `nil` where it says that it is, or nothing: the answer to the other question then decides.
    private static func refusal(over connection: consuming FileDescriptor) -> Int? {
        do throws(HTTPError) {
            var response = try HTTPResponse(
                getting: "/healthz/ready",
                from: ZtunnelConnections.readinessHost,
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

extension ZtunnelFault: CustomStringConvertible {
    /// Operation, object, cause and what to do, as one line without the program's name.
    var description: String {
        switch self {
        case .cannotFind(let error): error.description
        case .cannotEnter(let process, let error):
            "cannot ask \(process.object): \(error.description)"
        case .hasEnded(let process):
            "cannot ask \(process.object): it has ended since it was found; run again"
        case .cannotConnect(let reason): reason
        case .isSyncing(let process, let status):
            "\(process.object) is not ready (HTTP status \(status)): it may not know all workloads"
                + " yet; wait until it has synced with istiod"
        case .cannotRead(let process, .http(let error)):
            "cannot get the workloads of \(process.object) from"
                + " \(ZtunnelConnections.admin(of: process))/config_dump: \(error);"
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
