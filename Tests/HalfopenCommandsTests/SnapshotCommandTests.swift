import Foundation
import Testing

/// `halfopen snapshot`: what it writes, and what it does not.
struct SnapshotCommandTests {
    private static let list = #"""
        {"kind":"List","items":[
         {"kind":"Pod","metadata":{"namespace":"shop","name":"web","uid":"u-1",
           "creationTimestamp":"2026-01-02T03:04:05Z"},
          "spec":{"nodeName":"node-1"},
          "status":{"phase":"Running","podIPs":[{"ip":"10.244.0.5"}],
           "startTime":"2026-01-02T03:04:06Z",
           "conditions":[{"type":"PodReadyToStartContainers","status":"True",
            "lastTransitionTime":"2026-01-02T03:04:07Z"}]}}]}
        """#

    private static let nodes = #"""
        {"kind":"List","items":[{"kind":"Node","metadata":{"name":"node-1"},
          "spec":{"podCIDRs":["10.244.0.0/24"]},
          "status":{"addresses":[{"type":"InternalIP","address":"192.0.2.1"}],
           "conditions":[{"type":"Ready","status":"True",
            "lastTransitionTime":"2026-01-01T00:00:00Z"}]}}]}
        """#

    private static let workloads = #"""
        [{"uid":"Kubernetes//Pod/shop/web","name":"web","namespace":"shop","node":"node-1",
          "workloadIps":["10.244.0.5"]},
         {"uid":"Kubernetes/networking.istio.io/WorkloadEntry/shop/vm","name":"vm",
          "namespace":"shop","workloadIps":["198.51.100.4"]}]
        """#

    /// A folder with those documents, each last modified at noon of 2026-01-03.
    private func session() throws -> Session {
        let session = try Session()
        for (text, name) in [
            (Self.list, "pods.json"), (Self.nodes, "nodes.json"),
            (Self.workloads, "workloads.json"), (#"{"kind":"List","items":[]}"#, "empty.json"),
            (Self.list.replacing("10.244.0.5", with: "10.244.0.500"), "flawed.json"),
            (String(Self.list.dropLast()), "cut.json"),
        ] {
            try session.write(text, to: name)
            _ = try session.run("touch -d 2026-01-03T12:00:00Z \(name)")
        }
        return session
    }

    private static let pod = #"""
        {"namespace":"shop","name":"web","uid":"u-1","ips":["10.244.0.5"],"node":"node-1","phase":"Running","creationTime":"2026-01-02T03:04:05Z","startTime":"2026-01-02T03:04:06Z","networkReady":true,"networkTransitionTime":"2026-01-02T03:04:07Z"}
        """#

    private static let results: [(arguments: String, output: String)] = [
        (
            "-s pods.json",
            """
            {"schema":"halfopen.snapshot/v1","modifiedAt":"2026-01-03T12:00:00.000Z","newestTime":"2026-01-02T03:04:07.000Z","scope":"unknown","pods":[
            \(pod)
            ],"nodes":[
            ],"exempt":[
            ]}

            """
        ),
        (
            "-s pods.json -s nodes.json --captured-at 2026-01-03T11:59:30Z --cluster-wide",
            """
            {"schema":"halfopen.snapshot/v1","capturedAt":"2026-01-03T11:59:30.000Z","modifiedAt":"2026-01-03T12:00:00.000Z","newestTime":"2026-01-03T11:59:30.000Z","scope":"cluster","pods":[
            \(pod)
            ],"nodes":[
            {"name":"node-1","addresses":["192.0.2.1"],"podCIDRs":["10.244.0.0/24"],"ready":true,"readyTransitionTime":"2026-01-01T00:00:00Z"}
            ],"exempt":[
            ]}

            """
        ),
        (
            // A name is no proof, whatever the command line says.
            "-s workloads.json --cluster-wide",
            """
            {"schema":"halfopen.snapshot/v1","modifiedAt":"2026-01-03T12:00:00.000Z","scope":"unknown","podsFrom":"ztunnel","pods":[
            {"namespace":"shop","name":"web","uid":"Kubernetes//Pod/shop/web","ips":["10.244.0.5"],"node":"node-1"}
            ],"nodes":[
            ],"exempt":[
            {"address":"198.51.100.4","kind":"WorkloadEntry","name":"shop/vm"}
            ]}

            """
        ),
    ]

    @Test(arguments: results)
    func `The snapshots are written as one`(_ result: (arguments: String, output: String)) throws {
        let answer = try session().run("halfopen snapshot \(result.arguments)")
        #expect(answer.status == 0)
        #expect(answer.errors == "")
        #expect(answer.output == result.output)
    }

    @Test(arguments: ["pods.json", "nodes.json", "workloads.json", "good.json"])
    func `What was written is written again as it is`(name: String) throws {
        let session = try session()
        let answer = try session.run(
            """
            halfopen snapshot -s \(name) >once.json && halfopen snapshot -s once.json >twice.json &&
                halfopen snapshot -s - <twice.json | cmp once.json
            """
        )
        #expect(answer.status == 0, "\(answer.output)\(answer.errors)")
    }

    private static let refusals: [(arguments: String, errors: String)] = [
        (
            "-s pods.json -s cut.json",
            "snapshot 'cut.json' is not complete: line 8, byte 400: it ends in the middle of the"
                + " document; check the errors of the command that wrote it, and run it again"
        ),
        (
            "-s pods.json -s good.json",
            "cannot join snapshots 'pods.json' and 'good.json': both list Pods, and one document"
                + " cannot say which cluster a Pod belongs to; give each to 'halfopen list' with"
                + " its own -s"
        ),
    ]

    @Test(arguments: refusals)
    func `Of what cannot be one snapshot nothing is written`(
        _ refusal: (arguments: String, errors: String)
    ) throws {
        let answer = try session().run("halfopen snapshot \(refusal.arguments)")
        #expect(answer.status == 2)
        #expect(answer.errors == "halfopen: \(refusal.errors)\n")
        #expect(answer.output == "")
    }

    private static let parts: [(name: String, errors: String)] = [
        (
            "flawed.json",
            "snapshot 'flawed.json': line 5, byte 224: Pod shop/web: status.podIPs[].ip: found"
                + " '10.244.0.500', expected an IP address"
        ),
        (
            "empty.json",
            "snapshot 'empty.json' has no items: an empty list proves nothing"
        ),
    ]

    @Test(arguments: parts)
    func `A snapshot with a flaw is written as a part, and is no success`(
        _ part: (name: String, errors: String)
    ) throws {
        let answer = try session().run("halfopen snapshot -s \(part.name) --cluster-wide")
        #expect(answer.status == 2)
        #expect(answer.errors == "halfopen: \(part.errors)\n")
        #expect(answer.output.contains(#""scope":"partial""#))
    }

    @Test func `A list made small today is as old as it was`() throws {
        let answer = try session().run(
            "halfopen snapshot -s pods.json | halfopen -q -s - --cluster-wide"
        )
        #expect(answer.status == 2)
        #expect(answer.errors.contains(" old, more than --max-age 10m00s; take a new one"))
    }

    @Test func `A moment stated after a list was written is no truer in its compact form`() throws {
        let session = try session()
        let stated = try session.run(
            """
            touch -d '1 hour ago' pods.json
            halfopen snapshot -s pods.json --captured-at @$(date +%s) >new.json &&
                halfopen -q -s new.json --max-age 0
            """
        )
        #expect(stated.status == 2)
        #expect(stated.errors.contains(" claims to be from "))
    }

    @Test func `Workloads answer for deleted Pods alone, where pings are not asked`() throws {
        let session = try session()
        let both = try session.run("halfopen -q -s workloads.json --max-age 0 --silent-after 0")
        #expect(both.status == 2)
        #expect(
            both.errors
                == "halfopen: no Pod in snapshot 'workloads.json' has a start time: this snapshot"
                + " can prove deleted Pods (--only deleted), but not replaced ones\n"
        )
        for options in ["--silent-after 0 --only deleted", ""] {
            let answer = try session.run(
                "unshare -n halfopen -q -s workloads.json --max-age 0 \(options)"
            )
            #expect(answer.status == 0)
            #expect(!answer.errors.contains("workloads.json"), "\(answer.errors)")
        }
    }
}
