import Model
import PodSnapshot
import Testing

/// The compact form, `halfopen.snapshot/v1`.
struct CompactTests {
    private let golden = """
        {"schema":"halfopen.snapshot/v1","capturedAt":"2026-11-20T10:00:00Z","scope":"cluster",
         "cluster":"blue","later":{"unknown":[1]},
         "pods":[{"namespace":"shop","name":"cart-1","uid":"u-1","ips":["10.1.0.7","fd00::7"],
          "node":"node-a","phase":"Running","creationTime":"2026-11-20T08:00:01Z",
          "startTime":"2026-11-20T08:00:02Z","networkReady":true,
          "networkTransitionTime":"2026-11-20T08:00:03Z","firstStartedTime":"2026-11-20T08:00:04Z",
          "runningSinceTime":"2026-11-20T08:00:07Z",
          "readyTime":"2026-11-20T08:00:05Z","lastFinishedTime":"2026-11-20T08:00:06Z",
          "deletionTime":"2026-11-20T11:00:00Z","hostNetwork":false,"mirror":true}],
         "nodes":[{"name":"node-a","addresses":["192.168.0.1"],"podCIDRs":["10.1.0.0/24"],
          "ready":false,"readyTransitionTime":"2026-11-20T09:00:00Z",
          "heartbeatTime":"2026-11-20T09:30:00Z"}],
         "exempt":[{"address":"198.51.100.1","kind":"Service","name":"shop/web"}]}
        """

    @Test func `Every field of the compact form is read`() throws {
        let contents = try read(golden)
        let pod = try #require(contents.pod)
        #expect(
            pod.identity
                == PodIdentity(namespace: "shop", name: "cart-1", uid: "u-1", node: "node-a")
        )
        #expect(
            pod.life
                == PodLife(
                    creation: time("08:00:01"),
                    start: time("08:00:02"),
                    networkTransition: time("08:00:03"),
                    firstStarted: time("08:00:04"),
                    runningSince: time("08:00:07"),
                    ready: time("08:00:05"),
                    lastFinished: time("08:00:06"),
                    deletion: time("11:00:00"),
                    network: .ready,
                    phase: .running,
                    isHostNetwork: false,
                    isMirror: true
                )
        )
        #expect(contents.owners(of: "10.1.0.7", "fd00::7") == ["cart-1", "cart-1"])
        #expect(
            try contents.nodes == [
                Node(
                    name: "node-a",
                    addresses: [#require(IPAddress("192.168.0.1"))],
                    podCIDRs: [#require(IPPrefix("10.1.0.0/24"))],
                    isReady: false,
                    readyTransition: time("09:00:00"),
                    heartbeat: time("09:30:00")
                )
            ]
        )
        #expect(
            try contents.exempt == [
                ExemptAddress(
                    address: #require(IPAddress("198.51.100.1")),
                    kind: "Service",
                    name: "shop/web"
                )
            ]
        )
        let document = contents.document
        #expect(document.format == .compact)
        #expect(document.scope == .cluster)
        #expect(document.cluster == "blue")
        #expect(document.statedReadTime?.time == time("10:00:00")?.wallTime)
        #expect(document.statedReadTime?.source == .document)
        #expect(document.items == 3)
        #expect(document.newestTimes.newest == time("09:30:00")?.wallTime)
        #expect(document.problemCount == 0)
    }

    @Test(arguments: 1...100) func `Chunks of any size give the same`(chunk: Int) throws {
        let whole = try read(golden)
        let parts = try read(golden, chunk: chunk)
        #expect(parts.document == whole.document)
        #expect(parts.pod?.life == whole.pod?.life)
        #expect(parts.nodes == whole.nodes)
        #expect(parts.exempt == whole.exempt)
    }

    @Test func `A document cut at any byte is an error`() {
        let bytes = Array(golden.utf8)
        for length in bytes.indices {
            #expect(refusal(bytes[..<length]) != nil, "cut at \(length)")
        }
    }

    @Test func `Null and absent facts are not known`() throws {
        let bare = """
            {"schema":"halfopen.snapshot/v1","capturedAt":null,"scope":"partial","cluster":null,
             "pods":[{"namespace":"shop","name":"cart-1","uid":"u-1","ips":null,
                      "networkReady":null,"startTime":null}],"nodes":null}
            """
        let contents = try read(bare)
        #expect(contents.problems.isEmpty)
        #expect(contents.pod?.life == PodLife())
        #expect(contents.document.scope == .partial)
        #expect(contents.document.statedReadTime == nil)
        #expect(contents.document.cluster == nil)
    }

    @Test func `What it was made from bounds its age where nobody states that`() throws {
        // Both before the document of these tests is read.
        let (modified, newest) = (readingTime - .seconds(60), readingTime - .seconds(90))
        let origin = #""modifiedAt":"\#(modified.rfc3339)","newestTime":"\#(newest.rfc3339)""#
        let stated = #""capturedAt":"2026-11-20T10:00:00Z""#
        let unstated = try read(golden.replacing(stated, with: origin)).document
        #expect(unstated.statedReadTime == nil)
        #expect(unstated.claimedReadTime == modified)
        #expect(unstated.readTimeSource == .file)
        #expect(unstated.readNotBefore == newest - .seconds(30))
        let both = try read(golden.replacing(stated, with: "\(stated),\(origin)")).document
        #expect(both.readNotBefore == time("10:00:00")?.wallTime)
        #expect(both.completion == modified)
    }

    @Test func `What has no time at all may be of any age`() throws {
        let origin = #""modifiedAt":"2026-11-20T09:30:00Z""#
        let stated = #""capturedAt":"2026-11-20T10:00:00Z""#
        let document = try read(golden.replacing(stated, with: origin)).document
        #expect(document.readNotBefore == .distantPast)
    }

    @Test func `Workloads of ztunnel are told by the document, or by a slash as of old`() throws {
        #expect(try !read(golden).document.listsWorkloads)
        let named = golden.replacing("u-1", with: "Kubernetes//Pod/shop/cart-1")
        #expect(try read(named).document.listsWorkloads)
        let saying = #""podsFrom":"ztunnel","network":"n","pods":"#
        let said = golden.replacing(#""pods":"#, with: saying)
        #expect(try read(said).document.listsWorkloads)
        #expect(try read(said).document.network == "n")
        #expect(
            refusal(golden.replacing(#""pods":"#, with: #""podsFrom":"a list","pods":"#))?
                .contains("found podsFrom 'a list', expected 'ztunnel' or none") == true
        )
    }

    @Test func `A document of before a field was added says less and is read as before`() throws {
        let old = golden.replacing(#""runningSinceTime":"2026-11-20T08:00:07Z","#, with: "")
            .replacing(#","mirror":true"#, with: "")
        let contents = try read(old)
        #expect(contents.problems.isEmpty)
        #expect(contents.pod?.life.runningSince == nil)
        #expect(contents.pod?.life.networkReady == time("08:00:03")?.wallTime)
    }

    @Test func `A container that never started has no start`() throws {
        // containerd's StartError, kubernetes#120331
        let document = golden.replacing("2026-11-20T08:00:04Z", with: "1970-01-01T00:00:00Z")
        let contents = try read(document)
        #expect(contents.pod?.life.firstStarted == nil)
        #expect(contents.pod?.life.ready == time("08:00:05"))
    }

    @Test func `A network that is not ready is told from one that is not known`() throws {
        let document = golden.replacing(#""networkReady":true"#, with: #""networkReady":false"#)
        #expect(try read(document).pod?.life.network == .notReady)
    }

    @Test func `A problem makes a document of a whole cluster partial`() throws {
        let contents = try read(golden.replacing("10.1.0.7", with: "10.1.0.700"))
        #expect(contents.document.scope == .partial)
        #expect(
            contents.problems
                == ["Pod shop/cart-1: ips[]: found '10.1.0.700', expected an IP address"]
        )
        #expect(contents.owners(of: "fd00::7") == ["cart-1"])
        #expect(contents.pod?.life.phase == .running)
    }

    @Test(arguments: [
        ("2026-11-20T08:00:02Z", "Pod shop/cart-1: startTime: found "),
        ("2026-11-20T08:00:07Z", "Pod shop/cart-1: runningSinceTime: found "),
        ("192.168.0.1", "Node node-a: addresses[]: found "),
        ("10.1.0.0/24", "Node node-a: podCIDRs[]: found "),
        ("198.51.100.1", "exempt entry shop/web: address: found "),
    ])
    func `What hides no owner leaves a document of a whole cluster whole`(
        good: String,
        problem: String
    ) throws {
        let document = golden.replacing(#","mirror":true"#, with: "").replacing(good, with: "odd")
        let contents = try read(document)
        #expect(contents.problems.count == 1)
        #expect(contents.problems.first?.hasPrefix(problem) == true)
        #expect(contents.document.scope == .cluster)
        #expect((contents.pod?.life == PodLife()) == problem.hasPrefix("Pod"))
    }

    @Test(arguments: [
        (
            #"{"schema":"halfopen.snapshot/v2","scope":"cluster","pods":[]}"#,
            "not a supported snapshot: line 1, byte 11: found schema 'halfopen.snapshot/v2', "
                + "expected 'halfopen.snapshot/v1'"
        ),
        (
            #"{"scope":"cluster","pods":[]}"#,
            "found no 'schema', expected 'halfopen.snapshot/v1'"
        ),
        (
            #"{"schema":"halfopen.snapshot/v1","pods":[]}"#,
            "found no 'scope', expected 'cluster', 'partial' or 'unknown'"
        ),
        (
            #"{"schema":"halfopen.snapshot/v1","scope":"all","pods":[]}"#,
            "found scope 'all', expected 'cluster', 'partial' or 'unknown'"
        ),
        (
            #"{"schema":"halfopen.snapshot/v1","scope":"cluster","capturedAt":"now"}"#,
            "found capturedAt 'now', expected a time such as 2026-11-21T10:04:11Z"
        ),
        (
            #"{"schema":"halfopen.snapshot/v1","scope":"cluster","pods":[],"pods":[]}"#,
            "found the key 'pods' twice"
        ),
        (
            #"{"schema":1,"scope":"cluster","pods":[]}"#,
            "schema: found a number, expected a string"
        ),
        (
            #"{"schema":"halfopen.snapshot/v1","scope":"cluster","items":[]}"#,
            "found the fields of several snapshot forms (Kubernetes 'items', ztunnel 'workloads',"
                + " compact) in one object"
        ),
    ]) func `A heading that is not of this version is refused`(document: String, words: String) {
        #expect(refusal(document)?.contains(words) == true, "\(refusal(document) ?? "accepted")")
    }
}
