import Model

extension ReapPlan.Refusal: CustomStringConvertible {
    /// Why, and what to do, without a full stop at the end.
    package var description: String {
        switch self {
        case .incomplete: "nothing is destroyed on the word of an incomplete scan"
        case .clockWasSet:
            "nothing is destroyed: this machine's clock was set; the next snapshot that is taken"
                + " after that will do"
        case .unknownProxy(let address):
            "nothing is destroyed: the snapshot lists no live Pod with \(address), the address of"
                + " the scanned proxy itself; take one of this cluster, of all namespaces, now"
        case .youngProxy(let address, let started, let heard):
            "nothing is destroyed: by the snapshot the scanned proxy itself, \(address), started at"
                + " \(started.rfc3339), but on one of its connections a peer was last heard at"
                + " \(heard.rfc3339); compare the clocks, or take a snapshot of this cluster"
        case .doubtsTooMany(let doubted, let all, let allowed):
            "nothing is destroyed: by the snapshot \(doubted) of \(all) peers are gone, replaced or"
                + " unknown, which is more than \(Self.percent(allowed)) (--max-fraction), so it"
                + " may be wrong; look at 'halfopen list', leave out with --exclude what is no"
                + " Pod, or allow more"
        case .needsAnotherRun(let peers):
            "nothing is destroyed yet: of \(peers) \(peers == 1 ? "peer" : "peers"), fewer than"
                + " \(ReapPolicy.manyPeers), no one can tell a wrong snapshot from a right one; run"
                + " again with --state and a newer snapshot, which must agree, or give --yes twice"
        }
    }

    private static func percent(_ part: Double) -> String {
        let tenths = Int((part * 1000).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10) %" : "\(tenths / 10).\(tenths % 10) %"
    }
}

extension ReapPlan.Objection: CustomStringConvertible {
    /// Why, in a few words.
    package var description: String {
        switch self {
        case .suspected: "not proven"
        case .ownerTooYoung: "its owner is younger than --min-owner-age"
        case .needsAnotherRun: "a second run, by a newer snapshot, must agree"
        case .targetIncomplete: "its target is not complete"
        case .overMax: "more than --max"
        }
    }
}
