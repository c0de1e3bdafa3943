import Foundation
import KernelTestSupport
import TestSupport
import Testing

/// The main job, against the kernel's sockets: the verdicts, in every format, and the exit status.
@Suite(
    .enabled(if: KernelTests.canRun, Comment(rawValue: KernelTests.requirement)),
    InStaleWorld()
)
struct ScanTests {
    private let world: StaleWorld

    init() throws { world = try #require(StaleWorld.current) }

    private func scan(
        _ options: String,
        _ snapshot: SnapshotText? = nil,
        after preparation: String = ""
    ) throws -> Command {
        try world.scan(options, snapshot, after: preparation)
    }

    // MARK: Verdicts

    @Test func `Candidates are found, proved and told from all other connections`() throws {
        let answer = try scan("-o json")
        #expect(answer.status == 1)
        #expect(answer.errors == "")
        let report = try ReadReport(answer.output)
        #expect(report.complete)
        #expect(report.warnings == [])
        #expect(report.verdicts == StaleWorld.candidates)
        #expect(report.summary == world.summary)
        #expect(report.targets.map(\.sockets) == [report.summary.sockets])
        #expect(report.snapshots.map(\.scope) == ["cluster"])
        let age = -world.heard.timeIntervalSinceNow
        for finding in report.findings {
            #expect(finding.peer.port == 15008)
            #expect(finding.health == "idle")
            #expect((12...age).contains(finding.lastHeardSeconds))
        }
        let families = report.findings.map { "\($0.peer.address) \($0.family)" }
        #expect(families.contains("10.244.0.1 ipv4"))
        #expect(families.contains("10.244.0.2 ipv6"))
        #expect(families.contains("fd00:244::1 ipv6"))
    }

    @Test func `A list of kubectl gives the same verdicts when its time and scope are stated`()
        throws
    {
        let session = try Session()
        let snapshot = world.snapshot()
        try session.write(snapshot.list, to: "list.json")
        let captured = snapshot.capturedAt.ISO8601Format(.init(includingFractionalSeconds: true))
        let answer = try session.run(
            """
            halfopen -s - -N \(world.namespace.path) \(StaleWorld.options) -o json \
                --captured-at \(captured) --cluster-wide <list.json
            """
        )
        #expect(answer.status == 1)
        #expect(answer.errors == "")
        let report = try ReadReport(answer.output)
        #expect(report.verdicts == StaleWorld.candidates)
        #expect(report.summary == world.summary)
        #expect(report.snapshots.map(\.format) == ["kubernetes-list"])
        #expect(report.snapshots.map(\.capturedAtSource) == ["option"])
    }

    @Test func `Every connection is shown with --all, each once`() throws {
        let report = try ReadReport(scan("-a -o json").output)
        #expect(report.findings.count == world.summary.sockets)
        #expect(Set(report.findings.map(\.cookie)).count == world.summary.sockets)
        let verdicts = report.verdicts
        let named = verdicts.filter { !$0.peer.hasPrefix("10.245.") }
        #expect(Set(named) == Set(StaleWorld.candidates + StaleWorld.others))
        let healthy = verdicts.filter { $0.peer.hasPrefix("10.245.") }
        #expect(healthy.count == StaleWorld.healthy / 4)
        #expect(healthy.allSatisfy { $0.sockets == 4 && $0.reason == "heard-from-owner" })
    }

    @Test func `A connection heard since the snapshot is nobody's proof`() throws {
        let answer = try scan("-a -o json --max-age 1h", world.snapshot(world.heard))
        #expect(answer.status == 1)
        let verdicts = try ReadReport(answer.output).verdicts
        let reasons = Dictionary(uniqueKeysWithValues: verdicts.map { ($0.peer, $0) })
        #expect(reasons["10.244.0.3"]?.verdict == "unlisted")
        #expect(reasons["10.250.0.1"]?.reason == "heard-after-snapshot")
        #expect(reasons["10.244.0.5"]?.reason == "heard-since-snapshot")
        #expect(reasons["10.244.0.5"]?.confidence == "assumed")
    }

    @Test(arguments: [("deleted", 3), ("replaced", 7)])
    func `Only what was asked for is a candidate, and the rest is counted`(
        only: String,
        candidates: Int
    ) throws {
        let answer = try scan("--only \(only) -o json")
        #expect(answer.status == 1)
        let report = try ReadReport(answer.output)
        #expect(Set(report.findings.map(\.verdict)) == [only])
        #expect(report.summary.candidates == candidates)
        #expect(report.summary.replaced == 7)
        #expect(report.summary.deleted == 3)
    }

    @Test func `Connections to another port are another question`() throws {
        let answer = try scan("--port 443 -o json")
        #expect(answer.status == 1)
        let report = try ReadReport(answer.output)
        #expect(
            report.findings.map(\.peer)
                == Array(repeating: .init(address: "10.244.0.1", port: 443), count: 5)
        )
    }

    // MARK: Nothing found

    @Test func `No candidate is status 0, and the line says what was looked at`() throws {
        let answer = try scan(
            "--exclude 10.244.0.0/16 --exclude 10.250.0.1 --exclude fd00:244::/64"
        )
        #expect(answer.status == 0)
        #expect(answer.output == "")
        #expect(
            answer.errors.masked
                == """
                halfopen: no half-open candidate among 2016 connections to :15008; 16 exempt, \
                2000 current; snapshot Ns old

                """
        )
    }

    @Test func `No connection at all is status 0, and asks about the namespace`() throws {
        let answer = try scan("--port 15010")
        #expect(answer.status == 0)
        #expect(answer.output == "")
        let path = world.namespace.path
        #expect(
            answer.errors.masked.replacing(/inode \d+/, with: "inode N")
                == """
                halfopen: no connection to :15010 in network namespace '\(path)' (inode N), \
                which may be the wrong target; snapshot Ns old

                """
        )
    }

    // MARK: Targets

    @Test func `Two namespaces are two targets, in the order given`() throws {
        let answer = try scan("-p \(world.other.pid) -o json -a")
        #expect(answer.status == 1)
        let report = try ReadReport(answer.output)
        #expect(report.targets.map(\.sockets) == [world.summary.sockets, 2])
        #expect(report.targets.map(\.pid) == [nil, Int(world.other.pid)])
        let second = report.findings.filter { $0.target == 1 }
        #expect(second.map(\.peer.address) == ["10.244.0.1", "10.245.0.1"])
        #expect(second.map(\.verdict) == ["replaced", "current"])
    }

    @Test func `A namespace named in three ways is one target`() throws {
        let pid = world.namespace.pid
        let answer = try scan(
            "-p \(pid) -N halfopen-$$ -o json",
            after: "ip netns attach halfopen-$$ \(pid); trap 'ip netns delete halfopen-$$' EXIT"
        )
        #expect(answer.status == 1)
        #expect(answer.errors == "")
        let report = try ReadReport(answer.output)
        #expect(report.targets.count == 1)
        #expect(report.summary == world.summary)
    }

    @Test func `A name of ip netns is a target`() throws {
        let session = try Session()
        try session.write(world.snapshot().compact, to: "pods.json")
        let answer = try session.run(
            """
            name=halfopen-$$
            ip netns attach $name \(world.namespace.pid)
            trap 'ip netns delete $name' EXIT
            halfopen -s pods.json -N $name \(StaleWorld.options) -o json
            """
        )
        #expect(answer.status == 1)
        let report = try ReadReport(answer.output)
        #expect(report.verdicts == StaleWorld.candidates)
        #expect(
            report.targets.allSatisfy { $0.netns.path?.hasPrefix("/run/netns/halfopen-") == true }
        )
    }

    @Test func `Inside the namespace no target needs to be named`() throws {
        let session = try Session()
        try session.write(world.snapshot().compact, to: "pods.json")
        let answer = try session.run(
            """
            nsenter -t \(world.namespace.pid) -n setpriv --bounding-set=-all --inh-caps=-all \
                $(command -v halfopen) -s pods.json \(StaleWorld.options) -o json
            """
        )
        #expect(answer.status == 1)
        #expect(answer.errors == "")
        #expect(try ReadReport(answer.output).summary == world.summary)
    }

    // MARK: Incomplete scans

    struct Shortcoming: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var options = ""
        var change: @Sendable (inout SnapshotText, StaleWorld) -> Void = { _, _ in }
        var preparation = ""
        var warning: String
        var candidates = 10
        var confirmed: Int
    }

    static let shortcomings = [
        Shortcoming(
            testDescription: "a document that states an old time",
            options: "--max-age 1s",
            change: { $0.capturedAt = $1.heard.addingTimeInterval(8) },
            warning:
                "snapshot 'pods.json' is Ns old, more than --max-age Ns; take a new one",
            // What nobody owns was heard too shortly before to tell.
            candidates: 8,
            confirmed: 8
        ),
        Shortcoming(
            testDescription: "a part of the cluster",
            change: { text, _ in text.scope = "partial" },
            warning:
                "snapshot 'pods.json' says that it covers only part of its cluster; take a"
                + " snapshot of all namespaces",
            confirmed: 8
        ),
        Shortcoming(
            testDescription: "a clock behind the snapshot's",
            change: { text, _ in text.capturedAt = Date(timeIntervalSinceNow: 60) },
            warning:
                "snapshot 'pods.json' was taken at TIME or later, but this machine's clock says"
                + " TIME: nothing can be confirmed; compare the clocks",
            confirmed: 0
        ),
        Shortcoming(
            testDescription: "a target that is gone",
            options: "-p 2147483647",
            warning:
                "cannot open the network namespace of process 2147483647: ENOENT (No such file or"
                + " directory); the process is gone, or hidden from this user",
            confirmed: 9
        ),
        Shortcoming(
            testDescription: "a second snapshot without an item",
            options: "-s empty.json",
            preparation: #"echo '{"kind":"PodList","items":[]}' >empty.json"#,
            warning:
                "snapshot 'empty.json' has no items: an empty list proves nothing; check that it"
                + " comes from the right cluster",
            // Nothing tells when it was taken: only when the owners started is proof yet.
            confirmed: 7
        ),
    ]

    @Test(arguments: shortcomings)
    func `An incomplete scan is status 2 and still says what it saw`(_ row: Shortcoming) throws {
        var snapshot = world.snapshot()
        row.change(&snapshot, world)
        let answer = try scan("\(row.options) -o json", snapshot, after: row.preparation)
        #expect(answer.status == 2)
        #expect(answer.errors.masked == "halfopen: \(row.warning)\n")
        let report = try ReadReport(answer.output)
        #expect(!report.complete)
        #expect(report.warnings.map(\.masked) == [row.warning])
        #expect(report.summary.candidates == row.candidates)
        #expect(report.findings.count == row.candidates)
        #expect(report.summary.confirmed == row.confirmed)
    }

    @Test func `A list written an hour ago is old, and proves nothing of Pods that are newer`()
        throws
    {
        let session = try Session()
        try session.write(world.snapshot().list, to: "list.json")
        let answer = try session.run(
            """
            touch -d '1 hour ago' list.json
            halfopen -s list.json -N \(world.namespace.path) \(StaleWorld.options) \
            --cluster-wide -o json
            """
        )
        #expect(answer.status == 2)
        let report = try ReadReport(answer.output)
        #expect(report.warnings.contains { $0.contains("more than --max-age 10m00s") })
        #expect(report.findings.filter { $0.verdict == "replaced" }.count == 7)
        #expect(report.summary.confirmed == 0)
    }
}

extension StaleWorld {
    /// The counts over all of its connections to port 15008.
    var summary: ReadReport.Summary {
        let candidates = Self.candidates.reduce(0) { $0 + $1.sockets }
        let others = Self.others.reduce(0) { $0 + $1.sockets }
        return ReadReport.Summary(
            sockets: candidates + others + Self.healthy,
            candidates: candidates,
            confirmed: candidates - 1,
            suspected: 1,
            replaced: 7,
            deleted: 3,
            silent: 0,
            terminating: 1,
            undetermined: 1,
            unlisted: 0,
            exempt: 3,
            current: Self.healthy + 1
        )
    }
}
