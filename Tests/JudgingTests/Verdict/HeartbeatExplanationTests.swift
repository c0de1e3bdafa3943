import Judging
import Model
import Testing

/// What a person is told of a connection that is judged by its heartbeat.
@Suite struct HeartbeatExplanationTests {
    struct Row: CustomTestStringConvertible {
        var reason: Reason
        var story: HeartbeatStory
        var sentence: String

        var testDescription: String { "\(reason.rawValue)" }
    }

    static let rows: [Row] = [
        Row(
            reason: .pingsMissed,
            story: .known(),
            sentence: """
                nothing has been heard on this connection since 10:33:10Z, while 10.1.0.7 is still \
                heard on another connection: its other end is gone, and the next request on this \
                connection will hang or be reset
                """
        ),
        Row(
            reason: .pingsMissed,
            story: .known(beside: "10.1.0.8", .cluster).with { $0.lines[0].waits = 2000 },
            sentence: """
                10.1.0.7 belongs to shop/web, but nothing has been heard on this connection since \
                10:33:10Z, while another Pod of its node is still heard: its other end is gone, \
                and requests on this connection hang
                """
        ),
        Row(
            reason: .pingsMissed,
            story: .known(beside: "10.1.0.9", .cluster),
            sentence: """
                10.1.0.7 belongs to shop/web, but nothing has been heard on this connection since \
                10:33:10Z, although an HBONE server pings every 10 seconds: its other end may be \
                gone, cut off or hanging, and the next request on this connection may hang or be \
                reset
                """
        ),
        Row(
            reason: .silentSinceBeforeOwnerNetwork,
            story: .known(HeartbeatRowTests.successor(network: 1998)).with {
                $0.earlierDocument = .cluster
            },
            sentence: """
                10.1.0.7 now belongs to shop/web, whose network was ready by 10:33:18Z, but nothing \
                has been heard on this connection since 10:33:10Z, while 10.1.0.7 is still heard on \
                another connection: the next request on this connection will be reset
                """
        ),
        Row(
            reason: .unownedAndSilent,
            story: .known(gone: 1987, beside: "10.1.0.9", .cluster.without("web")).with {
                $0.earlierDocument = .cluster
            },
            sentence: """
                no Pod in the snapshot has 10.1.0.7, and nothing has been heard on this connection \
                since 10:33:00Z, while other servers are still heard: the next request on this \
                connection will hang, or be reset once another Pod gets the address
                """
        ),
        Row(
            reason: .unownedAndSilent,
            story: HeartbeatStory(document: .cluster.without("web"), lines: [Line(gone: 1987)]),
            sentence: """
                no Pod in the snapshot has 10.1.0.7, and nothing has been heard on this connection \
                since 10:33:00Z, although an HBONE server pings every 10 seconds: if its Pod is \
                gone, the next request on this connection will hang, or be reset once another Pod \
                gets the address
                """
        ),
        Row(
            reason: .heardNow,
            story: HeartbeatStory(lines: [Line()]),
            sentence: "the peer was last heard at 10:34:00Z: this connection is alive"
        ),
        Row(
            reason: .notSilentLongEnough,
            story: HeartbeatStory(lines: [Line(gone: 2010)]),
            sentence: """
                the peer was last heard at 10:33:30Z, not long enough ago to have missed its pings: \
                scan again in a minute
                """
        ),
        Row(
            reason: .notSilentLongEnough,
            story: HeartbeatStory(lines: [Line(gone: 2000, hasUnread: true)]),
            sentence: """
                nothing has been heard on this connection since 10:33:20Z, but the proxy has not \
                read all that was received, so the peer may be waiting for it
                """
        ),
        Row(
            reason: .pingsNotSeen,
            story: HeartbeatStory(lines: [Line(isPinged: false, requests: [2000])]),
            sentence: """
                nothing has been heard on this connection since 10:33:20Z, but nothing shows that \
                its server sends pings: give a snapshot (-s), or let earlier scans be remembered \
                (--state, watch)
                """
        ),
    ]

    @Test(arguments: rows) func `The sentence of a row of the heartbeat`(_ row: Row) throws {
        let found = try row.story.result().findings.first { $0.socket.cookie == 1 }
        let finding = try #require(found)
        #expect(finding.judgement.reason == row.reason)
        #expect(finding.explanation == row.sentence)
    }
}
