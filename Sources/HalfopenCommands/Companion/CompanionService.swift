import Discovery
import Glibc
import LinuxSystem
import Model
import SockDiag

/// The companion: the process that has the privileges, and reads nothing that comes from outside but
/// what `/proc` shows.
///
/// It knows the command line, and does what the program asks of it by numbers. It ends when the
/// program does, and whoever ends the program's process group does not end it.
struct CompanionService: ~Copyable {
    /// More sockets than a scan has.
    private static let mostOwners = 1 << 22

    private let request: ScanRequest
    private let channel: MessageSocket
    private var register = ProcessRegister()
    private let visits = ProcessVisits()
    /// Those in which sockets may be destroyed, as long as they are open.
    private var targets: [OpenTarget] = []
    /// The question of which some parts have come.
    private var sockets: [SocketID] = []
    private var stateFile: StateFile?
    private var replacement: FileReplacement?

    /// Why it does not go on.
    private enum End: Error {
        /// The program is gone.
        case gone(Errno)
        /// It asks what it may not.
        case misused
    }

    /// One that serves over an end of a channel.
    init(_ request: ScanRequest, over channel: consuming MessageSocket) {
        self.request = request
        self.channel = channel
    }

    /// Serves until the program has ended.
    ///
    /// - Parameters:
    ///   - request: The command line.
    ///   - channel: This end of the channel.
    ///   - kept: What it needs.
    static func run(
        _ request: ScanRequest,
        over channel: consuming MessageSocket,
        keeping kept: Capabilities
    ) -> Never {
        ChildProcess.ignoreSignals()
        ChildProcess.setName("halfopen-helper")
        // Whoever waits for the end of the report must not wait for this process.
        closeDescriptors(but: channel.number)
        // Else a file that is opened later could take the place of a stream.
        StandardStreams.prepare()
        do throws(PrivilegesError) {
            // Root's own processes can be looked into without any capability, in a container.
            var service = try Privileged(CompanionService(request, over: channel))
                .afterDropping(keeping: kept, user: .kept)
            service.serve()
        } catch {
            _exit(1)
        }
        _exit(0)
    }

    /// Serves until the program is gone, or asks what it may not.
    mutating func serve() {
        while let message = try? channel.receive() {
            guard let question = CompanionRequest(message.bytes) else { break }
            do throws(End) { try answer(question) } catch { break }
        }
        // Else the half of a file would stay.
        replacement = nil
    }

    private mutating func answer(_ question: CompanionRequest) throws(End) {
        switch question {
        case .openTargets: try openTargets()
        case .closeTargets:
            targets = []
            try send(.done)
        case .destroy(let target, let lookedAt, let sockets):
            try destroy(sockets, lookedAt: lookedAt, in: Int(target))
        case .findOwners(let sockets, let isLast):
            self.sockets += sockets
            if self.sockets.count > Self.mostOwners { throw .misused }
            if isLast { try findOwners() }
        case .openZtunnel: try openZtunnel()
        case .openSnapshot(let place): try openSnapshot(Int(place))
        case .openState: try openState()
        case .lockState, .setStateAside, .unlockState: try answerAboutState(question)
        case .create(let output): try create(output)
        case .finish: try finish()
        case .abandon:
            replacement = nil
            try send(.done)
        }
    }

    private func send(
        _ answer: CompanionAnswer,
        passing descriptor: Int32? = nil
    ) throws(End) {
        do throws(Errno) {
            try channel.send(answer.bytes, passing: descriptor)
        } catch {
            throw .gone(error)
        }
    }

    // MARK: Targets

    private mutating func openTargets() throws(End) {
        targets = []
        let set = TargetSet(request, &register, by: visits)
        for target in set.targets {
            let (facts, descriptor) = target.handover
            try send(.target(facts), passing: descriptor)
            // What is kept would keep the namespace alive.
            if !request.destroys { target.close() }
        }
        for problem in set.problems { try send(.problem(problem)) }
        for info in set.info { try send(.info(info)) }
        if request.destroys { targets = set.targets }
        try send(.done)
    }

    /// Destroys sockets of a target that this process has opened, and of the port that was asked for,
    /// if the program has just looked at them.
    private func destroy(
        _ sockets: [TCPSocket],
        lookedAt: TimeSpan,
        in target: Int
    ) throws(End) {
        guard request.destroys, targets.indices.contains(target),
            sockets.allSatisfy({ $0.peer.port == request.port })
        else { throw .misused }
        let answer: CompanionAnswer
        do throws(SockDiagError) {
            let codes = try targets[target].withSocket { socket throws(SockDiagError) in
                try socket.destroyBatch(sockets, lookedAt: lookedAt)
            }
            answer = codes.map { .destroyed($0) } ?? .late
        } catch {
            answer = .problem(error.description)
        }
        try send(answer)
    }

    private mutating func findOwners() throws(End) {
        let asked = sockets
        sockets = []
        let found = SocketOwners(of: Set(asked), by: visits)
        for (place, socket) in asked.enumerated() {
            if let owner = found.owner(of: socket) { try send(.owner(UInt32(place), owner)) }
        }
        if let problem = found.problem { try send(.problem(problem)) }
        try send(.done)
    }

    /// Hands over connections to the ztunnel that the command line asks.
    private func openZtunnel() throws(End) {
        guard request.asksZtunnel else { throw .misused }
        let connections: ZtunnelConnections
        do throws(ZtunnelFault) { connections = try ZtunnelConnections(by: visits) } catch {
            return try send(.problem(error.description))
        }
        try send(.ztunnel(connections.process), passing: connections.admin.number)
        try send(.file, passing: connections.readiness.number)
    }

    // MARK: Files

    private func openSnapshot(_ place: Int) throws(End) {
        guard request.snapshots.indices.contains(place) else { throw .misused }
        let file: FileDescriptor
        do throws(Errno) { file = try Self.openRegular(request.snapshots[place]) } catch {
            return try send(.unreadable(error))
        }
        try send(.file, passing: file.number)
    }

    /// Opens a file that is read again and again; a FIFO must not be opened for nothing.
    private static func openRegular(_ path: String) throws(Errno) -> FileDescriptor {
        guard try FileStatus(of: path).kind == .regular else { throw Errno(code: ESPIPE) }
        let file = try FileDescriptor(opening: path, O_RDONLY | O_NONBLOCK | O_NOCTTY)
        guard try file.status().kind == .regular else { throw Errno(code: ESPIPE) }
        return file
    }

    private func openState() throws(End) {
        guard let path = request.state else { throw .misused }
        let opened: FileDescriptor?
        do throws(StateFileError) { opened = try StateFile.open(path) } catch {
            return try send(.fault(error))
        }
        guard let file = opened else { return try send(.absent) }
        try send(.file, passing: file.number)
    }

    private mutating func answerAboutState(_ question: CompanionRequest) throws(End) {
        guard let path = request.state else { throw .misused }
        var answer = CompanionAnswer.done
        do throws(StateFileError) {
            switch question {
            case .lockState:
                stateFile = nil
                stateFile = try StateFile(locking: path)
            case .setStateAside(let fault):
                if let name = try stateFile?.setAside(fault) { answer = .name(name) }
            default: stateFile = nil
            }
        } catch {
            answer = .fault(error)
        }
        try send(answer)
    }

    private mutating func create(_ output: CompanionRequest.Output) throws(End) {
        guard let path = request.path(of: output), output != .state || stateFile != nil else {
            throw .misused
        }
        replacement = nil
        do throws(FileError) {
            replacement = try FileReplacement(of: path, output.manner)
        } catch {
            return try send(.fault(.file(error)))
        }
        try send(.file, passing: replacement?.descriptor)
    }

    private mutating func finish() throws(End) {
        guard let new = replacement.take() else { throw .misused }
        do throws(FileError) {
            try new.finish()
        } catch {
            return try send(.fault(.file(error)))
        }
        try send(.done)
    }
}

extension CompanionRequest.Output {
    fileprivate var manner: FileReplacement.Manner {
        switch self {
        case .state: StateFile.manner
        // Whoever collects it runs as another user, and it need not outlive a crash of the machine.
        case .metrics: .init(mode: 0o644, isDurable: false)
        case .capture: .init(mode: 0o666, isDurable: true)
        }
    }
}

extension ScanRequest {
    /// The file that the command line names; `nil` where it names none.
    func path(of output: CompanionRequest.Output) -> String? {
        switch output {
        case .state: state
        case .metrics: metricsFile
        case .capture: outputFile == "-" ? nil : outputFile
        }
    }
}
