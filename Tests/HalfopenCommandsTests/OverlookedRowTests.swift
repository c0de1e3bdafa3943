import Judging
import KernelTestSupport
import LinuxSystem
import Model
import PodSnapshot
import Reporting
import SockDiag
import Testing

@testable import HalfopenCommands

/// Scans of the running kernel whose dumps leave a row out that is there.
@Suite(
    .enabled(if: KernelTests.canRun, Comment(rawValue: KernelTests.requirement)),
    InStaleWorld()
)
struct OverlookedRowTests {
    @Test func `A row that a dump leaves out is reported, counted and remembered as all others`()
        throws
    {
        let world = try #require(StaleWorld.current)
        let session = try Session()
        try session.write(world.snapshot().compact, to: "pods.json")
        var scans = try Scans(session.path("pods.json"), of: world.namespace.path)
        var tracker = FindingTracker()
        let first = try scans.next()
        #expect(tracker.update(report(first)).count == first.findings.count)
        let candidates = first.findings.filter { $0.judgement.verdict.isCandidate }
        #expect(candidates.count > 5)
        for (number, candidate) in candidates.enumerated() {
            let scan = try scans.next(leavingOut: candidate.socket.cookie)
            #expect(scan.isComplete && scan.summary.sockets == first.summary.sockets)
            #expect(scan.summary.candidates == candidates.count)
            let row = scan.findings.first { $0.socket.cookie == candidate.socket.cookie }
            #expect(row?.judgement == candidate.judgement)
            #expect(row?.candidacy?.runs == number + 2)
            #expect(tracker.update(report(scan)).isEmpty)
        }
        // Without the look-up it would be cleared.
        let blind = try scans.next(leavingOut: candidates[0].socket.cookie, looksUp: false)
        #expect(tracker.update(report(blind)).map(\.kind) == [.cleared])
    }

    private func report(_ result: ScanResult) -> ScanReport {
        ScanReport(result, version: "1", host: "node-1", port: 15008, snapshots: [])
    }
}

/// Scan after scan of a namespace with one history.
private struct Scans {
    private let request: ScanRequest
    private let session: ScanSession
    private var history: SocketHistory?

    init(_ snapshot: String, of namespace: String) throws {
        let words = ["-s", snapshot, "-N", namespace, "--clock-skew", "1s", "--silent-after", "1h"]
        request = try ScanRequest(ParsedArguments(words).options)
        let contents = try request.snapshots.map { [request] in
            try request.read(SnapshotFile(opening: $0))
        }
        session = ScanSession(request, SnapshotSet(contents: contents))
        let epoch = ClockEpoch(bootID: "boot", bootedAt: systemTime() - timeSinceBoot())
        history = SocketHistory(epoch: epoch)
    }

    /// The next scan, whose dump leaves out the socket of a cookie.
    mutating func next(leavingOut hidden: UInt64? = nil, looksUp: Bool = true) throws -> ScanResult
    {
        let target = try #require(TargetSet(request).targets.first)
        defer { target.close() }
        history?.beginRun()
        let loop = ScanLoop(by: session.ownership, request.policy, request.detail)
        var result = loop.run(remembering: history.take(), clock: readClocks) { scan in
            scan.scan(target.info) { body in
                target.list(remotePort: 15008) { socket, now in
                    if socket.cookie != hidden { body(socket, now) }
                }
            } lookUp: {
                looksUp ? target.lookUp($0, remotePort: 15008, body: $1) : []
            }
        }
        history = result.history.take()
        return result
    }
}
