import LinuxSystem
import Model
import PodSnapshot
import Testing

@testable import HalfopenCommands

@Suite struct ZtunnelMemoryTests {
    /// What a ztunnel answers that knows so many workloads.
    private func answer(_ count: Int, at second: Int64) throws -> SnapshotContents {
        let workloads = (0..<count).map {
            #"{"uid":"c//Pod/shop/web-\#($0)","name":"web-\#($0)","namespace":"shop","#
                + #""workloadIps":["10.0.0.\#($0 + 1)"],"node":"a"}"#
        }
        let text = "{\"workloads\":[\(workloads.joined(separator: ","))]}"
        let asked = WallTime(epochSeconds: 1_795_000_000 + second)
        var reader = try SnapshotReader(source: "--ztunnel", modified: nil, readingBegan: asked)
        try reader.feed(Array(text.utf8).span)
        var contents = try reader.finish(readingEnded: asked)
        contents.document.statedReadTime = (asked, .request)
        return contents
    }

    /// Each answer, at a second, with the Pods that serve then and whether there is a fault.
    @Test(
        arguments: [
            [(10, 0, 10, false), (12, 1, 12, false), (6, 2, 6, false), (3, 3, 3, false)],
            // Less than half is doubted for a minute, then believed.
            [
                (10, 0, 10, false), (4, 1, 10, true), (4, 60, 10, true), (4, 61, 4, false),
                (1, 62, 4, true),
            ],
            // One that has restarted learns by and by.
            [
                (10, 0, 10, false), (0, 1, 10, true), (2, 2, 10, true), (9, 3, 9, false),
                (4, 30, 9, true), (4, 89, 9, true), (4, 90, 4, false),
            ],
            // The first is believed whatever it is: nothing is known of others.
            [(0, 0, 0, false), (10, 1, 10, false)],
        ] as [[(Int, Int64, Int, Bool)]]
    )
    func `A list that is suddenly short is doubted, and the last good one serves`(
        story: [(count: Int, second: Int64, serves: Int, isDoubted: Bool)]
    ) throws {
        var memory = ZtunnelMemory()
        for (count, second, serves, isDoubted) in story {
            memory.take(try answer(count, at: second), now: .seconds(second))
            #expect(memory.contents?.pods.count == serves, "\(second)")
            #expect((memory.fault != nil) == isDoubted, "\(second)")
        }
    }

    @Test func `The doubt tells what serves instead`() throws {
        var memory = ZtunnelMemory()
        memory.take(try answer(10, at: 0), now: .zero)
        memory.take(try answer(4, at: 5), now: .seconds(5))
        #expect(
            memory.fault
                == "ztunnel lists 4 workloads, and listed 10 before: it may not know all yet; until it"
                + " answers well, its last good answer is used, of 2026-11-18T11:06:40.000Z"
        )
    }
}
