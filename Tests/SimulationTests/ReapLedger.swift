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
    /// Those of Pods that were deleted by force and had seconds to live.
    private(set) var doomed = 0
    private(set) var skipped = 0
    private(set) var races = 0
    /// The sockets that were destroyed though they had come to life, closed or changed.
    private(set) var lostRaces = 0

    mutating func record(_ plan: ReapPlan, peers: Int) {
        runs += 1
        if peers >= 20 { largeRuns += 1 }
        if !plan.victims.isEmpty { reapingRuns += 1 }
        guard let refusal = plan.refusal else { return }
        let kind =
            switch refusal {
            case .incomplete: "incomplete"
            case .clockWasSet: "the clock was set"
            case .unknownProxy: "the proxy is not listed"
            case .youngProxy: "the proxy seems too young"
            case .doubtsTooMany: "too many doubted"
            case .needsAnotherRun: "needs another run"
            }
        refusals[kind, default: 0] += 1
    }

    mutating func recordFalsehood(_ plan: ReapPlan, living: Int) {
        falsehoods.runs += 1
        if plan.refusal == nil { falsehoods.believed += 1 }
        falsehoods.living += living
    }

    mutating func record(race recheck: Recheck) {
        races += 1
        if recheck == .destroy { lostRaces += 1 }
    }

    mutating func recordSkip() { skipped += 1 }

    mutating func recordEnd(
        of connection: Connection,
        _ victim: Finding,
        at moment: WallTime,
        in world: World,
        peers: Int
    ) {
        destroyed += 1
        if peers >= 20 { destroyedOfMany += 1 }
        if connection.isStale(at: moment) { return }
        if let removed = connection.pod.flatMap({ world.pods[$0].removed }), removed <= moment {
            doomed += 1
        } else {
            living.append(
                "HALFOPEN_SEED=\(world.seed) swift test --filter SimulationTests: \(victim.explanation)"
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
        left.doomed += right.doomed
        left.skipped += right.skipped
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
            + " \(doomed) of a Pod deleted by force; \(skipped) skipped;"
            + " \(races) races, \(lostRaces) lost; \(falsehoods.runs) wrong snapshots,"
            + " \(falsehoods.believed) of them believed, \(falsehoods.living) living connections"
    }
}
