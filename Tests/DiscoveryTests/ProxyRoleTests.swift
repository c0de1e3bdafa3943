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
    (["sh", agent, "proxy", "waypoint"], nil),
    (["grep", "proxy", "waypoint"], nil),
    (["/usr/local/bin/ztunnel", "proxy", "ztunnel"], nil),
    (["/usr/local/bin/envoy", "-c", "etc/istio/proxy/envoy-rev.json"], nil),
    (["not-pilot-agent", "proxy", "waypoint"], nil),
    ([""], nil),
    ([], nil),
])
func `The command line of an agent tells the role of its proxy`(
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
