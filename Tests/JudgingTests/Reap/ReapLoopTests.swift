@testable import Judging
import Model
import Testing

/// What becomes of two sockets that a plan condemns, when they are looked at again.
@Suite struct ReapLoopTests {
    private static let policy = ReapPolicy(maxFraction: 1, insists: true)

    private func reap(
        _ destroy: ReapLoop.Destroyer
    ) throws -> ReapLoop.Outcome {
        let scan = try ScanLoopTests().run(ScanLoopTests.document, .init(inode: 1), reaps: true)
        let outcome = ReapLoop(Self.policy, isDryRun: false).run(
            scan,
            isOfOneClock: true,
            destroy: destroy
        )
        return try #require(outcome)
    }

    private static let looks: [(String, @Sendable (inout TCPSocket) -> Void, String?)] = [
        ("nothing was heard since", { _ in }, nil),
        ("the peer was heard", { $0.info.lastDataReceived = 10 }, "its peer was heard again"),
        (
            "another connection has its addresses", { $0.cookie = 7 },
            "another connection has its addresses now"
        ),
        (
            "it seems to have been heard earlier",
            {
                $0.info.lastDataReceived += 60_000
                $0.info.lastAckReceived += 60_000
            }, "the clock was set in between"
        ),
    ]

    @Test(arguments: looks)
    func `Each socket is looked at again, and one that has changed stays and is named`(
        _ look: (name: String, change: @Sendable (inout TCPSocket) -> Void, remark: String?)
    ) throws {
        let remark = look.remark
        let outcome = try reap { target, sockets, isStillMeant, report in
            for (index, socket) in sockets.enumerated() {
                var found = socket
                if index == 0 { look.change(&found) }
                let isMeant = isStillMeant(index, found, at(2010))
                #expect(isMeant == (index > 0 || remark == nil), "\(look.name)")
                report(index, isMeant ? .destroyed : .skipped)
            }
            return nil
        }
        let results = outcome.findings.map { $0.reaping?.result }
        #expect(results.filter { $0 == .destroyed }.count == (remark == nil ? 2 : 1))
        #expect(results.filter { $0 == .skipped }.count == (remark == nil ? 0 : 1))
        let ends = outcome.remarks.map { $0.split(separator: " is not destroyed: ").last ?? "" }
        #expect(ends == [remark].compactMap { $0.map { Substring($0) } }, "\(outcome.remarks)")
        #expect(outcome.remarks.allSatisfy { $0.hasPrefix("10.1.0.1:40000 to 10.1.0.") })
    }

    @Test(
        arguments: [
            (.destroyed, "this connection was stale and has been closed"),
            (.gone, "this connection has already closed"),
            (.skipped, nil), (.refused("EPERM"), nil),
        ] as [(Destruction, String?)]
    )
    func `What has gone is explained as gone, and what stays as before`(
        end: Destruction,
        words: String?
    ) throws {
        let outcome = try reap { _, sockets, isStillMeant, report in
            for (index, socket) in sockets.enumerated() {
                var found = socket
                found.info.lastDataReceived = 10
                if end == .skipped { _ = isStillMeant(index, found, at(2010)) }
                report(index, end)
            }
            return nil
        }
        for finding in outcome.findings where finding.reaping?.result != nil {
            let isWarning = finding.explanation.contains("the next request on this connection will")
            #expect(isWarning == (words == nil), "\(finding.explanation)")
            if let words { #expect(finding.explanation.contains(words), "\(finding.explanation)") }
        }
    }

    @Test func `One that is ESTABLISHED no more is left alone, without a look`() throws {
        let outcome = try reap { _, sockets, _, report in
            for index in sockets.indices { report(index, index == 0 ? .skipped : .gone) }
            return nil
        }
        #expect(outcome.remarks.count == 1)
        #expect(
            outcome.remarks.first?.hasSuffix(":15008 is not destroyed: it has already closed")
                == true
        )
        #expect(Set(outcome.findings.map { $0.reaping?.result }) == [.skipped, .gone])
    }

    @Test func `What the kernel refuses for one reason is said once`() throws {
        let outcome = try reap { _, sockets, _, report in
            for index in sockets.indices { report(index, .refused("cannot destroy: EPERM")) }
            return "the exchange with the kernel ended early"
        }
        #expect(
            outcome.remarks == [
                "cannot destroy: EPERM", "the exchange with the kernel ended early",
            ]
        )
        #expect(outcome.findings.allSatisfy { $0.reaping?.result == .refused })
    }

    @Test func `A scan that was not made for it destroys nothing`() throws {
        let scan = try ScanLoopTests().run(ScanLoopTests.document, .init(inode: 1))
        let outcome = ReapLoop(Self.policy, isDryRun: false).run(scan, isOfOneClock: true) {
            _,
            _,
            _,
            _ in
            Issue.record("something is destroyed")
            return nil
        }
        #expect(outcome == nil)
    }
}
