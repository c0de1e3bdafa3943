import Judging
import Model
import TestSupport
import Testing

/// What holds of every scenario, tried on random ones; a failure names the seed that repeats it.
@Suite struct PropertyTests {
    /// Judges every one of a seed's scenarios at the moments that matter.
    private func forEach(
        _ seed: UInt64,
        scenarios: Int = 100,
        _ body: (Scenario, Double, Judgement, inout SeededGenerator) throws -> Void
    ) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<scenarios {
            let scenario = Scenario.random(&random)
            let judge = scenario.judge
            for moment in scenario.moments(6, &random) {
                let judgement = judge.judge(try socket(), heardAt: at(moment))
                try body(scenario, moment, judgement, &random)
            }
        }
    }

    @Test(arguments: UInt64(1)...4)
    func `A confidence is one that the verdict can have`(seed: UInt64) throws {
        var seen: Set<Reason> = []
        try forEach(seed, scenarios: 500) { _, _, judgement, _ in
            let allowed: [Confidence?] =
                switch judgement.verdict {
                case .replaced, .deleted, .silent: [.confirmed, .suspected]
                case .current, .terminating: [.confirmed, .assumed]
                case .undetermined, .unlisted, .exempt: [nil]
                }
            #expect(allowed.contains(judgement.confidence), "\(judgement.words)")
            seen.insert(judgement.reason)
        }
        // The scenarios are worth something: they reach every row but --exclude's, history's and the
        // heartbeat's.
        let others: Set<Reason> = [
            .excluded, .boundToPreviousOwner, .seenBeforeOwnerExisted, .heardNow, .pingsMissed,
            .silentSinceBeforeOwnerNetwork, .unownedAndSilent, .notSilentLongEnough, .pingsNotSeen,
        ]
        #expect(seen == Set(Reason.allCases).subtracting(others))
    }

    @Test(arguments: UInt64(1)...4)
    func `A confirmed candidate has no owner that can have been heard`(seed: UInt64) throws {
        try forEach(seed) { scenario, moment, judgement, _ in
            guard judgement.verdict.isCandidate, judgement.confidence == .confirmed else { return }
            let finding = try scenario.finding(heard: moment)
            #expect((judgement.verdict == .deleted) == finding.owners.isEmpty)
            for owner in finding.owners {
                let start = try #require(owner.life.start ?? owner.life.creation)
                #expect(!owner.life.isMirror && !owner.life.isHostNetwork)
                #expect(at(moment + scenario.skew) < start.wallTime, "\(judgement.words)")
            }
        }
    }

    @Test(arguments: UInt64(1)...4)
    func `Excluded is exempt, whatever else is the case`(seed: UInt64) throws {
        try forEach(seed) { scenario, moment, _, _ in
            var excluding = scenario
            excluding.exclude = [usualAddress]
            let verdict = try excluding.verdict(heard: moment)
            #expect(verdict == "exempt - excluded")
        }
    }

    @Test(arguments: UInt64(1)...4)
    func `An unsound clock confirms nothing and changes no verdict`(seed: UInt64) throws {
        try forEach(seed) { scenario, moment, judgement, _ in
            var slow = scenario
            slow.now = 900
            let weakened = try slow.judgement(heard: moment)
            #expect(weakened.confidence != .confirmed)
            #expect(weakened.verdict == judgement.verdict)
        }
    }

    static let weakenings: [(String, @Sendable (inout Document) -> Void)] = [
        ("an unknown scope", { if $0.scope == .cluster { $0.scope = .unknown } }),
        ("a lost item", { $0.problems = 1 }),
        ("an earlier C", { $0.stated? -= 300 }),
        (
            "a C that nobody states",
            { $0.stated = nil }
        ),
        (
            "a finished Pod that may live",
            { $0 = $0.pod("new", PodLife(start: api(0), phase: .failed)) }
        ),
        ("an owner without times", { $0 = $0.pod("new", PodLife(phase: .running)) }),
        (
            "owners whose start is before their creation",
            { document in
                // A later time in the document would make a weak C later.
                guard document.stated != nil else { return }
                for index in document.pods.indices where document.pods[index].life.start != nil {
                    document.pods[index].life.creation = api(3000)
                }
            }
        ),
    ]

    @Test(arguments: weakenings, UInt64(1)...2)
    func `To weaken a premise confirms no candidate`(
        _ weakening: (String, @Sendable (inout Document) -> Void),
        seed: UInt64
    ) throws {
        try forEach(seed) { scenario, moment, _, _ in
            var scenario = scenario
            // A clock that no weakening makes unsound, nor sound.
            scenario.now = 5000
            let judgement = try scenario.judgement(heard: moment)
            var weaker = scenario
            for index in weaker.documents.indices { weakening.1(&weaker.documents[index]) }
            let weakened = try weaker.judgement(heard: moment)
            if weakened.verdict.isCandidate, weakened.confidence == .confirmed {
                let comment: Comment = "\(weakening.0) at \(moment)"
                #expect(judgement.verdict == weakened.verdict, comment)
                #expect(judgement.confidence == .confirmed, comment)
            }
        }
    }

    @Test(arguments: UInt64(1)...4)
    func `Who was current when heard is no candidate when heard later`(seed: UInt64) throws {
        try forEach(seed) { scenario, moment, judgement, random in
            guard judgement.verdict == .current else { return }
            let later = Double.random(in: moment...2010, using: &random)
            let laterJudgement = try scenario.judgement(heard: later)
            #expect(laterJudgement.verdict == .current)
        }
    }

    @Test(arguments: UInt64(1)...4)
    func `Who is surely replaced was surely replaced when heard earlier`(seed: UInt64) throws {
        try forEach(seed) { scenario, moment, judgement, random in
            guard judgement.verdict == .replaced, judgement.confidence == .confirmed else { return }
            let earlier = Double.random(in: -1000...moment, using: &random)
            let earlierJudgement = try scenario.judgement(heard: earlier)
            #expect(earlierJudgement == judgement)
        }
    }

    @Test(arguments: UInt64(1)...4)
    func `The order of the Pods decides nothing`(seed: UInt64) throws {
        try forEach(seed) { scenario, moment, judgement, random in
            var shuffled = scenario
            for index in shuffled.documents.indices {
                shuffled.documents[index].pods.shuffle(using: &random)
            }
            let finding = try scenario.finding(heard: moment)
            let shuffledFinding = try shuffled.finding(heard: moment)
            #expect(finding.judgement == judgement)
            #expect(shuffledFinding == finding)
        }
    }

    @Test(arguments: UInt64(1)...4)
    func `A document given twice says what it says once`(seed: UInt64) throws {
        try forEach(seed) { scenario, moment, judgement, _ in
            guard scenario.documents.count == 1 else { return }
            var twice = scenario
            twice.documents += scenario.documents
            let again = try twice.judgement(heard: moment)
            #expect(again == judgement)
        }
    }

    @Test(arguments: UInt64(1)...4)
    func `Only differences of times count`(seed: UInt64) throws {
        try forEach(seed) { scenario, moment, judgement, _ in
            let moved = try scenario.later(86_400).judgement(heard: moment + 86_400)
            #expect(moved == judgement)
        }
    }
}
