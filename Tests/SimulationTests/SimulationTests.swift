import Glibc
import Testing
import Verdict

/// Many worlds of one setting, on all processors.
func simulate(_ setting: Setting, seeds: Range<UInt64>) async -> Ledger {
    await withTaskGroup(of: Ledger.self) { group in
        let workers = UInt64(max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))))
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

/// A number of the environment: `HALFOPEN_WORLDS=N` makes a run longer, `HALFOPEN_SEED=N` replays
/// one world.
private func number(_ name: String) -> UInt64? {
    unsafe getenv(name).flatMap { unsafe UInt64(String(cString: $0)) }
}

@Suite struct SimulationTests {
    static var seeds: Range<UInt64> {
        if let seed = number("HALFOPEN_SEED") { return seed..<seed + 1 }
        return 0..<(number("HALFOPEN_WORLDS") ?? 120)
    }

    @Test(arguments: Setting.all)
    func `While the premises hold none alive is confirmed dead, and most of the dead are found`(
        setting: Setting
    ) async {
        let ledger = await simulate(setting, seeds: Self.seeds)
        print("== \(setting.name)\n\(ledger.text)")
        for fault in ledger.faults(setting.floors) { Issue.record("\(fault)") }
    }
}
