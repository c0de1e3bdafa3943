@testable import Judging
@testable import Model
@testable import Reporting

/// The moment of all sample reports: 2026-11-21T10:00:00.500Z.
let now = WallTime(milliseconds: 1_795_255_200_500)

/// A moment so many seconds before ``now``, as the Kubernetes API writes it.
func ago(_ seconds: Int64) -> APITime? { APITime(now - .seconds(seconds)) }

func address(_ text: String) -> IPAddress { IPAddress(text) ?? IPAddress(high: 0, low: 0) }

func pod(_ name: String, uid: String = "", node: String = "", _ life: PodLife = PodLife())
    -> NamedPod
{
    NamedPod(
        identity: PodIdentity(namespace: "shop", name: name, uid: uid, node: node),
        life: life
    )
}

/// A finding of which only what matters is given.
func finding(
    target: Int = 0,
    _ verdict: Verdict,
    _ confidence: Confidence?,
    _ reason: Reason,
    health: Health = .idle,
    peer: String,
    localPort: UInt16,
    silentMilliseconds: UInt32,
    adjust: (inout TCPSocket) -> Void = { _ in },
    owners: [NamedPod] = [],
    previousOwner: NamedPod? = nil,
    _ explanation: String
) -> Finding {
    let peer = address(peer)
    var socket = TCPSocket(
        family: peer.isIPv4 ? .ipv4 : .ipv6,
        local: Endpoint(
            address: address(peer.isIPv4 ? "10.244.0.2" : "fd00::2"),
            port: localPort
        ),
        peer: Endpoint(address: peer, port: 15008),
        cookie: 0x1000 + UInt64(localPort),
        inode: 70_000 + UInt32(localPort),
        uid: 1337,
        info: TCPInfo(
            lastDataReceived: silentMilliseconds + 40,
            lastAckReceived: silentMilliseconds,
            lastDataSent: silentMilliseconds,
            roundTripMicroseconds: 213
        )
    )
    adjust(&socket)
    return Finding(
        target: target,
        judgement: Judgement(verdict, confidence, reason),
        health: health,
        socket: socket,
        heardAt: now - TimeSpan(milliseconds: Int64(silentMilliseconds)),
        owners: owners,
        previousOwner: previousOwner,
        explanation: explanation
    )
}

/// A report of the given findings, all of which are counted.
func report(
    isComplete: Bool = true,
    asked: Set<Verdict> = Verdict.candidates,
    snapshots: [ScanReport.Snapshot] = [snapshot()],
    targets: Int = 1,
    warnings: [String] = [],
    _ findings: [Finding]
) -> ScanReport {
    return ScanReport(
        version: "1.2.3",
        host: "node-1",
        port: 15008,
        generatedAt: now,
        duration: TimeSpan(milliseconds: 17),
        isComplete: isComplete,
        snapshots: snapshots,
        targets: (0..<targets).map { index in
            target(index, summary(of: findings.filter { $0.target == index }, asked: asked))
        },
        summary: summary(of: findings, asked: asked),
        findings: Findings(findings),
        warnings: warnings
    )
}

private func summary(of findings: [Finding], asked: Set<Verdict>) -> ScanSummary {
    var summary = ScanSummary()
    for finding in findings {
        summary.count(
            finding.judgement,
            silence: TimeSpan(milliseconds: Int64(finding.socket.info.lastHeard)),
            isCandidate: asked.contains(finding.judgement.verdict)
        )
    }
    return summary
}

/// The program's own namespace for 0, that of a process for others.
private func target(_ index: Int, _ summary: ScanSummary) -> ScanTarget {
    let pid: Int32? = index == 0 ? nil : 4310 + Int32(index)
    return ScanTarget(
        inode: 4_026_532_201 + UInt64(index),
        path: pid.map { "/proc/\($0)/ns/net" },
        pid: pid,
        summary: summary,
        isComplete: true
    )
}

/// A snapshot document of so many seconds ago.
func snapshot(age: Int64 = 12, source: String = "pods.json") -> ScanReport.Snapshot {
    var document = SnapshotDocument(
        source: source,
        format: .compact,
        modified: nil,
        readingBegan: now - .seconds(1)
    )
    document.scope = .cluster
    document.statedReadTime = (now - .seconds(age), .document)
    return ScanReport.Snapshot(document: document, pods: 3, addresses: 4)
}

/// One finding of each kind that looks different.
let sampleFindings = [
    finding(
        .replaced,
        .confirmed,
        .heardBeforeOwnerExisted,
        peer: "10.244.1.7",
        localPort: 40112,
        silentMilliseconds: 192_214,
        adjust: {
            $0.info.unsentBytes = 0
            $0.info.bytesSent = 48_211
            $0.info.bytesReceived = 9_007_199_254_740_993
        },
        owners: [
            pod(
                "cart-7d9f8c6b5-x2x4k",
                uid: "0f0c2a6e-52f1-4d0c-b7c8-1f1f0e6a2b11",
                node: "node-2",
                PodLife(
                    creation: ago(151),
                    start: ago(150),
                    networkTransition: ago(148),
                    network: .ready,
                    phase: .running
                )
            )
        ],
        """
        10.244.1.7 now belongs to shop/cart-7d9f8c6b5-x2x4k, started 09:57:30Z; nothing has been \
        heard on this connection since 09:56:48Z: the next request on it will be reset
        """
    ),
    finding(
        .replaced,
        .suspected,
        .heardBeforeOwnerNetwork,
        health: .retransmitting,
        peer: "10.244.1.8",
        localPort: 40114,
        silentMilliseconds: 31_002,
        adjust: {
            $0.timer = .retransmit
            $0.timerExpires = 1840
            $0.retransmits = 3
            $0.info.retransmits = 3
            $0.info.backoff = 3
            $0.info.unackedSegments = 1
        },
        owners: [
            pod(
                "web-0",
                uid: "5b0e",
                node: "node-2",
                PodLife(creation: ago(40), firstStarted: ago(12), phase: .running)
            )
        ],
        """
        10.244.1.8 now belongs to shop/web-0, whose network was ready only at 09:59:48Z, and \
        nothing has been heard on this connection since 09:59:29Z: if the connection is an \
        earlier Pod's, the requests waiting on it will be reset
        """
    ),
    finding(
        .deleted,
        .confirmed,
        .unownedPodAddress,
        peer: "10.244.1.9",
        localPort: 40120,
        silentMilliseconds: 7_384_000,
        previousOwner: pod("job-29311", uid: "77aa", PodLife(phase: .succeeded)),
        """
        no Pod has 10.244.1.9, which is in a Pod CIDR, and nothing has been heard on this \
        connection since 07:56:55Z: the next request on it will hang
        """
    ),
    finding(
        .deleted,
        .confirmed,
        .unownedPodAddress,
        peer: "10.244.1.9",
        localPort: 40122,
        silentMilliseconds: 7_385_000,
        previousOwner: pod("job-29311", uid: "77aa", PodLife(phase: .succeeded)),
        """
        no Pod has 10.244.1.9, which is in a Pod CIDR, and nothing has been heard on this \
        connection since 07:56:55Z: the next request on it will hang
        """
    ),
    finding(
        .undetermined,
        nil,
        .heardAroundOwnerStart,
        peer: "fd00:10:244:1::a",
        localPort: 40130,
        silentMilliseconds: 89_999,
        owners: [pod("web-1"), pod("web-2", PodLife(deletion: ago(5)))],
        "fd00:10:244:1::a belongs to shop/web-1 and shop/web-2, one of which was starting"
    ),
    finding(
        .exempt,
        nil,
        .notAPod,
        peer: "192.0.2.1",
        localPort: 40140,
        silentMilliseconds: 0,
        "192.0.2.1 is no Pod's but that of Service istio-system/eastwest"
    ),
    finding(
        .current,
        .confirmed,
        .heardFromOwner,
        health: .probing,
        peer: "10.244.1.20",
        localPort: 40150,
        silentMilliseconds: 15_500,
        adjust: {
            $0.timer = .keepalive
            $0.timerExpires = 12
            $0.info.probes = 2
        },
        owners: [pod("cart-7d9f8c6b5-9zzzz")],
        "10.244.1.20 belongs to shop/cart-7d9f8c6b5-9zzzz, which was heard 09:59:45Z"
    ),
    finding(
        .current,
        .assumed,
        .heardSinceSnapshot,
        peer: "10.244.1.21",
        localPort: 40152,
        silentMilliseconds: 5,
        owners: [pod("cart-7d9f8c6b5-8yyyy")],
        "10.244.1.21 belongs to shop/cart-7d9f8c6b5-8yyyy, and was heard since the snapshot"
    ),
]

/// The report of all of them.
let sampleReport = report(
    isComplete: false,
    snapshots: [snapshot(), listSnapshot],
    warnings: ["snapshot '\u{202E}nosj': 1 item could not be read"],
    sampleFindings
)

/// The candidates among them, with what reap did about each.
let reapedReport: ScanReport = {
    let results: [Reaping.Result??] = [.destroyed, nil, .some(.skipped), .some(nil)]
    return reaped(sampleFindings.prefix(4), results, left: 1)
}()

/// A report of a reap with these results of its findings; `nil` is a finding that it left alone, and
/// one that it did not learn the end of has no result.
func reaped(
    _ findings: some Sequence<Finding>,
    _ results: [Reaping.Result??],
    isDryRun: Bool = false,
    refusal: String? = nil,
    left: Int = 0
) -> ScanReport {
    let findings = zip(findings, results).map { finding, result in
        var finding = finding
        finding.reaping = result.map { result in
            var reaping = Reaping(isDryRun ? .wouldDestroy : .destroy)
            reaping.result = result
            return reaping
        }
        if finding.reaping?.result == .destroyed {
            finding.explanation.replace(
                "the next request on it will be reset",
                with: "this connection was stale and has been closed"
            )
        }
        return finding
    }
    var report = report(findings)
    report.reap = ScanReport.Reap(isDryRun: isDryRun, refusal: refusal, left: left)
    return report
}

/// A snapshot of which nothing is stated, from a file newer than the report.
private let listSnapshot: ScanReport.Snapshot = {
    var document = SnapshotDocument(
        source: "\u{202E}nosj",
        format: .kubernetesList,
        modified: now + TimeSpan(milliseconds: 50),
        readingBegan: now
    )
    document.note(SnapshotProblem(message: "no name", line: 1, byteOffset: 20))
    return ScanReport.Snapshot(document: document, pods: 0, addresses: 0)
}()

/// A snapshot that came through a pipe and does not say how old it is.
let pipedSnapshot = ScanReport.Snapshot(
    document: SnapshotDocument(
        source: "-",
        format: .kubernetesList,
        modified: nil,
        readingBegan: now - .seconds(2)
    ),
    pods: 5,
    addresses: 5
)

extension ScanReport {
    /// The report in a format, whole.
    func text(_ format: ReportFormat, style: TableStyle = TableStyle()) -> String {
        var bytes: [UInt8] = []
        render(format, style: style) { bytes += $0 }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// The lines of the report in a format.
    func lines(_ format: ReportFormat, style: TableStyle = TableStyle()) -> [String] {
        text(format, style: style).split(separator: "\n").map(String.init)
    }
}
