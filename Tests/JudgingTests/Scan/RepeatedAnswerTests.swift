import Model
import Testing

@testable import Judging

/// What a scan answers by what an earlier one answered by the same snapshot.
@Suite struct RepeatedAnswerTests {
    /// The clock is read sooner after the kernel's answer, or was set back within the skew.
    @Test(arguments: [0.0, 0.02, 1.9])
    func `An acknowledgement alone does not repeat the answer for an owner`(setBack: Double) throws
    {
        let scenario = Scenario(
            Document()
                .pod("web", .running.later(985))
                .pod("waypoint", .running.later(-900), at: ["10.1.0.1"])
        )
        let ownership = scenario.ownership
        let loop = ScanLoop(by: ownership, scenario.policy, ScanDetail(showsAll: true))
        func heard(_ now: Double, data: Double, ack: Double) throws -> TCPSocket {
            var socket = try socket(peer: usualAddress, cookie: 7)
            socket.local = Endpoint(address: IPAddress(ipv4: 0x0a01_0001), port: 40_000)
            socket.info = TCPInfo(
                lastDataReceived: UInt32(((now - data) * 1000).rounded()),
                lastAckReceived: UInt32(((now - ack) * 1000).rounded())
            )
            return socket
        }
        // Seen before the owner, whose network was ready when data came for the last time.
        let ready = 1995.0
        let early = try heard(2010, data: ready, ack: 2000)
        var history = SocketHistory(epoch: ClockEpoch(bootID: "boot", bootedAt: at(0)))
        _ = history.place(of: SocketKey(early, in: 1), seenAt: at(1900))
        history.beginRun()
        let first = loop.scan([early], at: 2010, remembering: history)
        #expect(first.findings.first?.judgement == .heardSinceSnapshot)
        history = try #require(first.history)
        history.beginRun()
        let late = try heard(2020 - setBack, data: ready - setBack, ack: 2015 - setBack)
        let past = history.past(of: SocketKey(late, in: 1))
        let second = loop.scan([late], at: 2020 - setBack, remembering: history)
        let truth = Judge(ownership: ownership, policy: scenario.policy, now: at(2020))
            .judge(late, heardAt: at(2015 - setBack), history: past)
        #expect(second.findings.first?.judgement == truth)
    }
}
