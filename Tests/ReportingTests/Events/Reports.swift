@testable import Judging
@testable import Model
@testable import Reporting

/// A candidate of only what a log looks at.
func finding(
    _ peer: String,
    port: UInt16 = 40000,
    cookie: UInt64 = 1,
    target: Int = 0,
    _ verdict: Verdict = .deleted,
    _ reason: Reason = .unownedPodAddress,
    owner: String? = nil,
    silentMilliseconds: UInt32 = 60_000,
    health: Health = .idle
) -> Finding {
    let peer = IPAddress(peer) ?? IPAddress(high: 0, low: 0)
    let local = IPAddress("10.0.0.1") ?? IPAddress(high: 0, low: 0)
    let owners = owner.map { name in
        let identity = PodIdentity(namespace: "shop", name: name, uid: name, node: "node-1")
        return [NamedPod(identity: identity, life: PodLife())]
    }
    return Finding(
        target: target,
        judgement: Judgement(verdict, .confirmed, reason),
        health: health,
        socket: TCPSocket(
            family: .ipv4,
            local: Endpoint(address: local, port: port),
            peer: Endpoint(address: peer, port: 15008),
            cookie: cookie,
            inode: 1,
            uid: 0,
            info: TCPInfo(
                lastDataReceived: silentMilliseconds,
                lastAckReceived: silentMilliseconds,
                lastDataSent: 0,
                roundTripMicroseconds: 0
            )
        ),
        heardAt: WallTime(milliseconds: 1_795_255_200_500 - Int64(silentMilliseconds)),
        owners: owners ?? [],
        previousOwner: nil,
        explanation: ""
    )
}

/// A network namespace of a report.
func target(_ inode: UInt64?, isComplete: Bool = true) -> ScanTarget {
    ScanTarget(inode: inode, path: nil, pid: nil, isComplete: isComplete)
}

/// A report of the given findings, by default in a namespace that was seen whole.
func reportOf(
    _ findings: [Finding],
    targets: [ScanTarget] = [target(7)]
) -> ScanReport {
    ScanReport(
        version: "1.2.3",
        host: "node-1",
        port: 15008,
        generatedAt: WallTime(milliseconds: 1_795_255_200_500),
        duration: .zero,
        isComplete: targets.allSatisfy(\.isComplete),
        snapshots: [],
        targets: targets,
        summary: ScanSummary(),
        findings: Findings(findings),
        warnings: []
    )
}
