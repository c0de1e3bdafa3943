import Judging
import Testing

/// Meshes whose servers ping, stall, drain, crash, are upgraded and cut off; a part of them, or all,
/// may never ping.
@Suite struct HeartbeatSimulationTests {
    /// What a simulation comes to.
    struct Total: Sendable {
        var ledger = Ledger()
        var heartbeat = HeartbeatLedger()
    }

    private func check(_ setting: Setting, worlds: UInt64) async -> Total {
        let seeds = SimulationTests.seeds(worlds)
        let total = await simulate(setting, seeds: seeds, into: Total()) {
            $0.ledger += $1.ledger
            $0.heartbeat += $1.heartbeatLedger
        }
        .reduce(into: Total()) {
            $0.ledger += $1.ledger
            $0.heartbeat += $1.heartbeat
        }
        print("== \(setting.name)\n\(total.ledger.text)\n\(total.heartbeat.text)")
        for fault in total.ledger.faults(setting.floors) { Issue.record("\(fault)") }
        let floors = setting.heartbeatFloors ?? HeartbeatFloors()
        for fault in total.heartbeat.faults(floors) { Issue.record("\(fault)") }
        return total
    }

    @Test(arguments: Setting.meshes)
    func
        `Where servers ping none alive is confirmed dead, hardly any is suspected, the dead are found`(
            setting: Setting
        ) async
    {
        _ = await check(setting, worlds: 5)
    }

    @Test(arguments: Setting.harshMeshes)
    func `Where everything goes wrong, and often, none alive is confirmed dead`(
        setting: Setting
    ) async {
        _ = await check(setting, worlds: 5)
    }

    @Test(arguments: Setting.unread)
    func `What the proxy does not read is no silence of the peer`(setting: Setting) async {
        _ = await check(setting, worlds: 5)
    }

    @Test(arguments: Setting.mutedMeshes)
    func `Where half or all of the servers never ping none alive is confirmed dead`(
        setting: Setting
    ) async {
        _ = await check(setting, worlds: 3)
    }

    @Test func `A server that stops its pings without a word is taken for dead`() async {
        let excused = await check(.mute, worlds: 5).ledger.excused
        #expect(excused.keys.contains { $0.contains("without a word") })
    }

    @Test(arguments: Setting.ownServers)
    func `A Pod that answers itself and stands still is taken for dead, and no other`(
        setting: Setting
    ) async {
        _ = await check(setting, worlds: 3)
    }
}
