import Judging
import Model
import Testing

/// A simulation that finds nothing proves nothing: here the tool or its user is wrong on purpose.
@Suite struct PlantedErrorTests {
    static let seeds: Range<UInt64> = 0..<25

    /// What is wrong, in a world where it matters, and a word of what the ledger must say.
    static let planted: [(Setting, caught: String)] = [
        (
            .withoutHistory.with {
                $0.name = "skew ignored: clocks differ by more than the policy tolerates"
                $0.clockError = 5
            }, "alive"
        ),
        (planting(.finishedPodsOwn, in: .withoutHistory), "deleted"),
        (planting(.verdictPerAddress, in: .withoutHistory), "alive"),
        (planting(.fileTimeStated, in: .adverseFiles), "alive"),
        (planting(.scopeIgnored, in: .adverse), "alive"),
        (planting(.restartMovesNetwork, in: .withoutHistory), "living suspected"),
    ]

    private static func planting(_ error: PlantedError, in setting: Setting) -> Setting {
        setting.with {
            $0.planted = error
            $0.name = error.rawValue
        }
    }

    @Test(arguments: planted)
    func `The simulation finds a planted error`(_ row: (Setting, caught: String)) async {
        let faults = await simulate(row.0, seeds: Self.seeds).faults(row.0.floors)
        print("== planted: \(row.0.name)\n\(faults.joined(separator: "\n"))")
        #expect(faults.contains { $0.contains(row.caught) })
    }

    @Test func `Without the error the same worlds show none`() async {
        for setting in [Setting.withoutHistory, .adverse, .adverseFiles] {
            let faults = await simulate(setting, seeds: Self.seeds).faults(setting.floors)
            #expect(faults.isEmpty)
        }
    }
}

/// Premises that are broken where it can be seen: then less is confirmed, as the manual says.
@Suite struct BrokenPremiseTests {
    static let seeds: Range<UInt64> = 0..<20

    @Test func `A snapshot of one namespace condemns none of the others' Pods`() async {
        let setting = Setting.withoutHistory.with { $0.limited = 100 }
        let ledger = await simulate(setting, seeds: Self.seeds)
        #expect(ledger.faults(nil).isEmpty)
        #expect((ledger.falseSuspected[.unownedAddress] ?? 0) > 0)
        #expect(ledger.confirmed > 0, "what their owners prove is proven all the same")
    }

    @Test func `A scanner whose clock is behind the snapshots confirms nothing`() async {
        let setting = Setting.withoutHistory.with { $0.scannerFault = .constant(.seconds(-60)) }
        let ledger = await simulate(setting, seeds: Self.seeds)
        #expect(ledger.confirmed == 0)
        #expect(ledger.stale > 0)
    }

    @Test func `Kubelets whose clocks are behind the API's confirm nothing that lives`() async {
        let setting = Setting.withoutHistory.with { $0.kubeletError = .seconds(-60) }
        let ledger = await simulate(setting, seeds: Self.seeds)
        for fault in ledger.faults(nil) { Issue.record("\(fault)") }
        #expect(ledger.confirmed > 0)
    }
}
