import Model

extension ReapPlan.Refusal: CustomStringConvertible {
    /// Why, and what to do, without a full stop at the end.
    var description: String {
        switch self {
        case .incomplete: "nothing is destroyed: the scan is incomplete"
        case .clockWasSet:
            "nothing is destroyed: this machine's clock was set; a snapshot taken after that is"
                + " needed"
        case .unknownProxy(let address):
            "nothing is destroyed: the snapshot lists no live Pod with \(address), the address of"
                + " the scanned proxy; take a new snapshot of this cluster with all namespaces"
        case .youngProxy(let address, let started, let heard):
            "nothing is destroyed: according to the snapshot the scanned proxy \(address) started"
                + " at \(started.rfc3339), but a peer was last heard on one of its connections at"
                + " \(heard.rfc3339); compare the clocks, or take a snapshot of this cluster"
        case .doubtsTooMany(let doubted, let all, let allowed):
            "nothing is destroyed: according to the snapshot \(doubted) of \(all) peers are gone,"
                + " replaced or unknown, more than the \(Self.percent(allowed)) of"
                + " --max-fraction, so the snapshot may be wrong; check 'halfopen list', exclude"
                + " peers that are not Pods (--exclude), or raise --max-fraction"
        case .needsAnotherRun(let peers, let lack):
            "nothing is destroyed yet: with \(peers) \(peers == 1 ? "peer" : "peers"), fewer than"
                + " \(ReapPolicy.manyPeers), \(Self.advice(lack)), or give --yes twice"
        }
    }

    private static func advice(_ lack: ReapPlan.Lack) -> String {
        switch lack {
        case .snapshot:
            "what is only suspected needs two snapshots that agree; run twice with --state and"
                + " -s FILE or --ztunnel"
        case .history:
            "a wrong snapshot cannot be detected; run again with --state and a snapshot that states a"
                + " later time (pod-snapshot, or --captured-at), which must agree"
        case .newerSnapshot:
            "a wrong snapshot cannot be detected; run again with a snapshot that states a later time"
                + " (pod-snapshot, or --captured-at), which must agree"
        }
    }

    private static func percent(_ part: Double) -> String {
        let tenths = Int((part * 1000).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10) %" : "\(tenths / 10).\(tenths % 10) %"
    }
}

extension ReapPlan.Objection: CustomStringConvertible {
    /// Why, in a few words.
    var description: String {
        switch self {
        case .suspected: "not proven"
        case .ownerTooYoung: "its owner is younger than --min-owner-age"
        case .needsAnotherRun(.snapshot): "without a snapshot, no second run can agree"
        case .needsAnotherRun(.history):
            "a second run with --state and a newer snapshot must agree"
        case .needsAnotherRun(.newerSnapshot): "a second run with a newer snapshot must agree"
        case .snapshotDoubted: "the snapshot may be wrong; check 'halfopen list'"
        case .targetIncomplete: "its target was not fully scanned or contradicts the snapshot"
        case .targetRefused: "the snapshot may be wrong about its target"
        case .overMax: "more than --max allows"
        }
    }
}
