@testable import Judging
import Model
import Testing

/// What the targets of a scan are called.
@Suite struct ScanTargetTests {
    private static let replay = ScanTarget.Replay(
        source: "a.capture",
        format: .capture,
        host: "node-2",
        bootID: nil,
        kernel: nil,
        capturedAt: at(2000)
    )
    private static let waypoint = MeshProxy(role: "waypoint", namespace: "shop", pod: "waypoint-1")

    private static func target(
        inode: UInt64? = 1,
        path: String? = nil,
        pid: Int32? = nil,
        proxy: MeshProxy? = nil,
        replay: ScanTarget.Replay? = nil
    ) -> ScanTarget {
        ScanTarget(
            inode: inode,
            path: path,
            pid: pid,
            proxy: proxy,
            replay: replay,
            isComplete: true
        )
    }

    @Test(
        arguments: [
            (target(), "this network namespace", "the current network namespace"),
            (target(path: "/run/netns/a"), "/run/netns/a", "network namespace '/run/netns/a'"),
            (
                target(path: "/proc/7/ns/net", pid: 7), "pid 7",
                "network namespace '/proc/7/ns/net'"
            ),
            (
                target(path: "/proc/7/ns/net", pid: 7, proxy: waypoint), "waypoint shop/waypoint-1",
                "waypoint shop/waypoint-1"
            ),
            (target(replay: replay), "a.capture", "capture 'a.capture'"),
            (
                target(path: "/run/netns/a", replay: replay), "a.capture, /run/netns/a",
                "capture 'a.capture', network namespace '/run/netns/a'"
            ),
            (
                target(path: "/proc/7/ns/net", proxy: waypoint, replay: replay),
                "a.capture, waypoint shop/waypoint-1",
                "capture 'a.capture', waypoint shop/waypoint-1"
            ),
        ] as [(ScanTarget, String, String)]
    )
    func `A target is called by its proxy, else by how it was named, after its capture`(
        _ target: ScanTarget,
        _ title: String,
        _ subject: String
    ) {
        #expect(target.title == title)
        #expect(target.subject == subject)
    }

    @Test(
        arguments: [
            ("one namespace", [target(proxy: waypoint)], []),
            (
                "two captures of one namespace",
                [target(proxy: waypoint, replay: replay), target(proxy: waypoint)], []
            ),
            (
                "two namespaces", [target(proxy: waypoint), target(inode: 2, proxy: waypoint)],
                ["2 network namespaces (1, 2) claim to be Pod shop/waypoint-1"]
            ),
            (
                "two of two names",
                [1, 2].flatMap { (inode: UInt64) in
                    ["b", "a"].map {
                        target(
                            inode: inode,
                            proxy: MeshProxy(role: "waypoint", namespace: "shop", pod: $0)
                        )
                    }
                },
                [
                    "2 network namespaces (1, 2) claim to be Pod shop/b",
                    "2 network namespaces (1, 2) claim to be Pod shop/a",
                ]
            ),
            (
                "Pods of one name in two namespaces of Kubernetes",
                ["shop", "till"].map {
                    target(proxy: MeshProxy(role: "waypoint", namespace: $0, pod: "waypoint-1"))
                }, []
            ),
            (
                "proxies without a name",
                [1, 2].map {
                    target(inode: $0, proxy: MeshProxy(role: "sidecar", namespace: "", pod: ""))
                }, []
            ),
            (
                "one that could not be opened",
                [target(proxy: waypoint), target(inode: nil, proxy: waypoint)], []
            ),
        ] as [(String, [ScanTarget], [String])]
    )
    func `A name that the proxies of several namespaces claim is said once`(
        _ name: String,
        _ targets: [ScanTarget],
        _ sentences: [String]
    ) {
        let rest =
            ": at most one of them is; they are counted apart, in metrics with the label"
            + " proxy_netns"
        #expect(targets.disputedNames.map(\.sentence) == sentences.map { $0 + rest }, "\(name)")
    }
}
