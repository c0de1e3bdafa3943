import Foundation
import TestSupport
import Testing

/// The folders of the kubectls to try: Debian's (1.20), which `scripts/test` unpacks, and the user's.
private let kubectlFolders: [String] =
    [Command.root.appending(path: ".build/kubectl/usr/bin").path, "/usr/local/bin", "/usr/bin"]
    .filter { FileManager.default.isExecutableFile(atPath: "\($0)/kubectl") }

private func podSnapshot(
    _ arguments: [String] = [],
    from server: borrowing APIServer,
    kubectl: String = kubectlFolders.first ?? "",
    kubectlOptions: [String] = [],
    hasHalfopen: Bool = false
) throws -> Command {
    let folder = try TemporaryFolder()
    let products = hasHalfopen ? ":\(Command.root.path)/.build/debug" : ""
    return try Command(
        "scripts/pod-snapshot",
        arguments + ["--", "--server", server.address] + kubectlOptions,
        environment: [
            "PATH": "\(kubectl):/usr/bin:/bin\(products)", "HOME": folder.url.path,
            "TMPDIR": folder.url.path,
        ],
        in: folder
    )
}

/// A file with a List of so many Pods.
private func makePods(_ count: Int, in folder: borrowing TemporaryFolder) throws -> URL {
    let list = try Command(
        "scripts/bench/make-pods",
        ["--pretty", "--pods", "\(count)"],
        in: folder
    )
    let file = folder.url.appending(path: "pods.json")
    try list.output.write(to: file, atomically: false, encoding: .utf8)
    return file
}

/// The lines of the list of that name, each without the comma that may end it.
private func lines(of list: String, in snapshot: String) -> [String] {
    let all = snapshot.split(separator: "\n", omittingEmptySubsequences: false)
    guard let head = all.firstIndex(where: { $0.hasSuffix("\"\(list)\":[") }) else { return [] }
    return all[(head + 1)...].prefix { !$0.hasPrefix("]") }
        .map { String($0.hasSuffix(",") ? $0.dropLast() : $0) }
}

@Suite struct PodSnapshotScript {
    @Test func `A kubectl is there to be tried`() {
        #expect(!kubectlFolders.isEmpty, "scripts/test installs one")
    }

    /// `Fixtures/cluster.json` has a Pod for each case, named for it.
    @Test(arguments: kubectlFolders)
    func `Every kind of Pod is written with what the verdicts read of it`(kubectl: String) throws {
        let snapshot = try podSnapshot(from: APIServer(), kubectl: kubectl)
        #expect(snapshot.status == 0, "\(snapshot.errors)")
        #expect(snapshot.errors.isEmpty)
        let pods = lines(of: "pods", in: snapshot.output)
        #expect(pods.count == podGolden.count)
        for (pod, expected) in zip(pods, podGolden) {
            #expect(pod == expected.joined())
        }
    }

    @Test(arguments: kubectlFolders)
    func `Nodes and load balancers are written with their IP addresses only`(kubectl: String) throws
    {
        let snapshot = try podSnapshot(from: APIServer(), kubectl: kubectl)
        #expect(lines(of: "nodes", in: snapshot.output) == nodeGolden.map { $0.joined() })
        #expect(
            lines(of: "exempt", in: snapshot.output) == [
                #"{"address":"203.0.113.7","kind":"Service","name":"istio-system/east-west"}"#,
                #"{"address":"2001:db8::7","kind":"Service","name":"istio-system/east-west"}"#,
                #"{"address":"203.0.113.9","kind":"Service","name":"istio-system/east-west"}"#,
            ]
        )
    }

    @Test func `The snapshot is JSON and says what it is`() throws {
        let snapshot = try podSnapshot(from: APIServer())
        let object = try JSONSerialization.jsonObject(with: Data(snapshot.output.utf8))
        let document = try #require(object as? [String: Any])
        #expect(document["schema"] as? String == "halfopen.snapshot/v1")
        #expect(document["scope"] as? String == "cluster")
        #expect(document["cluster"] == nil, "there is no kubeconfig")
    }

    @Test func `The cluster's name is that of the chosen context, quoted`() throws {
        let folder = try TemporaryFolder()
        let server = try APIServer()
        let configuration = try folder.makeFile("config")
        let clusters = ["plain", #"a \"quoted\" name"#].map { name in
            #"{"name":"\#(name)","cluster":{"server":"\#(server.address)"}}"#
        }
        let contexts = [
            #"{"name":"one","context":{"cluster":"plain"}}"#,
            #"{"name":"two","context":{"cluster":"a \"quoted\" name"}}"#,
        ]
        try """
        {"apiVersion":"v1","kind":"Config","current-context":"one",
         "clusters":[\(clusters.joined(separator: ","))],
         "contexts":[\(contexts.joined(separator: ","))]}
        """.write(to: configuration, atomically: false, encoding: .utf8)

        let options = ["--kubeconfig", configuration.path]
        let one = try podSnapshot(from: server, kubectlOptions: options)
        #expect(one.output.contains(#","cluster":"plain","pods""#))
        let two = try podSnapshot(from: server, kubectlOptions: options + ["--context", "two"])
        #expect(two.output.contains(#","cluster":"a \"quoted\" name","pods""#))
    }

    @Test func `The time of capture is read before the Pods are asked for`() throws {
        let server = try APIServer(faults: ["pods=slow"])
        let snapshot = try podSnapshot(from: server)
        let captured = try #require(snapshot.output.firstMatch(of: /"capturedAt":"([^"]+Z)"/))
        let request = try #require(
            try server.requests().first { $0.contains("/pods?") }?.split(separator: " ").first
        )
        #expect(captured.1 <= request)
    }

    @Test(arguments: [
        (["-n", "kube-system"], ["static", "host-network", "mirror"]),
        (["-l", "app=cart"], ["running"]),
        (["-n", "kube-system", "-l", "app=cart"], []),
    ])
    func `A part of the cluster is called partial`(arguments: [String], names: [String]) throws {
        let snapshot = try podSnapshot(arguments, from: APIServer())
        #expect(snapshot.status == 0)
        #expect(snapshot.output.contains(#""scope":"partial""#))
        #expect(snapshot.output.matches(of: /"uid"/).count == names.count)
        for name in names { #expect(snapshot.output.contains(#""name":"\#(name)""#)) }
    }

    @Test(arguments: kubectlFolders)
    func `Twelve hundred Pods come page by page and under 400 bytes each`(kubectl: String) throws {
        let folder = try TemporaryFolder()
        let file = try makePods(1200, in: folder)
        let server = try APIServer(list: file)
        let pods = lines(of: "pods", in: try podSnapshot(from: server, kubectl: kubectl).output)
        #expect(pods.count == 1200)
        #expect(Set(pods).count == 1200)
        // Only a finished Pod, of which most times matter, may be longer if its names are long.
        #expect(pods.allSatisfy { $0.utf8.count < 400 || $0.contains("Succeeded") })
        #expect(pods.reduce(0) { $0 + $1.utf8.count } < 400 * pods.count)
        #expect(try server.requests().count { $0.contains("/pods?") } == 3)
    }
}

/// `pod-snapshot` where halfopen is installed.
@Suite struct PodSnapshotScriptWithHalfopen {
    /// The same without what only one of the two writes: when the file was modified.
    private func facts(_ snapshot: Command) throws -> NSDictionary {
        let object = try JSONSerialization.jsonObject(with: Data(snapshot.output.utf8))
        var document = try #require(object as? [String: Any])
        for name in ["capturedAt", "modifiedAt", "newestTime"] { document[name] = nil }
        return document as NSDictionary
    }

    @Test(arguments: kubectlFolders)
    func `It writes what kubectl alone writes`(kubectl: String) throws {
        let folder = try TemporaryFolder()
        let file = try makePods(1200, in: folder)
        let alone = try podSnapshot(from: APIServer(list: file), kubectl: kubectl)
        let beside = try podSnapshot(
            from: APIServer(list: file),
            kubectl: kubectl,
            hasHalfopen: true
        )
        #expect(beside.status == 0, "\(beside.errors)")
        let (expected, found) = (try facts(alone), try facts(beside))
        #expect((found["pods"] as? [Any])?.count == 1200)
        #expect(found == expected)
    }

    @Test(arguments: kubectlFolders)
    func `Nodes, load balancers and the cluster's name are there, too`(kubectl: String) throws {
        let folder = try TemporaryFolder()
        let server = try APIServer()
        let configuration = try folder.makeFile("config")
        try """
        {"apiVersion":"v1","kind":"Config","current-context":"one",
         "clusters":[{"name":"a \\"quoted\\" name","cluster":{"server":"\(server.address)"}}],
         "contexts":[{"name":"one","context":{"cluster":"a \\"quoted\\" name"}}]}
        """.write(to: configuration, atomically: false, encoding: .utf8)
        let snapshot = try podSnapshot(
            from: server,
            kubectl: kubectl,
            kubectlOptions: ["--kubeconfig", configuration.path],
            hasHalfopen: true
        )
        #expect(snapshot.status == 0, "\(snapshot.errors)")
        #expect(snapshot.output.contains(#""scope":"cluster","cluster":"a \"quoted\" name""#))
        #expect(lines(of: "nodes", in: snapshot.output) == nodeGolden.map { $0.joined() })
        #expect(lines(of: "exempt", in: snapshot.output).count == 3)
    }

    @Test func `Each kind is asked for once, whole, and never from an old cache`() throws {
        let server = try APIServer()
        #expect(try podSnapshot(from: server, hasHalfopen: true).status == 0)
        let paths = try server.requests().compactMap { $0.split(separator: " ").last }
        for kind in ["pods", "nodes", "services"] {
            #expect(paths.filter { $0.hasPrefix("/api/v1/\(kind)") } == ["/api/v1/\(kind)"])
        }
    }

    @Test func `The time of capture is read before anything is asked for`() throws {
        let server = try APIServer(faults: ["nodes=slow", "pods=slow"])
        let snapshot = try podSnapshot(from: server, hasHalfopen: true)
        let captured = try #require(snapshot.output.firstMatch(of: /"capturedAt":"([^".]+)/))
        let request = try #require(
            try server.requests().first { $0.contains("/nodes") }?.split(separator: " ").first
        )
        #expect("\(captured.1)Z" <= request)
    }

    /// A kubectl that is stopped after a whole list, or that calls half of one a success.
    @Test(arguments: ["; exit 1", "| head -c 700"])
    func `A kubectl that goes wrong leaves nothing`(fault: String) throws {
        let server = try APIServer()
        let folder = try TemporaryFolder()
        let program = folder.url.appending(path: "kubectl")
        try """
        #!/bin/sh
        case $* in
        *' --raw /api/v1/pods') \(kubectlFolders.first ?? "")/kubectl "$@" \(fault) ;;
        *) exec \(kubectlFolders.first ?? "")/kubectl "$@" ;;
        esac
        """.write(to: program, atomically: false, encoding: .utf8)
        try FileManager.default.setAttributes(
            [.posixPermissions: 0o755],
            ofItemAtPath: program.path
        )
        let snapshot = try podSnapshot(
            from: server,
            kubectl: folder.url.path,
            hasHalfopen: true
        )
        #expect(snapshot.status == 1)
        #expect(snapshot.output.isEmpty)
    }

    @Test func `Who may list Pods alone has a snapshot of them`() throws {
        let server = try APIServer(faults: ["nodes=forbidden", "services=forbidden"])
        let snapshot = try podSnapshot(from: server, hasHalfopen: true)
        #expect(snapshot.status == 0)
        #expect(snapshot.errors.contains("pod-snapshot: continuing without nodes: "))
        #expect(snapshot.errors.contains("pod-snapshot: continuing without services: "))
        #expect(snapshot.output.contains(#""scope":"cluster""#))
        #expect(lines(of: "pods", in: snapshot.output).count == podGolden.count)
    }

    @Test func `A part of the cluster is called partial`() throws {
        let snapshot = try podSnapshot(["-l", "app=cart"], from: APIServer(), hasHalfopen: true)
        #expect(snapshot.status == 0)
        #expect(snapshot.output.contains(#""scope":"partial""#))
        #expect(snapshot.output.matches(of: /"uid"/).count == 1)
    }
}

@Suite struct PodSnapshotScriptFaults {
    /// With kubectl alone, and with halfopen reading the Pods in its place.
    private static let ways = kubectlFolders.flatMap { [($0, false), ($0, true)] }

    @Test(
        arguments: [
            ("pods=forbidden", "pods is forbidden"),
            ("pods=error", "etcd has no leader"),
            ("pods=cut", "unexpected EOF"),
            ("nodes=error", "etcd has no leader"),
            ("nodes=cut", "unexpected EOF"),
            ("services=error", "etcd has no leader"),
        ],
        ways
    )
    func `A failed request leaves nothing that looks like a snapshot`(
        fault: (request: String, message: String),
        way: (kubectl: String, hasHalfopen: Bool)
    ) throws {
        let snapshot = try podSnapshot(
            from: APIServer(faults: [fault.request]),
            kubectl: way.kubectl,
            hasHalfopen: way.hasHalfopen
        )
        #expect(way.hasHalfopen ? snapshot.status == 1 : snapshot.status != 0)
        #expect(snapshot.output.isEmpty)
        #expect(snapshot.errors.contains(fault.message))
    }

    @Test func `A list that expires between two pages leaves nothing`() throws {
        let folder = try TemporaryFolder()
        let file = try makePods(600, in: folder)
        let snapshot = try podSnapshot(from: APIServer(list: file, faults: ["pods=expired"]))
        #expect(snapshot.status != 0)
        #expect(snapshot.output.isEmpty)
    }

    @Test func `A server that does not answer leaves nothing once kubectl gives up`() throws {
        let snapshot = try podSnapshot(
            from: APIServer(faults: ["pods=hang"]),
            kubectlOptions: ["--request-timeout=1s"]
        )
        #expect(snapshot.status != 0)
        #expect(snapshot.output.isEmpty)
        #expect(!snapshot.errors.isEmpty)
    }

    @Test(arguments: ["nodes", "services"], kubectlFolders)
    func `What may not be listed is left out, and that is said`(kind: String, kubectl: String)
        throws
    {
        let server = try APIServer(faults: ["\(kind)=forbidden"])
        let snapshot = try podSnapshot(from: server, kubectl: kubectl)
        #expect(snapshot.status == 0)
        #expect(snapshot.errors.hasPrefix("pod-snapshot: continuing without \(kind): "))
        #expect(lines(of: "pods", in: snapshot.output).count == podGolden.count)
        #expect(lines(of: kind == "nodes" ? kind : "exempt", in: snapshot.output).isEmpty)
    }

    @Test(arguments: [
        (["shop"], []),  // Meant for a namespace.
        (["-x"], []),
        (["-n"], []),
        (["-n", ""], []),  // An unset variable must not widen the question to the cluster.
        (["-l", ""], []),
        ([], ["-l", "app=cart"]),  // Would narrow the list while the scope stays "cluster".
        ([], ["--field-selector=spec.nodeName=node-a"]),
        ([], ["--limit=1"]),
        ([], ["--no-such-option"]),
    ])
    func `An option that is not understood is refused before anything is asked`(
        arguments: [String],
        kubectlOptions: [String]
    ) throws {
        let server = try APIServer()
        let snapshot = try podSnapshot(arguments, from: server, kubectlOptions: kubectlOptions)
        #expect(snapshot.status != 0)
        #expect(snapshot.output.isEmpty)
        #expect(!snapshot.errors.isEmpty)
        // Some kubectls ask the server for its version before they look at their options.
        #expect(try server.requests().filter { !$0.contains("/version") }.isEmpty)
    }
}
