import Foundation
import KernelTestSupport
import TestSupport
import Testing

/// The capabilities of `scripts/kubernetes`: with them a watch works, and without any one it does not.
@Suite(.serialized, .enabled(if: KernelTests.canRun, Comment(rawValue: KernelTests.requirement)))
struct DaemonSetTests {
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
    private func watch(_ capabilities: [String]) throws -> (traits: Set<String>, errors: String) {
        let bounds = capabilities.map { ",+\($0)" }.joined()
        let answer = try TestNode().run(
            TestNode.waypoint + """
                unshare --mount --net --uts --ipc --cgroup -- setpriv --no-new-privs \\
                    --inh-caps=-all --bounding-set="-all\(bounds)" -- \\
                    halfopen watch -s good.json --discover --interval 1s --metrics-file metrics \\
                    >events 2>said &
                watch=$!
                # Else the shell may say that it was killed.
                disown "$watch"
                for _ in $(seq 1000); do [ -e metrics ] && break; sleep 0.01; done
                grep -qx 'halfopen_scan_complete 1' metrics && echo complete
                grep -q '^halfopen_sockets.*proxy_pod="waypoint-x2"} 3$' metrics && echo named
                grep -qP '^Uid:\\t65534\\t65534\\t' "/proc/$watch/status" && echo nobody
                grep -qP '^CapBnd:\\t0+$' "/proc/$watch/status" && echo bounded
                kill -9 "$watch"
                cat said >&2
                """
        )
        return (Set(answer.output.split(separator: "\n").map(String.init)), answer.errors)
    }

    @Test func `With those of the manifest the scan is complete, and nobody judges`() throws {
        let added = try Self.added()
        #expect(added.count == 6)
        let watch = try watch(added)
        #expect(watch.traits == ["complete", "named", "nobody", "bounded"])
        #expect(watch.errors == "")
    }

    @Test(arguments: [
        ("sys_admin", "complete", "entering another network namespace needs CAP_SYS_ADMIN"),
        ("sys_ptrace", "complete", "looking into another user's process needs CAP_SYS_PTRACE"),
        ("dac_read_search", "complete", "process needs CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH"),
        ("setuid", "nobody", "cannot become nobody without CAP_SETUID, and stays root"),
        ("setgid", "nobody", "cannot become nobody without CAP_SETGID, and stays root"),
        ("setpcap", "bounded", "cannot empty the bounding set without CAP_SETPCAP; add it"),
    ])
    func `Without any of them something is lost, and named`(
        capability: String,
        lost: String,
        message: String
    ) throws {
        let added = try Self.added()
        try #require(added.contains(capability))
        let watch = try watch(added.filter { $0 != capability })
        #expect(!watch.traits.contains(lost))
        #expect(watch.errors.contains(message), "\(watch.errors)")
    }
}
