import Foundation
import KernelTestSupport
import TestSupport
import Testing

/// The capabilities of `scripts/kubernetes`: with them a watch works, and without any one it does not.
@Suite(.serialized, .enabled(if: KernelTests.canRun, Comment(rawValue: KernelTests.requirement)))
struct DaemonSetTests {
    private static let prelude = """
        stand-in pilot-agent
        POD_NAME=waypoint-x2 POD_NAMESPACE=shop hold 192.0.2.1,15008,3
        inside env POD_NAME=waypoint-x2 POD_NAMESPACE=shop \\
            setpriv --reuid=1337 --regid=1337 --clear-groups ./pilot-agent proxy waypoint
        settle

        """

    /// Those that the manifest adds, in the order in which it does.
    private static func added() throws -> [String] {
        let manifest = try String(
            contentsOf: Command.root.appending(path: "scripts/kubernetes/observe/daemonset.yaml"),
            encoding: .utf8
        )
        let list = try #require(manifest.split(separator: " add:\n").last)
        return list.matches(of: /- ([A-Z_]+)/).map { $0.output.1.lowercased() }
    }

    /// What a watch with these capabilities says of itself after its first scan.
    private func watch(_ capabilities: [String]) throws -> Set<String> {
        let bounds = capabilities.map { ",+\($0)" }.joined()
        let answer = try TestNode().run(
            Self.prelude + """
                unshare --mount --net --uts --ipc --cgroup -- setpriv --no-new-privs \\
                    --inh-caps=-all --bounding-set="-all\(bounds)" -- \\
                    halfopen watch -s good.json --discover --interval 1s --metrics-file metrics \\
                    >events 2>errors &
                watch=$!
                # Else the shell may say that it was killed.
                disown "$watch"
                for _ in $(seq 1000); do [ -e metrics ] && break; sleep 0.01; done
                grep -qx 'halfopen_scan_complete 1' metrics && echo complete
                grep -q '^halfopen_sockets.*proxy_pod="waypoint-x2"} 3$' metrics && echo named
                grep -qP '^Uid:\\t65534\\t65534\\t' "/proc/$watch/status" && echo nobody
                grep -qP '^CapBnd:\\t0+$' "/proc/$watch/status" && echo bounded
                kill -9 "$watch"
                cat errors >&2
                """
        )
        if capabilities.count == 6 { #expect(answer.errors == "") }
        return Set(answer.output.split(separator: "\n").map(String.init))
    }

    @Test func `With those of the manifest the scan is complete, and nobody judges`() throws {
        let added = try Self.added()
        #expect(added.count == 6)
        let said = try watch(added)
        #expect(said == ["complete", "named", "nobody", "bounded"])
    }

    @Test(arguments: [
        ("sys_admin", "complete"), ("sys_ptrace", "complete"), ("dac_read_search", "complete"),
        ("setuid", "nobody"), ("setgid", "nobody"), ("setpcap", "bounded"),
    ])
    func `Without any of them something is lost`(capability: String, lost: String) throws {
        let added = try Self.added()
        try #require(added.contains(capability))
        #expect(try !watch(added.filter { $0 != capability }).contains(lost))
    }
}
