import Judging
import Model
import Reporting
import Testing

private func suspected(_ reasons: Reason...) -> [Finding] {
    reasons.map {
        finding(.deleted, .suspected, $0, peer: "10.0.0.1", localPort: 1, silentMilliseconds: 9, "")
    }
}

@Test(arguments: [
    (suspected(.unownedAddress), false, "--pod-cidr CIDR if"),
    (suspected(.unownedIfSnapshotFresh), false, "--captured-at TIME,"),
    (suspected(.heardBeforeOwnerNetwork), false, "--state FILE in every scan,"),
    (suspected(.heardBeforeOwnerNetwork), true, "a later scan with the same --state"),
    (suspected(.pingsMissed, .unownedAndSilent), false, "'halfopen watch', or --state FILE"),
    (suspected(.silentSinceBeforeOwnerNetwork), true, "a later scan with the same --state"),
    (suspected(.ownerTimesContradict, .heardBeforeOwnerExisted), false, "clocks that agree,"),
    (suspected(.ownerStuckTerminating), false, "a fresh snapshot in a minute"),
])
func `What would be proof is named once for each doubt`(
    findings: [Finding],
    hasHistory: Bool,
    need: String
) {
    let needs = report(findings).proofNeeds(hasHistory: hasHistory)
    #expect(needs.count == 1)
    #expect(needs.first?.hasPrefix(need) == true, "\(needs)")
}

@Test func `A snapshot that does not say that it is whole may be said to be`() {
    var report = report(suspected(.unownedAddress, .unownedIfSnapshotFresh))
    report.snapshots.append(pipedSnapshot)
    #expect(
        report.proofNeeds(hasHistory: false) == [
            "--captured-at TIME, when the snapshot was requested",
            "--cluster-wide if the snapshot lists every Pod of the cluster",
        ]
    )
}

@Test func `What is proven already, or is no candidate, needs no proof`() {
    let others = sampleFindings.filter { $0.judgement.confidence != .suspected }
    #expect(report(others).proofNeeds(hasHistory: false).isEmpty)
}
