import Judging
import Model
import Reporting

/// What to do about the candidates of a scan, as a command to copy.
struct NextStep {
    /// The program's name, as the user gave it.
    let program: String
    /// The options of the scan, in the order given.
    let options: [(option: Option, value: String?)]

    /// The sentence, which is safe to print as it is; `nil` where there is nothing to do, or where
    /// the scan must be repaired first.
    ///
    /// - Parameters:
    ///   - report: What the scan found.
    ///   - request: What it was asked for.
    func text(after report: ScanReport, _ request: ScanRequest) -> String? {
        guard report.isComplete, request.replays.isEmpty else { return nil }
        let summary = report.summary
        if summary.confirmed > 0 {
            let them =
                summary.confirmed == 1
                ? "the confirmed one" : "the \(summary.confirmed) confirmed ones"
            let isTooOld = report.snapshotAge.map { $0 > reapMaxAge(request) } ?? false
            let first =
                if isTooOld {
                    ", take a fresh snapshot and run"
                } else if request.snapshots.contains(where: \.isReadOnce) {
                    ", give the snapshot again"
                } else {
                    ""
                }
            return "to close \(them)\(first): \(reapCommand(isSnapshotNew: isTooOld))"
                + " (dry run; add --yes to destroy)" + agreementNeed(report, request)
        }
        let needs = report.proofNeeds(hasHistory: request.state != nil)
        guard !needs.isEmpty else { return nil }
        let them =
            summary.suspected == 1
            ? "the suspected one" : "the \(summary.suspected) suspected ones"
        return "to confirm \(them): \(needs.joined(separator: "; "))"
    }

    /// What a reap needs beside this command where a target has few peers; empty where none does, or
    /// where the next scan has it anyway.
    private func agreementNeed(_ report: ScanReport, _ request: ScanRequest) -> String {
        let isNeeded = report.findings.contains {
            $0.judgement.confidence == .confirmed && !$0.judgement.isByConnections
                && report.targets.indices.contains($0.target)
                && report.targets[$0.target].hasFewPeers
        }
        let isAsked = request.snapshots.isEmpty
        guard isNeeded, !isAsked || request.state == nil else { return "" }
        let tellsTime = report.snapshots.allSatisfy { $0.document.readTimeSource == .document }
        let newer = "a newer snapshot" + (tellsTime ? "" : " (--captured-at)")
        let needs =
            request.state != nil
            ? newer : "--state FILE and a second run" + (isAsked ? "" : " with " + newer)
        return "; with fewer than \(ReapPolicy.manyPeers) peers, it takes " + needs
    }

    /// The age to which a reap with these options takes a snapshot.
    private func reapMaxAge(_ request: ScanRequest) -> TimeSpan {
        let isGiven = options.contains { $0.option.name == "max-age" }
        return (isGiven ? request.policy.maxAge : nil) ?? ReapPolicy.maxSnapshotAge
    }

    /// The same scan with `reap`.
    private func reapCommand(isSnapshotNew: Bool) -> String {
        var words = [program.shellWord, Subcommand.reap.rawValue]
        for (option, value) in options where isOfScan(option, value) {
            if isSnapshotNew, option.name == "captured-at" { continue }
            words.append(option.forms[0])
            if let value { words.append(value.shellWord) }
        }
        return words.joined(separator: " ")
    }

    /// Whether an option says what is judged and how, and not what is printed of it.
    private func isOfScan(_ option: Option, _ value: String?) -> Bool {
        guard option.commands.contains(.reap), !Self.printing.contains(option.name) else {
            return false
        }
        // A reap refuses to take snapshots of any age.
        return option.name != "max-age" || TimeSpan(durationText: value ?? "") != .zero
    }

    /// The options that say what is printed.
    private static let printing: Set = [
        "all", "output", "no-header", "color", "quiet", "verbose",
    ]
}

extension String {
    /// Whether a snapshot of this name cannot be read a second time: standard input, or what a shell
    /// makes of `<(...)`.
    fileprivate var isReadOnce: Bool {
        self == "-" || self == "/dev/stdin" || hasPrefix("/dev/fd/") || hasPrefix("/proc/self/fd/")
    }
}
