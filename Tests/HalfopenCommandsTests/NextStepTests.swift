@testable import Judging
import Model
@testable import Reporting
import Testing

@testable import HalfopenCommands

/// What is said after a scan by some options, which found so many candidates.
private func step(
    _ words: [String],
    as program: String = "halfopen",
    confirmed: Int = 2,
    suspected: Int = 0,
    isComplete: Bool = true,
    snapshotAge: TimeSpan = .seconds(12),
    hasFewPeers: Bool = false,
    timeSource: SnapshotDocument.ReadTimeSource = .document,
    confirmedAs judgement: Judgement = Judgement(.replaced, .confirmed, .heardBeforeOwnerExisted)
) throws -> String? {
    let options = try ParsedArguments(words).options
    let now = WallTime(epochSeconds: 1_795_255_200)
    var document = SnapshotDocument(
        source: "pods.json",
        format: .compact,
        modified: nil,
        readingBegan: now
    )
    document.statedReadTime = (now - snapshotAge, timeSource)
    var summary = ScanSummary()
    let judgements =
        [Judgement](repeating: judgement, count: confirmed)
        + [Judgement](
            repeating: Judgement(.deleted, .suspected, .unownedIfSnapshotFresh),
            count: suspected
        )
    let peer = Endpoint(address: IPAddress(ipv4: 0x0a00_0001), port: 15008)
    let info = TCPInfo(lastDataReceived: 9, lastAckReceived: 9)
    let socket = TCPSocket(family: .ipv4, local: peer, peer: peer, cookie: 1, info: info)
    var findings: [Finding] = []
    for judgement in judgements {
        summary.count(judgement, silence: .zero, isCandidate: true)
        findings.append(
            Finding(
                target: 0,
                judgement: judgement,
                health: .idle,
                socket: socket,
                heardAt: now,
                owners: [],
                previousOwner: nil,
                explanation: ""
            )
        )
    }
    var target = ScanTarget(inode: 1, path: nil, pid: nil, isComplete: isComplete)
    target.hasFewPeers = hasFewPeers
    let report = ScanReport(
        version: "1",
        host: "node",
        port: 15008,
        generatedAt: now,
        duration: .zero,
        isComplete: isComplete,
        snapshots: [.init(document: document, pods: 1, addresses: 1)],
        targets: [target],
        summary: summary,
        findings: Findings(findings),
        warnings: []
    )
    return NextStep(program: program, options: options)
        .text(after: report, try ScanRequest(options))
}

@Test(arguments: [
    (
        ["-s", "pods.json", "--cluster-wide", "-N", "waypoint"],
        ": halfopen reap -s pods.json --cluster-wide -N waypoint"
    ),
    (
        ["--netns=my way", "-aqv", "-o", "wide", "--color=never", "--no-header", "-sx"],
        ": halfopen reap -N 'my way' -s x"
    ),
    (["-s", "x", "--max-age", "0", "--only", "deleted"], ": halfopen reap -s x --only deleted"),
    (["-s", "x", "--max-age", "1h"], ": halfopen reap -s x --max-age 1h"),
    (["-s", "-", "-p", "12"], ", give the snapshot again: halfopen reap -s - -p 12"),
    (["-s", "/dev/fd/63"], ", give the snapshot again: halfopen reap -s /dev/fd/63"),
])
private func `After a scan with proof, the same scan with reap is named`(
    words: [String],
    command: String
) throws {
    #expect(
        try step(words)
            == "to close the 2 confirmed ones\(command) (dry run; add --yes to destroy)"
    )
}

@Test func `The program is called as it was`() throws {
    let text = try step(["-s", "x"], as: "/opt/half open/halfopen", confirmed: 1, suspected: 3)
    #expect(
        text == """
            to close the confirmed one: '/opt/half open/halfopen' reap -s x (dry run; add --yes to \
            destroy)
            """
    )
}

@Test func `A snapshot too old for reap is to be taken again`() throws {
    let words = ["-s", "x", "--captured-at", "@1795254800"]
    #expect(
        try step(words, snapshotAge: .minutes(6))
            == "to close the 2 confirmed ones, take a fresh snapshot and run: halfopen reap -s x"
            + " (dry run; add --yes to destroy)"
    )
    #expect(
        try step(words + ["--max-age", "9m"], snapshotAge: .minutes(6))?.contains("fresh") == false
    )
}

private let few = "; with fewer than 10 peers, it takes "

@Test(
    arguments: [
        (["-s", "x"], .document, few + "--state FILE and a second run with a newer snapshot"),
        (
            ["-s", "x", "--captured-at", "@1795255100"], .option,
            few + "--state FILE and a second run with a newer snapshot (--captured-at)"
        ),
        (["-s", "x", "--state", "f"], .document, few + "a newer snapshot"),
        (["-s", "x", "--state", "f"], .file, few + "a newer snapshot (--captured-at)"),
        (["--ztunnel"], .document, few + "--state FILE and a second run"),
        (["--ztunnel", "--state", "f"], .document, ""),
    ] as [([String], SnapshotDocument.ReadTimeSource, String)]
)
private func `With few peers, what the reap needs beside the command is named`(
    words: [String],
    timeSource: SnapshotDocument.ReadTimeSource,
    need: String
) throws {
    let text = try step(words, hasFewPeers: true, timeSource: timeSource)
    #expect(text?.hasSuffix(" (dry run; add --yes to destroy)" + need) == true)
}

@Test func `What connections prove by themselves needs no second snapshot`() throws {
    let judgement = Judgement(.silent, .confirmed, .pingsMissed, witness: .atAddress)
    let text = try step(["-s", "x"], hasFewPeers: true, confirmedAs: judgement)
    #expect(text?.hasSuffix("(dry run; add --yes to destroy)") == true)
}

@Test func `What would prove the suspected is named where nothing is confirmed`() throws {
    #expect(
        try step(["-s", "x"], confirmed: 0, suspected: 2)
            == "to confirm the 2 suspected ones: --captured-at TIME, when the snapshot was"
            + " requested"
    )
}

@Test func `Nothing is proposed without a candidate, for a replay, or after half a scan`() throws {
    #expect(try step(["-s", "x"], confirmed: 0) == nil)
    #expect(try step(["-s", "x", "-r", "capture"]) == nil)
    #expect(try step(["-s", "x"], isComplete: false) == nil)
}
