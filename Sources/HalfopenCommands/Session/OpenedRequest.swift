import LinuxSystem
import Model
import PodSnapshot
import Recording

/// What a request names, opened: all commands open it in one order, and reach it when the privileges
/// are given up that nothing needs any more.
struct OpenedRequest: ~Copyable {
    /// Who tells which process holds a connection; `nil` where that is not printed.
    let processes: ProcessLookup?
    /// The namespaces; none where a watch opens them again for each scan.
    let targets: TargetSet
    /// The file of a capture; `nil` for standard output.
    var output: FileReplacement?
    /// The recordings that are judged in place of the targets.
    let captures: [RecordingInput]
    private let request: ScanRequest
    private let snapshots: [SnapshotFile]

    /// Opens all that takes privilege; nothing is read that comes from outside.
    fileprivate init(_ request: ScanRequest, for command: Subcommand) throws {
        // Forked first: what it does not inherit, it need not close.
        let processes = request.namesProcesses(in: command) ? ProcessLookup() : nil
        let targets = command.opensTargets ? TargetSet(request) : TargetSet()
        let captures = try request.openReplays()
        let snapshots = try request.openSnapshots()
        output = try request.makeOutput()
        self.processes = processes
        self.targets = targets
        self.captures = captures
        self.snapshots = snapshots
        self.request = request
    }

    /// Reads the snapshots in their order.
    func readSnapshots() throws(SnapshotError) -> [SnapshotContents] {
        var contents: [SnapshotContents] = []
        for file in snapshots { contents.append(try request.read(file)) }
        return contents
    }

    /// Reads the snapshots of a watch, which will read them again when they are replaced, and closes
    /// these files: a watch lives longer than they serve.
    consuming func shelveSnapshots() throws(SnapshotError) -> SnapshotCache {
        try SnapshotCache(request, reading: snapshots)
    }
}

extension ScanRequest {
    /// Opens what the command takes, and gives up the privileges that it does not need again.
    func open(for command: Subcommand) throws -> OpenedRequest {
        // These files are replaced at the end in their folders, which may be another user's.
        let writes = state != nil || metricsFile != nil || (outputFile ?? "-") != "-"
        var kept: Capabilities = writes ? .dacOverride : []
        if !isDryRun { kept.insert(.netAdmin) }
        if command == .watch {
            // It opens all again for each scan, and snapshots may be their owner's alone.
            kept.insert(.dacReadSearch)
            if targets != [.current] { kept.formUnion([.sysAdmin, .sysPtrace]) }
        }
        return try Privileged(OpenedRequest(self, for: command)).afterDropping(
            keeping: kept,
            user: writes || command == .watch ? .kept : .dropped
        )
    }

    fileprivate func namesProcesses(in command: Subcommand) -> Bool {
        switch command {
        case .list, .reap: output.showsProcesses && replays.isEmpty
        case .watch: true
        case .check, .explain, .capture, .snapshot, .completion, .version, .help: false
        }
    }

    fileprivate func makeOutput() throws(RecordingFileError) -> FileReplacement? {
        guard let path = outputFile, path != "-" else { return nil }
        let manner = FileReplacement.Manner(mode: 0o666, isDurable: true)
        do throws(FileError) {
            return try FileReplacement(of: path, manner)
        } catch {
            throw .file(error)
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
