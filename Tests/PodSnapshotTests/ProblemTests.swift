import Model
import PodSnapshot
import Testing

/// Items that cannot be read as they stand: counted, named, and what depends on it weakened.
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
            "Pod shop/cart-1: status.conditions[].status: found none in a condition that is needed"
        ),
        (
            #""phase":"Running""#,
            #""conditions":[{"type":"Ready","status":"True"},{"type":"Ready","status":"True"}]"#,
            "Pod shop/cart-1: status.conditions[].type: found the same condition twice"
        ),
    ]

    /// Whether a message is of an address, or of what the Pod is: the document may hide an owner.
    private static func mayHideOwner(_ message: String) -> Bool {
        [": metadata.", ": kind", ": status.podIP", ": status: "].contains { message.contains($0) }
    }

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
        #expect(contents.document.gapCount == (Self.mayHideOwner(message) ? 1 : 0))
        #expect(contents.document.scope == (Self.mayHideOwner(message) ? .partial : .unknown))
        #expect(contents.document.items == 2)
        // What its times say does not depend on an address.
        let isOfAddress = message.contains(": status.podIP")
        #expect(contents.pod?.life == PodLife(phase: isOfAddress ? .running : .unknown))
        if !changed.contains("podIPs") {
            #expect(contents.owners(of: "10.1.0.9") == [contents.pods.identity(0).name])
        }
    }

    private static let odd = #""lastTransitionTime":"yesterday""#

    /// The running Pod of these tests, which has the network condition.
    private static func runningPod(metadata: String = "", spec: String = "", status: String = "")
        -> String
    {
        pod(
            metadata: metadata,
            spec: spec,
            status: #"""
                ,"startTime":"2026-11-20T08:00:02Z",
                "conditions":[{"type":"PodReadyToStartContainers","status":"True",
                               "lastTransitionTime":"2026-11-20T08:00:03Z"}]
                """# + status
        )
    }

    /// What is odd in a Pod, and is read of no such Pod.
    private static let unread: [(name: String, item: String)] = [
        (
            "a condition of somebody else's",
            runningPod().replacing(
                #""conditions":["#,
                with: #""conditions":[{"type":"example.com/Shown","status":"Perhaps",\#(odd)},"#
                    + #"{"status":7,"lastProbeTime":"never","type":"X"},"#
            )
        ),
        (
            "Ready, beside the network condition",
            runningPod().replacing(
                #""conditions":["#,
                with: #""conditions":[{"status":"Perhaps",\#(odd),"type":"Ready"},"#
            )
        ),
        (
            "the time of a probe",
            runningPod().replacing(
                #""status":"True","#,
                with: #""status":"True","lastProbeTime":"0001-01-01T00:00:00Z","#
            )
        ),
        (
            "the end of a container of a Pod that runs",
            runningPod(
                status: #","containerStatuses":[{"state":{"terminated":{"finishedAt":"soon"}}}]"#
            )
        ),
        ("addresses of a Node", runningPod(spec: #","podCIDR":"none","externalIPs":7"#)),
        ("an address that is not known", runningPod(status: #","podIPs":[{"ip":""}]"#)),
        (
            "times on the host network",
            runningPod(spec: #","hostNetwork":true"#)
                .replacing("2026-11-20T08:00:02Z", with: "?").replacing(#""True""#, with: #""Odd""#)
        ),
        (
            "times of a static Pod",
            runningPod(metadata: #","annotations":{"kubernetes.io/config.mirror":"a"}"#)
                .replacing("2026-11-20T08:00:02Z", with: "?")
        ),
    ]

    @Test(arguments: unread) func `What no rule reads is no problem`(
        _ row: (name: String, item: String)
    ) throws {
        let contents = try read(list(row.item))
        #expect(contents.problems.isEmpty, "\(row.name)")
        #expect(contents.document.scope == .unknown)
        #expect(contents.owners(of: "10.1.0.7") == ["cart-1"])
        let life = try #require(contents.pod).life
        if !life.isHostNetwork, !life.isMirror {
            #expect(life.networkReady == time("08:00:03")?.wallTime, "\(row.name)")
        }
    }

    /// What is odd in a Pod whose times are read, and the field that is named.
    private static let weakening: [(item: String, field: String)] = [
        (
            runningPod().replacing(#""status":"True""#, with: #""status":"Yes""#),
            "status.conditions[].status"
        ),
        (
            runningPod().replacing("2026-11-20T08:00:03Z", with: "then"),
            "status.conditions[].lastTransitionTime"
        ),
        (
            runningPod().replacing(#""status":"True""#, with: #""status":true"#),
            "status.conditions[].status"
        ),
        (
            runningPod(
                status: #","containerStatuses":[{"state":{"running":{"startedAt":"then"}}}]"#
            ),
            "status.containerStatuses[].state.running.startedAt"
        ),
        (
            runningPod(
                status: #","containerStatuses":[{"state":{"terminated":{"finishedAt":"then"}}}]"#
            ).replacing("Running", with: "Failed"),
            "status.containerStatuses[].state.terminated.finishedAt"
        ),
        (
            pod(status: #","containerStatuses":[{"state":{"terminated":{"startedAt":"then"}}}]"#),
            "status.containerStatuses[].state.terminated.startedAt"
        ),
        (pod(status: #","conditions":[7]"#), "status.conditions[]"),
        (pod(metadata: #","deletionTimestamp":"soon""#), "metadata.deletionTimestamp"),
    ]

    @Test(arguments: weakening) func `A bad time weakens its Pod and nothing else`(
        _ row: (item: String, field: String)
    ) throws {
        let contents = try read(list(row.item, pod().replacing("cart-1", with: "other")))
        #expect(contents.problems.count == 1)
        #expect(contents.problems.first?.hasPrefix("Pod shop/cart-1: \(row.field): found ") == true)
        #expect(contents.document.scope == .unknown)
        #expect(contents.document.gapCount == 0)
        #expect(contents.pod?.life == PodLife())
        #expect(contents.owners(of: "10.1.0.7") == ["cart-1,other"])
    }

    @Test func `A bad address of a Pod on the host network hides no owner`() throws {
        let item = pod(spec: #","hostNetwork":true"#).replacing("10.1.0.7", with: "node-a.example")
        let contents = try read(list(item))
        #expect(
            contents.problems == [
                "Pod shop/cart-1: status.podIP: found 'node-a.example', expected an IP address"
            ]
        )
        #expect(contents.document.gapCount == 0)
        #expect(contents.document.scope == .unknown)
        #expect(contents.pod?.life.isHostNetwork == true)
    }

    @Test(arguments: [
        #"""
        {"kind":"Node","metadata":{"name":"virtual"},"spec":{"podCIDRs":["10.1.0.0/24","all"]},
         "status":{"addresses":[{"type":"InternalIP","address":"10.0.0.4:10250"}],
                   "conditions":[{"type":"Ready","status":"True",\#(odd)},
                                 {"type":"Odd","status":"Odd","lastHeartbeatTime":"never"}]}}
        """#,
        #"""
        {"kind":"Service","metadata":{"name":"web","namespace":"shop"},
         "status":{"loadBalancer":{"ingress":[{"ip":"pending"},{"ip":"","hostname":"lb"}]}}}
        """#,
        #"""
        {"kind":"Gateway","metadata":{"name":"gate","namespace":"shop"},
         "status":{"addresses":[{"type":"IPAddress","value":"pending"}]}}
        """#,
    ]) func `What is odd in an object that is no Pod is named, and hides no owner`(
        item: String
    ) throws {
        let contents = try read(list(item, pod()))
        #expect(contents.problems.count == 1)
        #expect(contents.document.gapCount == 0)
        #expect(contents.document.scope == .unknown)
        #expect(contents.nodes.allSatisfy { $0.isReady == nil && $0.readyTransition == nil })
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
        #expect(try read(list(item)).document.newestTimes.newest == nil)
    }

    @Test func `A Node with a bad address is named, and is as ready as it says`() throws {
        let node = """
            {"kind":"Node","metadata":{"name":"node-a"},"status":{
             "addresses":[{"type":"InternalIP","address":"x"},{"type":"InternalIP","address":"::1"}],
             "conditions":[{"type":"Ready","status":"False",
                            "lastTransitionTime":"2026-11-20T08:00:00Z"}]}}
            """
        let contents = try read(list(node))
        #expect(
            contents.problems == [
                "Node node-a: status.addresses[].address: found 'x', expected an IP address"
            ]
        )
        #expect(contents.nodes.first?.isReady == false)
        #expect(contents.nodes.first?.readyTransition == time("08:00:00"))
        #expect(contents.nodes.first?.addresses.count == 1)
        let undated = try read(list(node.replacing("2026-11-20T08:00:00Z", with: "then")))
        #expect(undated.nodes.first?.isReady == false)
        #expect(undated.nodes.first?.readyTransition == nil)
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

    @Test func `More address blocks than any Node has are a problem and not a cost`() throws {
        let blocks = (0..<300).map { #""10.\#($0 / 256).\#($0 % 256).0/24""# }
        let node =
            #"{"kind":"Node","metadata":{"name":"node-a"},"spec":{"podCIDRs":["#
            + blocks.joined(separator: ",") + "]}}"
        let contents = try read(list(node))
        #expect(
            contents.problems
                == ["Node node-a: spec.podCIDRs[]: found more than 256 address blocks"]
        )
        #expect(contents.nodes.first?.podCIDRs.count == 256)
    }
}
