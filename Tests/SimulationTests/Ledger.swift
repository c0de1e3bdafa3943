import Judging
import Model

/// One socket of one scan, and what it is in truth.
struct Sighting {
    var world: World
    var connection: Connection
    var snapshot: ModelSnapshot
    /// The UIDs of the Pods that the snapshot shows to own the address.
    var owners: [String]
    var now: WallTime
    var heardAt: WallTime
    var judgement: Judgement

    var isStale: Bool { connection.isStale(at: now) }

    var isConfirmed: Bool { judgement.verdict.isCandidate && judgement.confidence == .confirmed }

    var words: String {
        "\(judgement.verdict.rawValue) \(judgement.confidence?.rawValue ?? "-")"
            + " \(judgement.reason.rawValue)"
    }

    /// When the peer was really last heard.
    var heard: WallTime {
        let heard = connection.heard(by: now)
        return max(heard.data, heard.ack)
    }

    /// Who has the address now.
    var holder: ModelPod? { world.holder(of: connection.peer, at: now) }

    /// Whether the Pod at the other end lives on, though the API was told to forget it by force.
    var isDoomed: Bool {
        guard let pod = connection.pod, let removed = world.pods[pod].removed else { return false }
        return removed <= now
    }
}

/// A count of those that should have been found, and of those that were.
struct Recall {
    private(set) var asked = 0
    private(set) var found = 0

    mutating func count(_ isFound: Bool) {
        asked += 1
        if isFound { found += 1 }
    }

    static func += (left: inout Recall, right: Recall) {
        left.asked += right.asked
        left.found += right.found
    }

    /// The part that was found, of 1; all of nothing.
    var share: Double { asked == 0 ? 1 : Double(found) / Double(asked) }
}

/// What scans found, held against the truth.
struct Ledger {
    /// How often a kind of socket got a judgement, by the time since its Pod was gone.
    struct Tally {
        static let bounds: [(name: String, seconds: Int64)] = [
            ("<10s", 10), ("<1m", 60), ("<5m", 300), (">=5m", .max / 1000),
        ]
        private(set) var counts = [Int](repeating: 0, count: Self.bounds.count)

        var total: Int { counts.reduce(0, +) }

        mutating func count(_ since: TimeSpan) {
            let bound = Self.bounds.firstIndex { since < .seconds($0.seconds) }
            counts[bound ?? counts.count - 1] += 1
        }

        static func += (left: inout Tally, right: Tally) {
            for index in left.counts.indices { left.counts[index] += right.counts[index] }
        }
    }

    private(set) var scanned = 0
    private(set) var stale = 0
    private(set) var confirmed = 0
    /// The living that were confirmed to be dead: seed, moment and story of each.
    private(set) var falseConfirmed: [String] = []
    /// Those of Pods that were deleted by force and had seconds to live.
    private(set) var doomed = 0
    /// The living that were suspected, by reason.
    private(set) var falseSuspected: [Reason: Int] = [:]
    /// The stale ones by judgement.
    private(set) var stories: [String: Tally] = [:]
    /// Of those silent since 10 s before their address's present owner existed, the confirmed.
    private(set) var replaced = Recall()
    /// Of those whose Pod is gone for 30 s and whose address nobody has, the confirmed.
    private(set) var deleted = Recall()
    /// Of those silent since the owner existed and 15 s before its network did, and whose owner the
    /// snapshot shows to be it alone, the candidates.
    private(set) var betweenOwners = Recall()

    mutating func record(_ sighting: Sighting) {
        scanned += 1
        if sighting.isConfirmed { confirmed += 1 }
        guard sighting.isStale, let died = sighting.connection.dies else {
            return recordLiving(sighting)
        }
        stale += 1
        stories[sighting.words, default: Tally()].count(sighting.now - died)
        guard let holder = sighting.holder else {
            if died <= sighting.now - .seconds(30) { deleted.count(sighting.isConfirmed) }
            return
        }
        if sighting.heard < holder.taken - .seconds(10) {
            replaced.count(sighting.isConfirmed)
        } else if sighting.world.hasCondition, sighting.owners == [holder.identity.uid],
            let up = holder.networks.last?.up,
            holder.taken < sighting.heard, sighting.heard < up - .seconds(15)
        {
            betweenOwners.count(sighting.judgement.verdict.isCandidate)
        }
    }

    private mutating func recordLiving(_ sighting: Sighting) {
        if sighting.isConfirmed {
            if sighting.isDoomed {
                doomed += 1
            } else {
                falseConfirmed.append(sighting.story)
            }
        } else if sighting.judgement.verdict.isCandidate {
            falseSuspected[sighting.judgement.reason, default: 0] += 1
        }
    }

    static func += (left: inout Ledger, right: Ledger) {
        left.scanned += right.scanned
        left.stale += right.stale
        left.confirmed += right.confirmed
        left.falseConfirmed += right.falseConfirmed
        left.doomed += right.doomed
        left.falseSuspected.merge(right.falseSuspected, uniquingKeysWith: +)
        for (words, tally) in right.stories { left.stories[words, default: Tally()] += tally }
        left.replaced += right.replaced
        left.deleted += right.deleted
        left.betweenOwners += right.betweenOwners
    }
}
