@testable import Judging
import Model
import Testing

@Suite struct HealthTests {
    @Test(arguments: [
        // The timer, segments outstanding, probes, idiag_retrans.
        (TCPTimer.none, UInt32(0), UInt8(0), UInt8(0), Health.idle),
        (.none, 3, 0, 0, .idle),
        (.retransmit, 0, 0, 0, .idle),
        (.retransmit, 1, 0, 0, .retransmitting),
        (.retransmit, 1, 0, 3, .retransmitting),
        (.keepalive, 0, 0, 0, .idle),
        (.keepalive, 0, 1, 0, .probing),
        (.keepalive, 0, 0, 1, .probing),
        (.keepalive, 1, 0, 0, .idle),
        (.persist, 0, 0, 0, .idle),
        (.persist, 0, 2, 2, .probing),
        (.persist, 0, 0, 1, .probing),
    ])
    func `What the timer and the counters show`(
        timer: TCPTimer,
        unacked: UInt32,
        probes: UInt8,
        retransmits: UInt8,
        expected: Health
    ) throws {
        var socket = try socket()
        socket.timer = timer
        socket.retransmits = retransmits
        socket.info.unackedSegments = unacked
        socket.info.probes = probes
        #expect(Health(of: socket) == expected)
    }

    @Test func `A finding says it of its socket`() throws {
        let scenario = Scenario(.running)
        #expect(try scenario.finding(heard: 1999, timer: .retransmit).health == .retransmitting)
        #expect(try scenario.finding(heard: 1999).health == .idle)
    }

    @Test(arguments: [
        (UInt32(5000), UInt32(7000), UInt32(5000)), (7000, 5000, 5000), (0, 1, 0),
        (.max, .max, .max), (.max, 0, 0),
    ])
    func `The peer was heard by data or by an acknowledgement, whichever came last`(
        data: UInt32,
        acknowledgement: UInt32,
        expected: UInt32
    ) throws {
        var socket = try socket()
        socket.info = TCPInfo(
            lastDataReceived: data,
            lastAckReceived: acknowledgement,
            lastDataSent: 1
        )
        #expect(socket.silence == TimeSpan(milliseconds: Int64(expected)))
    }
}
