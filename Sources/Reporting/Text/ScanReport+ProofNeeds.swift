import Judging
import Model

extension ScanReport {
    /// What would settle whether the suspected candidates are stale, as things to give to the next
    /// scan; empty where there are none.
    ///
    /// - Parameter hasHistory: Whether scans are remembered already.
    package func proofNeeds(hasHistory: Bool) -> [String] {
        let suspected = findings.map(\.judgement).filter {
            $0.verdict.isCandidate && $0.confidence == .suspected
        }
        let reasons = Set(suspected.map(\.reason))
        var needs: [String] = []
        for reason in Reason.allCases where reasons.contains(reason) {
            let need = proofNeed(reason, hasHistory: hasHistory)
            if !needs.contains(need) { needs.append(need) }
        }
        return needs
    }

    private func proofNeed(_ reason: Reason, hasHistory: Bool) -> String {
        switch reason {
        case .unownedAddress:
            snapshots.allSatisfy { $0.document.scope == .cluster }
                ? "--pod-cidr CIDR if this cluster's Pods get their addresses from it"
                : "--cluster-wide if the snapshot lists every Pod of the cluster"
        case .unownedIfSnapshotFresh: "--captured-at TIME, when the snapshot was requested"
        case .heardBeforeOwnerNetwork:
            hasHistory
                ? "a later scan with the same --state"
                : "--state FILE in every scan, for connections seen before their Pod is replaced"
        case .silentSinceBeforeOwnerNetwork, .unownedAndSilent, .pingsMissed:
            hasHistory
                ? "a later scan with the same --state"
                : "'halfopen watch', or --state FILE in every scan, to see pings before they stop"
        case .anotherClusterMayOwn: "snapshots that list every Pod of each cluster"
        case .heardBeforeOwnerExisted, .boundToPreviousOwner, .seenBeforeOwnerExisted,
            .heardFromFinishedPod, .previousOwnerGone, .unownedPodAddress, .ownerTimesContradict:
            "clocks that agree, then a fresh snapshot"
        default: "a fresh snapshot in a minute"
        }
    }
}
