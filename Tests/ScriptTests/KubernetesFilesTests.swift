import Foundation
import TestSupport
import Testing

/// `scripts/kubernetes` as `kubectl apply -k` would send it.
@Suite struct KubernetesFiles {
    /// A kubectl that can: Debian's 1.20 does not take folders as resources.
    private static let kubectl = [
        Command.root.appending(path: ".build/kubectl-later/usr/bin/kubectl").path,
        "/usr/local/bin/kubectl", "/usr/bin/kubectl",
    ]
    .first { FileManager.default.isExecutableFile(atPath: $0) }

    private static let folder = Command.root.appending(path: "scripts/kubernetes")

    /// All manifests of a kustomization, as they would be sent.
    private func manifests(of kustomization: URL) throws -> String {
        let home = try TemporaryFolder()
        let answer = try Command(
            try #require(Self.kubectl),
            ["kustomize", kustomization.path],
            environment: ["PATH": "/usr/bin:/bin", "HOME": home.url.path],
            in: home
        )
        try #require(answer.status == 0, "\(answer.errors)")
        #expect(answer.errors == "")
        return answer.output
    }

    /// The lines of all manifests, without their indentation.
    private func lines(of overlay: String) throws -> [String] {
        try manifests(of: Self.folder.appending(path: overlay)).split(separator: "\n").map {
            $0.trimmingCharacters(in: .whitespaces)
        }
    }

    private static let canRun: ConditionTrait = .enabled(
        if: kubectl != nil,
        "This test requires a kubectl of 1.21 or later, which scripts/test unpacks"
    )

    @Test(canRun, arguments: ["observe", "reap", "with-snapshot"])
    func `No container is privileged, and each drops every capability first`(overlay: String)
        throws
    {
        let lines = try lines(of: overlay)
        let containers = lines.count { $0 == "securityContext:" }
        #expect(containers == (overlay == "with-snapshot" ? 2 : 1))
        for line in [
            "privileged: false", "allowPrivilegeEscalation: false", "readOnlyRootFilesystem: true",
            "type: RuntimeDefault", "drop:", "- ALL",
        ] {
            #expect(lines.count { $0 == line } == containers, "\(line)")
        }
        #expect(lines.contains("hostPID: true"))
        #expect(!lines.contains { $0.hasPrefix("hostPath:") || $0.hasPrefix("hostNetwork:") })
    }

    @Test(canRun, arguments: ["observe", "reap"])
    func `Without a snapshot nothing may be asked of the API server`(overlay: String) throws {
        let lines = try lines(of: overlay)
        #expect(lines.contains("automountServiceAccountToken: false"))
        #expect(!lines.contains { $0.contains("ServiceAccount") && $0.hasPrefix("kind:") })
        #expect(!lines.contains { $0.contains("Role") })
        for argument in ["--reap", "--yes", "--silent-after=25s", "--interval=2s"] {
            #expect(lines.contains("- \(argument)") == (overlay == "reap"))
        }
        #expect(lines.contains("- NET_ADMIN") == (overlay == "reap"))
    }

    @Test(canRun)
    func `With a snapshot, three kinds may be listed, and nothing else`() throws {
        let lines = try lines(of: "with-snapshot")
        let rule = try #require(lines.firstIndex(of: "rules:"))
        #expect(
            Array(lines[rule...].dropFirst().prefix(8)) == [
                "- apiGroups:", "- \"\"", "resources:", "- pods", "- nodes", "- services", "verbs:",
                "- list",
            ]
        )
        #expect(lines.count { $0 == "- list" } == 1)
    }

    /// The rules as the operator's resource has them: the file, comments included, below "spec".
    @Test func `The alerts of the operator are the alerts of the rules' file`() throws {
        let rules = try String(
            contentsOf: Command.root.appending(path: "scripts/prometheus/halfopen.rules.yml"),
            encoding: .utf8
        )
        let file = Self.folder.appending(path: "monitoring/prometheusrule.yaml")
        let resource = try String(contentsOf: file, encoding: .utf8)
        let head = try #require(resource.range(of: "\nspec:\n")).upperBound
        let groups = try #require(rules.range(of: "\ngroups:\n")).lowerBound
        let indented = rules[rules.index(after: groups)...]
            .split(separator: "\n", omittingEmptySubsequences: false)
            .map { $0.isEmpty ? "" : "  " + $0 }.joined(separator: "\n")
        let isEqual = resource[head...] == indented
        #expect(isEqual, "record it anew with HALFOPEN_RECORD=1")
        if !isEqual, ProcessInfo.processInfo.environment["HALFOPEN_RECORD"] == "1" {
            try (resource[..<head] + indented).write(to: file, atomically: false, encoding: .utf8)
        }
    }

    /// What the monitor asks for, against what the Pods have and serve.
    private static let check = """
        import sys, yaml
        kinds = {}
        for document in yaml.safe_load_all(sys.stdin):
            kinds.setdefault(document["kind"], []).append(document)
        (daemon,), (monitor,), (rule,) = (
            kinds[kind] for kind in ("DaemonSet", "PodMonitor", "PrometheusRule")
        )
        for document in (monitor, rule):
            assert document["metadata"]["namespace"] == daemon["metadata"]["namespace"]
            assert document["apiVersion"] == "monitoring.coreos.com/v1"
        template = daemon["spec"]["template"]
        wanted = monitor["spec"]["selector"]["matchLabels"].items()
        assert wanted and wanted <= template["metadata"]["labels"].items()
        assert "namespaceSelector" not in monitor["spec"]
        (endpoint,) = monitor["spec"]["podMetricsEndpoints"]
        containers = template["spec"]["containers"]
        ports = [port for container in containers for port in container.get("ports", [])]
        (port,) = (port for port in ports if port["name"] == endpoint["port"])
        (watch,) = (container for container in containers if container["name"] == "halfopen")
        address = watch["args"][watch["args"].index("--web.listen-address") + 1]
        assert address == f"0.0.0.0:{port['containerPort']}"
        assert endpoint.get("path", "/metrics") == "/metrics"
        (relabeling,) = endpoint["relabelings"]
        assert relabeling == {
            "sourceLabels": ["__meta_kubernetes_pod_node_name"], "targetLabel": "instance"
        }
        assert not template["metadata"].get("annotations")
        with open(sys.argv[1], encoding="utf-8") as rules:
            assert rule["spec"] == yaml.safe_load(rules)
        """

    @Test(canRun, arguments: ["observe", "reap", "with-snapshot"])
    func `With the component, the operator scrapes the Pods once and has the alerts`(
        overlay: String
    ) throws {
        let copy = try TemporaryFolder()
        let manifests = copy.url.appending(path: "kubernetes")
        try FileManager.default.copyItem(at: Self.folder, to: manifests)
        try """
        resources: [kubernetes/\(overlay)]
        components: [kubernetes/monitoring]
        """.write(
            to: copy.url.appending(path: "kustomization.yaml"),
            atomically: false,
            encoding: .utf8
        )
        let text = copy.url.appending(path: "manifests.yaml")
        try self.manifests(of: copy.url).write(to: text, atomically: false, encoding: .utf8)
        let rules = Command.root.appending(path: "scripts/prometheus/halfopen.rules.yml").path
        let answer = try Command(
            "/bin/sh",
            ["-c", "exec python3 -c \"$1\" \"$2\" <\"$3\"", "sh", Self.check, rules, text.path],
            in: copy
        )
        #expect(answer.status == 0, "\(answer.errors)")
    }
}
