import Judging
import Model
import Testing

/// The simulated worlds, with what is proven stale destroyed after each scan.
@Suite struct ReapSimulationTests {
    /// What a simulation comes to.
    struct Total: Sendable {
        var ledger = Ledger()
        var reaped = ReapLedger()
    }

    /// As much as can be: whatever the part of the peers, and at once.
    static let freely = ReapPolicy(max: .max, maxFraction: 1, insists: true)

    static let settings = [
        Setting.bestCase, .withoutHistory, .adverse, .adverseFiles, .rebooted, .twoProxies,
    ].map { $0.with { $0.reaping = freely } }

    private func reap(_ setting: Setting, seeds: Range<UInt64>) async -> Total {
        let parts = await simulate(setting, seeds: seeds, into: Total()) {
            $0.ledger += $1.ledger
            $0.reaped += $1.reapLedger
        }
        let total = parts.reduce(into: Total()) {
            $0.ledger += $1.ledger
            $0.reaped += $1.reaped
        }
        #expect(total.reaped.lostRaces == 0)
        #expect(total.reaped.misdirected == 0)
        // A few milliseconds may carry one over the edge of a row.
        #expect(total.reaped.skipped.unchanged * 200 <= total.reaped.destroyed)
        print("== reap, \(setting.name)\n\(total.ledger.scanned) connections, \(total.reaped.text)")
        return total
    }

    @Test(arguments: settings)
    func `None alive is destroyed, nor any that comes to life before`(setting: Setting) async {
        let reaped = await reap(setting, seeds: SimulationTests.seeds).reaped
        for story in reaped.living.prefix(3) { Issue.record("alive, and destroyed: \(story)") }
        #expect(reaped.living.isEmpty)
    }

    @Test(
        arguments: [Setting.kernelWatched, .snapshotWatched, .ztunnelWatched].map {
            $0.with {
                $0.mesh = .harsh
                $0.reaping = freely
            }
        }
    )
    func `Of a mesh in which everything goes wrong none alive is destroyed`(
        setting: Setting
    ) async {
        let reaped = await reap(setting, seeds: SimulationTests.seeds(3)).reaped
        for story in reaped.living.prefix(3) { Issue.record("alive, and destroyed: \(story)") }
        #expect(reaped.living.isEmpty)
        #expect(reaped.destroyed > 0)
    }

    @Test func `Run every half minute with the usual policy, hardly a run is refused`() async {
        let setting = Setting.bestCase.with {
            $0.name = "watched, \($0.name)"
            $0.reaping = ReapPolicy()
            $0.isWatched = true
        }
        let reaped = await reap(setting, seeds: SimulationTests.seeds(8)).reaped
        #expect(reaped.living.isEmpty)
        // Many Pods live for a few minutes only, and leave more addresses than have owners.
        let refused = reaped.refusals.values.reduce(0, +)
        #expect(refused * 5 < reaped.runs, "\(reaped.text)")
    }

    // MARK: Wrong snapshots

    @Test(arguments: Falsehood.all)
    func `A snapshot that is wrong of all destroys nothing, however it is asked`(
        falsehood: Falsehood
    ) async {
        let setting = Setting.bestCase.with {
            $0.name = falsehood.name
            $0.reaping = ReapPolicy(includesSuspected: true, max: .max, insists: true)
            $0.falsehood = falsehood
        }
        let reaped = await reap(setting, seeds: SimulationTests.seeds(8)).reaped
        #expect(reaped.falsehoods.runs == reaped.runs)
        #expect(reaped.destroyedOfMany == 0, "\(reaped.text)")
    }

    @Test func `A file of another cluster that does not claim to be whole destroys nothing`() async
    {
        let setting = Setting.plainFile.with {
            $0.name = "another cluster's kubectl file"
            $0.reaping = Self.freely
            $0.falsehood = Falsehood(name: $0.name, kind: .anotherClusters)
        }
        let reaped = await reap(setting, seeds: SimulationTests.seeds(8)).reaped
        #expect(reaped.falsehoods.runs == reaped.runs)
        #expect(reaped.destroyed == 0, "\(reaped.text)")
    }

    @Test(arguments: Falsehood.contradicted.map(\.setting) + Setting.wrongClocks)
    func `Where evidence at hand contradicts a snapshot or the clock none alive is destroyed`(
        setting: Setting
    ) async {
        let setting = setting.with { $0.reaping = ReapPolicy(max: .max, insists: true) }
        let reaped = await reap(setting, seeds: SimulationTests.seeds(8)).reaped
        for story in reaped.living.prefix(3) { Issue.record("alive, and destroyed: \(story)") }
        #expect(reaped.living.isEmpty)
    }

    @Test(arguments: Falsehood.parts)
    func `What one destroys that is right of most is told`(falsehood: Falsehood) async {
        let setting = Setting.bestCase.with {
            $0.name = falsehood.name
            $0.reaping = ReapPolicy(max: .max)
            $0.isWatched = true
            $0.falsehood = falsehood
        }
        let reaped = await reap(setting, seeds: SimulationTests.seeds(5)).reaped
        #expect(reaped.falsehoods.runs < reaped.runs)
    }
}

extension Falsehood: CustomTestStringConvertible {
    var testDescription: String { name }
}
