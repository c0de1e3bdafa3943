import LinuxSystem
import Model
import PodSnapshot
import Recording

/// What a request names, opened: all commands open it in one order, and reach it when all privileges
/// are given up.
struct OpenedRequest: ~Copyable {
    /// The process that keeps the privileges; `nil` where nothing needs them any more.
    let companion: Companion?
    /// The namespaces; none where a watch opens them again for each scan.
    private(set) var targets: TargetSet
    /// The file of a capture; `nil` for standard output.
    var output: ReplacedFile?
    /// Where a watch serves its reports; `nil` where it does not, or has taken it.
    var listener: FileDescriptor?
    /// The recordings that are judged in place of the targets.
    let captures: [RecordingInput]
    /// Who started the program, where that wants to know how it is.
    let serviceManager: ServiceManager?
    private let request: ScanRequest
    private let snapshots: [SnapshotFile]
    /// The node's ztunnel; `nil` where it is not asked, or by a watch for each scan.
    private let ztunnel: ZtunnelInquiry?

    /// Opens all that takes privilege; nothing is read that comes from outside.
    fileprivate init(_ request: ScanRequest, for command: Subcommand) throws {
        // Forked first: what it does not inherit, it need not close.
        let companion = request.privileges(of: command).map { Companion(request, keeping: $0) }
        let opensTargets = command.opensTargets && !request.destroys
        let targets = opensTargets ? TargetSet(request) : TargetSet()
        let captures = try request.openReplays()
        let snapshots = try request.openSnapshots()
        let ztunnel = request.asksZtunnel && command != .watch ? ZtunnelInquiry() : nil
        listener = try request.listen()
        output = try request.makeOutput(by: companion)
        serviceManager = command == .watch ? ServiceManager() : nil
        self.companion = companion
        self.targets = targets
        self.captures = captures
        self.snapshots = snapshots
        self.ztunnel = ztunnel
        self.request = request
    }

    /// Has the companion open the targets, where it is the one that destroys in them.
    fileprivate mutating func openTargets(for command: Subcommand) throws(CompanionError) {
        guard command.opensTargets, request.destroys, let companion else { return }
        targets = try companion.openTargets()
    }

    /// Reads the snapshots in their order, that of ztunnel last.
    func readSnapshots() throws(SnapshotError) -> SnapshotSet {
        var set = SnapshotSet()
        for file in snapshots { set.contents.append(try request.read(file)) }
        if let ztunnel { set.add(ztunnel) }
        return set
    }

    /// Reads the snapshots of a watch, which will read them again when they are replaced, and closes
    /// these files: a watch lives longer than they serve.
    ///
    /// - Parameter companion: Who opens them again.
    consuming func shelveSnapshots(_ companion: Companion) throws(SnapshotError) -> SnapshotCache {
        try SnapshotCache(request, reading: snapshots, reopening: companion)
    }
}

/// The snapshots that a scan is judged by.
struct SnapshotSet {
    /// What they say, in the order of the command line.
    var contents: [SnapshotContents] = []
    /// Why one that was asked for is not among them, or not as fresh as it should be.
    ///
    /// One sentence each, without a full stop. With any, the scan is incomplete.
    var gaps: [String] = []

    /// Adds what ztunnel answers.
    fileprivate mutating func add(_ ztunnel: ZtunnelInquiry) {
        do throws(ZtunnelFault) {
            contents.append(try ztunnel.read())
        } catch {
            gaps.append(error.description)
        }
    }
}

extension ScanRequest {
    /// Opens what the command takes, and gives up all privileges.
    func open(for command: Subcommand) throws -> OpenedRequest {
        var opened = try Privileged(OpenedRequest(self, for: command)).afterDropping(user: .dropped)
        try opened.openTargets(for: command)
        return opened
    }

    /// Whether connections are destroyed.
    var destroys: Bool { reaps && !isDryRun }

    /// The capabilities that the command needs after its start; `nil` where it needs nothing then.
    fileprivate func privileges(of command: Subcommand) -> Capabilities? {
        let writes = CompanionRequest.Output.allCases.contains { path(of: $0) != nil }
        guard writes || destroys || command == .watch || namesProcesses(in: command) else {
            return nil
        }
        // These files are replaced at the end in their folders, which may be another user's.
        var kept: Capabilities = writes ? .dacOverride : []
        if destroys { kept.insert(.netAdmin) }
        if command == .watch || destroys {
            // It opens the targets; snapshots may be their owner's alone.
            kept.insert(.dacReadSearch)
            if asksZtunnel || targets != [.current] { kept.formUnion([.sysAdmin, .sysPtrace]) }
        }
        if namesProcesses(in: command) { kept.formUnion([.sysPtrace, .dacReadSearch]) }
        return kept
    }

    fileprivate func namesProcesses(in command: Subcommand) -> Bool {
        switch command {
        case .list, .reap: output.showsProcesses && replays.isEmpty
        case .watch: true
        case .check, .explain, .capture, .snapshot, .completion, .version, .help: false
        }
    }

    fileprivate func makeOutput(
        by companion: Companion?
    ) throws(RecordingFileError) -> ReplacedFile? {
        guard path(of: .capture) != nil else { return nil }
        do throws(FileError) { return try companion?.create(.capture) } catch {
            throw .file(error)
        }
    }

    fileprivate func listen() throws(ListenError) -> FileDescriptor? {
        guard let webAddress else { return nil }
        do throws(Errno) {
            return try FileDescriptor(listeningOn: webAddress)
        } catch {
            throw ListenError(endpoint: webAddress, errno: error)
        }
    }

    fileprivate func openReplays() throws(RecordingFileError) -> [RecordingInput] {
        var inputs: [RecordingInput] = []
        for path in replays { inputs.append(try RecordingInput(opening: path)) }
        return inputs
    }

    fileprivate func openSnapshots() throws(SnapshotError) -> [SnapshotFile] {
        var files: [SnapshotFile] = []
        for path in snapshots { files.append(try SnapshotFile(opening: path)) }
        return files
    }
}

extension Subcommand {
    /// Whether it looks into the namespaces once: a watch opens them again for each scan, because a
    /// socket that is kept would keep its namespace alive.
    fileprivate var opensTargets: Bool { self != .watch && self != .snapshot }
}
