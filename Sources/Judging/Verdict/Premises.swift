import Model

/// What a snapshot must be for a scan to answer the question, checked and not assumed.
package enum Premises {
    /// Whose clock it is by which a scan happens.
    package enum Clock: Sendable {
        /// That of the machine that scans.
        case machine
        /// That of the machine where a capture was made, at that time.
        case capture
    }

    /// Why a scan with these snapshots is incomplete: one sentence each, empty when it is not.
    ///
    /// - Parameters:
    ///   - ownership: The union of the snapshots.
    ///   - policy: What the user decided and asked for.
    ///   - now: The scanner's clock when the scan begins.
    ///   - clock: Whose clock that is.
    /// - Returns: The sentences, without a full stop at their ends.
    package static func shortcomings(
        of ownership: IPOwnership,
        policy: Policy,
        now: WallTime,
        clock: Clock = .machine
    ) -> [String] {
        ownership.countingDocuments.flatMap {
            shortcomings(of: ownership.documents[$0], policy, now, clock)
                + oldHeartbeats($0, in: ownership, policy, now)
        } + missingEvidence(ownership)
            + (policy.silentAfter == nil ? missingTimes(ownership, policy) : [])
    }

    private static func shortcomings(
        of document: SnapshotDocument,
        _ policy: Policy,
        _ now: WallTime,
        _ clock: Clock
    ) -> [String] {
        var shortcomings: [String] = []
        if let emptiness = emptiness(of: document) { shortcomings.append(emptiness) }
        if document.gapCount > 0 {
            let count = document.gapCount
            shortcomings.append(
                "is partial: \(count) \(count == 1 ? "problem was" : "problems were") found in it"
            )
        } else if document.scope == .partial {
            shortcomings.append(
                "says that it covers only part of its cluster; take a snapshot of all namespaces"
            )
        }
        let age = now - document.claimedReadTime
        if let maxAge = policy.maxAge, age > maxAge {
            shortcomings.append(
                "is \(age.shortText) old, more than --max-age \(maxAge.shortText);"
                    + " take a new one"
            )
        }
        if !clockIsSound([document], now: now, skew: policy.skew) {
            shortcomings.append(
                "was taken at \(document.latestEvidence.rfc3339) or later, but"
                    + " \(clock.reading(now)): nothing can be confirmed; \(clock.advice)"
            )
        } else if let claim = lateClaim(of: document, skew: policy.skew) {
            shortcomings.append(
                claim + ": nothing can be confirmed; give the time before the request"
                    + " (--captured-at), or compare the clocks"
            )
        }
        return shortcomings.map { "snapshot '\(document.source)' \($0)" }
    }

    /// Why a snapshot from the time of an incident proves nothing: one sentence each, without a full
    /// stop.
    package static func shortcomings(ofPast document: SnapshotDocument, skew: TimeSpan) -> [String]
    {
        let claim = lateClaim(of: document, skew: skew).map {
            $0 + ": what it does not list is not believed to be gone; take snapshots with"
                + " pod-snapshot, which states the time"
        }
        return [emptiness(of: document), claim].compactMap { $0 }
            .map { "snapshot '\(document.source)' \($0)" }
    }

    private static func emptiness(of document: SnapshotDocument) -> String? {
        document.items > 0
            ? nil
            : "has no items: an empty list proves nothing; check that it comes from the right cluster"
    }

    private static func lateClaim(of document: SnapshotDocument, skew: TimeSpan) -> String? {
        guard
            let stated = document.statedReadTime, let written = document.written,
            document.isStatedTooLate(skew: skew)
        else { return nil }
        return "claims to be from \(stated.time.rfc3339), but its file was written at"
            + " \(written.rfc3339)"
    }

    /// How long after its heartbeat a Node is heard again at the latest: kubelets send one every 5 to
    /// 7.5 min.
    static let heartbeatInterval = TimeSpan.minutes(10)

    /// Whether a document's Nodes show it to be older than `--max-age`, and it does not say so.
    ///
    /// A copy of yesterday's list is as young as its file, and so is what comes through a pipe.
    static func isOlderThanItClaims(
        _ index: Int,
        in ownership: IPOwnership,
        _ policy: Policy,
        now: WallTime
    ) -> Bool {
        guard let maxAge = policy.maxAge, let heartbeat = ownership.newestHeartbeats[index] else {
            return false
        }
        return now - ownership.documents[index].claimedReadTime <= maxAge
            && now - heartbeat > maxAge + heartbeatInterval
    }

    private static func oldHeartbeats(
        _ index: Int,
        in ownership: IPOwnership,
        _ policy: Policy,
        _ now: WallTime
    ) -> [String] {
        guard
            let heartbeat = ownership.newestHeartbeats[index],
            isOlderThanItClaims(index, in: ownership, policy, now: now)
        else { return [] }
        let document = ownership.documents[index]
        return [
            "snapshot '\(document.source)' is older than it claims: its time is"
                + " \(document.claimedReadTime.rfc3339), but none of its Nodes reported after"
                + " \(heartbeat.rfc3339), \((now - heartbeat).shortText) ago; take a new one, or"
                + " accept an old one with --max-age 0"
        ]
    }

    private static func missingEvidence(_ ownership: IPOwnership) -> [String] {
        let (documents, pods) = (ownership.documents, ownership.pods)
        if pods.count == 0, documents.contains(where: { $0.items > 0 }) {
            return ["no snapshot lists a Pod: the owner of an address cannot be determined"]
        }
        return ownership.documentsWithoutAddress.map {
            "no Pod in snapshot '\(documents[$0].source)' has an address: the owner of an address"
                + " cannot be determined"
        }
    }

    /// Why the table alone proves no connection to be replaced: one sentence for each document
    /// without times of Pods.
    static func missingTimes(_ ownership: IPOwnership, _ policy: Policy) -> [String] {
        guard policy.asked.contains(.replaced) else { return [] }
        let (documents, pods) = (ownership.documents, ownership.pods)
        // For each document, because the times of one cluster's Pods say nothing of another's.
        var hasOwner = [Bool](repeating: false, count: documents.count)
        var hasTime = hasOwner
        for index in 0..<pods.count {
            let life = pods.life(index)
            if life.isTerminal || life.isHostNetwork || life.isMirror { continue }
            hasOwner[pods.document(index)] = true
            if life.earliestExistence != nil { hasTime[pods.document(index)] = true }
        }
        return documents.indices.filter { hasOwner[$0] && !hasTime[$0] }.map {
            "no Pod in snapshot '\(documents[$0].source)' has a start time: this snapshot can"
                + " prove deleted Pods (--only deleted), but not replaced ones"
        }
    }

    /// Whether the scanner's clock and the documents' times can all be right.
    static func timesAreSound(
        _ documents: [SnapshotDocument],
        now: WallTime,
        skew: TimeSpan
    ) -> Bool {
        clockIsSound(documents, now: now, skew: skew)
            && !documents.contains { $0.isStatedTooLate(skew: skew) }
    }

    /// Whether the scanner's clock is not behind any moment that the snapshots show to have passed.
    private static func clockIsSound(
        _ documents: [SnapshotDocument],
        now: WallTime,
        skew: TimeSpan
    ) -> Bool {
        documents.allSatisfy { $0.latestEvidence <= now + skew }
    }
}

extension Premises.Clock {
    fileprivate func reading(_ now: WallTime) -> String {
        switch self {
        case .machine: "this machine's clock says \(now.rfc3339)"
        case .capture: "the capture was made at \(now.rfc3339)"
        }
    }

    fileprivate var advice: String {
        switch self {
        case .machine: "compare the clocks"
        case .capture:
            "take the snapshot before the capture, give its time (--captured-at), and compare the"
                + " clocks"
        }
    }
}
