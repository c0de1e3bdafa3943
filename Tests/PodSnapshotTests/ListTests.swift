import Model
import PodSnapshot
import Testing

/// What is read of the items of a Kubernetes list.
struct ListTests {
    /// A Pod as kubectl prints it, shortened where nothing is read.
    private let golden = """
        {
            "apiVersion": "v1",
            "items": [
                {
                    "apiVersion": "v1",
                    "kind": "Pod",
                    "metadata": {
                        "annotations": {
                            "prometheus.io/scrape": "true"
                        },
                        "creationTimestamp": "2026-11-20T08:00:01Z",
                        "deletionTimestamp": "2026-11-20T12:00:30Z",
                        "labels": {
                            "name": "not the name"
                        },
                        "managedFields": [
                            {
                                "fieldsV1": {
                                    "f:metadata": {
                                        "f:name": {}
                                    }
                                },
                                "time": "2026-11-20T23:00:00Z"
                            }
                        ],
                        "name": "cart-6d5f",
                        "namespace": "shop",
                        "ownerReferences": [
                            {
                                "name": "cart",
                                "uid": "another"
                            }
                        ],
                        "uid": "0b54"
                    },
                    "spec": {
                        "containers": [
                            {
                                "name": "cart",
                                "nodeName": "no node"
                            }
                        ],
                        "nodeName": "node-a"
                    },
                    "status": {
                        "conditions": [
                            {
                                "lastProbeTime": null,
                                "lastTransitionTime": "2026-11-20T08:00:03Z",
                                "status": "True",
                                "type": "PodReadyToStartContainers"
                            },
                            {
                                "lastProbeTime": null,
                                "lastTransitionTime": "2026-11-20T08:00:02Z",
                                "status": "True",
                                "type": "Initialized"
                            },
                            {
                                "lastProbeTime": null,
                                "lastTransitionTime": "2026-11-20T08:00:09Z",
                                "status": "True",
                                "type": "Ready"
                            }
                        ],
                        "containerStatuses": [
                            {
                                "lastState": {
                                    "terminated": {
                                        "finishedAt": "2026-11-20T07:59:00Z",
                                        "startedAt": "2026-11-20T07:58:00Z"
                                    }
                                },
                                "name": "cart",
                                "state": {
                                    "running": {
                                        "startedAt": "2026-11-20T08:00:08Z"
                                    }
                                }
                            }
                        ],
                        "ephemeralContainerStatuses": [
                            {
                                "state": {
                                    "running": {
                                        "startedAt": "2026-11-20T08:00:00Z"
                                    }
                                }
                            }
                        ],
                        "hostIP": "192.168.0.1",
                        "initContainerStatuses": [
                            {
                                "state": {
                                    "terminated": {
                                        "finishedAt": "2026-11-20T08:00:06Z",
                                        "startedAt": "2026-11-20T08:00:05Z"
                                    }
                                }
                            }
                        ],
                        "phase": "Running",
                        "podIP": "10.1.0.7",
                        "podIPs": [
                            {
                                "ip": "10.1.0.7"
                            },
                            {
                                "ip": "fd00::7"
                            }
                        ],
                        "startTime": "2026-11-20T08:00:02Z"
                    }
                }
            ],
            "kind": "List",
            "metadata": {
                "resourceVersion": ""
            }
        }

        """

    @Test func `A Pod as kubectl prints it is read field by field`() throws {
        let contents = try read(golden)
        let pod = try #require(contents.pod)
        #expect(
            pod.identity
                == PodIdentity(namespace: "shop", name: "cart-6d5f", uid: "0b54", node: "node-a")
        )
        #expect(
            pod.life
                == PodLife(
                    creation: time("08:00:01"),
                    start: time("08:00:02"),
                    networkTransition: time("08:00:03"),
                    firstStarted: time("08:00:05"),  // the init container
                    runningSince: time("08:00:08"),
                    ready: time("08:00:09"),
                    lastFinished: nil,  // one runs
                    deletion: time("12:00:30"),
                    network: .ready,
                    phase: .running,
                    isHostNetwork: false,
                    isMirror: false
                )
        )
        #expect(contents.owners(of: "10.1.0.7", "fd00::7") == ["cart-6d5f", "cart-6d5f"])
        #expect(contents.document.format == .kubernetesList)
        #expect(contents.document.scope == .unknown)
        #expect(contents.document.items == 1)
        #expect(contents.document.problemCount == 0)
        #expect(contents.document.newestTimes.newest == time("08:00:09")?.wallTime)
        #expect(contents.document.statedReadTime == nil)
        #expect(contents.document.readingEnded == readingTime)
    }

    @Test(arguments: 1...100) func `Chunks of any size give the same`(chunk: Int) throws {
        let whole = try read(golden)
        let parts = try read(golden, chunk: chunk)
        #expect(parts.document == whole.document)
        #expect(parts.pod?.identity == whole.pod?.identity)
        #expect(parts.pod?.life == whole.pod?.life)
        #expect(parts.owners(of: "10.1.0.7") == whole.owners(of: "10.1.0.7"))
    }

    @Test func `A list cut at any byte is an error`() {
        let bytes = Array(golden.utf8)
        let end = golden.utf8.count - 1  // the line feed at the end is not needed
        for length in 0..<end {
            #expect(refusal(bytes[..<length]) != nil, "cut at \(length)")
        }
        #expect(refusal(bytes[..<end]) == nil)
    }

    @Test func `The items of a PodList have no kind of their own`() throws {
        let item = pod().replacing(#""kind":"Pod","#, with: "")
        let contents = try read(list(item, kind: "PodList"))
        #expect(contents.pods.count == 1)
        #expect(contents.problems.isEmpty)
    }

    @Test func `The items of a List must say their kind`() throws {
        let item = pod().replacing(#""kind":"Pod","#, with: "")
        let contents = try read(list(item, item))
        #expect(contents.problems == ["2 items have no kind and were read as Pods"])
        #expect(contents.document.scope == .partial)
    }

    @Test func `Keys and values may be escaped`() throws {
        let item = pod()
            .replacing("kind", with: #"\u006bind"#)
            .replacing("cart-1", with: #"\u0063art\u002D1"#)
            .replacing("status", with: #"statu\u0073"#)
        for chunk in 1...40 {
            let contents = try read(list(item), chunk: chunk)
            #expect(contents.owners(of: "10.1.0.7") == ["cart-1"])
            #expect(contents.problems.isEmpty)
        }
    }

    @Test func `Null is the same as absent`() throws {
        let item = """
            {"kind":"Pod","metadata":{"namespace":"shop","name":"cart-1","uid":"u-1",
             "deletionTimestamp":null,"annotations":null},"spec":{"hostNetwork":null},
             "status":{"conditions":null,"containerStatuses":null,"podIP":null,"podIPs":null}}
            """
        let contents = try read(list(item))
        #expect(contents.problems.isEmpty)
        #expect(contents.pod?.life == PodLife())
    }

    @Test func `An empty list has no items`() throws {
        for items in ["[]", "null", "[ ]"] {
            let contents = try read(#"{"kind":"List","items":\#(items)}"#)
            #expect(contents.document.items == 0)
            #expect(contents.document.problemCount == 0)
        }
    }

    @Test func `A page of a longer list is partial`() throws {
        let page =
            #"{"kind":"PodList","metadata":{"continue":"abc","remainingItemCount":7},"items":[]}"#
        let contents = try read(page)
        #expect(contents.document.scope == .partial)
        #expect(contents.problems == ["the list is one page of a longer one (metadata.continue)"])
        let whole = try read(page.replacing("abc", with: ""))
        #expect(whole.document.scope == .unknown)
    }

    @Test func `Other kinds are counted and have no say`() throws {
        let claim = #"{"kind":"PersistentVolumeClaim","metadata":{},"status":{"phase":"Bound"}}"#
        let late = #"{"status":{"phase":"Bound"},"kind":"PersistentVolumeClaim"}"#
        let contents = try read(list(claim, late, pod()))
        #expect(contents.document.items == 3)
        #expect(contents.document.otherItems == 2)
        #expect(contents.pods.count == 1)
        #expect(contents.problems.isEmpty)
    }

    @Test(
        arguments: [
            (#""kubernetes.io/config.source":"file""#, true),
            (#""kubernetes.io/config.source":"http""#, true),
            (#""kubernetes.io/config.source":"""#, true),
            (#""kubernetes.io/config.source":"api""#, false),
            (#""kubernetes.io/config.source":null"#, false),
            (#""kubernetes.io/config.mirror":"abc","kubernetes.io/config.source":"api""#, true),
            (#""kubernetes.io/config.source":"api","kubernetes.io/config.mirror":"abc""#, true),
            (#""kubernetes.io/config.seen":"2026-11-20T08:00:00Z""#, false),
        ]
    )
    func `A static Pod is told by its mirror or by the source of the kubelet's own list`(
        annotation: String,
        isStatic: Bool
    ) throws {
        let item = pod(metadata: #","annotations":{\#(annotation)}"#)
        let contents = try read(list(item))
        #expect(contents.pod?.life.isMirror == isStatic)
        #expect(contents.problems.isEmpty)
    }

    @Test func `Host network and mirror Pods are told apart`() throws {
        let item = pod(
            metadata: #","annotations":{"kubernetes.io/config.mirror":"abc"}"#,
            spec: #","hostNetwork":true"#
        )
        let life = try #require(try read(list(item)).pod?.life)
        #expect(life.isMirror)
        #expect(life.isHostNetwork)
    }
}

/// What conditions and container states say of a Pod's network.
struct PodTimesTests {
    private func life(status: String) throws -> PodLife {
        let contents = try read(list(pod(status: "," + status)))
        #expect(contents.problems.isEmpty)
        return try #require(contents.pod).life
    }

    private func condition(_ type: String, _ status: String, _ clock: String) -> String {
        #"""
        {"lastTransitionTime":"2026-11-20T\#(clock)Z","status":"\#(status)","type":"\#(type)"}
        """#
    }

    @Test(
        arguments: [
            ("True", NetworkCondition.ready, "08:00:03"),
            ("False", .notReady, "08:00:03"),
            ("Unknown", .notReady, nil),
        ] as [(String, NetworkCondition, String?)]
    ) func `The network condition is read whatever its status`(
        status: String,
        network: NetworkCondition,
        clock: String?
    ) throws {
        for type in ["PodReadyToStartContainers", "PodHasNetwork"] {
            let life = try life(status: #""conditions":[\#(condition(type, status, "08:00:03"))]"#)
            #expect(life.network == network)
            #expect(life.networkTransition == clock.flatMap(time))
        }
    }

    @Test func `The newer name of the network condition wins in either order`() throws {
        let new = condition("PodReadyToStartContainers", "False", "08:00:04")
        let old = condition("PodHasNetwork", "True", "08:00:03")
        for conditions in ["\(new),\(old)", "\(old),\(new)"] {
            let life = try life(status: #""conditions":[\#(conditions)]"#)
            #expect(life.network == .notReady)
            #expect(life.networkTransition == time("08:00:04"))
        }
    }

    @Test(
        arguments: [("True", "08:00:09"), ("False", nil), ("Unknown", nil)] as [(String, String?)]
    )
    func `Ready counts only when it is True`(status: String, clock: String?) throws {
        let life = try life(status: #""conditions":[\#(condition("Ready", status, "08:00:09"))]"#)
        #expect(life.ready == clock.flatMap(time))
        #expect(life.network == .absent)
    }

    /// The state of a container that ran between two times of the day, or from or until one.
    private static func ended(_ start: String?, _ end: String?) -> String {
        func text(_ clock: String?) -> String {
            clock.map { #""2026-11-20T\#($0)Z""# } ?? "null"
        }
        return #"{"terminated":{"startedAt":\#(text(start)),"finishedAt":\#(text(end))}}"#
    }

    private static let waiting = #"{"waiting":{"reason":"PodInitializing"}}"#

    /// Containers and init containers, and when the last of all finished.
    private static let ends: [(containers: [String], initContainers: [String], end: String?)] = [
        (
            [ended("08:00:06", "09:00:00"), ended("08:00:07", "08:30:00")],
            [ended("08:00:04", "08:00:05")], "09:00:00"
        ),
        // A sidecar that ended last.
        ([ended("08:00:06", "09:00:00")], [ended("08:00:04", "09:00:03")], "09:00:03"),
        // A sidecar, or an init container of a Pod that did without it, that never ran.
        ([ended("08:00:06", "09:00:00")], [waiting], "09:00:00"),
        // Evicted Pods: what became of their containers is not said, that of an init container is.
        ([], [ended("08:00:04", "08:00:05")], nil),
        ([waiting], [ended("08:00:04", "08:00:05")], nil),
        (["{}"], [ended("08:00:04", "08:00:05")], nil),
        ([ended("08:00:06", "09:00:00"), waiting], [], nil),
        // The kubelet lost track of one (ContainerStatusUnknown).
        ([ended("08:00:06", "09:00:00"), ended(nil, nil)], [], nil),
        ([ended("08:00:06", nil)], [ended("08:00:04", "08:00:05")], nil),
        ([ended("08:00:06", "09:00:00")], [ended(nil, nil)], nil),
        ([], [], nil),
    ]

    @Test(arguments: ends)
    func `The last end counts once every container says when it ended`(
        _ row: (containers: [String], initContainers: [String], end: String?)
    ) throws {
        func statuses(_ states: [String]) -> String {
            states.map { #"{"name":"c","state":\#($0)}"# }.joined(separator: ",")
        }
        let containers = #""containerStatuses":[\#(statuses(row.containers))]"#
        let initContainers = #""initContainerStatuses":[\#(statuses(row.initContainers))]"#
        for status in ["\(containers),\(initContainers)", "\(initContainers),\(containers)"] {
            #expect(try life(status: status).lastFinished == row.end.flatMap(time))
        }
    }

    @Test func `The earliest start of all containers counts`() throws {
        let life = try life(
            status: """
                "containerStatuses":[{"state":\(Self.ended("08:00:06", "09:00:00"))}],
                "initContainerStatuses":[{"state":\(Self.ended("08:00:05", "08:00:06"))}]
                """
        )
        #expect(life.firstStarted == time("08:00:05"))
    }

    @Test func `The earliest start of what runs now counts, be it a sidecar's`() throws {
        func running(_ clock: String) -> String {
            #"{"state":{"running":{"startedAt":"2026-11-20T\#(clock)Z"}}}"#
        }
        let ended = """
            {"state":{"terminated":{"startedAt":"2026-11-20T08:00:01Z",
                                    "finishedAt":"2026-11-20T08:00:02Z"}}}
            """
        func since(_ containers: String, _ initContainers: String) throws -> APITime? {
            try life(
                status: """
                    "containerStatuses":[\(containers)],"initContainerStatuses":[\(initContainers)]
                    """
            ).runningSince
        }
        let (early, late) = (running("08:00:05"), running("08:30:00"))
        #expect(try since("\(late),\(early)", ended) == time("08:00:05"))
        #expect(try since(late, "\(ended),\(early)") == time("08:00:05"))
        #expect(try since(#"{"state":{"waiting":{}}}"#, running("08:00:07")) == time("08:00:07"))
        #expect(try since(ended, ended) == nil)
        #expect(try since(#"{"state":{"running":{}}}"#, ended) == nil)
        let neverStarted = running("00:00:00").replacing("2026-11-20", with: "1970-01-01")
        #expect(try since(neverStarted, ended) == nil)
    }

    @Test(arguments: [
        ("containerStatuses", "initContainerStatuses"),
        ("initContainerStatuses", "containerStatuses"),
    ])
    func `While a container runs none was the last to finish`(
        finished: String,
        running: String
    ) throws {
        // A kubelet before 1.27 that evicts a Pod calls it Failed before it ends its containers.
        let life = try life(
            status: """
                "\(finished)":[
                  {"state":{"terminated":{"startedAt":"2026-11-20T08:00:05Z",
                                          "finishedAt":"2026-11-20T08:00:06Z"}}}],
                "\(running)":[{"state":{"running":{"startedAt":"2026-11-20T08:00:07Z"}}}]
                """
        )
        #expect(life.firstStarted == time("08:00:05"))
        #expect(life.lastFinished == nil)
    }

    @Test func `A container that never started has no start`() throws {
        // containerd's StartError, kubernetes#120331
        let life = try life(
            status: """
                "containerStatuses":[
                  {"state":{"terminated":{"startedAt":"1970-01-01T00:00:00Z",
                                          "finishedAt":"2026-11-20T09:00:00Z"}}}]
                """
        )
        #expect(life.firstStarted == nil)
        #expect(life.lastFinished == time("09:00:00"))
    }

    @Test(arguments: ["Pending", "Running", "Succeeded", "Failed", "Unknown"])
    func `Every phase of the API is known`(name: String) throws {
        let contents = try read(list(pod().replacing("Running", with: name)))
        #expect(contents.pod?.life.phase.rawValue == name)
        #expect(contents.problems.isEmpty)
    }

    @Test func `The newest time is that of anything but a deletion`() throws {
        let item = pod(
            metadata: #","deletionTimestamp":"2026-11-20T23:00:00Z""#,
            status: #","startTime":"2026-11-20T08:00:02Z""#
        )
        let node = """
            {"kind":"Node","metadata":{"name":"node-a"},"status":{"conditions":[
             {"lastHeartbeatTime":"2026-11-20T08:30:00Z","status":"True","type":"DiskPressure"}]}}
            """
        #expect(try read(list(item)).document.newestTimes.newest == time("08:00:02")?.wallTime)
        #expect(
            try read(list(item, node)).document.newestTimes.newest == time("08:30:00")?.wallTime
        )
    }
}

/// What Nodes, Services and Gateways say.
struct OtherKindsTests {
    @Test func `A Node gives its blocks, addresses and readiness`() throws {
        let node = """
            {"kind":"Node","metadata":{"name":"node-a"},
             "spec":{"podCIDR":"10.1.0.0/24","podCIDRs":["10.1.0.0/24","fd00::/64"]},
             "status":{"addresses":[{"address":"192.168.0.1","type":"InternalIP"},
                                    {"address":"node-a.example","type":"Hostname"}],
              "conditions":[{"lastHeartbeatTime":"2026-11-20T08:58:00Z",
                             "status":"False","type":"DiskPressure"},
                            {"lastHeartbeatTime":"2026-11-20T09:00:00Z",
                             "lastTransitionTime":"2026-11-20T08:00:00Z",
                             "status":"Unknown","type":"Ready"},
                            {"lastHeartbeatTime":"2026-11-20T08:59:00Z",
                             "status":"False","type":"PIDPressure"}]}}
            """
        let contents = try read(list(node))
        #expect(
            try contents.nodes == [
                Node(
                    name: "node-a",
                    addresses: [#require(IPAddress("192.168.0.1"))],
                    podCIDRs: [
                        #require(IPPrefix("10.1.0.0/24")), #require(IPPrefix("fd00::/64")),
                    ],
                    isReady: false,
                    readyTransition: time("08:00:00"),
                    heartbeat: time("09:00:00")
                )
            ]
        )
        #expect(contents.problems.isEmpty)
        #expect(contents.pods.count == 0)
    }

    @Test func `A Service gives its load balancer's and its external addresses`() throws {
        let service = """
            {"kind":"Service","metadata":{"name":"web","namespace":"shop"},
             "spec":{"clusterIP":"10.96.0.1","externalIPs":["198.51.100.2"]},
             "status":{"loadBalancer":{"ingress":[{"ip":"198.51.100.1"},{"hostname":"lb.example"}]}}}
            """
        #expect(
            try read(list(service)).exempt.map { "\($0.address) \($0.kind) \($0.name)" } == [
                "198.51.100.2 Service shop/web", "198.51.100.1 Service shop/web",
            ]
        )
    }

    @Test func `A Gateway gives its addresses`() throws {
        let gateway = """
            {"apiVersion":"gateway.networking.k8s.io/v1","kind":"Gateway",
             "metadata":{"name":"east","namespace":"istio-system"},
             "status":{"addresses":[{"type":"IPAddress","value":"198.51.100.9"},
                                    {"type":"Hostname","value":"gw.example"}]}}
            """
        let contents = try read(list(gateway))
        #expect(
            contents.exempt.map { "\($0.address) \($0.kind) \($0.name)" }
                == ["198.51.100.9 Gateway istio-system/east"]
        )
        #expect(contents.problems.isEmpty)
    }
}
