import Judging
import Model
import Reporting
import Testing

@Suite struct ScanScheduleTests {
    private func ms(_ count: Int64) -> TimeSpan { TimeSpan(milliseconds: count) }

    /// When the work of each beat ends, and how long it is then until the next.
    @Test(arguments: [
        ([3], [97]),
        ([3, 104, 250], [97, 96, 50]),
        // Work that takes longer than the interval leaves beats out, and the grid stays.
        ([250, 310], [50, 90]),
        ([100], [0]),
        ([100, 100], [0, 100]),
        // Whoever is woken in between puts off nothing.
        ([3, 20, 60, 100], [97, 80, 40, 100]),
        ([1099], [1]),
        ([1101], [99]),
    ])
    func `The moments stay on the grid, whatever the work takes`(
        ends: [Int64],
        waits: [Int64]
    ) {
        var beat = ScanSchedule(every: ms(100), from: ms(5000))
        #expect(ends.map { beat.advance(now: ms(5000 + $0)) } == waits.map(ms))
    }

    @Test func `Ten thousand beats do not drift`() {
        var beat = ScanSchedule(every: ms(15_000), from: ms(7))
        var now = ms(7)
        for round in 0..<10_000 {
            now = now + ms(Int64(round * 37 % 900))
            now = now + beat.advance(now: now)
        }
        #expect(now == ms(7 + 10_000 * 15_000))
    }
}

@Suite struct WarningLogTests {
    @Test func `A warning is news once, until it has gone and comes again`() {
        var log = WarningLog()
        #expect(log.update([]) == ([], true))
        #expect(log.update([]) == ([], false))
        #expect(
            log.update(["it is 10m01s old", "EPERM"]) == (["it is 10m01s old", "EPERM"], true)
        )
        #expect(log.update(["it is 10m16s old", "EPERM"]) == ([], false))
        #expect(log.update(["EPERM"]) == ([], true))
        #expect(log.update(["it is 11m01s old", "EPERM"]) == (["it is 11m01s old"], true))
        #expect(log.update([]) == ([], true))
    }

    @Test(arguments: [
        // Quantities.
        ("it is 10m01s old", "it is 11m old", true),
        ("3 connections were not seen (12 ms)", "14 connections were not seen (7 ms)", true),
        (
            "by this clock it is 2026-11-21T10:04:11.250Z: no",
            "by this clock it is 2026-11-21T10:04:26.001Z: no", true
        ),
        // Names.
        (
            "cannot open the network namespace of process 41: ENOENT",
            "cannot open the network namespace of process 42: ENOENT", false
        ),
        (
            "network namespace '/proc/41/ns/net': the dump",
            "network namespace '/proc/42/ns/net': the dump", false
        ),
        ("snapshot 'day 1': it is 3s old", "snapshot 'day 2': it is 3s old", false),
        ("no Pod has 10.244.0.1", "no Pod has 10.244.0.2", false),
        ("no Pod has fd00::1", "no Pod has fd00::2", false),
        ("Pod 'a' (inode 7)", "Pod 'a' (inode 8)", false),
    ])
    func `Another number is the same warning, another name another`(
        first: String,
        second: String,
        isSame: Bool
    ) {
        var log = WarningLog()
        _ = log.update([first])
        #expect(log.update([first, second]).news == (isSame ? [] : [second]))
        #expect(log.update([second]).isChanged == !isSame)
    }
}
