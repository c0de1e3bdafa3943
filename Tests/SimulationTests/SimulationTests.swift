import Glibc
import Judging
import Testing

/// What is found in many worlds of one setting, on all processors.
func simulate(_ setting: Setting, seeds: Range<UInt64>) async -> Ledger {
    await simulate(setting, seeds: seeds, into: Ledger()) { $0 += $1.ledger }
        .reduce(into: Ledger()) { $0 += $1 }
}

/// Many worlds of one setting, on all processors: each adds to what they come to.
func simulate<Total: Sendable>(
    _ setting: Setting,
    seeds: Range<UInt64>,
    into empty: Total,
    add: @escaping @Sendable (inout Total, Scanner) -> Void
) async -> [Total] {
    await withTaskGroup(of: Total.self) { group in
        let workers = UInt64(max(1, sysconf(Int32(_SC_NPROCESSORS_ONLN))))
        for worker in 0..<workers {
            group.addTask {
                var total = empty
                for seed in seeds where seed % workers == worker {
                    add(&total, Scanner.run(seed: seed, setting))
                }
                return total
            }
        }
        return await group.reduce(into: []) { $0.append($1) }
    }
}

/// A number of the environment: `HALFOPEN_WORLDS=N` makes a run longer, `HALFOPEN_SEED=N` replays
/// one world.
private func number(_ name: String) -> UInt64? {
    unsafe getenv(name).flatMap { unsafe UInt64(String(cString: $0)) }
}

@Suite struct SimulationTests {
    /// The worlds of a test that usually has so many.
    static func seeds(_ count: UInt64) -> Range<UInt64> {
        if let seed = number("HALFOPEN_SEED") { return seed..<seed + 1 }
        return 0..<max(1, (number("HALFOPEN_WORLDS") ?? usualCount) * count / usualCount)
    }

    static let usualCount: UInt64 = 50

    static var seeds: Range<UInt64> { seeds(usualCount) }

    @Test(arguments: Setting.all)
    func `While the premises hold none alive is confirmed dead, and most of the dead are found`(
        setting: Setting
    ) async {
        let ledger = await simulate(setting, seeds: Self.seeds)
        print("== \(setting.name)\n\(ledger.text)")
        for fault in ledger.faults(setting.floors) { Issue.record("\(fault)") }
    }

    @Test(arguments: Setting.all + Setting.meshes + Setting.harshMeshes + Setting.unread)
    func `What the same snapshot has answered before it answers again`(setting: Setting) {
        for seed in Self.seeds(2) {
            let relying = Scanner.run(seed: seed, setting)
            let anew = Scanner.run(seed: seed, setting, judgesAnew: true)
            #expect(relying.fingerprint.finalize() == anew.fingerprint.finalize(), "\(seed)")
        }
    }
}
