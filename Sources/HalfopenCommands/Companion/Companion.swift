import Discovery
import Glibc
import LinuxSystem
import Model
import SockDiag

/// Why the companion did not do what it was asked for.
package enum CompanionError: Error, Hashable, Sendable, CustomStringConvertible {
    /// It could not be started.
    case cannotStart(Errno)
    /// It has ended.
    case hasEnded

    /// What happened, and what to do.
    package var description: String {
        switch self {
        case .cannotStart(let error):
            "cannot start the process that keeps the privileges: \(error); allow one process more"
                + " (ulimit -u, pids.max)"
        case .hasEnded: "the process that keeps the privileges has ended; run again"
        }
    }
}

/// The process that has the privileges, from the side of the program, which has none.
///
/// It is there only where something needs privilege after the start: a watch opens all again for each
/// scan, files are replaced at the end of a run, connections are destroyed, and who holds them is
/// looked up. What breaks into the program can ask for these things, for those files and that port
/// alone; ``CompanionRequest`` is all that there is to ask.
final class Companion {
    private var channel: MessageSocket?
    private let process: ChildProcess?
    private let request: ScanRequest
    /// Why it cannot be used any more.
    private var fault: CompanionError?
    /// The metrics file that was written last, open.
    private var metrics: FileDescriptor?

    /// Starts the process, which ends with this value.
    ///
    /// To be made while this process has no thread but one, and before it reads anything from
    /// outside.
    ///
    /// - Parameters:
    ///   - request: The command line.
    ///   - kept: What the process needs.
    init(_ request: ScanRequest, keeping kept: Capabilities) {
        self.request = request
        do throws(Errno) {
            let ends = try MessageSocket.pair()
            channel = MessageSocket(FileDescriptor(owning: ends.near))
            // The other process has its own.
            let far = FileDescriptor(owning: ends.far)
            process = try ChildProcess {
                let end = MessageSocket(FileDescriptor(owning: far.number))
                CompanionService.run(request, over: end, keeping: kept)
            }
        } catch {
            process = nil
            fault = .cannotStart(error)
        }
    }

    deinit {
        // It ends when the channel does; waited for, it leaves no zombie.
        channel = nil
        _ = process?.wait(atMost: 2000)
    }

    // MARK: Targets

    /// Opens the targets of the command line once more.
    func openTargets() throws(CompanionError) -> TargetSet {
        raiseDescriptorLimit()
        try ask(.openTargets)
        var targets: [OpenTarget] = []
        var (problems, info): ([String], [String]) = ([], [])
        while true {
            var reply = try reply()
            switch reply.answer {
            case .target(let facts):
                let place = UInt16(clamping: targets.count)
                targets.append(
                    OpenTarget(facts, reply.descriptor.take()) {
                        [self] sockets, lookedAt throws(SockDiagError) in
                        try destroy(sockets, lookedAt: lookedAt, in: place)
                    }
                )
            case .problem(let text): problems.append(text)
            case .info(let text): info.append(text)
            case .done: return TargetSet(targets, problems: problems, info: info)
            default: throw end()
            }
        }
    }

    /// Closes those that were kept open, because something may be destroyed in them.
    func closeTargets() {
        if request.destroys { _ = try? answer(to: .closeTargets) }
    }

    private func destroy(
        _ sockets: [TCPSocket],
        lookedAt: TimeSpan,
        in target: UInt16
    ) throws(SockDiagError) -> [Int32]? {
        switch try? answer(to: .destroy(target: target, lookedAt: lookedAt, sockets)) {
        case .destroyed(let codes) where codes.count == sockets.count: return codes
        case .late: return nil
        case .problem(let reason): throw .destroyerFailed(reason)
        default:
            throw .destroyerFailed("cannot destroy a TCP socket: \(CompanionError.hasEnded)")
        }
    }

    /// Asks for the owners of sockets, which ``takeOwners(of:_:)`` then gets.
    func askOwners<Sockets: RandomAccessCollection<SocketID>>(
        of sockets: Sockets
    ) throws(CompanionError) where Sockets.Index == Int {
        let size = CompanionRequest.mostOwners
        for start in stride(from: 0, to: sockets.count, by: size) {
            let end = min(start + size, sockets.count)
            try ask(.findOwners(Array(sockets[start..<end]), isLast: end == sockets.count))
        }
    }

    /// Gets the owners of the sockets that were asked for.
    ///
    /// - Parameters:
    ///   - count: The number of those sockets.
    ///   - take: Takes the place of each socket whose owner is known, and the owner.
    /// - Returns: Why there may be others.
    func takeOwners(
        of count: Int,
        _ take: (Int, SocketOwner) -> Void
    ) throws(CompanionError) -> String? {
        if count == 0 { return nil }
        var problem: String?
        while true {
            switch try reply().answer {
            case .owner(let place, let owner):
                guard place < count else { throw end() }
                take(Int(place), owner)
            case .problem(let text): problem = text
            case .done: return problem
            default: throw end()
            }
        }
    }

    // MARK: Ztunnel

    /// Connects to the node's ztunnel.
    func openZtunnel() -> ZtunnelInquiry {
        guard var reply = attempt(.openZtunnel) else {
            return ZtunnelInquiry(failed: "cannot ask ztunnel: \(CompanionError.hasEnded)")
        }
        switch reply.answer {
        case .problem(let text): return ZtunnelInquiry(failed: text)
        case .ztunnel(let process):
            guard let admin = reply.descriptor.take(), var second = try? self.reply(),
                let readiness = second.descriptor.take()
            else { break }
            return ZtunnelInquiry(ZtunnelConnections(process, admin, readiness))
        default: break
        }
        return ZtunnelInquiry(failed: "cannot ask ztunnel: \(end())")
    }

    // MARK: Files

    /// Opens a snapshot again, by its place on the command line.
    ///
    /// - Throws: The system's error; `ESPIPE` where it is no regular file any more, and `EPIPE` where
    ///   the companion has ended.
    func openSnapshot(_ place: Int) throws(Errno) -> FileDescriptor {
        guard var reply = attempt(.openSnapshot(UInt16(clamping: place))) else {
            throw Errno(code: EPIPE)
        }
        if case .unreadable(let error) = reply.answer { throw error }
        guard let file = reply.descriptor.take() else { throw Errno(code: EMFILE) }
        return file
    }

    /// Locks the state file.
    func lockState() throws(StateFileError) { _ = try confirm(.lockState, path(of: .state)) }

    /// Opens the state file; `nil` where there is none.
    func openState() throws(StateFileError) -> FileDescriptor? {
        let path = path(of: .state)
        guard var reply = attempt(.openState) else { throw .file(.unattended(path: path)) }
        if case .fault(let error) = reply.answer { throw error }
        if case .absent = reply.answer { return nil }
        guard let file = reply.descriptor.take() else {
            throw .file(.cannot("read", path: path, Errno(code: EMFILE)))
        }
        return file
    }

    /// Gives the state file, which is locked, another name; the new one.
    func setStateAside(_ fault: HistoryFault) throws(StateFileError) -> String? {
        let answer = try confirm(.setStateAside(fault), path(of: .state))
        guard case .name(let name) = answer else { return nil }
        return name
    }

    /// Unlocks the state file.
    func unlockState() { _ = try? answer(to: .unlockState) }

    /// Makes the file that takes the place of another.
    func create(_ output: CompanionRequest.Output) throws(FileError) -> ReplacedFile {
        let path = path(of: output)
        guard var reply = attempt(.create(output)) else { throw .unattended(path: path) }
        if case .fault(.file(let error)) = reply.answer { throw error }
        guard let file = reply.descriptor.take() else {
            throw .cannot("create", path: path, Errno(code: EMFILE))
        }
        return ReplacedFile(path, file, companion: self)
    }

    /// Replaces a file by the bytes of these numbers.
    func replace<Number: FixedWidthInteger & BitwiseCopyable>(
        _ output: CompanionRequest.Output,
        with numbers: Span<Number>
    ) throws(FileError) {
        let new = try create(output)
        try new.write(numbers)
        let file = try new.finish()
        if output == .metrics { metrics = file }
    }

    /// Writes over the metrics file that was written last, where the companion has ended, and nobody
    /// can replace it.
    ///
    /// - Returns: Whether there is one, and it was written.
    func overwriteMetrics(_ text: [UInt8]) -> Bool {
        guard metrics != nil else { return false }
        return (try? metrics?.overwrite(text)) != nil
    }

    fileprivate func finish(_ path: String) throws(FileError) {
        do throws(StateFileError) {
            _ = try confirm(.finish, path)
        } catch {
            if case .file(let error) = error { throw error }
        }
    }

    fileprivate func abandon() { _ = try? answer(to: .abandon) }

    private func path(of output: CompanionRequest.Output) -> String {
        request.path(of: output) ?? ""
    }

    // MARK: Questions and answers

    /// An answer, with what came with it.
    private struct Reply: ~Copyable {
        let answer: CompanionAnswer
        var descriptor: FileDescriptor?
    }

    private func ask(_ question: CompanionRequest) throws(CompanionError) {
        if let fault { throw fault }
        do throws(Errno) {
            try channel?.send(question.bytes)
        } catch {
            throw end()
        }
    }

    private func reply() throws(CompanionError) -> Reply {
        if let fault { throw fault }
        do throws(Errno) {
            if var message = try channel?.receive(), let answer = CompanionAnswer(message.bytes) {
                return Reply(answer: answer, descriptor: message.descriptor.take())
            }
        } catch {
            throw end()
        }
        throw end()
    }

    private func answer(to question: CompanionRequest) throws(CompanionError) -> CompanionAnswer {
        try ask(question)
        return try reply().answer
    }

    /// The reply to a question; `nil` where the companion cannot be used any more.
    private func attempt(_ question: CompanionRequest) -> Reply? {
        do throws(CompanionError) {
            try ask(question)
            return try reply()
        } catch {
            return nil
        }
    }

    /// Asks for something that is done, or fails with a file's error.
    private func confirm(
        _ question: CompanionRequest,
        _ path: String
    ) throws(StateFileError) -> CompanionAnswer {
        guard let answer = try? answer(to: question) else { throw .file(.unattended(path: path)) }
        if case .fault(let error) = answer { throw error }
        return answer
    }

    /// Ends the connection to a process that does not do what it is there for.
    private func end() -> CompanionError {
        channel = nil
        fault = .hasEnded
        return .hasEnded
    }
}

/// A file that takes the place of another as a whole: the companion has made it, and gives it the
/// name; it is removed unless that happens.
struct ReplacedFile: ~Copyable {
    private let companion: Companion
    private let path: String
    private var file: FileDescriptor?
    private var isFinished = false

    fileprivate init(_ path: String, _ file: consuming FileDescriptor, companion: Companion) {
        self.path = path
        self.file = consume file
        self.companion = companion
    }

    deinit {
        // Half a file is no evidence, and a full disk is not helped by one.
        if !isFinished { companion.abandon() }
    }

    /// Writes the bytes of all numbers, after those that were written before.
    func write<Number: FixedWidthInteger & BitwiseCopyable>(
        _ numbers: Span<Number>
    ) throws(FileError) {
        do throws(Errno) { try file?.write(numbers) } catch {
            throw .cannot("write", path: path, error)
        }
    }

    /// Gives the file the name of the one it replaces.
    ///
    /// - Returns: The file, open.
    @discardableResult
    consuming func finish() throws(FileError) -> FileDescriptor? {
        isFinished = true
        try companion.finish(path)
        return file.take()
    }
}
