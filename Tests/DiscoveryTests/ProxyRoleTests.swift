import Glibc
import LinuxSystem
import Testing

@testable import Discovery

private let agent = "/usr/local/bin/pilot-agent"

@Test(arguments: [
    ([agent, "proxy", "waypoint", "--domain", "shop.svc.cluster.local"], ProxyRole.waypoint),
    ([agent, "proxy", "router", "--proxyLogLevel=warning"], .gateway),
    ([agent, "proxy", "sidecar", "--log_output_level=default:info"], .sidecar),
    (["pilot-agent", "proxy", "--domain", "d", "waypoint"], .waypoint),
    (["./pilot-agent", "proxy", "--concurrency=2"], .sidecar),
    (["pilot-agent", "proxy", ""], nil),
    (["pilot-agent", "proxy"], .sidecar),
    (["pilot-agent", "proxy", "ztunnel"], nil),
    ([agent, "wait"], nil),
    ([agent, "request", "GET", "proxy", "waypoint"], nil),
    ([agent], nil),
    ([agent + " proxy waypoint"], nil),
    (["sh", "-c", "pilot-agent proxy waypoint"], nil),
    (["./pilot-agent", "proxy", "--concurrency", "2", "--domain", "d"], .sidecar),
    (["pilot-agent", "proxy", "--serviceCluster", "sidecar", "waypoint"], .waypoint),
    (["pilot-agent", "proxy", "sidecar", "--serviceCluster", "waypoint"], .sidecar),
    // Run by an emulator, whose name says nothing, with and without the name it was called by.
    (["/usr/bin/qemu-aarch64-static", agent, "proxy", "waypoint"], .waypoint),
    (["/run/rosetta/rosetta", agent, "pilot-agent", "proxy", "router"], .gateway),
    (["/usr/bin/qemu-aarch64-static", agent, "wait"], nil),
    (["/app/agentgateway", "--config", "{}"], .agentgateway),
    (["agentgateway"], .agentgateway),
    (["/usr/bin/qemu-x86_64", "/app/agentgateway", "--config", "{}"], .agentgateway),
    (["/app/agentgateway-admin"], nil),
    (["grep", "proxy", "waypoint"], nil),
    (["/usr/local/bin/ztunnel", "proxy", "ztunnel"], nil),
    (["/usr/local/bin/envoy", "-c", "etc/istio/proxy/envoy-rev.json"], nil),
    (["not-pilot-agent", "proxy", "waypoint"], nil),
    ([""], nil),
    ([], nil),
])
func `The command line of a proxy tells its role`(
    arguments: [String],
    role: ProxyRole?
) {
    #expect(ProxyRole(arguments: arguments) == role)
}

@Test(arguments: [
    ("", []),
    ("pilot-agent\0proxy\0waypoint\0", ["pilot-agent", "proxy", "waypoint"]),
    ("a\0\0b\0", ["a", "", "b"]),
    ("a title set anew", ["a title set anew"]),
    ("a\0b\0\0\0\0", ["a", "b", "", "", ""]),
])
func `A command line is words that end with a zero byte`(text: String, expected: [String]) {
    #expect(words(of: Array(text.utf8)) == expected)
}

@Test(
    arguments: [
        (.waypoint, [.waypoint], true), (.waypoint, [.gateway, .agentgateway], false),
        // Its command line does not tell which of both it is.
        (.agentgateway, [.waypoint], true), (.agentgateway, [.gateway], true),
        (.agentgateway, [.agentgateway], true), (.agentgateway, [.sidecar], false),
    ] as [(ProxyRole, Set<ProxyRole>, Bool)]
)
func `A proxy is looked for by every role that it may have`(
    role: ProxyRole,
    asked: Set<ProxyRole>,
    isLookedFor: Bool
) {
    #expect(role.isAmong(asked) == isLookedFor)
}

@Test(
    arguments: [
        ("7 (a) S 1 7 7 0", ["S", "1", "7", "7", "0"]),
        ("7 (a) R) (b) S 1\n", ["S", "1"]),
        ("7 (a", []), ("", []),
    ] as [(String, [String])]
)
func `A process's name ends at the last parenthesis of its statistics`(
    text: String,
    fields: [String]
) {
    #expect(statFields(of: Array(text.utf8)).map(String.init) == fields)
}

@Test func `A process has one start, and a number that no process has is an error`() throws {
    let own = try ProcessIdentity(getpid())
    #expect(own.startTicks > 0)
    #expect(try ProcessIdentity(getpid()) == own)
    #expect(throws: Errno(code: ENOENT)) { try ProcessIdentity(.max) }
}
