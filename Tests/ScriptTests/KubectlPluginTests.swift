import Foundation
import TestSupport
import Testing

private let waypoint = ["waypoint/waypoint", "-n", "shop"]

/// A container that reads its snapshot, if it is given one, and reports with an exit status.
private func reporting(_ status: Int, _ report: String = "a row") -> String {
    """
    case "$*" in *'-s -'*) cat >snapshot ;; esac
    echo '\(report)'
    echo 'halfopen: 1 of 4 connections to :15008' >&2
    exit \(status)
    """
}

@Suite struct KubectlPlugin {
    /// Blocks of README.md.
    static let commandsOfReadme = [
        "kubectl halfopen waypoint/NAME -n NAMESPACE",
        "kubectl halfopen --node NODE -n NAMESPACE",
    ]

    @Test(arguments: commandsOfReadme)
    func `The commands of README work as they stand there`(command: String) throws {
        let cluster = try KubectlCluster(container: reporting(1))
        let configuration = try cluster.folder.makeFile("config")
        try """
        {"apiVersion":"v1","kind":"Config","current-context":"one",
         "clusters":[{"name":"a","cluster":{"server":"\(cluster.server.address)"}}],
         "contexts":[{"name":"one","context":{"cluster":"a"}}]}
        """.write(to: configuration, atomically: false, encoding: .utf8)
        let words = command.replacing("NAMESPACE", with: "shop").replacing("NAME", with: "waypoint")
            .replacing("NODE", with: "node-a")
        let answer = try Command(
            "/bin/sh",
            ["-c", words],
            environment: [
                "PATH": "\(kubectlFolder):\(Command.root.path)/scripts/kubectl:/usr/bin:/bin",
                "HOME": cluster.folder.url.path, "KUBECONFIG": configuration.path,
                "HALFOPEN_IMAGE": "registry.example/halfopen:1",
            ],
            in: cluster.folder
        )
        #expect(answer.status == 1, "\(answer.errors)")
        #expect(answer.output == "a row\n")
        #expect(try cluster.written("snapshot").contains(#""scope":"cluster","cluster":"a""#))
    }

    @Test(arguments: [0, 1, 2, 64], ["/bin/dash", "/bin/bash", nil])
    func `The report is printed, and the container's exit status is the plugin's`(
        status: Int,
        shell: String?
    ) throws {
        let answer = try KubectlCluster(container: reporting(status)).run(
            // kubectl runs plugins only if no option stands before their name.
            waypoint,
            by: shell
        )
        #expect(answer.status == Int32(status), "\(answer.errors)")
        #expect(answer.output == "a row\n")
        #expect(answer.errors == "halfopen: 1 of 4 connections to :15008\n")
    }

    @Test(arguments: [
        ["waypoint/waypoint"], ["gateway/waypoint"], ["gateway/waypointgateway"],
        ["pod/waypoint-1"], ["-l", "istio=waypointgateway"],
        ["list", "--selector=istio=waypointgateway"],
    ])
    func `A proxy's Pods are found by kind and name, and by labels`(target: [String]) throws {
        let cluster = try KubectlCluster(otherPods: 2, container: reporting(1))
        let answer = try cluster.run(target + ["-n", "shop"])
        #expect(answer.status == 1, "\(answer.errors)")
        #expect(try cluster.calls().filter { $0.hasPrefix("CONTAINER ") }.count == 1)
    }

    @Test(arguments: 0...3)
    func `A check has the four statuses of a monitoring plugin`(status: Int) throws {
        let cluster = try KubectlCluster(container: reporting(status, "HALFOPEN STATUS: 1 row"))
        let answer = try cluster.run(["check"] + waypoint)
        #expect(answer.status == Int32(status))
        #expect(answer.output == "HALFOPEN STATUS: 1 row\n")
    }

    @Test func `The real program scans in the container`() throws {
        let answer = try KubectlCluster().run(waypoint)
        #expect(answer.status == 0, "\(answer.errors)")
        #expect(answer.errors.contains("halfopen: no connection to :15008"))
        #expect(answer.errors.contains("snapshot "))
    }

    @Test func `The container has no privilege and the words of the command line`() throws {
        let cluster = try KubectlCluster(
            container: "for word; do echo \"$word\"; done >words; cat >x; exit 2"
        )
        let words = [#"--exclude"#, #"a 'b' "c" \d $e"#]
        _ = try cluster.run(waypoint + ["--"] + words)
        #expect(try cluster.written("words") == "list\n-s\n-\n\(words[0])\n\(words[1])\n")
        let line = try #require(try cluster.calls().first { $0.hasPrefix("CONTAINER ") })
        let object = try JSONSerialization.jsonObject(with: Data(line.dropFirst(10).utf8))
        let container = try #require(object as? [String: Any])
        let security = try #require(container["securityContext"] as? NSDictionary)
        let restricted: NSDictionary = [
            "runAsNonRoot": true, "runAsUser": 65534, "runAsGroup": 65534,
            "allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true,
            "capabilities": ["drop": ["ALL"]], "seccompProfile": ["type": "RuntimeDefault"],
        ]
        #expect(security == restricted)
        #expect(container["image"] as? String == "registry.example/halfopen:1")
    }

    @Test func `A large snapshot arrives whole`() throws {
        let cluster = try KubectlCluster(otherPods: 3000, container: reporting(0))
        #expect(try cluster.run(waypoint).status == 0)
        let snapshot = try cluster.written("snapshot")
        let object = try JSONSerialization.jsonObject(with: Data(snapshot.utf8))
        let pods = (object as? [String: Any])?["pods"] as? [Any]
        #expect(pods?.count == 3001)
    }

    @Test func `Who may not list all Pods gets a judgement by the heartbeat`() throws {
        let script = "echo \"$*\" >words\n\(reporting(1))"
        let cluster = try KubectlCluster(faults: ["snapshot=forbidden"], container: script)
        let answer = try cluster.run(["pod/waypoint-1", "-n", "shop"])
        #expect(answer.status == 1)
        #expect(answer.errors.contains("judging by the heartbeat only: "))
        #expect(answer.errors.contains("needs the right 'list' on 'pods' of all namespaces"))
        #expect(try cluster.written("words") == "list\n")
        #expect(try !cluster.calls().contains { $0.contains("/attach?") })
    }

    @Test func `Several Pods are told apart, and the worst status counts`() throws {
        let script = "date +%N >>runs\n[ $(wc -l <runs) -gt 1 ] || exit 0"
        let quiet = "echo 'halfopen: no connection to :15008' >&2"
        let cluster = try KubectlCluster(
            waypoints: 2,
            container: "cat >x\n\(quiet)\n\(script)\nexit 1"
        )
        let answer = try cluster.run(waypoint)
        #expect(answer.status == 1)
        #expect(answer.output == "== shop/waypoint-1\n== shop/waypoint-2\n")
        let json = try cluster.run(waypoint + ["--", "-o", "json"])
        #expect(json.status == 2)
        #expect(json.errors.contains("2 Pods match, and json is of one report"))
    }

    @Test func `The next step names the node, where a connection can be closed`() throws {
        let script = reporting(1) + "\n"
        let hint = " (dry run; add --yes to destroy); with fewer than 10 peers, it takes more"
        let reap = "echo 'halfopen: to close the 1 confirmed one: halfopen reap -s -\(hint)' >&2\n"
        let answer = try KubectlCluster(container: reap + script).run(waypoint)
        #expect(!answer.errors.contains("halfopen: to close the 1"))
        #expect(answer.errors.contains("ssh node-a sudo halfopen reap -s - --discover\(hint)"))
    }

    @Test func `Another client that changed the Pod meanwhile is no failure`() throws {
        let cluster = try KubectlCluster(
            faults: ["ephemeralcontainers=conflict"],
            container: reporting(0)
        )
        #expect(try cluster.run(waypoint).status == 0)
        #expect(try cluster.calls().count { $0.hasPrefix("PUT ") } == 2)
    }
}

/// The report as it is read on a terminal, of connections that the lab recorded.
@Suite struct KubectlPluginReport {
    private static let snapshot = """
        {"schema":"halfopen.snapshot/v1","capturedAt":"2026-11-26T03:00:29Z","scope":"cluster",
        "pods":[{"namespace":"shop","name":"waypoint-2","uid":"1","ips":["10.244.0.3"],
        "node":"node-a","phase":"Running","creationTime":"2026-11-26T03:00:22Z",
        "startTime":"2026-11-26T03:00:22Z"},
        {"namespace":"shop","name":"orders-v2","uid":"2","ips":["10.244.1.11"],
        "node":"node-b","phase":"Running","creationTime":"2026-11-26T03:00:29Z",
        "startTime":"2026-11-26T03:00:29Z"}]}
        """

    /// A cluster in whose container the real program judges the recording.
    private static func cluster() throws -> KubectlCluster {
        let program = Command.products.appending(path: "halfopen").path
        let recorded = Command.root.appending(path: "Tests/IncidentTests/Recorded/stale")
        let cluster = try KubectlCluster(
            container: "exec '\(program)' -s pods.json -r '\(recorded.path)/connections.capture'"
        )
        let pods = try cluster.folder.makeFile("pods.json")
        try snapshot.write(to: pods, atomically: false, encoding: .utf8)
        let written = Date(timeIntervalSince1970: 1_795_662_029)
        try FileManager.default.setAttributes([.modificationDate: written], ofItemAtPath: pods.path)
        return cluster
    }

    private static let headings = "VERDICT   CONFIDENCE  PEER         LOCAL   SILENT  HEALTH  OWNER"
    private static let row =
        "replaced  confirmed   10.244.1.11  :44264      3s  idle    shop/orders-v2"

    @Test func `On a terminal of 80 columns the report has 80, although a container knows of none`()
        throws
    {
        let answer = try Self.cluster().run(waypoint + ["--no-snapshot"], terminal: 80)
        #expect(answer.status == 1)
        // As kubectl-halfopen(1) shows it.
        let shown = """
            \(Self.headings)
            \(Self.row)
                10.244.1.11 now belongs to shop/orders-v2, started at 03:00:29Z, but the
                peer was last heard at 03:00:25Z, so it was an earlier Pod: the next request
                on this connection will be reset
            halfopen: 1 candidate (1 confirmed, 0 suspected) of 1 connection to :15008;
            snapshot 0s old

            """
        #expect(answer.output.replacing("\r\n", with: "\n") == shown)
        let page = Command.root.appending(path: "man/kubectl-halfopen.1")
        #expect(try String(contentsOf: page, encoding: .utf8).contains(shown))
    }

    @Test(arguments: [("", nil), ("80", "80"), ("0", nil), ("a", nil), ("1\"", nil)])
    func `Without a terminal the width is that of COLUMNS, or halfopen's own`(
        _ columns: String,
        _ passed: String?
    ) throws {
        let cluster = try Self.cluster()
        let answer = try cluster.run(
            waypoint + ["--no-snapshot"],
            environment: ["COLUMNS": columns]
        )
        #expect(answer.status == 1)
        #expect(answer.output.hasPrefix("\(Self.headings)\n\(Self.row)\n"))
        let longest = answer.output.split(separator: "\n").map(\.count).max() ?? 0
        #expect(passed == nil ? (81...100).contains(longest) : longest <= 80)
        let container = try #require(try cluster.calls().first { $0.hasPrefix("CONTAINER ") })
        #expect(container.contains(#""name": "COLUMNS""#) == (passed != nil))
    }
}

@Suite struct KubectlPluginFaults {
    private static let faults = [
        ("pods=forbidden", "needs the right 'list' on 'pods'"),
        ("pods=error", "etcd has no leader"),
        ("pods=hang", "cannot find the proxy's Pods"),
        ("nodes=hang", "cannot take a snapshot"),
        ("ephemeralcontainers=forbidden", "needs the right 'update' on 'pods/ephemeralcontainers'"),
        ("ephemeralcontainers=forbidden", "the other route: kubectl halfopen --node NODE"),
        ("ephemeralcontainers=old", "older than Kubernetes 1.25"),
        ("attach=forbidden", "needs the right 'create' on 'pods/attach'"),
        ("log=forbidden", "needs the right 'get' on 'pods/log'"),
        ("log=cut", "cannot read the whole report"),
        ("log=empty", "no end of a report"),
        ("container=hang", "has not started within 3 s"),
        ("container=missing", "the container cannot start: ErrImagePull: manifest unknown"),
        ("container=gone", "the Pod is gone"),
        ("container=killed", "ended with status 137"),
    ]

    @Test(arguments: faults)
    func `What was not seen whole is incomplete and no answer`(fault: String, words: String) throws
    {
        let cluster = try KubectlCluster(faults: [fault], container: reporting(0))
        let answer = try cluster.run(waypoint + ["--timeout", "3"])
        #expect(answer.status == 2)
        #expect(answer.errors.contains(words), "\(answer.errors)")
    }

    @Test(arguments: faults)
    func `To a monitoring system it is unknown`(fault: String, words: String) throws {
        let script = reporting(0, "HALFOPEN OK: no candidate")
        let cluster = try KubectlCluster(faults: [fault], container: script)
        let answer = try cluster.run(["check"] + waypoint + ["--timeout", "3"])
        #expect(answer.status == 3)
        #expect(answer.output.hasPrefix("HALFOPEN UNKNOWN: "))
        #expect(!answer.output.contains("OK"))
    }

    @Test func `Half a snapshot is refused by the real program`() throws {
        let answer = try KubectlCluster(faults: ["attach=cut"]).run(waypoint)
        #expect(answer.status == 2)
        #expect(answer.output.isEmpty)
        #expect(answer.errors.contains("snapshot '-' is not complete"))
    }

    @Test func `A container that waits for ever ends the plugin, not the other way round`() throws {
        let cluster = try KubectlCluster(container: "exec sleep 20")
        let answer = try cluster.run(waypoint + ["--no-snapshot", "--timeout", "2"])
        #expect(answer.status == 2)
        #expect(answer.errors.contains("has not ended within 2 s (running)"))
    }

    @Test(arguments: [
        ["waypoint/other", "-n", "shop"], ["waypoint/waypoint", "-n", "other"],
        ["gateway/other", "-n", "shop"], ["pod/other", "-n", "shop"], ["-l", "app=x"],
    ])
    func `No Pod is no answer`(target: [String]) throws {
        let answer = try KubectlCluster(container: reporting(0)).run(target)
        #expect(answer.status == 2)
        #expect(!answer.errors.isEmpty)
    }

    @Test(
        arguments: [
            [], ["waypoint"], ["service/x"], ["waypoint/a", "pod/b"], ["waypoint/a", "-l", "b=c"],
            ["pod/a", "--node", "b"], ["-l", ""], ["-n"], ["--unknown", "waypoint/a"],
            ["pod/a", "--timeout", "0"], ["pod/a", "--timeout", "soon"], ["capture", "pod/a"],
            ["pod/a", "-O", "file"], ["pod/a", "--image", "@IMAGE@"], ["pod/a", "--", "-q"],
            ["pod/a", "--", "-s", "x"], ["pod/a", "--", "--state=x"], ["pod/a", "--", "a\nb"],
        ]
    )
    func `A wrong command line is refused before anything is asked`(arguments: [String]) throws {
        let cluster = try KubectlCluster(container: reporting(0))
        let answer = try cluster.run(arguments)
        #expect(answer.status == 64, "\(answer.errors)")
        #expect(answer.errors.hasPrefix("kubectl-halfopen: "))
        #expect(try cluster.run(["check"] + arguments).status == 3)
        #expect(try cluster.calls().isEmpty)
    }
}

@Suite struct KubectlPluginCapture {
    @Test func `The capture arrives as it was made, and can be judged here`() throws {
        let cluster = try KubectlCluster()
        let file = cluster.folder.url.appending(path: "x.capture").path
        let answer = try cluster.run(["capture"] + waypoint + ["-O", file])
        #expect(answer.status == 0, "\(answer.errors)")
        let replay = try Command(
            Command.products.appending(path: "halfopen").path,
            ["-r", file],
            in: cluster.folder
        )
        #expect(replay.status == 0, "\(replay.errors)")
        #expect(replay.errors.contains("no connection to :15008"))
    }

    @Test(arguments: [
        ("exec=cut", "the capture is not complete: the stream broke"),
        ("exec=forbidden", "needs the right 'create' on 'pods/exec'"),
        ("container=missing", "the container cannot start"),
    ])
    func `Half a capture is not kept`(fault: String, words: String) throws {
        let cluster = try KubectlCluster(faults: [fault])
        let file = cluster.folder.url.appending(path: "x.capture").path
        let answer = try cluster.run(["capture"] + waypoint + ["-O", file])
        #expect(answer.status == 2)
        #expect(answer.errors.contains(words), "\(answer.errors)")
        #expect(!FileManager.default.fileExists(atPath: file))
    }
}

@Suite struct KubectlPluginOnANode {
    @Test(arguments: [0, 1, 2])
    func `A Pod with three capabilities scans the node, and is deleted`(status: Int) throws {
        let script = "echo \"$*\" >words\n\(reporting(status))"
        let cluster = try KubectlCluster(container: script)
        let answer = try cluster.run(["--node", "node-a", "-n", "tools"])
        #expect(answer.status == Int32(status), "\(answer.errors)")
        #expect(answer.output == "a row\n")
        #expect(try cluster.written("words") == "list --discover -s -\n")
        let calls = try cluster.calls()
        let made = try #require(calls.first { $0.hasPrefix("POD ") })
        for part in [
            #""nodeName": "node-a""#, #""hostPID": true"#, #""restartPolicy": "Never""#,
            #"{"drop": ["ALL"], "add": ["SYS_ADMIN", "SYS_PTRACE", "DAC_READ_SEARCH", "SETUID","#
                + #" "SETGID", "SETPCAP"]}"#, #""allowPrivilegeEscalation": false"#,
            #""seccompProfile": {"type": "RuntimeDefault"}"#,
        ] {
            #expect(made.contains(part))
        }
        #expect(!made.contains("privileged") && !made.contains("hostPath"))
        #expect(calls.contains { $0.hasPrefix("POST /api/v1/namespaces/tools/pods?") })
        #expect(calls.last?.hasPrefix("DELETED halfopen-") == true)
    }

    @Test func `Ended by a signal, it deletes the Pod, too`() throws {
        let cluster = try KubectlCluster(container: "kill -TERM $(cat pid)\nexec cat >snapshot")
        let answer = try Command(
            "/bin/sh",
            [
                "-c", "cd && echo $$ >pid && exec \"$@\"", "sh", "/bin/dash",
                Command.root.appending(path: "scripts/kubectl/kubectl-halfopen").path,
                "--node", "node-a", "--server", cluster.server.address, "--image", "i",
            ],
            environment: [
                "PATH": "\(kubectlFolder):/usr/bin:/bin", "HOME": cluster.folder.url.path,
            ],
            in: cluster.folder
        )
        #expect(answer.status == 2)
        let calls = try cluster.calls()
        #expect(calls.count { $0.hasPrefix("POD ") } == 1)
        #expect(calls.count { $0.hasPrefix("DELETED ") } == 1)
    }

    @Test(arguments: [
        ("create=forbidden", "needs the right 'create' on 'pods'; the other route: kubectl half"),
        ("create=security", "choose with -n a namespace that allows privileged Pods"),
        ("container=missing", "the container cannot start"),
        ("log=cut", "cannot read the whole report"),
    ])
    func `Where it fails, no Pod is left behind`(fault: String, words: String) throws {
        let cluster = try KubectlCluster(faults: [fault], container: reporting(0))
        let answer = try cluster.run(["--node", "node-a"])
        #expect(answer.status == 2)
        #expect(answer.errors.contains(words), "\(answer.errors)")
        let calls = try cluster.calls()
        let made = calls.count { $0.hasPrefix("POD ") }
        #expect(calls.count { $0.hasPrefix("DELETED ") } == made)
    }
}

/// The archive and the manifest, by the rules of krew (its `internal/index/validation`).
@Suite struct KrewManifest {
    private static let script = """
        import hashlib, re, sys, tarfile, yaml
        manifest = yaml.safe_load(open("halfopen.yaml").read().replace("@BASE_URL@", "https://h"))
        assert manifest["apiVersion"] == "krew.googlecontainertools.github.com/v1alpha2"
        assert manifest["kind"] == "Plugin" and manifest["metadata"] == {"name": "halfopen"}
        spec = manifest["spec"]
        assert spec["version"] == "v1.2.3" and "\\n" not in spec["shortDescription"]
        assert 0 < len(spec["shortDescription"]) <= 50 and spec["platforms"]
        for platform in spec["platforms"]:
            name = platform["uri"].removeprefix("https://h/")
            assert name == "halfopen-1.2.3-kubectl.tar.gz"
            assert re.fullmatch("[a-f0-9]{64}", platform["sha256"])
            assert hashlib.sha256(open(name, "rb").read()).hexdigest() == platform["sha256"]
            for rule in platform["selector"]["matchExpressions"]:
                assert rule["key"] in ("os", "arch") and rule["operator"] == "In"
            names = {member.name: member.mode for member in tarfile.open(name)}
            assert {file["from"] for file in platform["files"]} == set(names)
            assert names[platform["bin"]] == 0o755
        """

    @Test func `The manifest is valid and names the archive beside it, byte for byte`() throws {
        let folder = try TemporaryFolder()
        for _ in 1...2 {
            let made = try Command(
                "scripts/kubectl/make-archive",
                ["--output", folder.url.path, "--version", "1.2.3", "--time", "1000000000"],
                in: folder
            )
            try #require(made.status == 0, "\(made.errors)")
        }
        let check = try Command(
            "/bin/sh",
            ["-c", "cd '\(folder.url.path)' && python3 -c \"$1\"", "sh", Self.script],
            in: folder
        )
        #expect(check.status == 0, "\(check.errors)")
    }

    @Test func `Unpacked behind a link, the plugin finds pod-snapshot beside itself`() throws {
        let cluster = try KubectlCluster(container: reporting(0))
        let folder = cluster.folder.url.path
        let install = """
            set -e
            '\(Command.root.path)/scripts/kubectl/make-archive' --output . --version 1 --time 1
            mkdir store bin && tar -C store -xzf *.gz
            sed -i "s,^default_image=.*,default_image=registry.example/released:1," store/kubectl-halfopen
            ln -s ../store/kubectl-halfopen bin/kubectl-halfopen
            PATH=$PWD/bin:'\(kubectlFolder)':/usr/bin:/bin
            kubectl halfopen waypoint/waypoint -n shop --server '\(cluster.server.address)'
            """
        let answer = try Command(
            "/bin/bash",
            ["-c", "cd '\(folder)'\n\(install)"],
            environment: ["PATH": "/usr/bin:/bin", "HOME": folder],
            in: cluster.folder
        )
        #expect(answer.status == 0, "\(answer.errors)")
        #expect(try cluster.written("snapshot").contains("halfopen.snapshot/v1"))
        let image = try cluster.calls().first { $0.hasPrefix("CONTAINER ") }
        #expect(image?.contains(#""image": "registry.example/released:1""#) == true)
    }
}
