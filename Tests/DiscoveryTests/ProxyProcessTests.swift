import Testing

@testable import Discovery

@Test(arguments: [
    (
        "PATH=/bin\0POD_NAME=waypoint-x2x4k\0POD_NAMESPACE=shop\0",
        PodName(namespace: "shop", name: "waypoint-x2x4k")
    ),
    (
        "POD_NAME=first\0POD_NAME=second\0POD_NAMESPACE=a=b\0",
        PodName(namespace: "a=b", name: "first")
    ),
    ("POD_NAME=\0POD_NAMESPACE=shop\0", nil),
    ("POD_NAME=waypoint-x2x4k", nil),
    ("MY_POD_NAME=a\0POD_NAMESPACE=shop\0", nil),
    ("POD_NAME\0POD_NAMESPACE\0", nil),
    ("", nil),
])
func `The environment names the Pod, or not`(text: String, pod: PodName?) {
    #expect(ProcessEnvironment(Array(text.utf8)).pod == pod)
}

@Test(arguments: [
    ("INSTANCE_IP=10.1.0.1\0", "10.1.0.1"),
    ("INSTANCE_IP=fd00::1\0", "fd00::1"),
    ("INSTANCE_IP=waypoint\0", nil),
    ("POD_NAME=a\0", nil),
])
func `The environment tells the Pod's address, or not`(text: String, address: String?) {
    #expect(ProcessEnvironment(Array(text.utf8)).podAddress?.description == address)
}

private let uid = "0a1b2c3d-4e5f-6789-abcd-ef0123456789"
private let systemdUID = "0a1b2c3d_4e5f_6789_abcd_ef0123456789"

@Test(arguments: [
    ("0::/kubepods.slice/kubepods-pod\(systemdUID).slice/cri-containerd-1.scope\n", uid),
    (
        "0::/kubepods.slice/kubepods-burstable.slice/kubepods-burstable-pod\(systemdUID).slice/a\n",
        uid
    ),
    ("0::/kubelet.slice/kubelet-kubepods-besteffort-pod\(systemdUID).slice/a\n", uid),
    ("0::/kubepods/burstable/pod\(uid)/1f2e\n", uid),
    // Relative to the group of the reader, and with version 1 beside.
    ("0::/../../kubepods-pod\(systemdUID).slice/a\n", uid),
    ("12:cpu,cpuacct:/kubepods/pod\(uid)/a\n1:name=systemd:/other\n0::/\n", uid),
    // One that a container has made below its own.
    (
        "0::/kubepods/pod\(uid)/a/kubepods/podffffffff-4e5f-6789-abcd-ef0123456789\n", uid
    ),
    ("0::/kubepods/burstable/pod0a1b2c3d4e5f6789abcdef0123456789/static\n", nil),
    ("0::/pod\n", nil), ("0::/mypod\(uid)\n", nil), ("0::/kubepods/podg\(uid.dropFirst())\n", nil),
    ("0::/user.slice/user-0.slice\n", nil), ("kubepods/pod\(uid)", nil), ("", nil),
])
func `The control group tells the Pod's UID, or not`(text: String, expected: String?) {
    #expect(PodControlGroup(Array(text.utf8)).uid == expected)
}

@Test func `The environment names workload and cluster`() {
    var process = ProxyProcess(pid: 7, role: .waypoint)
    let environment = "ISTIO_META_WORKLOAD_NAME=waypoint\0ISTIO_META_CLUSTER_ID=east\0"
    process.apply(ProcessEnvironment(Array(environment.utf8)))
    #expect(process.proxy.workload == "waypoint")
    #expect(process.proxy.cluster == "east")
    process.apply(PodLabels(Array("service.istio.io/canonical-name=\"other\"\n".utf8)))
    #expect(process.proxy.workload == "waypoint")
}

@Test func `The environment of agentgateway names its Gateway and cluster by other variables`() {
    let environment = ProcessEnvironment(
        Array("GATEWAY=edge\0CLUSTER_ID=east\0POD_NAME=a\0POD_NAMESPACE=b\0".utf8)
    )
    var process = ProxyProcess(pid: 7, role: .agentgateway)
    process.apply(environment)
    #expect(process.proxy.workload == "edge")
    #expect(process.proxy.cluster == "east")
    #expect(process.proxy.namespace == "b")
    #expect(process.proxy.pod == "a")
    var envoy = ProxyProcess(pid: 7, role: .waypoint)
    envoy.apply(environment)
    #expect(envoy.proxy.workload == nil && envoy.proxy.cluster == nil)
}

@Test(arguments: [
    ("gateway.networking.k8s.io/gateway-name=\"waypoint\"\nistio.io/rev=\"default\"\n", "waypoint"),
    (
        "service.istio.io/canonical-name=\"edge-istio\"\ngateway.networking.k8s.io/gateway-name=\"edge\"",
        "edge"
    ),
    ("service.istio.io/canonical-name=\"cart\"", "cart"),
    ("service.istio.io/canonical-name=\"\"", nil),
    ("service.istio.io/canonical-name=\"", nil),
    ("service.istio.io/canonical-name", nil),
    ("app=\"cart\"", nil),
    ("\u{0}\u{FFFD}=\n=\n\"\"", nil),
    ("", nil),
])
func `The labels name the workload, or not`(text: String, workload: String?) {
    #expect(PodLabels(Array(text.utf8)).workload == workload)
}

@Test func `Each namespace counts once, by its first process, and what is not known always`() {
    let namespaces: [(Int32, UInt64?)] = [(3, 10), (4, nil), (5, 11), (6, 10), (7, nil), (8, 11)]
    let proxies = namespaces.map { pid, inode in
        var proxy = ProxyProcess(pid: pid, role: .waypoint)
        proxy.namespaceInode = inode
        return proxy
    }
    #expect(ProxyProcess.first(inEachNamespaceOf: proxies).map(\.pid) == [3, 4, 5, 7])
}
