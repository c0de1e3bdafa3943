import Foundation
import KernelTestSupport
import TestSupport
import Testing

/// Connections whose both ends live, between namespaces of their own: none may be condemned.
@Suite(.enabled(if: KernelTests.canRun, Comment(rawValue: KernelTests.requirement)))
struct LiveConnectionTests {
    /// A waypoint and a Pod, which is a namespace behind a veth pair, as CNI makes it.
    ///
    /// The namespaces go with their last process.
    private static let network = #"""
        unshare -n sleep 60 & pod=$!
        trap 'kill $(jobs -p)' EXIT
        until [ "$(readlink /proc/$pod/ns/net)" != "$(readlink /proc/$$/ns/net)" ]; do sleep 0.01; done

        ip link add waypoint type veth peer name eth0 netns $pod
        ip link set waypoint up
        ip address add 10.244.9.1/24 dev waypoint
        ip address add fd00:244:9::1/64 dev waypoint nodad
        nsenter -t $pod -n ip link set eth0 up
        nsenter -t $pod -n ip address add 10.244.9.7/24 dev eth0
        nsenter -t $pod -n ip address add fd00:244:9::7/64 dev eth0 nodad

        nsenter -t $pod -n /usr/bin/python3 pod.py &
        /usr/bin/python3 waypoint.py
        """#

    /// Answers each byte with the same.
    private static let pod = #"""
        import socket, threading

        def answer(connection):
            while data := connection.recv(1):
                connection.sendall(data)

        listener = socket.create_server(("::", 15008), family=socket.AF_INET6, dualstack_ipv6=True)
        while True:
            connection, _ = listener.accept()
            threading.Thread(target=answer, args=[connection], daemon=True).start()
        """#

    /// Scans while some connections talk and others have been silent since their first byte.
    private static let waypoint = #"""
        import os, socket, subprocess, sys, time

        def talk(connection):
            connection.sendall(b"x")
            assert connection.recv(1) == b"x"

        def connect(family, address):
            while True:
                connection = socket.socket(family)
                connection.settimeout(10)
                try:
                    connection.connect((address, 15008))
                    talk(connection)
                    return connection
                except ConnectionRefusedError:  # The Pod does not listen yet.
                    time.sleep(0.05)

        peers = [
            (socket.AF_INET, "10.244.9.7"),
            (socket.AF_INET6, "fd00:244:9::7"),
            (socket.AF_INET6, "::ffff:10.244.9.7"),
        ]
        talking = [connect(*peer) for peer in peers]
        silent = [connect(*peer) for peer in peers]
        end = time.monotonic() + 3.5
        while time.monotonic() < end:
            for connection in talking:
                talk(connection)
            time.sleep(0.05)
        print(*(connection.getsockname()[1] for connection in silent), file=sys.stderr)
        # A file cannot show what was read after it was written.
        os.utime("pods.json")
        sys.exit(subprocess.call(
            ["halfopen", "-s", "pods.json", "--captured-at", f"@{int(time.time())}"]
            + ["--clock-skew", "1s", "-a", "-o", "json"]
        ))
        """#

    @Test func `A connection that its owner was heard on is current, however long it is silent`()
        throws
    {
        let session = try Session()
        try session.write(Self.network, to: "network.sh")
        try session.write(Self.pod, to: "pod.py")
        try session.write(Self.waypoint, to: "waypoint.py")
        let pods = SnapshotText(pods: [
            .old("web", "10.244.9.7", "fd00:244:9::7"),
            .old("waypoint", "10.244.9.1", "fd00:244:9::1"),
        ])
        try session.write(pods.compact, to: "pods.json")
        let answer = try session.run("exec unshare -n bash -e network.sh")
        #expect(answer.status == 0, "\(answer.errors)")

        let silentPorts = answer.errors.split(whereSeparator: \.isWhitespace).compactMap { Int($0) }
        #expect(silentPorts.count == 3)
        let report = try ReadReport(answer.output)
        #expect(report.complete)
        #expect(report.findings.count == 6)
        #expect(report.summary.candidates == 0)
        #expect(Set(report.findings.map(\.peer.address)) == ["10.244.9.7", "fd00:244:9::7"])
        for finding in report.findings {
            #expect(finding.verdict == "current")
            let wasSilent = silentPorts.contains(finding.local.port)
            #expect(finding.reason == (wasSilent ? "heard-from-owner" : "heard-since-snapshot"))
            #expect(finding.confidence == (wasSilent ? "confirmed" : "assumed"))
            let ages = wasSilent ? 3.4...20 : 0...2
            #expect(ages.contains(finding.lastHeardSeconds))
            #expect(ages.contains(finding.lastSentSeconds))
        }
    }
}
