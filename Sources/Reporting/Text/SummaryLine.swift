import Judging
import Model

extension ScanReport {
    /// How `list` ends: incomplete, whatever was found, where the scan is that or is not remembered as
    /// it should be.
    package var exitStatus: ExitStatus {
        guard isComplete, historyFault == nil else { return .incomplete }
        return summary.candidates == 0 ? .clear : .candidates
    }

    /// The counts in one line, for standard error, without the program's name.
    ///
    /// An incomplete scan says so first, and no line that counts nothing reads like an all-clear.
    ///
    /// - Parameter asked: The verdicts that count as candidates, where `--only` narrows them.
    /// - Returns: The line, without an end of line.
    package func summaryLine(asked: Set<Verdict> = Verdict.candidates) -> String {
        ([headline(asked)]
            + [targetsText, doubtText, countsText(asked), ageText].compactMap(\.self))
            .joined(separator: "; ")
    }

    private func headline(_ asked: Set<Verdict>) -> String {
        if targets.isEmpty {
            return isComplete
                ? "no Istio proxy with a requested role runs on this node (--role)"
                : "INCOMPLETE: no Istio proxy was seen"
        }
        let place =
            "to :\(port)" + (targets.count > 1 ? " in \(counted(targets.count, "target"))" : "")
        if summary.sockets == 0 {
            let doubt =
                targets.count > 1
                ? nil : doubtfulNames.first.map { " in \($0), which may be the wrong target" }
            return isComplete
                ? "no connection \(place)" + (doubt ?? "")
                : "INCOMPLETE: no connection \(place) was seen"
        }
        let connections = counted(summary.sockets, "connection") + " " + place
        let candidates = Verdict.allCases.filter(\.isCandidate)
        let only =
            candidates.allSatisfy(asked.contains)
            ? ""
            : candidates.filter(asked.contains).map(\.rawValue).joined(separator: ", ") + " only"
        if summary.candidates == 0 {
            let narrowed = only.isEmpty ? "" : " (\(only))"
            return isComplete
                ? "no half-open candidate\(narrowed) among \(connections)"
                : "INCOMPLETE: no candidate\(narrowed) was seen among \(connections)"
        }
        let sure = "\(summary.confirmed) confirmed, \(summary.suspected) suspected"
        let narrowed = only.isEmpty ? "" : "; \(only)"
        return (isComplete ? "" : "INCOMPLETE: ") + counted(summary.candidates, "candidate")
            + " (\(sure)\(narrowed)) of \(connections)"
    }

    /// How many candidates each of several targets has; `nil` where none has any.
    private var targetsText: String? {
        let withCandidates = targets.filter { $0.summary.candidates > 0 }
        guard targets.count > 1, !withCandidates.isEmpty else { return nil }
        return withCandidates.map { "\($0.summary.candidates) in \($0.title)" }
            .joined(separator: ", ")
    }

    /// Which of several targets have no connection; `nil` where that raises no doubt.
    private var doubtText: String? {
        let names = doubtfulNames
        guard targets.count > 1, !names.isEmpty else { return nil }
        return "none in \(names.joined(separator: ", ")), which may be wrong targets"
    }

    /// What the other connections are, or `nil` where there are none; the candidates of a verdict
    /// that was not asked for are among them, or nobody would learn of them.
    private func countsText(_ asked: Set<Verdict>) -> String? {
        var parts: [String] = []
        for verdict in Verdict.allCases where summary[verdict] > 0 {
            if verdict.isCandidate, asked.contains(verdict) { continue }
            var part = "\(summary[verdict]) \(verdict.rawValue)"
            if verdict.isCandidate { part += " (not requested)" }
            if verdict == .undetermined, let silence = summary.oldestUndetermined {
                part += " (oldest silent \(silence.shortText))"
            }
            parts.append(part)
        }
        return parts.isEmpty ? nil : parts.joined(separator: ", ")
    }

    /// How old the oldest snapshot is; unknown where one came through a pipe and does not say.
    private var ageText: String {
        if snapshots.contains(where: { $0.document.readTimeSource == .read }) {
            let name = snapshots.count > 1 ? "a snapshot" : "snapshot"
            return "\(name) of unknown age (--captured-at)"
        }
        guard let oldest = snapshots.map(\.document.claimedReadTime).min() else {
            return "no snapshot (-s would name the Pods and prove more)"
        }
        let name = snapshots.count > 1 ? "oldest snapshot" : "snapshot"
        let age = generatedAt - oldest
        return age < .zero
            ? "\(name) from \((oldest - generatedAt).shortText) in the future"
            : "\(name) \(age.shortText) old"
    }
}

/// `1 connection`, `2 connections`.
package func counted(_ count: Int, _ noun: String) -> String {
    "\(count) \(noun)\(count == 1 ? "" : "s")"
}
