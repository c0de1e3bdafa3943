import Testing

/// Premises that do not hold, and evidence of that at hand.
///
/// What is wrong and contradicted by nothing is counted apart, and printed.
@Suite struct ContradictionTests {
    static let seeds: UInt64 = 8

    private func check(_ setting: Setting, worlds: UInt64 = seeds) async -> Ledger {
        let ledger = await simulate(setting, seeds: SimulationTests.seeds(worlds))
        print("== \(setting.name)\n\(ledger.text)")
        for fault in ledger.faults(setting.floors) { Issue.record("\(fault)") }
        return ledger
    }

    @Test(arguments: Setting.wrongClocks)
    func `By a clock that is wrong none alive is confirmed dead, and where it shows nothing is`(
        setting: Setting
    ) async {
        let scans = await check(setting).scans
        #expect(scans.believed == 0)
        #expect(scans.wrong > 0)
    }

    @Test(arguments: Falsehood.all + Falsehood.parts + Falsehood.contradicted)
    func `By a wrong snapshot that something contradicts nothing is believed, then or later`(
        falsehood: Falsehood
    ) async {
        let scans = await check(falsehood.setting).scans
        #expect(scans.believed == 0)
        #expect(scans.wrong > 0)
    }

    @Test(arguments: Setting.cutLists + [.fastNode, .slightlyFastNode, .earlierAndLimited])
    func `What is cut, old or late condemns none alive`(setting: Setting) async {
        let scans = await check(setting, worlds: 20).scans
        #expect(Double(scans.incomplete) >= setting.leastIncomplete * Double(scans.all))
    }

    @Test(arguments: [Setting.earlierToo, .takingTurns])
    func `An earlier list, or another proxy's turn, takes nothing from what is found`(
        setting: Setting
    ) async {
        let scans = await check(setting, worlds: 20).scans
        #expect(scans.incomplete == 0)
    }
}
