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
            contents = try readSnapshots()
        } catch {
            StandardStreams.say(error.description)
            return .incomplete
        }
        if request.isVerbose { contents.forEach { StandardStreams.say($0.facts) } }
        let ownership = IPOwnership(contents, podCIDRs: request.podCIDRs)
        let report = scan(targets, contents, ownership)
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
        return ExitStatus(rawValue: report.exitStatus) ?? .incomplete
    }

    private func readSnapshots() throws(SnapshotError) -> [SnapshotContents] {
        var contents: [SnapshotContents] = []
        for path in request.snapshots {
            var content = try SnapshotFile.read(path, now: systemTime)
            if let capturedAt = request.capturedAt {
                content.document.statedCapture = (capturedAt, .option)
            }
            if request.isClusterWide, content.document.scope == .unknown {
                content.document.scope = .cluster
            }
            contents.append(content)
        }
        return contents
    }

    private func scan(
        _ targets: [OpenTarget],
        _ contents: [SnapshotContents],
        _ ownership: IPOwnership
    ) -> ScanReport {
        let began = systemTime()
        var warnings = contents.flatMap { $0.document.problemMessages }
        warnings += Premises.shortcomings(of: ownership, policy: request.policy, now: began)
        var scan = Scan(
            request,
            judge: Judge(ownership: ownership, policy: request.policy, now: began)
        )
        for target in targets { scan.scan(target) }
        warnings += scan.gaps
        return ScanReport(
            version: halfopenVersion,
            host: hostName(),
            port: request.port,
            generatedAt: systemTime(),
            isComplete: warnings.isEmpty,
            snapshots: contents.map(ScanReport.Snapshot.init),
            targets: scan.targets,
            summary: scan.summary,
            findings: scan.findings.sorted(by: Finding.reportOrder),
            warnings: warnings
        )
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

extension SnapshotDocument {
    /// The problems with their place, and how many more there are.
    fileprivate var problemMessages: [String] {
        var messages = problems.map {
            "snapshot '\(source)': line \($0.line), byte \($0.byteOffset): \($0.message)"
        }
        if problemCount > problems.count {
            messages.append(
                "snapshot '\(source)': \(problemCount - problems.count) more like these"
            )
        }
        return messages
    }
}

extension SnapshotContents {
    /// What was read, for `--verbose`.
    fileprivate var facts: String {
        let duration = document.readingEnded - document.readingBegan
        return "snapshot '\(document.source)': \(document.format.rawValue), scope"
            + " \(document.scope.rawValue), captured \(document.claimedCapture.rfc3339)"
            + " (\(document.captureSource.rawValue)), surely not before"
            + " \(document.captureBound.rfc3339), items: \(document.items), Pods: \(pods.count),"
            + " Nodes: \(nodes.count); read in \(duration.milliseconds) ms"
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
