import Judging
import Reporting
import Testing

@Suite struct FindingTrackerTests {
    /// An event in short: its kind and the peer.
    private func texts(_ events: [FindingEvent]) -> [String] {
        events.map { "\($0.kind) \($0.finding.socket.peer.address)" }
    }

    @Test func `What is found appears once, and what is found no more is cleared once`() {
        var log = FindingTracker()
        let (one, two) = (finding("10.1.0.1"), finding("10.1.0.2", cookie: 2))
        #expect(
            texts(log.update(reportOf([one, two]))) == ["appeared 10.1.0.1", "appeared 10.1.0.2"]
        )
        #expect(texts(log.update(reportOf([one, two]))) == [])
        #expect(texts(log.update(reportOf([two]))) == ["cleared 10.1.0.1"])
        #expect(texts(log.update(reportOf([two]))) == [])
        #expect(texts(log.update(reportOf([]))) == ["cleared 10.1.0.2"])
        #expect(texts(log.update(reportOf([one]))) == ["appeared 10.1.0.1"])
    }

    @Test func `Another judgement, health or owner is a change, another age is none`() {
        var log = FindingTracker()
        _ = log.update(reportOf([finding("10.1.0.1")]))
        let older = finding("10.1.0.1", silentMilliseconds: 75_000)
        #expect(texts(log.update(reportOf([older]))) == [])
        for changed in [
            finding("10.1.0.1", .replaced, .heardBeforeOwnerExisted, owner: "web-1"),
            finding("10.1.0.1", .replaced, .heardBeforeOwnerExisted, owner: "web-2"),
            finding("10.1.0.1", .replaced, .boundToPreviousOwner, owner: "web-2"),
            finding(
                "10.1.0.1",
                .replaced,
                .boundToPreviousOwner,
                owner: "web-2",
                health: .retransmitting
            ),
        ] {
            let events = log.update(reportOf([changed]))
            #expect(texts(events) == ["changed 10.1.0.1"])
            #expect(events.first?.finding == changed)
            #expect(events.first?.before != nil && events.first?.before != changed)
        }
    }

    @Test func `A cleared connection is told as it was seen last`() {
        var log = FindingTracker()
        _ = log.update(reportOf([finding("10.1.0.1")]))
        let last = finding("10.1.0.1", silentMilliseconds: 90_000)
        _ = log.update(reportOf([last]))
        #expect(log.update(reportOf([])).first?.finding == last)
    }

    @Test func `Another socket of the same address is another connection`() {
        var log = FindingTracker()
        _ = log.update(reportOf([finding("10.1.0.1", cookie: 1)]))
        let events = log.update(reportOf([finding("10.1.0.1", cookie: 2)]))
        #expect(texts(events) == ["appeared 10.1.0.1", "cleared 10.1.0.1"])
        #expect(events.map(\.finding.socket.cookie) == [2, 1])
        let elsewhere = reportOf([finding("10.1.0.1", cookie: 2)], targets: [target(8)])
        #expect(texts(log.update(elsewhere)) == ["appeared 10.1.0.1", "cleared 10.1.0.1"])
    }

    /// The targets of a second scan that does not show the connection, and whether that clears it.
    private static let secondScans: [([ScanTarget], Bool)] = [
        ([target(7)], true),
        ([target(7, isComplete: false)], false),
        // It could not be opened: its inode is not known then.
        ([target(nil, isComplete: false)], false),
        ([target(7), target(8, isComplete: false)], true),
        ([target(8), target(7, isComplete: false)], false),
        // It is none of the targets any more, and all that are were seen.
        ([target(8)], true),
        ([target(8), target(9, isComplete: false)], false),
        ([], true),
    ]

    @Test(arguments: secondScans)
    func `Only where all was seen, what was not seen is cleared`(
        targets: [ScanTarget],
        isCleared: Bool
    ) {
        var log = FindingTracker()
        _ = log.update(reportOf([finding("10.1.0.1")]))
        #expect(texts(log.update(reportOf([], targets: targets))).count == (isCleared ? 1 : 0))
        let back = log.update(reportOf([finding("10.1.0.1")]))
        #expect(texts(back) == (isCleared ? ["appeared 10.1.0.1"] : []))
    }

    @Test func `Who holds a connection is looked up when it appears, and told ever after`() {
        var log = FindingTracker()
        var asked: [Int] = []
        func events(_ findings: [Finding]) -> [FindingEvent] {
            log.update(reportOf(findings)) { new in
                asked.append(new.count)
                return new.map { finding in
                    var finding = finding
                    finding.process = SocketProcess(pid: 42, command: "envoy", pod: nil)
                    return finding
                }
            }
        }
        let (one, two) = (finding("10.1.0.1"), finding("10.1.0.2", cookie: 2))
        let all =
            events([one]) + events([two, finding("10.1.0.1", .replaced, .boundToPreviousOwner)])
            + events([])
        #expect(
            texts(all) == [
                "appeared 10.1.0.1", "appeared 10.1.0.2", "changed 10.1.0.1", "cleared 10.1.0.1",
                "cleared 10.1.0.2",
            ]
        )
        #expect(all.allSatisfy { $0.finding.process?.pid == 42 })
        #expect(asked == [1, 1, 0])
    }

    @Test func `Events come in the order of the report, the cleared last and in order, too`() {
        var log = FindingTracker()
        let peers = (1...20).map { finding("10.1.0.\($0)", cookie: UInt64($0)) }
        _ = log.update(reportOf(peers))
        let events = log.update(reportOf([finding("10.1.0.99", cookie: 99)]))
        #expect(
            texts(events) == ["appeared 10.1.0.99"] + (1...20).map { "cleared 10.1.0.\($0)" }
        )
    }
}
