import Model
import PodSnapshot
import Testing

/// ztunnel's workloads, in all three forms in which they come.
struct WorkloadTests {
    /// Workloads as ztunnel's `config_dump` has them; what has its default value is left out.
    private static let workloads: [(key: String, text: String)] = [
        (
            "/10.244.1.7",
            #"""
            {
              "workloadIps": ["10.244.1.7", "fd00:10:244:1::7"],
              "waypoint": {"destination": "/10.96.40.12", "hboneMtlsPort": 15008},
              "protocol": "HBONE",
              "uid": "Kubernetes//Pod/shop/cart-6d5f",
              "name": "cart-6d5f",
              "namespace": "shop",
              "trustDomain": "cluster.local",
              "serviceAccount": "cart",
              "workloadName": "cart",
              "workloadType": "deployment",
              "canonicalName": "cart",
              "canonicalRevision": "v1",
              "node": "node-a",
              "authorizationPolicies": [],
              "status": "Healthy",
              "clusterId": "Kubernetes",
              "services": ["shop/cart.shop.svc.cluster.local"]
            }
            """#
        ),
        (
            "/10.244.1.8",
            #"""
            {"workloadIps": ["10.244.1.8"], "uid": "arn:aws:eks:eu-west-1:1:cluster/blue//Pod/shop/web",
             "name": "web", "namespace": "shop", "status": "Unhealthy"}
            """#
        ),
        (
            "/192.168.0.1",
            #"""
            {"workloadIps": ["192.168.0.1"], "networkMode": "HostNetwork", "node": "node-a",
             "uid": "Kubernetes//Pod/kube-system/proxy", "name": "proxy", "namespace": "kube-system"}
            """#
        ),
        (
            "/198.51.100.4",
            #"""
            {"workloadIps": ["198.51.100.4"], "name": "vm", "namespace": "shop",
             "uid": "Kubernetes/networking.istio.io/WorkloadEntry/shop/vm"}
            """#
        ),
        (
            "/198.51.100.5",
            #"""
            {"workloadIps": ["198.51.100.5"], "name": "kubernetes", "namespace": "default",
             "uid": "Kubernetes/discovery.k8s.io/EndpointSlice/default/kubernetes/198.51.100.5"}
            """#
        ),
        (
            "remote",
            #"""
            {"workloadIps": [], "name": "gateway", "namespace": "istio-system", "network": "net-2",
             "uid": "Kubernetes/SplitHorizonWorkload/istio-system/gateway"}
            """#
        ),
    ]

    private static let texts = workloads.map(\.text).joined(separator: ",")

    private static let members = workloads.map { "\"\($0.key)\":\($0.text)" }.joined(
        separator: ","
    )

    static let forms = [
        // ztunnel's config_dump, of today and of old.
        #"{"services":[{"name":"cart","uid":"no"}],"workloads":[\#(texts)],"policies":[]}"#,
        #"{"workloads":{\#(members)},"services":{"a":{"uid":"no"}}}"#,
        // istioctl ztunnel-config workloads -o json
        "[\(texts)]",
    ]

    @Test(arguments: forms) func `Workloads are read from every form`(form: String) throws {
        let contents = try read(form)
        #expect(contents.problems.isEmpty)
        #expect(contents.pods.count == 3)
        let pod = try #require(contents.pod)
        #expect(
            pod.identity
                == PodIdentity(
                    namespace: "shop",
                    name: "cart-6d5f",
                    uid: "Kubernetes//Pod/shop/cart-6d5f",
                    node: "node-a"
                )
        )
        #expect(pod.life == PodLife())
        #expect(
            contents.owners(of: "10.244.1.7", "fd00:10:244:1::7") == ["cart-6d5f", "cart-6d5f"]
        )
        #expect(contents.owners(of: "10.244.1.8") == ["web"])
        #expect(contents.pods.life(2) == PodLife(isHostNetwork: true))
        #expect(
            try contents.exempt == [
                ExemptAddress(
                    address: #require(IPAddress("198.51.100.4")),
                    kind: "WorkloadEntry",
                    name: "shop/vm"
                ),
                ExemptAddress(
                    address: #require(IPAddress("198.51.100.5")),
                    kind: "EndpointSlice",
                    name: "default/kubernetes"
                ),
            ]
        )
        let document = contents.document
        #expect(document.format == .ztunnel)
        #expect(document.scope == .unknown)
        #expect(document.listsWorkloads)
        #expect(document.items == 6)
        #expect(document.newestTimes.newest == nil)
        #expect(document.readNotBefore == .distantPast)
    }

    @Test(arguments: forms) func `Chunks of any size give the same`(form: String) throws {
        let whole = try read(form)
        for chunk in [1, 2, 3, 7, 64, 333] {
            let parts = try read(form, chunk: chunk)
            #expect(parts.document == whole.document)
            #expect(parts.pods.count == whole.pods.count)
            #expect(parts.exempt == whole.exempt)
        }
    }

    @Test(arguments: forms) func `A dump cut at any byte is an error`(form: String) {
        let bytes = Array(form.utf8)
        for length in bytes.indices {
            #expect(refusal(bytes[..<length]) != nil, "cut at \(length)")
        }
    }

    @Test(arguments: [
        (
            #"{"name":"b","namespace":"shop","workloadIps":["10.1.0.9"]}"#,
            "workload shop/b: uid: found none", "b"
        ),
        (
            #"{"uid":"K//Pod/shop/b","name":"b","workloadIps":["10.1.0.9"]}"#,
            "Pod b: namespace: found none", "b"
        ),
        (
            #"{"uid":"K//Pod/shop/b","name":"b","namespace":"shop","workloadIps":["10.1.0.900"]}"#,
            "Pod shop/b: workloadIps[]: found '10.1.0.900', expected an IP address", ""
        ),
        (
            #"{"uid":"K//Pod/shop/b","name":7,"namespace":"shop","workloadIps":["10.1.0.9"]}"#,
            "Pod shop/without a name: name: found a number, expected a string", ""
        ),
        ("7", "workload without a name: the document[]: found a number, expected an object", ""),
    ]) func `A workload that cannot be read makes the dump partial, and keeps its address`(
        workload: String,
        problem: String,
        owner: String
    ) throws {
        let good = #"{"uid":"K//Pod/shop/a","name":"a","namespace":"shop","workloadIps":[]}"#
        let contents = try read("[\(good),\(workload)]")
        #expect(contents.problems == [problem])
        #expect(contents.document.scope == .partial)
        #expect(contents.owners(of: "10.1.0.9") == [owner])
    }

    @Test(arguments: ["[]", #"{"workloads":[]}"#, #"{"workloads":{}}"#, #"{"workloads":null}"#])
    func `An empty dump is one without an item`(dump: String) throws {
        let document = try read(dump).document
        #expect(document.format == .ztunnel)
        #expect(document.items == 0)
    }

    /// UIDs, and what is no Pod of their workloads.
    private static let uids: [(uid: String, kind: String?)] = [
        ("6b1f0c1a-0001-4a59-9d0e-000000000001", nil), ("b", nil), ("rack/7.3/slot/b/c", nil),
        ("east//Pod/shop/b", nil), ("east//v1/Pod/shop/b", nil), ("a/b//Pod/shop/b", nil),
        ("east/v1/Pod/shop/b", nil), ("east//Pod", nil), ("//", nil),
        ("east/networking.istio.io/WorkloadEntry/shop/b", "WorkloadEntry"),
        ("east/networking.istio.io/v1alpha3/ServiceEntry/shop/b/endpoint1", "ServiceEntry"),
        ("east/discovery.k8s.io/EndpointSlice/shop/b/10.1.0.9", "EndpointSlice"),
        ("NetworkGateway/west/10.1.0.9/15008", "NetworkGateway"),
        ("NetworkGateway//10.1.0.9/0", "NetworkGateway"),
        ("west/SplitHorizonWorkload/gates/gate/10.1.0.9/shop/b.example", "SplitHorizonWorkload"),
    ]

    @Test(arguments: uids)
    func `A UID is opaque, and its workload a Pod unless a form of Istio's says otherwise`(
        _ row: (uid: String, kind: String?)
    ) throws {
        let workload = """
            {"uid":"\(row.uid)","name":"b","namespace":"shop","workloadIps":["10.1.0.9"]}
            """
        let contents = try read("[\(workload)]")
        #expect(contents.problems.isEmpty)
        #expect(contents.document.scope == .unknown)
        #expect(contents.owners(of: "10.1.0.9") == [row.kind == nil ? "b" : ""])
        #expect(contents.exempt.map(\.kind) == [row.kind].compactMap(\.self))
    }

    @Test func `A gateway is named for where it leads, and its address is of this network`() throws
    {
        let gateway = """
            {"uid":"NetworkGateway/west/2001:db8::9/15008","name":"NetworkGateway/west/…",
             "namespace":"istio-system","network":"west","workloadIps":["2001:db8::9"]}
            """
        let exempt = try #require(try read("[\(gateway)]").exempt.first)
        #expect(exempt.kind == "NetworkGateway")
        #expect(exempt.name == "west/2001:db8::9/15008")
        #expect(exempt.network == "")
    }

    @Test func `Workloads say their network, and the dump which is the ztunnel's own`() throws {
        let workloads = """
            [{"uid":"e//Pod/shop/a","name":"a","namespace":"shop","network":"east",
              "workloadIps":["10.1.0.9"]},
             {"uid":"w/networking.istio.io/WorkloadEntry/shop/vm","name":"vm","namespace":"shop",
              "network":"west","workloadIps":["10.1.0.8"]}]
            """
        for config in [
            #""config":{"localNode":"n","network":"east"},"workloads":\#(workloads)"#,
            #""workloads":\#(workloads),"config":{"network":"east","other":[{"network":"x"}]}"#,
        ] {
            let contents = try read("{\(config)}")
            #expect(contents.document.network == "east")
            var networks: [String] = []
            contents.pods.forEach { networks.append($0.network) }
            #expect(networks == ["east"])
            #expect(contents.exempt.map(\.network) == ["west"])
        }
        for config in [#""config":7,"#, #""config":{"network":7},"#, #""config":null,"#, ""] {
            let contents = try read(#"{\#(config)"workloads":\#(workloads)}"#)
            #expect(contents.document.network == nil)
            #expect(contents.problems.isEmpty)
        }
    }

    @Test(arguments: [
        #"[{"uid":"a","title":"a dashboard"}]"#, #"[{"metadata":{"name":"web"}}]"#, "[7]",
        #"{"workloads":[{"uid":"a","name":"a"}]}"#,
    ])
    func `What has no addresses of workloads is none of ztunnel's`(document: String) {
        #expect(refusal(document)?.contains("found no ztunnel workloads") == true)
    }
}
