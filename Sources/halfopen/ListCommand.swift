import Ownership
import PodSnapshot
import Report
import Times
import Verdict

/// `halfopen list`: the candidates of the targets, now.
struct ListCommand {
    let request: ListRequest

    /// Scans and reports.
    ///
    /// - Returns: The exit status, by the contract of halfopen(8).
    func run() -> ExitStatus {
        let targets = OpenTarget.open(request.targets)
        let contents: [SnapshotContents]
        do throws(SnapshotError) {
            contents = try request.readSnapshots()
        } catch {
            StandardStreams.say(error.description)
            return .incomplete
        }
        if request.isVerbose { contents.forEach { StandardStreams.say($0.facts) } }
        let ownership = IPOwnership(contents, podCIDRs: request.podCIDRs)
        let (report, isRemembered) = scan(targets, contents, ownership)
        if request.isVerbose { report.targets.forEach { StandardStreams.say($0.facts) } }
        for warning in report.warnings { StandardStreams.say(warning) }
        do throws(StandardStreams.WriteError) {
            try report.render(request.output, style: style, to: StandardStreams.writeResult)
        } catch {
            StandardStreams.say(error.message)
            return .incomplete
        }
        if !request.isQuiet, [.table, .wide].contains(request.output) {
            StandardStreams.say(report.summaryLine(asked: request.policy.asked))
        }
        // The scan was complete all the same, but not all that was asked for is done.
        if !isRemembered { return .incomplete }
        return ExitStatus(rawValue: report.exitStatus) ?? .incomplete
    }

    private func scan(
        _ targets: [OpenTarget],
        _ contents: [SnapshotContents],
        _ ownership: IPOwnership
    ) -> (report: ScanReport, isRemembered: Bool) {
        // Locked no sooner: a snapshot may come through a pipe from a slow API server.
        var memory = request.state.map { RunMemory($0, skew: request.policy.skew) }
        let began = systemTime()
        var warnings = contents.flatMap { $0.document.problemMessages }
        warnings += Premises.shortcomings(of: ownership, policy: request.policy, now: began)
        let judge = Judge(
            ownership: ownership,
            policy: request.policy,
            now: began,
            boundUIDs: memory?.history?.boundUIDs ?? []
        )
        var scan = Scan(
            request,
            judge: judge,
            history: judge.timesAreSound ? memory?.history : nil
        )
        for target in targets { scan.scan(target) }
        warnings += scan.gaps
        if let history = scan.history { memory?.keep(history, after: scan.targets) }
        let report = ScanReport(
            version: halfopenVersion,
            host: hostName(),
            port: request.port,
            generatedAt: systemTime(),
            isComplete: warnings.isEmpty,
            snapshots: contents.map(ScanReport.Snapshot.init),
            targets: scan.targets,
            summary: scan.summary,
            findings: scan.findings.sorted(by: Finding.reportOrder),
            warnings: warnings + (memory?.warnings ?? [])
        )
        return (report, memory?.hasFailed != true)
    }

    private var style: TableStyle {
        let isColored =
            switch request.color {
            case .always: true
            case .never: false
            case .auto: StandardStreams.wantsColor
            }
        return TableStyle(hasHeader: request.showsHeader, isColored: isColored)
    }
}

extension ScanReport.Target {
    /// What was scanned, for `--verbose`.
    fileprivate var facts: String {
        let place = path.map { "'\($0)'" } ?? "of this program"
        let number = inode.map { " (inode \($0))" } ?? ""
        return "network namespace \(place)\(number): \(sockets) sockets"
            + (isComplete ? "" : ", incomplete")
    }
}

extension ScanReport.Snapshot {
    fileprivate init(_ contents: SnapshotContents) {
        self.init(
            document: contents.document,
            pods: contents.pods.count,
            addresses: contents.pods.addressCount
        )
    }
}
