import Judging
import Model

/// The findings as far as they were seen: what a scan adds to it and takes from it is an event.
package struct FindingTracker: Sendable {
    private var known: [SocketKey: (finding: Finding, target: ScanTarget)] = [:]

    /// A log in which nothing was found yet.
    package init() {}

    /// Takes in what a scan found, and tells what has changed since the last one.
    ///
    /// That a connection was not seen clears it only where all was seen: in its own network
    /// namespace, or, if that is not a target any more, by a complete scan: a proxy that could not be
    /// searched for is not a target, either.
    ///
    /// - Parameters:
    ///   - report: What the scan found.
    ///   - naming: Gives new findings the processes that hold them, which later ones then have, too.
    /// - Returns: The events: first those of the findings, in their order, then what was cleared.
    package mutating func update(
        _ report: ScanReport,
        naming: ([Finding]) -> [Finding] = { $0 }
    ) -> [FindingEvent] {
        var (events, seen) = ([FindingEvent](), Set<SocketKey>())
        let findings = Array(report.findings)
        let keys = findings.map { SocketKey($0, in: report.targets[$0.target]) }
        var new = naming(
            zip(findings, keys).filter { known[$0.1] == nil }.map(\.0)
        )[...]
        for (finding, key) in zip(findings, keys) {
            let target = report.targets[finding.target]
            seen.insert(key)
            if let old = known[key]?.finding {
                var finding = finding
                finding.process = old.process
                known[key] = (finding, target)
                if finding.differs(from: old) {
                    events.append(FindingEvent(.changed, finding, before: old, in: target))
                }
            } else {
                let finding = new.popFirst() ?? finding
                known[key] = (finding, target)
                events.append(FindingEvent(.appeared, finding, before: nil, in: target))
            }
        }
        return events + clear(report.targets, seen, sawAll: report.isComplete)
    }

    private mutating func clear(
        _ targets: [ScanTarget],
        _ seen: Set<SocketKey>,
        sawAll: Bool
    ) -> [FindingEvent] {
        guard known.count > seen.count else { return [] }
        let whole = Set(targets.filter(\.isComplete).compactMap(\.inode))
        let scanned = Set(targets.compactMap(\.inode))
        let gone = known.filter { key, _ in
            !seen.contains(key)
                && (whole.contains(key.namespace)
                    || (sawAll && !scanned.contains(key.namespace)))
        }
        for key in gone.keys { known[key] = nil }
        return gone.values.sorted { Finding.reportOrder($0.finding, $1.finding) }
            .map { FindingEvent(.cleared, $0.finding, before: $0.finding, in: $0.target) }
    }
}

extension SocketKey {
    fileprivate init(_ finding: Finding, in target: ScanTarget) {
        // A target with a connection was opened, and so has one.
        self.init(finding.socket, in: target.inode ?? 0)
    }
}

extension Finding {
    /// Whether an operator would call it another finding; ages and counters move all the time.
    fileprivate func differs(from old: Finding) -> Bool {
        judgement != old.judgement || health != old.health
            || owners.map(\.identity) != old.owners.map(\.identity)
            || previousOwner?.identity != old.previousOwner?.identity || reaping != old.reaping
    }
}
