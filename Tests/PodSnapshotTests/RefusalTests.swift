import PodSnapshot
import Testing

/// Documents that are no snapshot at all: each with the message that an operator gets.
struct RefusalTests {
    private static let documents: [(document: String, words: String)] = [
        (
            "",
            "snapshot 'test' is not a snapshot: line 1, byte 0: it is empty; "
                + "check the errors of the command that wrote it, and run it again"
        ),
        (" \n\t \n", "line 3, byte 5: it ends before an object begins"),
        (#"{"kind":"List","items":["#, "is not complete: line 1, byte 24: it ends in the middle"),
        ("{}", "found neither 'items' nor 'workloads' nor 'schema', expected a list of Pods"),
        ("7", "the document: found a number, expected an object"),
        ("null", "the document: found null, expected an object"),
        (
            #"[{"metadata":{"name":"cart"}},{"metadata":{"name":"web"}}]"#,
            "byte 58: found no ztunnel workloads in a bare array or under 'workloads'"
        ),
        (
            #"{"workloads":[{"name":"a workload of something else"}]}"#,
            "found no ztunnel workloads in a bare array or under 'workloads'"
        ),
        (
            #"{"kind":"DeploymentList","items":[{"metadata":{"name":"a"}}]}"#,
            "is not a list of Pods: line 1, byte 61: found kind 'DeploymentList', "
                + "expected List or PodList"
        ),
        (#"{"kind":"ConfigMapList","items":[]}"#, "found kind 'ConfigMapList'"),
        (#"{"kind":"NodeList","items":[]}"#, "found kind 'NodeList'"),
        (#"{"items":[]}"#, "found 'items' without 'kind', expected kind List or PodList"),
        (
            #"{"kind":"Pod","metadata":{"name":"cart"}}"#,
            "is not a list: line 1, byte 41: found an object of kind 'Pod' without 'items'"
        ),
        (
            #"{"kind":"Status","status":"Failure","message":"pods is forbidden","reason":"Forbidden"}"#,
            "is not a list of Pods: line 1, byte 87: found the Status of a failed request "
                + "(Forbidden: 'pods is forbidden'); fix the request"
        ),
        (#"{"kind":"List","items":{}}"#, "items: found an object, expected an array"),
        (#"{"kind":"List","items":[],"items":[]}"#, "found the key 'items' twice"),
        (#"{"kind":"List","items":[]} {}"#, "is not one JSON document: line 1, byte 27: found '{'"),
        ("{\"kind\":\n\"List\",}", "is not valid JSON: line 2, byte 16: syntax error at '}'"),
        (#"{"kind":"Li"#, "is not complete"),
        (#"{"kind":tru}"#, "is not valid JSON"),
        (#"{'kind':"List"}"#, "is not valid JSON: line 1, byte 1: syntax error at '''"),
        ("apiVersion: v1\n", "is not valid JSON: line 1, byte 0: syntax error at 'a'"),
        (#"{"kind":"\ud800"}"#, "is not valid JSON"),
        ("{\"kind\":\"a\nb\"}", "syntax error at the end of the line"),
    ]

    @Test(arguments: documents) func `A document that is no snapshot is refused with its reason`(
        document: String,
        words: String
    ) {
        let message = refusal(document)
        #expect(message?.contains(words) == true, "\(message ?? "accepted")")
    }

    /// The beginning of a list whose kind is the given bytes.
    private static func list(kind: [UInt8]) -> [UInt8] { Array(#"{"kind":"#.utf8) + kind }

    private static let foreignBytes: [(bytes: [UInt8], words: String)] = [
        ([0xef, 0xbb, 0xbf, 0x7b, 0x7d], "it begins with a byte order mark; remove it"),
        ([0xff, 0xfe, 0x7b, 0x00], "it begins like UTF-16; convert it"),
        ([0x7b, 0x00, 0x7d, 0x00], "found a NUL byte"),
        ([0x00, 0x00, 0x00, 0x00], "found a NUL byte"),
        (
            [0x1f, 0x8b, 0x08, 0x00],
            "is not JSON: line 1, byte 0: it is compressed with gzip; "
                + "decompress it first (zcat FILE > NEW)"
        ),
        ([0x28, 0xb5, 0x2f, 0xfd], "it is compressed with zstd; decompress it first (zstdcat"),
        ([0xfd, 0x37, 0x7a, 0x58, 0x5a], "it is compressed with xz; decompress it first (xzcat"),
        ([0xfd, 0x37], "line 1, byte 0: found byte 0xfd"),
        ([0x1f], "it is compressed with gzip; decompress it first (zcat FILE > NEW)"),
        (list(kind: [0x22, 0x80, 0x22]), "byte 9: found byte 0x80"),
        (list(kind: [0x22, 0xc0, 0xaf, 0x22]), "is not valid JSON in UTF-8"),  // overlong
        (list(kind: [0x22, 0xed, 0xa0, 0x80, 0x22]), "is not valid JSON in UTF-8"),  // surrogate
    ]

    @Test(arguments: foreignBytes) func `Bytes that are no JSON text are named`(
        bytes: [UInt8],
        words: String
    ) {
        let message = refusal(bytes)
        #expect(message?.contains(words) == true, "\(message ?? "accepted")")
    }

    @Test func `Ten thousand arrays in each other are refused`() {
        let deep = #"{"kind":"List","x":\#(String(repeating: "[", count: 10_000))"#
        let message = refusal(deep)
        #expect(
            message?.contains("found more than 64 nested objects and arrays") == true,
            "\(message ?? "accepted")"
        )
    }

    @Test func `Invalid UTF-8 is refused wherever a chunk ends`() {
        let bytes = Array(#"{"kind":"List","x":"#.utf8) + [0x22, 0xf0, 0x9f, 0x41, 0x22, 0x7d]
        for chunk in 1...bytes.count {
            #expect(refusal(bytes, chunk: chunk)?.contains("is not valid JSON") == true)
        }
    }

    @Test func `A string of any length that nobody reads costs no memory`() throws {
        var reader = try SnapshotReader(source: "test", modified: nil, readingBegan: readingTime)
        let start = Array(#"{"kind":"List","note":""#.utf8)
        let filling = [UInt8](repeating: 0x78, count: 1 << 20)
        let end = Array(#"","items":[]}"#.utf8)
        try reader.feed(start.span)
        for _ in 0..<256 { try reader.feed(filling.span) }
        try reader.feed(end.span)
        #expect(try reader.finish(readingEnded: readingTime).document.items == 0)
    }
}
