@testable import Judging
import Model
import Testing

extension ExplanationTests {
    /// What a report says of the candidate of a row once a reap has come to it.
    private func explanation(_ row: Row, after result: Reaping.Result) throws -> String {
        var finding = try row.scenario.finding(heard: row.heard, timer: row.timer)
        finding.reaping = Reaping(.destroy)
        finding.reaping?.result = result
        return row.scenario.judge.explanation(of: finding)
    }

    @Test(arguments: candidates)
    func `A connection that was destroyed is spoken of in the past`(row: Row) throws {
        let text = try explanation(row, after: .destroyed)
        #expect(text.contains("has been closed"))
        for future in ["will be", "will hang", "hang on", "would hang", "take ", "compare "] {
            #expect(!text.contains(future), "\(text)")
        }
    }

    @Test(arguments: [
        (
            Scenario(.running), 500.0, Reaping.Result.destroyed,
            """
            10.1.0.7 now belongs to shop/web, started at 10:16:40Z, but the peer was last heard at \
            10:08:20Z, so it was an earlier Pod: this connection was stale and has been closed
            """
        ),
        (
            Scenario(.running), 500, .gone,
            """
            10.1.0.7 now belongs to shop/web, started at 10:16:40Z, but the peer was last heard at \
            10:08:20Z, so it was an earlier Pod: this connection has already closed
            """
        ),
        (
            Scenario(.running.with { $0.networkTransition = api(1700) }), 1500, .destroyed,
            """
            10.1.0.7 now belongs to shop/web, whose network was ready by 10:28:20Z, but the peer \
            was last heard at 10:25:00Z: if that was an earlier Pod, or this Pod before its \
            network was recreated, this connection was stale; it has been closed
            """
        ),
    ])
    func `The end of a candidate says whether it was proven`(
        scenario: Scenario,
        heard: Double,
        result: Reaping.Result,
        sentence: String
    ) throws {
        let row = Row(
            reason: .heardBeforeOwnerExisted,
            scenario: scenario,
            heard: heard,
            sentence: sentence
        )
        #expect(try explanation(row, after: result) == sentence)
    }

    @Test(arguments: candidates, [Reaping.Result.skipped, .refused])
    func `What was left alone is explained as before`(row: Row, result: Reaping.Result) throws {
        #expect(try explanation(row, after: result) == row.sentence)
    }
}
