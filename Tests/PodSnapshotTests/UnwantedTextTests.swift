import Model
import PodSnapshot
import Testing

/// Long text that nobody reads is passed over where it has escapes; in chunks of a byte none is, so
/// that the parser judges every byte itself.
@Suite struct UnwantedTextTests {
    /// An escape begins on every byte of a word, of whatever size.
    private static let quotes = "{" + String(repeating: #"\"seven: "#, count: 20)

    /// A Pod with an annotation before all that is read of it.
    private static func document(_ annotation: [UInt8]) -> [UInt8] {
        let pod = pod(metadata: #","annotations":{"applied":"TEXT"}"#)
        let parts = list(pod).split(separator: "TEXT")
        return Array(parts[0].utf8) + annotation + Array(parts[1].utf8)
    }

    @Test(arguments: [
        #"\" \\ \/ \b \f \n \r \t"#, #"\\\\\\\\\"\\\""#, #"\u0041\u00e9\uABCD"#, #"\ud83d\ude00"#,
        "é", "\u{1F600}", "\u{7F}", #"\\u12"#, #"{\"a\":\"\\\"\"}"#, "",
    ])
    func `A Pod is read behind any text`(text: String) throws {
        for padding in 0..<40 {
            let annotation =
                Self.quotes + String(repeating: "x", count: padding) + text + Self.quotes
            let document = Self.document(Array(annotation.utf8))
            let read = try #require(try read(document).pod)
            let parsed = try #require(try PodSnapshotTests.read(document, chunk: 1).pod)
            #expect(read.identity == parsed.identity)
            #expect(read.life == parsed.life)
            #expect(read.identity.name == "cart-1")
        }
    }

    @Test(arguments: [
        Array(#"\q"#.utf8), Array(#"\v"#.utf8), Array(#"\'"#.utf8), Array(#"\0"#.utf8), [0x1F],
        Array(#"\uD800x"#.utf8), Array(#"\uDC00"#.utf8),
        Array(#"\u12"#.utf8) + [UInt8(ascii: "\"")], Array(#"\u12G4"#.utf8),
        Array(#"\ud800x"#.utf8), Array(#"\udc00"#.utf8), Array(#"\ud800\u0041"#.utf8),
        Array("\n".utf8), Array("\t".utf8), [0], [0xFF], [0xC3], [0xC0, 0x80], [0xED, 0xA0, 0x80],
        Array(#""x"#.utf8), Array(#"\\"x"#.utf8),
    ])
    func `Text that is no JSON is refused where it stands`(text: [UInt8]) throws {
        for padding in 0..<40 {
            let before = Array((Self.quotes + String(repeating: "x", count: padding)).utf8)
            let document = Self.document(before + text + Array(Self.quotes.utf8))
            let start =
                try #require(document.firstRange(of: before + text)).lowerBound + before.count
            // Where in an escape it is wrong, the parser says otherwise at the end of a chunk.
            #expect((start...start + text.count).contains(try #require(offset(document))))
            #expect((start...start + text.count).contains(try #require(offset(document, chunk: 1))))
        }
    }

    /// Where a document is refused.
    private func offset(_ document: [UInt8], chunk: Int? = nil) -> Int? {
        do {
            _ = try read(document, chunk: chunk)
        } catch .unusable(_, _, let place, _, _) {
            return place.byteOffset
        } catch {}
        return nil
    }

    @Test(arguments: [#"\"\\\n\u0041\ud83d\ude00é"#, #"\\\\\\\\\\\\"#])
    func `Chunks may begin anywhere in the text`(text: String) throws {
        let document = Self.document(Array((Self.quotes + text + Self.quotes).utf8))
        let whole = try #require(try read(document).pod)
        for size in 1...document.count {
            let parts = try #require(try read(document, chunk: size).pod)
            #expect(parts.identity == whole.identity)
            #expect(parts.life == whole.life)
        }
    }

    @Test func `Text that is read is unescaped, however long it is`() throws {
        let name = "cart" + String(repeating: #"\"\\\u00e9"#, count: 50)
        let contents = try read(list(#"{"kind":"Pod","metadata":{"name":"\#(name)","uid":"u"}}"#))
        #expect(contents.pod?.identity.name == "cart" + String(repeating: #""\é"#, count: 50))
    }

    @Test func `A key is unescaped, whatever text comes before it`() throws {
        let quotes = Self.quotes
        let metadata = #"""
            {"a":"\#(quotes)","n\u0061me":"cart","\#(quotes)":"x","uid\#(quotes.dropFirst())":"x",
             "uid":"u"}
            """#
        let contents = try read(list(#"{"kind":"Pod","metadata":\#(metadata)}"#))
        #expect(contents.pod?.identity.name == "cart")
        #expect(contents.pod?.identity.uid == "u")
    }

    @Test func `Text that does not end is a document that is not complete`() throws {
        let text = Array((Self.quotes + Self.quotes).utf8)
        let document = Self.document(text)
        let start = try #require(document.firstRange(of: text)?.lowerBound)
        for end in start..<start + text.count {
            let reason = try #require(refusal(document[..<end]))
            #expect(reason.contains("is not complete"))
        }
    }

    /// Boost.JSON 1.81 writes past a buffer where a character is split between two of its calls and
    /// the rest of the text fills the buffer (boostorg/json#876).
    @Test(
        arguments: [
            ([0xE2, 0x82], [0xAC]), ([0xC3], [0xA9]), ([0xF0], [0x9F, 0x98, 0x80]),
            (Array(#"\u20a"#.utf8), Array("c".utf8)),
            (Array(#"\ud83d\ude0"#.utf8), Array("0".utf8)),
        ] as [([UInt8], [UInt8])]
    )
    func `A character may be split between chunks, however long the text is`(
        start: [UInt8],
        end: [UInt8]
    ) throws {
        for count in [4090, 4091, 4092, 4093, 4094, 4095, 4096, 4097, 8192, 65_536, 70_000] {
            let rest = [UInt8](repeating: UInt8(ascii: "A"), count: count)
            let document = Self.document(Array(#"\n"#.utf8) + start + end + rest)
            let split = try #require(document.firstRange(of: end + rest)).lowerBound
            var reader = try SnapshotReader(
                source: "test",
                modified: nil,
                readingBegan: readingTime
            )
            try reader.feed(document.span.extracting(..<split))
            try reader.feed(document.span.extracting(split...))
            let contents = try reader.finish(readingEnded: readingTime)
            #expect(contents.pod?.identity.name == "cart-1")
        }
    }
}
