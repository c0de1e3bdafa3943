import Model
import PodSnapshot
import Testing

/// Items that cannot be read as they stand: counted, named, and judged by nothing but their
/// addresses.
struct ProblemTests {
    /// A change to the small Pod, and the message it gives.
    private static let flaws: [(original: String, changed: String, message: String)] = [
        (
            #""podIP":"10.1.0.7""#, #""podIP":"10.1.0""#,
            "Pod shop/cart-1: status.podIP: found '10.1.0', expected an IP address"
        ),
        (
            #""podIP":"10.1.0.7""#, #""podIP":7"#,
            "Pod shop/cart-1: status.podIP: found a number, expected a string"
        ),
        (
            #""podIP":"10.1.0.7""#, #""podIP":"10.1.0.7","podIPs":{"ip":"10.1.0.7"}"#,
            "Pod shop/cart-1: status.podIPs: found an object, expected an array"
        ),
        (
            #""podIP":"10.1.0.7""#, #""podIP":"10.1.0.7","podIPs":["10.1.0.7"]"#,
            "Pod shop/cart-1: status.podIPs[]: found a string, expected an object"
        ),
        (
            #""podIP":"10.1.0.7""#, #""podIP":"10.1.0.7","startTime":"2026-02-30T00:00:00Z""#,
            "Pod shop/cart-1: status.startTime: found '2026-02-30T00:00:00Z', "
                + "expected a date and time from 1970 to 2106"
        ),
        (
            #""podIP":"10.1.0.7""#, #""podIP":"10.1.0.7","startTime":"0001-01-01T00:00:00Z""#,
            "Pod shop/cart-1: status.startTime: found '0001-01-01T00:00:00Z', "
                + "expected a date and time from 1970 to 2106"
        ),
        (
            #""podIP":"10.1.0.7""#, #""podIP":"10.1.0.7","startTime":"9999-12-31T23:59:59Z""#,
            "Pod shop/cart-1: status.startTime: found '9999-12-31T23:59:59Z', "
                + "expected a date and time from 1970 to 2106"
        ),
        (
            #""podIP":"10.1.0.7""#, #""podIP":"10.1.0.7","startTime":"1969-12-31T23:59:59Z""#,
            "Pod shop/cart-1: status.startTime: found '1969-12-31T23:59:59Z', "
                + "expected a date and time from 1970 to 2106"
        ),
        (
            #""podIP":"10.1.0.7""#, #""podIP":"10.1.0.7","podIP":"10.1.0.8""#,
            "Pod shop/cart-1: status.podIP: found the key twice"
        ),
        (
            #""spec":"#, #""status":{},"spec":"#,
            "Pod shop/cart-1: status: found the key twice"
        ),
        (
            #""phase":"Running""#, #""phase":"Walking""#,
            "Pod shop/cart-1: status.phase: found 'Walking', "
                + "expected Pending, Running, Succeeded, Failed or Unknown"
        ),
        (
            #""nodeName":"node-a""#, #""hostNetwork":"yes""#,
            "Pod shop/cart-1: spec.hostNetwork: found a string, expected true or false"
        ),
        (#""name":"cart-1","#, "", "Pod shop/without a name: metadata.name: found none"),
        (#""namespace":"shop","#, "", "Pod cart-1: metadata.namespace: found none"),
        (#","uid":"u-1""#, "", "Pod shop/cart-1: metadata.uid: found none"),
        (
            #""kind":"Pod""#, #""kind":3"#,
            "Pod shop/cart-1: kind: found a number, expected a string"
        ),
        (
            #""phase":"Running""#, #""conditions":[{"type":"Ready","status":"Yes"}]"#,
            "Pod shop/cart-1: status.conditions[].status: found 'Yes', "
                + "expected True, False or Unknown"
        ),
        (
            #""phase":"Running""#, #""conditions":[{"type":"Ready"}]"#,
            "Pod shop/cart-1: status.conditions[].status: found none for a condition that matters"
        ),
        (
            #""phase":"Running""#,
            #""conditions":[{"type":"Ready","status":"True"},{"type":"Ready","status":"True"}]"#,
            "Pod shop/cart-1: status.conditions[].type: found the same condition twice"
        ),
    ]

    @Test(arguments: flaws) func `A Pod with a bad field is named and keeps its good addresses`(
        original: String,
        changed: String,
        message: String
    ) throws {
        let item = pod(status: #","podIPs":[{"ip":"10.1.0.9"}]"#)
            .replacing(original, with: changed)
        let contents = try read(list(item, pod().replacing("cart-1", with: "other")))
        #expect(contents.problems == [message])
        #expect(contents.document.problemCount == 1)
        #expect(contents.document.scope == .partial)
        #expect(contents.document.items == 2)
        #expect(contents.pod?.life == PodLife())
        if !changed.contains("podIPs") {
            #expect(contents.owners(of: "10.1.0.9") == [contents.pods.identity(0).name])
        }
    }

    @Test func `A problem says the line and byte of the field`() throws {
        let document = """
            {"kind":"List","items":[
              {"kind":"Pod","metadata":{
                 "namespace":"shop","name":"cart-1","uid":"u-1"},
               "status":{
                 "podIP":"10.1.0.x",
                 "phase":"Running"}}
            ]}
            """
        for chunk in [nil, 7, 64, 100] {
            let problem = try #require(try read(document, chunk: chunk).document.problems.first)
            #expect(problem.line == 5)
            let offset = try #require(document.firstRange(of: "10.1.0.x"))
            let expected = document.utf8.distance(from: document.startIndex, to: offset.lowerBound)
            if chunk == nil { #expect(problem.byteOffset == expected) }
        }
    }

    @Test func `An item with two kinds is a problem whichever comes first`() throws {
        for kinds in [#""kind":"Secret","kind":"Pod""#, #""kind":"Pod","kind":"Secret""#] {
            let contents = try read(list(pod().replacing(#""kind":"Pod""#, with: kinds)))
            #expect(contents.problems.count == 1)
            #expect(contents.problems.first?.hasSuffix("kind: found the key twice") == true)
        }
    }

    @Test func `Items that are no objects are problems`() throws {
        let contents = try read(list("7", #""Pod""#, "null", "[]", pod()))
        #expect(
            contents.problems == [
                "Pod without a name: items[]: found a number, expected an object",
                "Pod without a name: items[]: found a string, expected an object",
                "Pod without a name: items[]: found null, expected an object",
                "Pod without a name: items[]: found an array, expected an object",
            ]
        )
        #expect(contents.document.items == 5)
        #expect(contents.pods.count == 1)
        #expect(contents.owners(of: "10.1.0.7") == ["cart-1"])
    }

    @Test func `A name that is too long is a problem and not a cost`() throws {
        let name = String(repeating: "x", count: 10_000)
        let contents = try read(list(pod().replacing("cart-1", with: name)), chunk: 100)
        #expect(
            contents.problems.first
                == "Pod shop/without a name: metadata.name: found a string of over 4096 bytes, "
                + "expected a string"
        )
    }

    @Test func `What a message quotes is short, and is escaped by who prints it`() throws {
        let bad = #"\u001b[31m\n"# + String(repeating: "é", count: 200)
        let contents = try read(list(pod().replacing("10.1.0.7", with: bad)))
        let message = try #require(contents.problems.first)
        #expect(message.contains("'\u{1b}[31m\néé"))
        #expect(message.contains("é…'"))
        #expect(message.unicodeScalars.count < 200)
    }

    @Test func `Only the first twenty problems keep their text`() throws {
        let bad = pod().replacing("10.1.0.7", with: "x")
        let items = Array(repeating: bad, count: 30).joined(separator: ",")
        let contents = try read(list(items))
        #expect(contents.document.problemCount == 30)
        #expect(contents.problems.count == SnapshotDocument.problemLimit)
    }

    @Test func `A Pod with a flaw does not make the document look newer`() throws {
        let item = pod(
            metadata: #","creationTimestamp":"2026-11-20T23:00:00Z""#,
            status: #","startTime":"x""#
        )
        #expect(try read(list(item)).document.newestTime == nil)
    }

    @Test func `A Node with a bad address is named and is not known to be ready`() throws {
        let node = """
            {"kind":"Node","metadata":{"name":"node-a"},"status":{
             "addresses":[{"type":"InternalIP","address":"x"},{"type":"InternalIP","address":"::1"}],
             "conditions":[{"type":"Ready","status":"False"}]}}
            """
        let contents = try read(list(node))
        #expect(
            contents.problems == [
                "Node node-a: status.addresses[].address: found 'x', expected an IP address"
            ]
        )
        #expect(contents.nodes.first?.isReady == nil)
        #expect(contents.nodes.first?.addresses.count == 1)
    }

    @Test func `More addresses than anything has are a problem and not a cost`() throws {
        let addresses = (0..<300).map { #"{"ip":"10.2.\#($0 / 256).\#($0 % 256)"}"# }
        let item = pod(status: #","podIPs":[\#(addresses.joined(separator: ","))]"#)
        let contents = try read(list(item))
        #expect(
            contents.problems
                == ["Pod shop/cart-1: status.podIPs[].ip: found more than 256 addresses"]
        )
    }
}
