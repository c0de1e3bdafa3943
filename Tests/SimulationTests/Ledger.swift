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
    /// When a scan that is remembered first saw it; `nil` where none did.
    var firstSeen: WallTime?
    /// Why it may be wrong though no evidence at hand speaks against what it stands on.
    var excuse: String?

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
    ///
    /// Of ztunnel's document, also whether all of its containers have ended: that lists no such Pod.
    var isDoomed: Bool {
        guard let pod = connection.pod.map({ world.pods[$0] }) else { return false }
        let isOfZtunnel = snapshot.contents.contains(where: \.document.listsWorkloads)
        let ended = [pod.removed, isOfZtunnel ? pod.finished : nil].compactMap { $0 }
        return ended.contains { $0 <= now }
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

/// How many scans there were of which kind.
struct Scans {
    var all = 0
    var incomplete = 0
    /// Those by what was wrong on purpose.
    var wrong = 0
    /// Those by what evidence at hand contradicts.
    var contradicted: [EvidenceAtHand.Contradiction: Int] = [:]
    /// The complete ones of those.
    var believed = 0

    static func += (left: inout Scans, right: Scans) {
        left.all += right.all
        left.incomplete += right.incomplete
        left.wrong += right.wrong
        left.contradicted.merge(right.contradicted, uniquingKeysWith: +)
        left.believed += right.believed
    }
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
    /// Those that no evidence at hand contradicted, by why.
    private(set) var excused: [String: Int] = [:]
    /// How often memory counted the runs that found a connection a candidate, and how often wrongly.
    private(set) var counted = (all: 0, wrongly: 0)
    /// Those of Pods that were deleted by force, or had finished, and had seconds to live.
    private(set) var doomed = 0
    /// How the scans ended.
    private(set) var scans = Scans()
    /// The living that were suspected, by reason.
    private(set) var falseSuspected: [Reason: Int] = [:]
    /// The stale ones by judgement.
    private(set) var stories: [String: Tally] = [:]
    /// Of those silent since 10 s before their address's present owner existed, the confirmed.
    private(set) var replaced = Recall()
    /// Of those whose Pod is gone for 30 s and whose address nobody has, the confirmed.
    private(set) var deleted = Recall()
    /// Of those that a scan saw 10 s before the present owner existed, and that a late acknowledgement
    /// made seem heard since, the confirmed: memory alone proves them.
    private(set) var remembered = Recall()
    /// Of those silent since the owner existed and 15 s before its network did, and whose owner the
    /// snapshot shows to be it alone and to have that network, the candidates.
    private(set) var betweenOwners = Recall()

    /// Counts a scan.
    ///
    /// - Parameters:
    ///   - isComplete: Whether it claims to have answered.
    ///   - isWrong: Whether what it was given is wrong on purpose.
    ///   - contradiction: What speaks against that.
    mutating func record(
        isComplete: Bool,
        isWrong: Bool,
        contradiction: EvidenceAtHand.Contradiction?
    ) {
        scans.all += 1
        if !isComplete { scans.incomplete += 1 }
        if isWrong { scans.wrong += 1 }
        guard let contradiction else { return }
        scans.contradicted[contradiction, default: 0] += 1
        if isComplete { scans.believed += 1 }
    }

    mutating func record(runs: Int, remembered: Int) {
        counted.all += 1
        if runs != remembered { counted.wrongly += 1 }
    }

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
        if let seen = sighting.firstSeen, seen < holder.taken - .seconds(10),
            sighting.heard > holder.taken, sighting.owners == [holder.identity.uid]
        {
            remembered.count(sighting.isConfirmed)
        }
        if sighting.heard < holder.taken - .seconds(10) {
            replaced.count(sighting.isConfirmed)
        } else if sighting.world.hasCondition, sighting.owners == [holder.identity.uid],
            let up = holder.networks.last?.up,
            holder.taken < sighting.heard, sighting.heard < up - .seconds(15),
            up < sighting.snapshot.began - .seconds(10)
        {
            betweenOwners.count(sighting.judgement.verdict.isCandidate)
        }
    }

    private mutating func recordLiving(_ sighting: Sighting) {
        if sighting.isConfirmed {
            if sighting.isDoomed {
                doomed += 1
            } else if let excuse = sighting.excuse {
                excused[excuse, default: 0] += 1
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
        left.excused.merge(right.excused, uniquingKeysWith: +)
        left.doomed += right.doomed
        left.scans += right.scans
        left.counted.all += right.counted.all
        left.counted.wrongly += right.counted.wrongly
        left.falseSuspected.merge(right.falseSuspected, uniquingKeysWith: +)
        for (words, tally) in right.stories { left.stories[words, default: Tally()] += tally }
        left.replaced += right.replaced
        left.deleted += right.deleted
        left.remembered += right.remembered
        left.betweenOwners += right.betweenOwners
    }
}
