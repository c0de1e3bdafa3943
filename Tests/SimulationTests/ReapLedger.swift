import Judging
import Model

/// What reaping did, held against the truth.
struct ReapLedger {
    private(set) var runs = 0
    /// The runs over twenty peers or more.
    private(set) var largeRuns = 0
    /// The runs by a snapshot that was wrong on purpose, those that were not refused, and the living
    /// connections of all of them.
    private(set) var falsehoods = (runs: 0, believed: 0, living: 0)
    private(set) var refusals: [String: Int] = [:]
    private(set) var destroyed = 0
    /// Of those, the ones that were destroyed over twenty peers or more.
    private(set) var destroyedOfMany = 0
    /// The runs that destroyed something.
    private(set) var reapingRuns = 0
    /// The living that were destroyed: seed, moment and story of each.
    private(set) var living: [String] = []
    /// Those that were destroyed though no evidence at hand spoke against it, by why.
    private(set) var excused: [String: Int] = [:]
    /// Those of Pods that were deleted by force and had seconds to live.
    private(set) var doomed = 0
    /// The sockets that were left alone at the last look, and those of them that had not changed.
    private(set) var skipped = (all: 0, unchanged: 0)
    /// The sockets that were looked for where they are not.
    private(set) var misdirected = 0
    private(set) var races = 0
    /// The sockets that were destroyed though they had come to life, closed or changed.
    private(set) var lostRaces = 0

    mutating func record(_ outcome: ReapLoop.Outcome, peers: Int) {
        runs += 1
        if peers >= 20 { largeRuns += 1 }
        if outcome.findings.contains(where: { $0.reaping != nil }) { reapingRuns += 1 }
        guard let refusal = outcome.refusal else { return }
        // The words before the first figure are the reason.
        refusals[String(refusal.prefix { !$0.isNumber }), default: 0] += 1
    }

    mutating func recordFalsehood(_ outcome: ReapLoop.Outcome, living: Int) {
        falsehoods.runs += 1
        if outcome.refusal == nil { falsehoods.believed += 1 }
        falsehoods.living += living
    }

    mutating func record(raceIsLost: Bool) {
        races += 1
        if raceIsLost { lostRaces += 1 }
    }

    mutating func recordSkip(isUnchanged: Bool) {
        skipped.all += 1
        if isUnchanged { skipped.unchanged += 1 }
    }

    mutating func recordMisdirection() { misdirected += 1 }

    mutating func recordEnd(
        of connection: Connection,
        at moment: WallTime,
        in world: World,
        peers: Int,
        excuse: String?
    ) {
        destroyed += 1
        if peers >= 20 { destroyedOfMany += 1 }
        if connection.isStale(at: moment) { return }
        // Of a mesh also a Pod that has finished: ztunnel lists none.
        let pod = connection.pod.map { world.pods[$0] }
        let ended = [pod?.removed, connection.server == nil ? nil : pod?.finished]
        if ended.contains(where: { $0.map { $0 <= moment } ?? false }) {
            doomed += 1
        } else if let excuse {
            excused[excuse, default: 0] += 1
        } else {
            living.append(
                "HALFOPEN_SEED=\(world.seed) swift test --filter SimulationTests:"
                    + " \(connection.peer) at \((moment - World.begins).seconds)"
            )
        }
    }

    static func += (left: inout ReapLedger, right: ReapLedger) {
        left.runs += right.runs
        left.largeRuns += right.largeRuns
        left.falsehoods.runs += right.falsehoods.runs
        left.falsehoods.believed += right.falsehoods.believed
        left.falsehoods.living += right.falsehoods.living
        left.refusals.merge(right.refusals, uniquingKeysWith: +)
        left.destroyed += right.destroyed
        left.destroyedOfMany += right.destroyedOfMany
        left.reapingRuns += right.reapingRuns
        left.living += right.living
        left.excused.merge(right.excused, uniquingKeysWith: +)
        left.doomed += right.doomed
        left.skipped.all += right.skipped.all
        left.skipped.unchanged += right.skipped.unchanged
        left.misdirected += right.misdirected
        left.races += right.races
        left.lostRaces += right.lostRaces
    }
}

extension ReapLedger {
    /// The figures, for people.
    var text: String {
        let refused = refusals.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }
        return "\(runs) runs, \(largeRuns) of them over 20 peers or more; refused:"
            + " \(refused.isEmpty ? "none" : refused.joined(separator: ", "))\n"
            + "\(destroyed) destroyed in \(reapingRuns) runs, \(destroyedOfMany) of them over 20 peers"
            + " or more, \(living.count) living,"
            + " \(doomed) of a Pod deleted by force; \(skipped.all) skipped, \(skipped.unchanged)"
            + " of them unchanged; \(misdirected) misdirected;"
            + " \(races) races, \(lostRaces) lost; \(falsehoods.runs) wrong snapshots,"
            + " \(falsehoods.believed) of them believed, \(falsehoods.living) living connections"
            + excused.sorted { $0.key < $1.key }
            .map { "; living destroyed for \($0.key): \($0.value)" }.joined()
    }
}
