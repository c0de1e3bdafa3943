import Judging
import Model

/// What the heartbeat tells, held against the truth.
struct HeartbeatLedger {
    /// Judgements of living connections.
    private(set) var living = 0
    /// Those that were suspected, by why they may be silent.
    private(set) var suspected: [Silence: Int] = [:]
    /// Those that were suspected though there is something to read.
    private(set) var suspectedUnread = 0
    /// Of those that were pinged and are dead for 40 s, the candidates.
    private(set) var reported = Recall()
    /// Of all that are dead for 40 s, the candidates.
    private(set) var reportedOfAll = Recall()
    /// Of those that were pinged, seen for 45 s by what is remembered, and are dead for 120 s, the
    /// confirmed.
    private(set) var confirmed = Recall()
    /// The same of those that were dead for so long when they were first seen, or were not pinged.
    private(set) var confirmedOfOthers = Recall()
    /// The former by how the other end went.
    private(set) var byEnd: [DeadEnd: Recall] = [:]
    /// Those of them that were not confirmed, by judgement.
    private(set) var missed: [String: Int] = [:]
    /// Judgements of any that nothing was said of.
    private(set) var undetermined = (living: 0, dead: 0)
    /// How long after its end a connection was first reported, and first confirmed, in seconds.
    private(set) var reportedAfter: [Double] = []
    private(set) var confirmedAfter: [Double] = []
    private var knownReported: Set<UInt64> = []
    private var knownConfirmed: Set<UInt64> = []

    mutating func record(_ sighting: Sighting) {
        guard sighting.connection.server != nil else { return }
        let isCandidate = sighting.judgement.verdict.isCandidate
        let isUndetermined = sighting.judgement.verdict == .undetermined
        guard sighting.isStale, let died = sighting.connection.dies else {
            living += 1
            if isUndetermined { undetermined.living += 1 }
            guard sighting.judgement.reason.isByPings, isCandidate, !sighting.isConfirmed
            else { return }
            suspected[sighting.silence ?? .none, default: 0] += 1
            if sighting.state?.unread ?? 0 > 0 { suspectedUnread += 1 }
            return
        }
        if isUndetermined { undetermined.dead += 1 }
        recordDelay(sighting, since: died)
        let since = sighting.now - died
        if since >= .seconds(40) {
            reportedOfAll.count(isCandidate)
            if sighting.wasPinged { reported.count(isCandidate) }
        }
        guard since >= .seconds(120) else { return }
        let wasSeen = sighting.firstSeen.map { $0 <= died - .seconds(45) } ?? false
        guard wasSeen, sighting.wasPinged else {
            return confirmedOfOthers.count(sighting.isConfirmed)
        }
        confirmed.count(sighting.isConfirmed)
        byEnd[sighting.end, default: Recall()].count(sighting.isConfirmed)
        if !sighting.isConfirmed { missed[sighting.words, default: 0] += 1 }
    }

    /// Only of those that were seen alive: of others it is not known when they could have been.
    private mutating func recordDelay(_ sighting: Sighting, since died: WallTime) {
        guard sighting.firstSeen.map({ $0 <= died }) ?? false else { return }
        let cookie = sighting.connection.cookie
        let seconds = (sighting.now - died).seconds
        if sighting.judgement.verdict.isCandidate, knownReported.insert(cookie).inserted {
            reportedAfter.append(seconds)
        }
        if sighting.isConfirmed, knownConfirmed.insert(cookie).inserted {
            confirmedAfter.append(seconds)
        }
    }

    static func += (left: inout HeartbeatLedger, right: HeartbeatLedger) {
        left.living += right.living
        left.suspected.merge(right.suspected, uniquingKeysWith: +)
        left.suspectedUnread += right.suspectedUnread
        left.reported += right.reported
        left.reportedOfAll += right.reportedOfAll
        left.confirmed += right.confirmed
        left.confirmedOfOthers += right.confirmedOfOthers
        for (end, recall) in right.byEnd { left.byEnd[end, default: Recall()] += recall }
        left.missed.merge(right.missed, uniquingKeysWith: +)
        left.undetermined.living += right.undetermined.living
        left.undetermined.dead += right.undetermined.dead
        left.reportedAfter += right.reportedAfter
        left.confirmedAfter += right.confirmedAfter
    }

    /// Of those that were pinged, seen, and whose Pod is gone for 120 s, the confirmed.
    var confirmedOfGone: Recall {
        [DeadEnd.podGone, .podReplaced].compactMap { byEnd[$0] }.reduce(into: Recall()) { $0 += $1 }
    }

    /// The part of the living that is suspected, of 1.
    var suspectedShare: Double {
        living == 0 ? 0 : Double(suspected.values.reduce(0, +)) / Double(living)
    }
}

extension Reason {
    /// Whether it is one of the heartbeat's.
    fileprivate var isByPings: Bool {
        switch self {
        case .pingsMissed, .unownedAndSilent, .silentSinceBeforeOwnerNetwork: true
        default: false
        }
    }
}

/// What a setting of a mesh must come to at least.
struct HeartbeatFloors {
    /// Candidates, of those that were pinged and are dead for 40 s.
    var reported = 0.0
    /// Confirmed, of those that were pinged, seen, and whose Pod is gone for 120 s.
    var confirmed = 0.0
    /// Suspected, of the living, at most.
    var suspected = 0.01
}

extension HeartbeatLedger {
    /// What falls short.
    func faults(_ floors: HeartbeatFloors) -> [String] {
        var faults: [String] = []
        if suspectedUnread > 0 {
            faults.append("\(suspectedUnread) alive and suspected with something to read")
        }
        // In few worlds one node that stands still weighs too much.
        guard living > 20_000 else { return faults }
        if suspectedShare > floors.suspected {
            faults.append("alive and suspected: \(suspectedShare) is over \(floors.suspected)")
        }
        if reported.asked > 500, reported.share < floors.reported {
            faults.append("dead and reported: \(reported.share) is under \(floors.reported)")
        }
        let gone = confirmedOfGone
        if gone.asked > 500, gone.share < floors.confirmed {
            faults.append("gone and confirmed: \(gone.share) is under \(floors.confirmed)")
        }
        return faults
    }

    /// The figures, for people.
    var text: String {
        func share(_ recall: Recall) -> String {
            "\(recall.found) of \(recall.asked) (\(Self.percent(recall.share)))"
        }
        func delays(_ seconds: [Double]) -> String {
            guard !seconds.isEmpty else { return "-" }
            let sorted = seconds.sorted()
            let ranks = [50, 90, 99].map { sorted[min(sorted.count * $0 / 100, sorted.count - 1)] }
            return ranks.map { "\(Int($0)) s" }.joined(separator: " ") + " of \(seconds.count)"
        }
        let causes = suspected.sorted { $0.value > $1.value }
            .map { "\($0.key.rawValue) \($0.value)" }.joined(separator: ", ")
        let ends = DeadEnd.allCases.compactMap { end in
            byEnd[end].map { "\(end.rawValue): \(share($0))" }
        }
        let misses = missed.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
            .map { "\($0.key) \($0.value)" }
        return """
            living \(living), suspected \(Self.percent(suspectedShare)): \(causes)
            undetermined: \(undetermined.living) living, \(undetermined.dead) dead
            dead for 40 s and reported, of the pinged: \(share(reported)); of all: \
            \(share(reportedOfAll))
            dead for 120 s and confirmed, of the pinged and seen: \(share(confirmed)), whose Pod is gone: \
            \(share(confirmedOfGone)); of others: \(share(confirmedOfOthers))
                \(ends.joined(separator: "; "))
                not: \(misses.joined(separator: ", "))
            first reported after (50, 90, 99 %): \(delays(reportedAfter)); confirmed: \
            \(delays(confirmedAfter))
            """
    }

    private static func percent(_ share: Double) -> String {
        let hundredths = Int((share * 10_000).rounded())
        return "\(hundredths / 100).\(hundredths % 100 / 10)\(hundredths % 10) %"
    }
}
