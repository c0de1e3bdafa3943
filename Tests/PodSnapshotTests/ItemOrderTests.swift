import Model
import PodSnapshot
import Testing

/// What an item says, and what is wrong with it, is its own: nothing of it is left to the next one.
@Suite struct ItemOrderTests {
    /// Items of a list, some of which say all that there is and some next to nothing.
    private static let items = [
        """
        {"kind":"Pod","metadata":{"name":"full","namespace":"shop","uid":"u-full",
         "creationTimestamp":"2026-11-20T08:00:01Z","deletionTimestamp":"2026-11-20T11:00:00Z",
         "annotations":{"kubernetes.io/config.mirror":"x"}},
         "spec":{"nodeName":"node-a","hostNetwork":true},
         "status":{"phase":"Failed","startTime":"2026-11-20T08:00:02Z",
          "podIPs":[{"ip":"10.1.0.7"},{"ip":"fd00::7"}],
          "conditions":[
           {"type":"Ready","status":"True","lastTransitionTime":"2026-11-20T08:00:05Z"},
           {"type":"PodReadyToStartContainers","status":"False",
            "lastTransitionTime":"2026-11-20T08:00:03Z"}],
          "containerStatuses":[{"state":{"terminated":{"startedAt":"2026-11-20T08:00:04Z",
           "finishedAt":"2026-11-20T08:00:06Z"}}}],
          "initContainerStatuses":[{"state":{"running":{"startedAt":"2026-11-20T08:00:04Z"}}}]}}
        """,
        #"{"kind":"Pod","metadata":{"name":"bare","namespace":"shop","uid":"u-bare"}}"#,
        """
        {"kind":"Pod","metadata":{"name":"done","namespace":"shop","uid":"u-done"},
         "status":{"phase":"Succeeded","containerStatuses":[{"state":{"terminated":{
          "startedAt":"2026-11-20T08:00:04Z","finishedAt":"2026-11-20T08:00:06Z"}}}]}}
        """,
        #"{"kind":"Pod","metadata":{"name":"old","namespace":"shop","uid":"u","uid":"v"}}"#,
        """
        {"kind":"Pod","metadata":{"name":"bad","namespace":"shop","uid":"u-bad",
         "creationTimestamp":"soon"},"spec":{"nodeName":"node-b"},
         "status":{"podIP":"10.1.0.300","phase":"Odd","conditions":[{"type":"Ready","status":"?"}]}}
        """,
        #"{"metadata":{}}"#,
        "7",
        """
        {"kind":"Node","metadata":{"name":"node-a"},"spec":{"podCIDRs":["10.1.0.0/24"]},
         "status":{"addresses":[{"type":"InternalIP","address":"192.168.0.1"}],
          "conditions":[{"type":"Ready","status":"False",
           "lastHeartbeatTime":"2026-11-20T09:30:00Z","lastTransitionTime":"2026-11-20T09:00:00Z"}]}}
        """,
        #"{"kind":"Node","metadata":{"name":"node-b"}}"#,
        """
        {"kind":"Node","metadata":{"name":"node-c"},"spec":{"podCIDR":"10.1.0.0"},
         "status":{"addresses":[{"type":"InternalIP","address":"192.168.0.300"}]}}
        """,
        """
        {"kind":"Service","metadata":{"name":"web","namespace":"shop"},
         "spec":{"externalIPs":["198.51.100.1"]},
         "status":{"loadBalancer":{"ingress":[{"ip":"198.51.100.2"}]}}}
        """,
        #"{"kind":"Service","metadata":{"name":"none","namespace":"shop"}}"#,
        """
        {"kind":"Gateway","metadata":{"name":"way","namespace":"shop"},
         "status":{"addresses":[{"type":"IPAddress","value":"198.51.100.3"}]}}
        """,
        """
        {"kind":"ConfigMap","metadata":{"name":"map","namespace":"shop","uid":"u-map"},
         "status":{"podIP":"10.1.0.9"}}
        """,
    ]

    /// Entries of the compact form, by the list that they are in.
    private static let entries = [
        (
            "pods",
            """
            {"namespace":"shop","name":"full","uid":"u-full","ips":["10.1.0.7"],"node":"node-a",
             "network":"n","phase":"Failed","creationTime":"2026-11-20T08:00:01Z",
             "startTime":"2026-11-20T08:00:02Z","networkReady":false,
             "networkTransitionTime":"2026-11-20T08:00:03Z",
             "firstStartedTime":"2026-11-20T08:00:04Z","runningSinceTime":"2026-11-20T08:00:07Z",
             "readyTime":"2026-11-20T08:00:05Z","lastFinishedTime":"2026-11-20T08:00:06Z",
             "deletionTime":"2026-11-20T11:00:00Z","hostNetwork":true,"mirror":true}
            """
        ),
        ("pods", #"{"namespace":"shop","name":"bare","uid":"u-bare"}"#),
        ("pods", #"{"namespace":"shop","name":"bad","uid":"u-bad","ips":["x"],"phase":7}"#),
        ("pods", "{}"),
        (
            "nodes",
            """
            {"name":"node-a","addresses":["192.168.0.1"],"podCIDRs":["10.1.0.0/24"],"ready":false,
             "readyTransitionTime":"2026-11-20T09:00:00Z","heartbeatTime":"2026-11-20T09:30:00Z"}
            """
        ),
        ("nodes", #"{"name":"node-b"}"#),
        ("nodes", #"{"name":"node-c","ready":"yes","podCIDRs":[1]}"#),
        (
            "exempt",
            #"{"address":"198.51.100.1","kind":"Service","name":"shop/web","network":"n"}"#
        ),
        ("exempt", #"{"address":"198.51.100.2"}"#),
        ("exempt", "{}"),
    ]

    /// Workloads of ztunnel, whose UIDs tell what they are.
    private static let workloads = [
        """
        {"uid":"Kubernetes//Pod/shop/full","name":"full","namespace":"shop","node":"node-a",
         "network":"n","networkMode":"HostNetwork","workloadIps":["10.1.0.7"]}
        """,
        #"{"uid":"u-bare","name":"bare","namespace":"shop","workloadIps":["10.1.0.8"]}"#,
        """
        {"uid":"Kubernetes/networking.istio.io/WorkloadEntry/shop/vm","name":"vm",
         "namespace":"shop","workloadIps":["198.51.100.4"]}
        """,
        #"{"uid":"NetworkGateway/n/198.51.100.5/15008","workloadIps":["198.51.100.5"]}"#,
        #"{"uid":"Kubernetes//Pod/shop/none","name":"none","namespace":"shop","workloadIps":[]}"#,
        #"{"uid":7,"name":"bad","workloadIps":["x"]}"#,
        "7",
    ]

    /// All that the items of a document say, and what is wrong with them.
    private struct Words: Equatable {
        var pods: [Pod] = []
        var nodes: [Node] = []
        var exempt: [ExemptAddress] = []
        var problems: [String] = []

        init(_ document: String) throws {
            let contents = try read(document)
            contents.pods.forEach { pods.append($0) }
            (nodes, exempt, problems) = (contents.nodes, contents.exempt, contents.problems)
        }

        mutating func add(_ other: Words, without known: Words? = nil) {
            pods += other.pods.dropFirst(known?.pods.count ?? 0)
            nodes += other.nodes
            exempt += other.exempt
            problems += other.problems
        }
    }

    @Test(arguments: items, items)
    func `Two items of a list say what each says alone`(first: String, second: String) throws {
        var expected = try Words(list(first, kind: "PodList"))
        try expected.add(Words(list(second, kind: "PodList")))
        #expect(try Words(list(first, second, kind: "PodList")) == expected)
    }

    @Test(arguments: workloads, workloads)
    func `Two workloads say what each says alone`(first: String, second: String) throws {
        // One that has addresses tells that they are ztunnel's.
        let known = #"{"uid":"u-0","name":"known","namespace":"shop","workloadIps":["10.1.0.1"]}"#
        let without = try Words("[\(known)]")
        var expected = try Words("[\(known),\(first)]")
        let other = try Words("[\(known),\(second)]")
        expected.add(other, without: without)
        #expect(try Words("[\(known),\(first),\(second)]") == expected)
    }

    @Test func `The times of an item are not those of the next one`() throws {
        let (full, bare) = (Self.items[0], Self.items[1])
        let times = try read(list(full)).document.newestTimes
        #expect(try read(list(full, bare)).document.newestTimes == times)
    }

    @Test(arguments: entries.indices, entries.indices)
    func `Two entries of the compact form say what each says alone`(first: Int, second: Int) throws
    {
        let (first, second) = (Self.entries[first], Self.entries[second])
        let members =
            first.0 == second.0
            ? #""\#(first.0)":[\#(first.1),\#(second.1)]"#
            : #""\#(first.0)":[\#(first.1)],"\#(second.0)":[\#(second.1)]"#
        var expected = try Words(Self.compact(#""\#(first.0)":[\#(first.1)]"#))
        try expected.add(Words(Self.compact(#""\#(second.0)":[\#(second.1)]"#)))
        #expect(try Words(Self.compact(members)) == expected)
    }

    private static func compact(_ members: String) -> String {
        #"{"schema":"halfopen.snapshot/v1","scope":"cluster",\#(members)}"#
    }
}
