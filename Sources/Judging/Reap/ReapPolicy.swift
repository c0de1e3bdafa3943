import Model

/// What the user decides about destroying.
package struct ReapPolicy: Sendable {
    /// Whether candidates without proof are destroyed, too.
    package var includesSuspected: Bool
    /// How long an owner must have existed for connections to its predecessor to be destroyed.
    package var minOwnerAge: TimeSpan
    /// How many sockets a run destroys at most in one target: what is made up in another uses up
    /// nothing of it.
    package var max: Int
    /// The part of a target's peers, of 1, that the snapshot may doubt for any connection of it to be
    /// destroyed.
    package var maxFraction: Double
    /// Whether a run is to do without a second one that agrees, where there are few peers.
    package var insists: Bool

    /// A policy of the given decisions.
    package init(
        includesSuspected: Bool = false,
        minOwnerAge: TimeSpan = .zero,
        max: Int = 100,
        maxFraction: Double = 0.5,
        insists: Bool = false
    ) {
        self.includesSuspected = includesSuspected
        self.minOwnerAge = minOwnerAge
        self.max = max
        self.maxFraction = maxFraction
        self.insists = insists
    }

    /// The age to which a snapshot may be destroyed by, where the user gives none.
    package static let maxSnapshotAge = TimeSpan.minutes(5)

    /// With at least so many peers, the part that the snapshot contradicts shows whether it is wrong.
    package static let manyPeers = 10
}

extension ReapPolicy {
    /// Why a candidate is not to be destroyed, whatever the other connections are.
    func objection(to finding: Finding) -> ReapPlan.Objection? {
        if let objection = objection(to: finding.judgement) { return objection }
        guard minOwnerAge > .zero else { return nil }
        let now = finding.heardAt + finding.silence
        let isYoung = finding.owners.contains {
            $0.life.earliestExistence.map { now - $0 < minOwnerAge } ?? true
        }
        return isYoung ? .ownerTooYoung : nil
    }

    /// The same by the judgement alone.
    ///
    /// If only the age of the snapshot is in doubt, the next snapshot settles it: destroying is
    /// never worth the risk.
    func objection(to judgement: Judgement) -> ReapPlan.Objection? {
        if judgement.confidence == .confirmed { return nil }
        return includesSuspected && judgement.reason != .unownedIfSnapshotFresh ? nil : .suspected
    }
}
