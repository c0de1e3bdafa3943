import Model
import Testing

@Suite struct SnapshotDocumentTests {
    /// Read from 2000 to 2001; the rest as given.
    static func document(stated: Int?, modified: Int?, newest: Int?) -> SnapshotDocument {
        var document = SnapshotDocument(
            source: "-",
            format: .kubernetesList,
            modified: modified.map(at),
            readingBegan: at(2000)
        )
        document.readingEnded = at(2001)
        document.statedReadTime = stated.map { (at($0), .document) }
        if let newest { document.observe(api(newest)) }
        return document
    }

    @Test(arguments: [
        // stated, modified, newest; C, C'. Reading began at 2000.
        (Int?.some(1900), Int?.some(1950), Int?.some(1800), Int?.some(1900), 1900),
        (1990, 1950, 1800, 1990, 1990),
        (nil, 1950, 1800, 1770, 1950),
        (nil, 1950, 1940, 1910, 1950),
        (nil, 1950, 1970, 1920, 1950),
        (nil, nil, 1800, 1770, 2000),
        (nil, nil, 2050, 1970, 2000),
        (nil, 1950, nil, nil, 1950),
        (nil, nil, nil, nil, 2000),
    ])
    func `C and C' of a document`(
        stated: Int?,
        modified: Int?,
        newest: Int?,
        bound: Int?,
        claimed: Int
    ) {
        let document = Self.document(stated: stated, modified: modified, newest: newest)
        #expect(document.readNotBefore == bound.map(at) ?? .distantPast)
        #expect(document.claimedReadTime == at(claimed))
    }

    @Test(arguments: [(1, 0), (20, 0), (21, 1), (1000, 980)])
    func `So many problems are named, and the others counted`(problems: Int, more: Int) {
        for mayHideOwner in [true, false] {
            var document = Self.document(stated: nil, modified: nil, newest: nil)
            for number in 0..<problems {
                document.note(
                    SnapshotProblem(message: "no name", line: number, byteOffset: 7),
                    mayHideOwner: mayHideOwner
                )
            }
            let expected =
                (0..<(problems - more)).map { "snapshot '-': line \($0), byte 7: no name" }
                + (more > 0 ? ["snapshot '-': \(more) more like these"] : [])
            // What may hide an owner makes a scan incomplete; the rest is only said.
            #expect(document.gapMessages == (mayHideOwner ? expected : []))
            #expect(document.remarks == (mayHideOwner ? [] : expected))
        }
    }

    @Test(arguments: [
        // stated, modified; the latest moment that it shows. Reading began at 2000.
        (Int?.some(1900), Int?.some(1950), 1900), (1900, 1850, 1900), (1900, nil, 1900),
        (nil, 1950, 1950), (nil, nil, 2000),
    ])
    func `With a capture, a copy is no newer than it states, and a pipe is new`(
        stated: Int?,
        modified: Int?,
        latest: Int
    ) {
        var document = Self.document(stated: stated, modified: modified, newest: 1800)
        document.judgeWithRecording()
        #expect(document.latestEvidence == at(latest))
        #expect(document.isStatedTooLate(skew: .seconds(2)) == (modified == 1850))
    }

    @Test(arguments: [
        (Int?.some(1900), Int?.some(1950), SnapshotDocument.ReadTimeSource.document, 1950),
        (nil, 1950, .file, 1950), (nil, nil, .read, 2001),
    ])
    func `Who stated it, and when it was completely written`(
        stated: Int?,
        modified: Int?,
        source: SnapshotDocument.ReadTimeSource,
        completion: Int
    ) {
        let document = Self.document(stated: stated, modified: modified, newest: nil)
        #expect(document.readTimeSource == source)
        #expect(document.completion == at(completion))
    }

    @Test(arguments: [
        (Int?.some(1900), Int?.some(1950), Int?.some(1970), Int?.some(1970)),
        (1990, 1950, 1970, 1990), (1900, 1995, 1970, 1995), (nil, 1950, 1940, 1950),
        (nil, nil, 1940, 1940), (nil, nil, nil, nil),
    ])
    func `The latest moment that it shows to have passed`(
        stated: Int?,
        modified: Int?,
        newest: Int?,
        latest: Int?
    ) {
        let document = Self.document(stated: stated, modified: modified, newest: newest)
        #expect(document.latestEvidence == latest.map(at) ?? .distantPast)
    }

    @Test(arguments: [
        // modified, origin; the latest moment that may be stated, with 2 s of skew.
        (Int?.some(1950), Int?.none, Double?.some(1952)),
        (1950, 1900, 1902), (nil, 1900, 1902), (1900, 1950, 1902), (nil, nil, nil),
    ])
    func `What is stated cannot be later than the first file that was written`(
        modified: Int?,
        origin: Int?,
        latest: Double?
    ) {
        var document = Self.document(stated: nil, modified: modified, newest: nil)
        document.origin = origin.map { SnapshotOrigin(modified: at($0), newestTime: nil) }
        for milliseconds in [Int64(0), 1] {
            let end = latest.map { WallTime(milliseconds: at(0).milliseconds + Int64($0 * 1000)) }
            let stated = (end ?? at(9000)) + TimeSpan(milliseconds: milliseconds)
            document.statedReadTime = (stated, .option)
            let isTooLate = latest != nil && milliseconds > 0
            #expect(document.isStatedTooLate(skew: .seconds(2)) == isTooLate)
        }
    }

    @Test func `The newest time is kept whatever the order`() {
        var document = Self.document(stated: nil, modified: nil, newest: nil)
        for second in [5, 9, 7] { document.observe(api(second)) }
        #expect(document.newestTimes.newest == at(9))
    }

    @Test func `All problems are counted and the first kept`() {
        var document = Self.document(stated: nil, modified: nil, newest: nil)
        document.scope = .cluster
        for number in 0..<50 {
            document.note(SnapshotProblem(message: "\(number)", line: number, byteOffset: 0))
        }
        #expect(document.problemCount == 50)
        #expect(document.problems.count == SnapshotDocument.problemLimit)
        #expect(document.problems.first?.message == "0")
        #expect(document.scope == .partial)
    }
}
