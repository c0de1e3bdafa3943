import Glibc
import TestSupport
import Testing
import Verdict

/// Many worlds of one setting, on all processors.
private func simulate(_ setting: Setting, seeds: Range<UInt64>) async -> Ledger {
    await withTaskGroup(of: Ledger.self) { group in
        let workers = UInt64(2)
        for worker in 0..<workers {
            group.addTask {
                var ledger = Ledger()
                for seed in seeds where seed % workers == worker {
                    ledger += Scanner.ledger(seed: seed, setting)
                }
                return ledger
            }
        }
        var total = Ledger()
        for await ledger in group { total += ledger }
        return total
    }
}

/// The seeds of a run: `HALFOPEN_WORLDS=N` makes it longer, `HALFOPEN_SEED=N` replays one world.
private var seeds: Range<UInt64> {
    func number(_ name: String) -> UInt64? {
        unsafe getenv(name).flatMap { unsafe UInt64(String(cString: $0)) }
    }
    if let seed = number("HALFOPEN_SEED") { return seed..<seed + 1 }
    return 0..<(number("HALFOPEN_WORLDS") ?? 100)
}

@Suite struct SimulationTests {
    @Test(arguments: Setting.all)
    func `While the premises hold no living connection is confirmed to be dead`(
        setting: Setting
    ) async {
        let ledger = await simulate(setting, seeds: seeds)
        print("== \(setting.name)\n\(ledger.text)")
        for story in ledger.falseConfirmed.prefix(3) { Issue.record("\(story)") }
        #expect(ledger.falseConfirmed.isEmpty)
    }
}
