import Foundation
import TestSupport
import Testing

/// `scripts/kubernetes` as `kubectl apply -k` would send it.
@Suite struct KubernetesFiles {
    /// A kubectl that can: Debian's 1.20 does not take folders as resources.
    private static let kubectl = ["/usr/local/bin/kubectl", "/usr/bin/kubectl"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    /// The lines of all manifests, without their indentation.
    private func lines(of overlay: String) throws -> [String] {
        let folder = Command.root.appending(path: "scripts/kubernetes/\(overlay)").path
        let home = try TemporaryFolder()
        let answer = try Command(
            try #require(Self.kubectl),
            ["kustomize", folder],
            environment: ["PATH": "/usr/bin:/bin", "HOME": home.url.path],
            in: home
        )
        try #require(answer.status == 0, "\(answer.errors)")
        #expect(answer.errors == "")
        return answer.output.split(separator: "\n").map {
            $0.trimmingCharacters(in: .whitespaces)
        }
    }

    private static let canRun: ConditionTrait = .enabled(
        if: kubectl != nil,
        "This test requires a kubectl of 1.21 or later in /usr/bin or /usr/local/bin"
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
}
