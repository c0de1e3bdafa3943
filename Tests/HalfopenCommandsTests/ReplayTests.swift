import Foundation
import Judging
import KernelTestSupport
import LinuxSystem
import Model
import PodSnapshot
import Recording
import Reporting
import SockDiag
import TestSupport
import Testing

@testable import HalfopenCommands

/// What is recorded of the stale world is judged as the world was.
@Suite(
    .enabled(if: KernelTests.canRun, Comment(rawValue: KernelTests.requirement)),
    InStaleWorld()
)
struct ReplayTests {
    private func world() throws -> StaleWorld { try #require(StaleWorld.current) }

    /// A folder with a snapshot, `pods.json`, and what was then recorded: `waypoint.capture`, and
    /// `waypoint.ss`, of which the time is in `dumped`.
    private func record() throws -> Session {
        let world = try world()
        let session = try Session()
        try session.write(world.snapshot().compact, to: "pods.json")
        let answer = try session.run(
            """
            set -e
            halfopen capture -N \(world.namespace.path) --output-file waypoint.capture
            nsenter --net=\(world.namespace.path) ss -D waypoint.ss -i
            echo "@$(($(date +%s) + 1))" >dumped
            """
        )
        try #require(answer.status == 0, "\(answer.errors)")
        return session
    }

    @Test func `A capture replayed gives the findings of the live run byte for byte`() throws {
        let world = try world()
        let session = try Session()
        try session.write(world.snapshot().compact, to: "pods.json")
        let words = [
            "-s", session.path("pods.json"), "-N", world.namespace.path, "-a", "--clock-skew", "1s",
        ]
        let request = try ScanRequest(ParsedArguments(words).options)
        let snapshots = try request.snapshots.map { try request.read(SnapshotFile(opening: $0)) }
        let scans = ScanSession(request, SnapshotSet(contents: snapshots))
        // A live scan, of which all that passes is recorded.
        let target = try #require(TargetSet(request).targets.first)
        let socket = try target.takeSocket()
        var output: [UInt8] = []
        var encoder = RecordingEncoder()
        var records: [RecordingRecord] = [
            .heading(
                RecordingHeading(
                    version: "1",
                    host: "node-2",
                    bootID: "",
                    kernel: "",
                    remotePort: 15008,
                    begunAt: systemTime()
                )
            ),
            .target(
                RecordedTarget(
                    inode: target.info.inode,
                    path: target.info.path,
                    pid: nil,
                    proxy: nil,
                    socket: socket.captured
                )
            ),
        ]
        var live = Scan(
            by: Judge(ownership: scans.ownership, policy: request.policy, now: systemTime()),
            request.detail,
            began: readClocks()
        )
        var socketOnce: DiagSocket? = consume socket
        live.scan(target.info) { body in
            guard let socket = socketOnce.take() else { return ["no socket"] }
            do throws(SockDiagError) {
                return try socket.capture(
                    remotePort: 15008,
                    clock: systemTime,
                    record: { records.append($0) },
                    body: body
                ).gaps.map(\.description)
            } catch {
                return [error.description]
            }
        }
        for record in records + [.end(systemTime())] { output += encoder.encode(record) }
        try session.write(output, to: "tee")

        let replayed = try scans.replay([RecordingInput(opening: session.path("tee"))]).report
        #expect(replayed.warnings == [])
        #expect(replayed.host == "node-2")
        #expect(replayed.targets.map(\.inode) == [target.info.inode])
        #expect(replayed.targets.map(\.sockets) == live.targets.map(\.sockets))
        #expect(replayed.findings.count > StaleWorld.healthy)
        var expected = replayed
        expected.findings = Findings(live.findings.sorted(by: Finding.reportOrder))
        for format in [ReportFormat.json, .ndjson, .wide, .table] {
            #expect(Self.text(of: replayed, format) == Self.text(of: expected, format), "\(format)")
        }
    }

    @Test(arguments: [
        "-r waypoint.capture", "-r waypoint.ss --dumped-at $(cat dumped)",
    ])
    func `The verdicts are those of a scan`(_ replay: String) throws {
        let session = try record()
        let answer = try session.run(
            "halfopen -s pods.json \(replay) \(StaleWorld.options) -a -o json"
        )
        #expect(answer.status == 1)
        #expect(answer.errors == "")
        let report = try ReadReport(answer.output)
        #expect(report.complete)
        #expect(report.summary.sockets == 16 + StaleWorld.healthy)
        let live = try ReadReport(try world().scan("-a -o json", world().snapshot()).output)
        #expect(report.verdicts == live.verdicts)
        #expect(report.findings.map(\.cookie) == live.findings.map(\.cookie))
        #expect(Array(report.verdicts.prefix(6)) == StaleWorld.candidates)
    }

    @Test func `Without the time of its dump, a file of ss shows candidates and clears nothing`()
        throws
    {
        let session = try record()
        let answer = try session.run(
            "halfopen -s pods.json -r waypoint.ss \(StaleWorld.options) -a -o json"
        )
        #expect(answer.status == 2)
        #expect(
            answer.errors == """
                halfopen: capture 'waypoint.ss': an ss dump has no timestamp, and its file time \
                is later if the file was copied, so candidates may be missed; give the time of \
                the dump (--dumped-at TIME)

                """
        )
        let report = try ReadReport(answer.output)
        #expect(!report.complete)
        #expect(Array(report.verdicts.prefix(6)) == StaleWorld.candidates)
    }

    @Test func `A month later it is judged by the clock of the capture`() throws {
        let session = try record()
        let recorded = try Self.records(of: session.path("waypoint.capture"))
        var output: [UInt8] = []
        var encoder = RecordingEncoder()
        let month = TimeSpan.seconds(-30 * 86_400)
        for record in recorded { output += encoder.encode(record.shifted(by: month)) }
        try session.write(output, to: "old.capture")
        let answer = try session.run(
            """
            jq 'walk(if type == "string" and test("^20..-..-..T") then
                (sub("[.][0-9]+Z$"; "Z") | fromdate - 30 * 86400 | todate) else . end)' \
                pods.json >old.json
            halfopen -s old.json -r old.capture \(StaleWorld.options) -o json
            """
        )
        #expect(answer.status == 1, "\(answer.errors)")
        let report = try ReadReport(answer.output)
        #expect(report.verdicts == StaleWorld.candidates)
        // The same with what is new now: it does not tell of then, and what is old was too old.
        let young = try session.run("halfopen -s pods.json -r old.capture -q")
        #expect(young.status == 2)
        #expect(young.errors.contains("take the snapshot before the capture"))
        let old = try session.run("halfopen -s old.json -r waypoint.capture -q")
        #expect(old.status == 2)
        #expect(old.errors.contains("more than --max-age 10m00s"))
    }

    @Test(arguments: ["-r waypoint.capture", "-r waypoint.ss --dumped-at $(cat dumped)"])
    func `A replay takes no privilege, and keeps none`(_ replay: String) throws {
        let session = try record()
        let answer = try session.run(
            """
            cp "$(command -v halfopen)" .; chmod 755 .
            setpriv --reuid=4711 --regid=4711 --clear-groups ./halfopen -q -s pods.json \(replay)
            echo "user $?"
            chmod 600 waypoint.*
            halfopen -q -s pods.json \(replay) >/dev/null
            echo "root $?"
            """
        )
        #expect(answer.output.contains("user 1\n"), "\(answer.errors)")
        #expect(answer.output.contains("root 1\n"), "\(answer.errors)")
    }

    @Test func `What could not be recorded is missing in the replay, too`() throws {
        let world = try world()
        let session = try Session()
        let answer = try session.run(
            """
            halfopen capture -N \(world.other.path) -N nowhere --output-file - >part; echo $?
            halfopen -s good.json -r part -q -o json; echo $?
            """
        )
        #expect(answer.output.hasPrefix("2\n{"))
        #expect(answer.output.hasSuffix("}\n2\n"))
        let reason = "cannot open network namespace 'nowhere': ENOENT (No such file or directory)"
        #expect(answer.errors.split(separator: "\n").count { $0.contains(reason) } == 2)
        let report = try ReadReport(String(answer.output.dropFirst(2).dropLast(2)))
        #expect(report.targets.map(\.complete) == [true, false])
        #expect(report.targets.map(\.sockets) == [2, 0])
        #expect(report.warnings.map { $0.hasPrefix("capture 'part', network namespace") } == [true])
    }

    @Test func `A network namespace that was not asked about is no empty one`() throws {
        let session = try Session()
        var output: [UInt8] = []
        var encoder = RecordingEncoder()
        let heading = RecordingHeading(
            version: "1",
            host: "node-2",
            bootID: "",
            kernel: "",
            remotePort: 15008,
            begunAt: systemTime()
        )
        let target = RecordedTarget(
            inode: 7,
            path: "/run/netns/a",
            pid: nil,
            proxy: nil,
            socket: nil
        )
        for record in [.heading(heading), .target(target), .end(systemTime())] as [RecordingRecord]
        {
            output += encoder.encode(record)
        }
        try session.write(output, to: "crafted")
        let answer = try session.run("halfopen -s good.json -r crafted -q")
        #expect(answer.status == 2)
        #expect(answer.errors.contains("'/run/netns/a': its sockets were not dumped"))
    }

    // MARK: - Steps

    private static func text(of report: ScanReport, _ format: ReportFormat) -> String {
        var bytes: [UInt8] = []
        report.render(format, style: TableStyle(), to: { (part: [UInt8]) in bytes += part })
        return String(decoding: bytes, as: UTF8.self)
    }

    private static func records(of path: String) throws -> [RecordingRecord] {
        let input = try RecordingInput(opening: path)
        guard case .capture(let heading) = try input.begin() else { return [] }
        var records = [RecordingRecord.heading(heading)]
        while let record = try input.nextRecord() { records.append(record) }
        return records
    }
}

extension RecordingRecord {
    /// The same at another time.
    fileprivate func shifted(by span: TimeSpan) -> RecordingRecord {
        switch self {
        case .heading(var heading):
            heading.begunAt = heading.begunAt + span
            return .heading(heading)
        case .datagram(var datagram):
            datagram.receivedAt = datagram.receivedAt + span
            return .datagram(datagram)
        case .end(let time): return .end(time + span)
        default: return self
        }
    }
}
