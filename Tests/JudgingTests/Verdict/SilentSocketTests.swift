import Model
import Testing

@testable import Judging

/// What a silent socket shows by itself.
@Suite struct SilentSocketTests {
    @Test(
        arguments: [
            // The timer, segments without an acknowledgement, retransmissions of the last of them.
            (TCPTimer.retransmit, 1, 1, true, false),
            (.retransmit, 1, 3, true, false),
            (.retransmit, 1, 4, true, true),
            // Sent a moment ago.
            (.retransmit, 1, 0, false, false),
            // All is acknowledged.
            (.retransmit, 0, 1, false, false), (.retransmit, 0, 4, false, false),
            // Keepalive and window probes are counted as retransmissions, too.
            (.keepalive, 1, 4, false, false), (.persist, 1, 4, false, false),
            (.none, 0, 0, false, false),
        ] as [(TCPTimer, UInt32, UInt8, Bool, Bool)]
    )
    func `Data is unanswered when it was sent again, and for long after four times`(
        _ row: (
            timer: TCPTimer, unacked: UInt32, retransmits: UInt8, isUnanswered: Bool, isLong: Bool
        )
    ) throws {
        var socket = try socket()
        socket.timer = row.timer
        socket.info.unackedSegments = row.unacked
        socket.info.retransmits = row.retransmits
        #expect(socket.hasUnansweredData == row.isUnanswered)
        #expect(socket.isUnansweredForLong == row.isLong)
        // No ping was answered: its last data was sent earlier than received.
        socket.info.lastDataSent = socket.info.lastDataReceived + 8
        #expect(socket.missesPings([]) == row.isUnanswered)
        #expect(socket.missesPings(.isPinging))
    }

    @Test(
        arguments: [
            // How much later the last data was received than sent, in ms, and segments with data each way.
            (0, (1, 1), true), (0, nil, true), (8, (1, 1), false), (8, nil, false),
            // Both ages are the connection's own.
            (0, (0, 0), false), (0, (1, 0), false), (0, (0, 1), false),
        ] as [(UInt32, (UInt32, UInt32)?, Bool)]
    )
    func
        `What was sent and received in one tick is a ping and its answer, where data was exchanged`(
            _ row: (later: UInt32, segments: (sent: UInt32, received: UInt32)?, isPing: Bool)
        ) throws
    {
        var socket = try socket()
        socket.info.lastDataReceived = 40_000
        socket.info.lastDataSent = 40_000 + row.later
        socket.info.traffic = row.segments.map {
            TrafficCounters(dataSegmentsReceived: $0.received, dataSegmentsSent: $0.sent)
        }
        #expect(socket.missesPings([]) == row.isPing)
    }
}
