@testable import Judging
import Model
import Reporting
import Testing

@Suite struct LastCountsTests {
    private var counts = LastCounts()

    /// The counts of so many confirmed candidates and as many other connections.
    private static func summary(_ candidates: Int) -> ScanSummary {
        var summary = ScanSummary()
        for _ in 0..<candidates {
            for (judgement, isCandidate) in [
                (Judgement(.deleted, .confirmed, .unownedPodAddress), true),
                (Judgement(.current, .confirmed, .heardFromOwner), false),
            ] {
                summary.count(
                    judgement,
                    silence: .seconds(60),
                    isCandidate: isCandidate
                )
            }
        }
        return summary
    }

    /// A target by its process, with so many candidates; of one that could not be opened, `nil`.
    private static func target(
        _ pid: Int32,
        _ candidates: Int?,
        isComplete: Bool = true
    ) -> ScanTarget {
        ScanTarget(
            inode: candidates.map { _ in UInt64(pid) },
            path: "/proc/\(pid)/ns/net",
            pid: pid,
            summary: summary(candidates ?? 0),
            isComplete: isComplete && candidates != nil
        )
    }

    /// The candidates that the metrics show after a scan, by target.
    private mutating func candidates(
        _ targets: [ScanTarget],
        hasAllTargets: Bool = true
    ) -> [Int] {
        var report = reportOf([], targets: targets)
        report.hasAllTargets = hasAllTargets
        return counts.update(report).targets.map(\.summary.candidates)
    }

    @Test mutating func `A target that cannot be read keeps the counts of the last whole scan`() {
        #expect(candidates([Self.target(7, 3), Self.target(8, 1)]) == [3, 1])
        for _ in 1...3 { #expect(candidates([Self.target(7, nil), Self.target(8, 2)]) == [3, 2]) }
        #expect(candidates([Self.target(7, 0), Self.target(8, nil)]) == [0, 2])
        #expect(candidates([Self.target(7, nil), Self.target(8, nil)]) == [0, 2])
    }

    @Test mutating func `A part of a target adds to what is known, and takes nothing away`() {
        #expect(candidates([Self.target(7, 2)]) == [2])
        #expect(candidates([Self.target(7, 1, isComplete: false)]) == [2])
        #expect(candidates([Self.target(7, 3, isComplete: false)]) == [3])
        #expect(candidates([Self.target(7, nil)]) == [2])
    }

    @Test mutating func `A target that was never read has no counts`() {
        #expect(candidates([Self.target(7, nil)]) == [0])
    }

    @Test mutating func `A target that is gone has none, unless it may have been overlooked`() {
        #expect(candidates([Self.target(7, 3), Self.target(8, 1)]) == [3, 1])
        #expect(candidates([Self.target(8, 1)], hasAllTargets: false) == [1, 3])
        #expect(candidates([], hasAllTargets: false) == [3, 1])
        #expect(candidates([Self.target(8, 1)]) == [1])
        #expect(candidates([], hasAllTargets: false) == [1])
    }

    @Test mutating func `Another proxy in the same place has counts of its own`() {
        func proxy(_ pod: String, _ candidates: Int?) -> ScanTarget {
            var target = Self.target(7, candidates)
            target.proxy = .init(role: "waypoint", namespace: "shop", pod: pod)
            return target
        }
        #expect(candidates([proxy("a", 3)]) == [3])
        #expect(candidates([proxy("b", nil)]) == [0])
    }
}
