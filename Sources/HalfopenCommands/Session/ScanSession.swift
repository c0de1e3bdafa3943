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
        /// Whether the history that was asked for is kept.
        let isRemembered: Bool
        /// What a reap stands on; `nil` where none was asked for.
        let reapBasis: ReapBasis?

        /// How the program ends, by the contract of halfopen(8).
        var exitStatus: ExitStatus {
            // The scan was complete all the same, but not all that was asked for is done.
            if !isRemembered { return .incomplete }
            return ExitStatus(rawValue: report.exitStatus) ?? .incomplete
        }
    }

    /// What a reap needs of a scan beside its report.
    struct ReapBasis {
        let judge: Judge
        let survey: PeerSurvey
        let agreement: ReapPlan.Agreement
        /// Whether the clock was not set since the run that is remembered.
        let isOfOneClock: Bool
        /// What was remembered before the scan.
        fileprivate let past: SocketHistory?

        /// What was remembered of a socket when it was judged.
        func past(of socket: TCPSocket, in target: OpenTarget) -> SocketPast? {
            past?.past(of: SocketKey(socket, in: target.facts.inode ?? 0))
        }
    }

    let request: ScanRequest
    let contents: [SnapshotContents]
    let ownership: IPOwnership

    /// Opens the snapshots, gives up the privileges that nothing needs any more, and reads them.
    ///
    /// All else that needs privilege, such as the targets, is to be open by then.
    init(opening request: ScanRequest) throws {
        let snapshots = try request.openSnapshots()
        try request.dropPrivileges()
        self.init(request, try request.read(snapshots))
    }

    /// Takes snapshots that were read.
    init(_ request: ScanRequest, _ contents: [SnapshotContents]) {
        self.request = request
        self.contents = contents
        if request.isVerbose { contents.forEach { StandardStreams.say($0.facts) } }
        ownership = IPOwnership(contents, podCIDRs: request.podCIDRs)
    }

    /// Scans the targets now, and says what went wrong.
    ///
    /// Afterwards nothing keeps a namespace alive, unless something is to be destroyed in it.
    ///
    /// - Parameters:
    ///   - targets: The namespaces, opened.
    ///   - processes: Who tells which process holds a connection; `nil` where that is not printed.
    func scan(_ targets: TargetSet, processes: ProcessLookup? = nil) -> Outcome {
        var outcome = judge(targets)
        if let processes {
            let report = outcome.report
            outcome.report.findings = processes.named(report.findings, in: report.targets)
        }
        if request.isVerbose { targets.facts.forEach { StandardStreams.say($0) } }
        return told(outcome)
    }

    /// Says what the user asked to know, and what went wrong.
    func told(_ outcome: Outcome) -> Outcome {
        if request.isVerbose { outcome.report.targets.forEach { StandardStreams.say($0.facts) } }
        for warning in outcome.report.warnings { StandardStreams.say(warning) }
        return outcome
    }

    /// Scans the targets now, and says nothing.
    ///
    /// - Parameters:
    ///   - targets: The namespaces, opened.
    ///   - notices: What the reader of the report must know beside what the scan finds.
    func judge(_ targets: TargetSet, beside notices: [String] = []) -> Outcome {
        // Locked no sooner: a snapshot may come through a pipe from a slow API server.
        var memory = request.state.map { RunMemory($0, skew: request.policy.skew) }
        let began = ClockReading()
        var warnings = contents.flatMap { $0.document.problemMessages }
        warnings += Premises.shortcomings(of: ownership, policy: request.policy, now: began.wall)
        let judge = Judge(
            ownership: ownership,
            policy: request.policy,
            now: began.wall,
            boundUIDs: memory?.history?.boundUIDs ?? []
        )
        // Of before the scan: afterwards everything agrees with itself.
        let past = request.isToReap ? memory?.history : nil
        var scan = Scan(
            request,
            judge: judge,
            history: judge.timesAreSound ? memory?.history.take() : nil,
            survey: request.isToReap
                ? PeerSurvey(of: ownership, skew: request.policy.skew) : nil
        )
        for target in targets.targets {
            scan.scan(target)
            if !request.isToReap { target.close() }
        }
        warnings += targets.problems + scan.gaps
        let ended = ClockReading()
        if began.wasSet(before: ended, skew: request.policy.skew) {
            warnings.append("the clock was set during the scan: its times mean nothing; run again")
        }
        if let history = scan.history.take() {
            let capture = warnings.isEmpty ? ownership.captureBound : nil
            memory?.keep(
                history,
                after: scan.targets,
                areAllTargets: targets.problems.isEmpty,
                capture: capture
            )
        }
        let report = ScanReport(
            version: halfopenVersion,
            host: hostName(),
            port: request.port,
            generatedAt: ended.wall,
            duration: ended.steady - began.steady,
            isComplete: warnings.isEmpty,
            snapshots: contents.map(ScanReport.Snapshot.init),
            targets: scan.targets,
            summary: scan.targets.reduce(into: ScanSummary()) { $0.add($1.summary) },
            findings: Finding.sorted(scan.findings),
            warnings: warnings + notices + (memory?.warnings ?? [])
        )
        let basis = scan.survey.map {
            ReapBasis(
                judge: judge,
                survey: $0,
                agreement: .init(earlier: past?.capture, present: ownership.captureBound),
                isOfOneClock: memory?.clockWasSet != true,
                past: judge.timesAreSound ? past : nil
            )
        }
        return Outcome(
            report: report,
            isRemembered: memory?.hasFailed != true,
            reapBasis: basis
        )
    }
}

extension ProcessLookup {
    /// The findings with the processes that hold their connections.
    func named(_ findings: [Finding], in targets: [ScanReport.Target]) -> [Finding] {
        let sockets = findings.map {
            SocketID(namespace: targets[$0.target].inode ?? 0, inode: $0.socket.inode)
        }
        let owners = owners(of: sockets)
        return zip(findings, sockets).map { finding, socket in
            var finding = finding
            // Of a connection that was destroyed since, nobody holds anything.
            finding.process = owners[socket].map(SocketProcess.init) ?? finding.process
            return finding
        }
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

extension ScanReport.Target {
    /// What was scanned, for `--verbose`.
    fileprivate var facts: String {
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
