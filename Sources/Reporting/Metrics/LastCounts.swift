import Judging
import Model

/// The counts of the targets that were last seen whole, from scan to scan.
///
/// That a target could not be read clears no candidate: its metrics keep their last values as long as
/// it is a target, or may be one.
package struct LastCounts: Sendable {
    /// What makes a target the same as one of an earlier scan.
    private struct Name: Hashable {
        var path: String?
        var proxy: MeshProxy?

        init(_ target: ScanTarget) {
            path = target.path
            proxy = target.proxy
        }
    }

    /// In the order in which they were first seen.
    private var known: [(name: Name, target: ScanTarget)] = []

    /// The counts before the first scan.
    package init() {}

    /// Takes in a scan.
    ///
    /// - Returns: The report with the counts that its metrics show.
    package mutating func update(_ report: ScanReport) -> ScanReport {
        var shown = report
        for (index, target) in report.targets.enumerated() where !target.isComplete {
            guard let last = last(Name(target)) else { continue }
            // As many as there are now are known, too.
            if last.summary.candidates >= target.summary.candidates {
                shown.targets[index].summary = last.summary
            }
        }
        let names = Set(report.targets.map { Name($0) })
        if report.hasAllTargets {
            known.removeAll { !names.contains($0.name) }
        } else {
            shown.targets += known.filter { !names.contains($0.name) }.map { last in
                var target = last.target
                target.isComplete = false
                return target
            }
        }
        for target in report.targets where target.isComplete { remember(target) }
        return shown
    }

    private func last(_ name: Name) -> ScanTarget? {
        known.first { $0.name == name }?.target
    }

    private mutating func remember(_ target: ScanTarget) {
        let name = Name(target)
        if let index = known.firstIndex(where: { $0.name == name }) {
            known[index].target = target
        } else {
            known.append((name, target))
        }
    }
}
