@testable import Judging
import Model
import TestSupport
import Testing

@Suite struct ScanSummaryTests {
    @Test func `Before the first socket all is zero`() {
        let summary = ScanSummary()
        #expect(summary.sockets == 0 && summary.candidates == 0)
        #expect(summary.oldestUndetermined == nil)
        #expect(Verdict.allCases.allSatisfy { summary[$0] == 0 })
    }

    @Test func `Every socket is counted once under its verdict`() {
        var summary = ScanSummary()
        for (times, verdict) in Verdict.allCases.enumerated() {
            for _ in 0...times { count(&summary, verdict, nil) }
        }
        for (times, verdict) in Verdict.allCases.enumerated() {
            #expect(summary[verdict] == times + 1)
        }
        #expect(summary.sockets == Verdict.allCases.map { summary[$0] }.reduce(0, +))
    }

    @Test func `Confirmed and suspected candidates add up to the candidates`() {
        var summary = ScanSummary()
        count(&summary, .replaced, .confirmed)
        count(&summary, .deleted, .confirmed)
        count(&summary, .deleted, .suspected)
        count(&summary, .current, .confirmed)
        count(&summary, .terminating, .assumed)
        #expect(summary.confirmed == 2)
        #expect(summary.suspected == 1)
        #expect(summary.candidates == 3)
        #expect(summary.sockets == 5)
    }

    @Test(arguments: [false, true])
    func `What was proof is counted as suspected afterwards, but for what connections alone prove`(
        byAbsence: Bool
    ) {
        var target = ScanSummary()
        let judgements = [
            Judgement(.replaced, .confirmed, .heardBeforeOwnerExisted),
            Judgement(.deleted, .confirmed, .heardFromFinishedPod),
            Judgement(.deleted, .confirmed, .unownedPodAddress),
            Judgement(.deleted, .confirmed, .previousOwnerGone),
            Judgement(.deleted, .confirmed, .unownedAndSilent, witness: .elsewhere),
            Judgement(.deleted, .confirmed, .unownedAndSilent, witness: .atAddress),
            Judgement(.silent, .confirmed, .pingsMissed, witness: .onNode),
            Judgement(.silent, .confirmed, .pingsMissed, witness: .atAddress),
            Judgement(.deleted, .suspected, .unownedAddress),
            Judgement(.current, .confirmed, .heardFromOwner),
        ]
        for judgement in judgements {
            target.count(
                judgement,
                silence: .zero,
                isCandidate: judgement.verdict.isCandidate
            )
        }
        // Whether one after the other or all together.
        var all = ScanSummary()
        all.add(target)
        for summary in [target, all] {
            var summary = summary
            for _ in 1...2 {
                if byAbsence {
                    summary.unconfirmAbsence()
                } else {
                    summary.unconfirmWhatSnapshotsProve()
                }
            }
            #expect(summary.candidates(.replaced) == (byAbsence ? (1, 0) : (0, 1)))
            #expect(summary.candidates(.deleted) == (byAbsence ? (2, 4) : (0, 6)))
            #expect(summary.candidates(.silent) == (byAbsence ? (2, 0) : (1, 1)))
            #expect(summary.candidates == 9 && summary.sockets == 10)
        }
    }

    @Test func `A candidate that was not asked for is counted under its verdict alone`() {
        var summary = ScanSummary()
        summary.count(
            Judgement(.replaced, .confirmed, .heardBeforeOwnerExisted),
            silence: .zero,
            isCandidate: false
        )
        #expect(summary[.replaced] == 1)
        #expect(summary.candidates == 0)
    }

    @Test func `The longest silence of the undetermined alone is kept`() {
        var summary = ScanSummary()
        count(&summary, .replaced, .confirmed, silence: 9000)
        #expect(summary.oldestUndetermined == nil)
        for silence in [Int64(0), 70, 192, 30] {
            count(&summary, .undetermined, nil, silence: silence)
        }
        count(&summary, .current, .assumed, silence: 500)
        #expect(summary.oldestUndetermined == .seconds(192))
    }

    @Test func `Sums of parts are those of the whole, whichever part has what`() {
        var random = SeededGenerator(seed: 13)
        for _ in 0..<50 {
            var (whole, parts) = (ScanSummary(), [ScanSummary(), ScanSummary(), ScanSummary()])
            for _ in 0..<Int.random(in: 0...12, using: &random) {
                let verdict = Verdict.allCases.randomElement(using: &random) ?? .current
                let confidence = [Confidence.confirmed, .suspected].randomElement(using: &random)
                let silence = Int64.random(in: 0...90, using: &random)
                count(&whole, verdict, confidence, silence: silence)
                count(
                    &parts[.random(in: 0...2, using: &random)],
                    verdict,
                    confidence,
                    silence: silence
                )
            }
            var sum = ScanSummary()
            for part in parts { sum.add(part) }
            #expect(sum.facts == whole.facts)
        }
    }

    @Test func `Candidates are counted by verdict and confidence, and the oldest is kept`() {
        var summary = ScanSummary()
        count(&summary, .replaced, .confirmed, silence: 7)
        count(&summary, .replaced, .confirmed, silence: 90)
        count(&summary, .deleted, .suspected, silence: 80)
        count(&summary, .current, .confirmed, silence: 1000)
        #expect(summary.candidates(.replaced) == (2, 0))
        #expect(summary.candidates(.deleted) == (0, 1))
        #expect(summary.candidates(.current) == (0, 0))
        #expect(summary.oldestCandidate == .seconds(90))
    }

    private func count(
        _ summary: inout ScanSummary,
        _ verdict: Verdict,
        _ confidence: Confidence?,
        silence: Int64 = 0
    ) {
        summary.count(
            Judgement(verdict, confidence, .heardFromOwner),
            silence: .seconds(silence),
            isCandidate: verdict.isCandidate
        )
    }
}

extension ScanSummary {
    /// All that it tells.
    fileprivate var facts: [Int64?] {
        let candidates = Verdict.allCases.map(candidates(_:)).flatMap {
            [$0.confirmed, $0.suspected]
        }
        let counts = Verdict.allCases.map { self[$0] } + candidates + [sockets]
        return counts.map(Int64.init)
            + [oldestUndetermined?.milliseconds, oldestCandidate?.milliseconds]
    }
}

@Suite struct ReportOrderTests {
    @Test func `By target, verdict, peer, local port and cookie`() throws {
        let ordered = try [
            finding(0, .replaced, "10.1.0.7", 40000, 9), finding(0, .deleted, "10.1.0.1", 40000, 1),
            finding(0, .terminating, "10.1.0.1", 1, 1), finding(0, .undetermined, "10.1.0.1", 1, 1),
            finding(0, .unlisted, "10.1.0.1", 1, 1), finding(0, .exempt, "10.1.0.1", 1, 1),
            finding(0, .current, "10.1.0.2", 50000, 7), finding(0, .current, "10.1.0.10", 1, 6),
            finding(0, .current, "10.1.0.10", 2, 4), finding(0, .current, "10.1.0.10", 2, 5),
            finding(0, .current, "fd00::1", 1, 1), finding(1, .replaced, "10.1.0.1", 1, 1),
        ]
        var random = SeededGenerator(seed: 11)
        for _ in 0..<100 {
            let shuffled = ordered.shuffled(using: &random)
            #expect(shuffled.sorted(by: Finding.reportOrder) == ordered)
        }
    }

    @Test func `Of two findings one comes first`() throws {
        var random = SeededGenerator(seed: 12)
        let findings = try (0..<200).map { number in
            try finding(
                .random(in: 0...1, using: &random),
                [Verdict.current, .deleted].randomElement(using: &random) ?? .current,
                ["10.1.0.7", "10.1.0.8", "fd00::7"].randomElement(using: &random) ?? "",
                .random(in: 1...3, using: &random),
                UInt64(number)
            )
        }
        for left in findings {
            for right in findings {
                let (forth, back) = (
                    Finding.reportOrder(left, right), Finding.reportOrder(right, left)
                )
                #expect(left == right ? !forth && !back : forth != back)
            }
        }
    }

    private func finding(
        _ target: Int,
        _ verdict: Verdict,
        _ peer: String,
        _ localPort: UInt16,
        _ cookie: UInt64
    ) throws -> Finding {
        Finding(
            target: target,
            judgement: Judgement(verdict, nil, .heardFromOwner),
            health: .idle,
            socket: try socket(peer: peer, localPort: localPort, cookie: cookie),
            heardAt: at(0),
            owners: [],
            previousOwner: nil,
            explanation: ""
        )
    }
}
