import Judging

extension ScanReport {
    /// What reap did, beside what stands with each finding.
    package struct Reap: Hashable, Sendable {
        /// Whether nothing was to be destroyed, but shown what would be.
        package var isDryRun: Bool
        /// That nothing is destroyed at all and why, as a sentence without a full stop.
        package var refusal: String?
        /// The candidates that this run leaves, and another one may destroy.
        package var left: Int
        /// The results of the connections that earlier runs of this process took up.
        package var earlier = ReapCounts()

        /// A run of the given facts.
        package init(isDryRun: Bool, refusal: String? = nil, left: Int = 0) {
            self.isDryRun = isDryRun
            self.refusal = refusal
            self.left = left
        }
    }

    /// The connections that reap took up, by result.
    package struct ReapCounts: Hashable, Sendable {
        /// All of them.
        package private(set) var planned = 0
        private var results: [Reaping.Result: Int] = [:]

        /// Those of one result.
        package subscript(result: Reaping.Result) -> Int { results[result, default: 0] }

        /// Those of which nothing is known, or to which nothing was done.
        package var withoutResult: Int { planned - results.values.reduce(0, +) }

        /// The counts before the first connection.
        package init() {}

        /// Adds the counts of other connections.
        package mutating func add(_ other: ReapCounts) {
            planned += other.planned
            results.merge(other.results, uniquingKeysWith: +)
        }

        init(_ findings: Findings) {
            for case let reaping? in findings.map(\.reaping) {
                planned += 1
                if let result = reaping.result { results[result, default: 0] += 1 }
            }
        }
    }

    /// The results of the findings.
    package var reapCounts: ReapCounts { ReapCounts(findings) }

    /// How `reap` ends: clear where all that was to be destroyed is, with candidates where some of it
    /// was left alone, incomplete where it refused or something failed; a dry run ends as `list`.
    package var reapExitStatus: ExitStatus {
        guard let reap, !reap.isDryRun else {
            return reap?.refusal == nil ? exitStatus : .incomplete
        }
        let counts = reapCounts
        if !isComplete || historyFault != nil || reap.refusal != nil { return .incomplete }
        if counts[.refused] + counts.withoutResult > 0 { return .incomplete }
        return counts[.skipped] + reap.left > 0 ? .candidates : .clear
    }

    /// What reap did in one line, for standard error, without the program's name.
    package var reapLine: String {
        guard let reap else { return "" }
        if let refusal = reap.refusal { return refusal }
        let counts = reapCounts
        let left = reap.left == 0 ? "" : "; \(reap.left) left for another run"
        if counts.planned == 0 { return "nothing to destroy" + left }
        let planned = counted(counts.planned, "connection")
        if reap.isDryRun {
            return "dry run: \(planned) would be destroyed\(left); add --yes to destroy"
        }
        var parts = ["\(counts[.destroyed]) of \(planned) destroyed"]
        for result in Reaping.Result.allCases where result != .destroyed && counts[result] > 0 {
            parts.append("\(counts[result]) \(result.rawValue)")
        }
        if counts.withoutResult > 0 {
            parts.append("the result of \(counts.withoutResult) is unknown")
        }
        return parts.joined(separator: ", ") + left
    }
}
