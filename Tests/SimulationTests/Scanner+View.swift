import Judging
import Model
import TestSupport

/// What one scan is given, and what is to be known of that.
struct ScanView {
    var snapshot: ModelSnapshot
    /// What the snapshot says, which may be something else.
    var contents: [SnapshotContents]
    /// What that means.
    var ownership: IPOwnership
    /// How it is wrong, if it is on purpose.
    var falsehood: Falsehood?
    /// The numbers of the proxies that are looked at.
    var proxies: [Int]
    var now: WallTime
    /// Whether the snapshot or the scanner's clock is wrong on purpose.
    var isWrong: Bool
    /// What evidence at hand speaks against them.
    var contradiction: EvidenceAtHand.Contradiction?
    /// The nodes whose clocks are shown to be fast.
    var lateNodes: Set<String>
}

extension Scanner {
    /// What the next scan is given.
    mutating func view(of snapshot: ModelSnapshot, at now: WallTime) -> ScanView {
        let falsehood = falsehood()
        let told = falsehood?.told(of: snapshot, in: world, setting)
        let contents = told ?? snapshot.contents
        let all = Array(world.proxies.indices)
        let proxies = setting.takesTurns ? [runs % all.count] : all
        return ScanView(
            snapshot: snapshot,
            contents: contents,
            ownership: told.map { IPOwnership($0) } ?? snapshot.ownership,
            falsehood: falsehood,
            proxies: proxies,
            now: now,
            isWrong: falsehood != nil || world.isScannerWrong(at: now),
            contradiction: contradiction(to: contents, proxies, at: now),
            lateNodes: world.lateNodes(in: contents, now: now)
        )
    }

    private mutating func falsehood() -> Falsehood? {
        guard let falsehood = setting.falsehood else { return nil }
        if falsehood.isOnce { return runs == Self.scans / 2 ? falsehood : nil }
        return random.chance(percent: falsehood.percent) ? falsehood : nil
    }

    private func contradiction(
        to contents: [SnapshotContents],
        _ proxies: [Int],
        at now: WallTime
    ) -> EvidenceAtHand.Contradiction? {
        proxies.lazy.compactMap {
            EvidenceAtHand(
                world,
                world.proxies[$0],
                isNamed: namesProxies,
                at: now,
                maxAge: policy.maxAge
            )
            .contradiction(to: contents)
        }.first
    }

    /// Holds what a scan found against the truth.
    mutating func record(_ result: ScanResult, _ view: ScanView) {
        ledger.record(
            isComplete: result.isComplete,
            isWrong: view.isWrong,
            contradiction: view.contradiction
        )
        for finding in result.findings {
            fingerprint.combine(finding)
            guard let connection = connection(of: finding) else { continue }
            let sighting = Sighting(
                world: world,
                connection: connection,
                snapshot: view.snapshot,
                owners: finding.owners.map(\.identity.uid),
                now: view.now,
                heardAt: finding.heardAt,
                judgement: finding.judgement,
                firstSeen: memory.isKept ? memory.firstSeen[connection.cookie] : nil,
                excuse: memory.taint
                    ?? world.excuse(for: connection, lateNodes: view.lateNodes, at: view.now)
            )
            ledger.record(sighting)
            heartbeatLedger.record(sighting)
            guard memory.isKept else { continue }
            let isWhole = result.targets[finding.target].isComplete
            memory.note(
                connection.cookie,
                isCandidate: finding.judgement.verdict.isCandidate,
                counts: isWhole,
                at: view.now
            )
            guard isWhole else { continue }
            ledger.record(
                runs: memory.candidateRuns[connection.cookie] ?? 0,
                remembered: finding.candidacy?.runs ?? 0
            )
        }
    }

    /// The connection that a finding speaks of.
    func connection(of finding: Finding) -> Connection? {
        // Cookies are numbers in the order of the connections.
        let index = Int(finding.socket.cookie) - 1
        return connections.indices.contains(index) ? connections[index] : nil
    }
}
