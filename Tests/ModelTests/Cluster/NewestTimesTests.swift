@testable import Model
import Testing

/// What a document's times tell of its age, whichever node's clock is fast.
@Suite struct NewestTimesTests {
    /// Times with their nodes: `a 5`, or `- 5` for what is on none.
    private static func times(_ words: [String]) -> NewestTimes {
        var times = NewestTimes()
        for word in words {
            let parts = word.split(separator: " ")
            let node = parts[0] == "-" ? "" : String(parts[0])
            times.observe(at(Int(parts[1]) ?? 0), node: node.utf8Span.span)
        }
        return times
    }

    static let rows: [([String], newest: Int?, corroborated: Int?)] = [
        ([], nil, nil),
        (["a 5"], 5, nil),
        (["a 5", "a 9", "a 7"], 9, nil),
        (["a 5", "b 9"], 9, 5),
        (["a 5", "b 5"], 5, 5),
        (["a 5", "b 9", "b 12", "a 6"], 12, 6),
        (["a 5", "b 9", "a 11"], 11, 9),
        (["a 1", "b 2", "c 3"], 3, 2),
        (["a 3", "b 2", "c 1"], 3, 2),
        (["- 7"], 7, 7),
        (["a 9", "- 7"], 9, 7),
        (["a 9", "- 7", "b 8"], 9, 8),
        (["a 9", "b 8", "- 12"], 12, 12),
    ]

    @Test(arguments: rows)
    func `The newest of all, and what more than one node shows`(
        _ row: ([String], newest: Int?, corroborated: Int?)
    ) {
        for words in [row.0, row.0.reversed()] {
            let times = Self.times(words)
            #expect(times.newest == row.newest.map(at), "\(words)")
            #expect(times.corroborated == row.corroborated.map(at), "\(words)")
        }
    }

    @Test(
        arguments: [
            (["a 9"], 8, "a"), (["a 9"], 9, nil), (["a 9", "b 8"], 8, "a"),
            (["a 9", "b 9"], 8, nil),
            (["a 9", "- 9"], 8, nil), (["a 9", "- 8"], 8, "a"), ([], 0, nil),
        ] as [([String], Int, String?)]
    )
    func `The one node whose times have not come yet`(
        words: [String],
        now: Int,
        expected: String?
    ) {
        #expect(Self.times(words).nodeAlone(after: at(now)) == expected)
    }

    @Test(arguments: [
        // Of one node there is no other clock to ask.
        (["a 900"], 870), (["a 900", "b 100"], 70), (["a 900", "b 100", "- 200"], 170),
    ])
    func `A node's fast clock makes no old list younger`(words: [String], bound: Int) {
        var document = contents { $0.modified = at(1000) }.document
        document.newestTimes = Self.times(words)
        #expect(document.readNotBefore == at(bound))
    }
}
