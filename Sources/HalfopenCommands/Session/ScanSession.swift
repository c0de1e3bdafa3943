import Discovery
import Judging
import LinuxSystem
import Model
import PodSnapshot
import Reporting
import SockDiag

/// The snapshots that were read and whose each address is by them: what every scan is judged by.
struct ScanSession {
    /// What a scan has come to.
    struct Outcome {
        var report: ScanReport
        /// What was found, for a reap; the findings are the report's alone, because two would hold
        /// those of a large scan twice.
        var result: ScanResult
        /// Whether the clock was not set since the run that is remembered, nor since the snapshots
        /// were taken.
        var isOfOneClock: Bool
    }

    let request: ScanRequest
    let contents: [SnapshotContents]
    let ownership: IPOwnership
    private let gaps: [String]
    private let companion: Companion?

    /// Takes the snapshots that were read for a request.
    ///
    /// - Parameters:
    ///   - request: The command line.
    ///   - snapshots: What the snapshots say.
    ///   - companion: Who has the privileges, where something needs them.
    init(
        _ request: ScanRequest,
        _ snapshots: SnapshotSet,
        _ companion: Companion? = nil
    ) {
        self.request = request
        self.companion = companion
        contents = snapshots.contents
        gaps = snapshots.gaps
        if request.isVerbose { contents.forEach { StandardStreams.say($0.info) } }
        ownership = IPOwnership(contents, podCIDRs: request.podCIDRs)
    }

    /// Scans the targets now, and says what went wrong.
    ///
    /// Afterwards nothing keeps a namespace alive, unless something is to be destroyed in it.
    ///
    /// - Parameters:
    ///   - targets: The namespaces, opened.
    ///   - namesProcesses: Whether to find the processes that hold the connections.
    func scan(_ targets: TargetSet, namesProcesses: Bool = false) -> Outcome {
        var outcome = judge(targets)
        if namesProcesses { outcome.report.nameProcesses(by: companion) }
        if request.isVerbose { targets.info.forEach { StandardStreams.say($0) } }
        return announce(outcome)
    }

    /// Says what the user asked to know, and what went wrong.
    ///
    /// - Returns: The outcome with the doubts that the summary has for people among its warnings.
    func announce(_ outcome: Outcome) -> Outcome {
        if request.isVerbose { outcome.report.targets.forEach { StandardStreams.say($0.info) } }
        for warning in outcome.report.warnings { StandardStreams.say(warning) }
        var outcome = outcome
        outcome.report.warnings += outcome.report.doubts
        return outcome
    }

    /// Scans the targets now, and says nothing.
    ///
    /// - Parameters:
    ///   - targets: The namespaces, opened.
    ///   - notices: What the reader of the report must know beside what the scan finds.
    ///   - between: What remembers earlier scans of this process; used where no file does.
    func judge(
        _ targets: TargetSet,
        beside notices: [String] = [],
        between: ScanMemory? = nil
    ) -> Outcome {
        let skew = request.policy.skew
        // Locked no sooner: a snapshot may come through a pipe from a slow API server.
        var memory: HistorySession?
        if let path = request.state, let companion {
            memory = HistorySession(path, skew: skew, companion)
        } else if let between {
            memory = HistorySession(between, skew: skew)
        }
        let loop = ScanLoop(by: ownership, request.policy, request.detail, reaps: request.reaps)
        var result = loop.run(
            remembering: memory?.history.take(),
            unseen: gaps + targets.problems,
            clock: readClocks
        ) { scan in
            for target in targets.targets {
                scan.scan(target.info) {
                    target.list(remotePort: request.port, body: $0)
                } lookUp: {
                    target.lookUp($0, remotePort: request.port, body: $1)
                }
                if !request.reaps { target.close() }
            }
        }
        let lostAt = result.history?.lostAt
        if let history = result.history.take() { memory?.keep(history) }
        var report = ScanReport(
            result,
            version: halfopenVersion,
            host: hostName(),
            port: request.port,
            snapshots: contents.map(ScanReport.Snapshot.init),
            notices: notices + (memory?.warnings ?? [])
        )
        report.historyFault = memory?.failure
        report.historyLoss = lostAt.map { .init(at: $0, isNew: memory?.wasLost == true) }
        report.hasAllTargets = targets.problems.isEmpty
        result.findings = []
        return Outcome(
            report: report,
            result: result,
            isOfOneClock: contents.isEmpty || memory?.clockWasSet != true
        )
    }
}

extension ScanReport {
    /// Adds the processes that hold the connections, and a warning where one may be unknown that
    /// should not be.
    mutating func nameProcesses(by companion: Companion?) {
        guard let companion else { return }
        do throws(CompanionError) {
            // Not kept any longer: it holds the findings, which would be copied to be changed.
            try companion.askOwners(
                of: findings.indices.lazy.map { [findings, targets] place in
                    let (target, inode) = findings.holding(at: place)
                    return SocketID(namespace: targets[target].inode ?? 0, inode: inode)
                }
            )
            let problem = try companion.takeOwners(of: findings.count) { place, owner in
                findings.name(SocketProcess(owner), at: place)
            }
            warnings += problem.map { [$0] } ?? []
        } catch {
            warnings.append("\(error)")
            isComplete = false
        }
    }
}

extension Companion {
    /// The findings with the processes that hold their connections, and why one may be unknown.
    func named(
        _ findings: [Finding],
        in targets: [ScanTarget]
    ) throws(CompanionError) -> (findings: [Finding], problem: String?) {
        var named = findings
        let sockets = findings.map {
            SocketID(namespace: targets[$0.target].inode ?? 0, inode: $0.socket.inode)
        }
        try askOwners(of: sockets)
        // No process holds a connection that was destroyed since.
        let problem = try takeOwners(of: sockets.count) { place, owner in
            named[place].process = SocketProcess(owner)
        }
        return (named, problem)
    }
}

extension SocketProcess {
    fileprivate init(_ owner: SocketOwner) {
        self.init(
            pid: owner.pid,
            command: owner.command,
            pod: owner.pod.map {
                PodIdentity(namespace: $0.namespace, name: $0.name, uid: "", node: "")
            }
        )
    }
}

extension ScanTarget {
    /// What was scanned, for `--verbose`.
    fileprivate var info: String {
        let source = replay.map {
            "capture '\($0.source)' of \($0.capturedAt.rfc3339)"
                + " (host \($0.host ?? "unknown"), kernel \($0.kernel ?? "unknown")), "
        }
        let place = path.map { " '\($0)'" } ?? (replay == nil ? " of this program" : "")
        let number = inode.map { " (inode \($0))" } ?? ""
        return (source ?? "") + "network namespace\(place)\(number): \(sockets) sockets"
            + (isComplete ? "" : ", incomplete")
    }
}

extension ScanReport.Snapshot {
    init(_ contents: SnapshotContents) {
        self.init(
            document: contents.document,
            pods: contents.pods.count,
            addresses: contents.pods.addressCount
        )
    }
}
