import Testing

@testable import Discovery

@Suite struct ZtunnelProcessTests {
    @Test(
        arguments: [
            (["ztunnel", "proxy", "ztunnel"], true),
            (["/usr/local/bin/ztunnel", "proxy", "ztunnel"], true),
            (["/usr/bin/qemu-aarch64", "/usr/local/bin/ztunnel", "proxy", "ztunnel"], true),
            (["python3", "./ztunnel", "proxy", "ztunnel"], true), ([], false), (["ztunnel"], false),
            (["ztunnel", "proxy"], false), (["ztunnel", "version"], false),
            (["pilot-agent", "proxy", "ztunnel"], false), (["proxy", "ztunnel"], false),
            (["sh", "-c", "ztunnel proxy ztunnel"], false),
            (["ztunnel proxy ztunnel"], false), (["ztunnel", "ztunnel", "proxy"], false),
        ]
    )
    func `A ztunnel is told by its command line`(arguments: [String], isOne: Bool) {
        #expect(ZtunnelProcess.isZtunnel(arguments) == isOne)
    }

    @Test(
        arguments: [
            ("", nil), ("PROXY_CONFIG=", nil), ("PROXY_CONFIG=proxyAdminPort: 15099", 15099),
            ("PROXY_CONFIG=concurrency: 2\nproxyAdminPort: 15099 # ours\nstatusPort: 1", 15099),
            ("PROXY_CONFIG={\"concurrency\":2,\"proxyAdminPort\":15099}", 15099),
            ("PROXY_CONFIG={proxyAdminPort: '15099', a: 1}", 15099),
            ("PROXY_CONFIG=  proxyAdminPort:\t\"15099\"", 15099),
            ("PROXY_CONFIG=proxyAdminPort: many", nil),
            ("PROXY_CONFIG=proxyAdminPort: 99999", nil), ("PROXY_CONFIG=proxyAdminPort", nil),
            ("PROXY_CONFIG=proxyAdminPortOther: 1", nil),
            // The first counts, as for getenv(3).
            ("PROXY_CONFIG=proxyAdminPort: 1\0PROXY_CONFIG=proxyAdminPort: 2", 1),
            ("OTHER=proxyAdminPort: 1\0PROXY_CONFIGS=proxyAdminPort: 2", nil),
        ] as [(String, UInt16?)]
    )
    func `The admin port is what the configuration says`(environment: String, port: UInt16?) {
        #expect(ZtunnelEnvironment(Array(environment.utf8)).adminPort == port)
    }

    @Test(
        arguments: [
            ("POD_NAME=ztunnel-x\0POD_NAMESPACE=istio-system\0", true),
            ("POD_NAME=ztunnel-x", false), ("", false),
        ]
    )
    func `A Pod's environment names the Pod`(environment: String, isInPod: Bool) {
        #expect(ZtunnelEnvironment(Array(environment.utf8)).isInPod == isInPod)
    }

    @Test func `Where ztunnel cannot be found, what to do is what its user can do`() {
        let message = ZtunnelError.hidden([.seesOnlyOwnContainer]).description
        #expect(message.hasSuffix("; or else give a snapshot (-s FILE) instead of --ztunnel"))
        #expect(message.contains("set hostPID: true (docker run --pid=host); or else"))
        #expect(!message.contains("--discover"))
    }
}
