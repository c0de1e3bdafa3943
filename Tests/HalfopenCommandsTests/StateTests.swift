import Foundation
import KernelTestSupport
import TestSupport
import Testing

/// `--state` with the real program: runs that follow each other, and files that are not right.
@Suite(.enabled(if: KernelTests.canRun, Comment(rawValue: KernelTests.requirement)))
struct StateTests {
    private static let address = "10.244.0.1"

    private func scan(_ namespace: borrowing SocketNamespace, _ snapshot: String) -> String {
        """
        halfopen -s \(snapshot) -N \(namespace.path) --clock-skew 1s --state state -a -o json
        """
    }

    /// A snapshot in which a Pod has the address.
    private func snapshot(_ name: String, start: Date? = nil, at capture: Date) -> String {
        var pod = SnapshotText.Pod.old(name, Self.address)
        if let start {
            pod.start = start
            pod.networkTransition = start.addingTimeInterval(4)
        }
        var snapshot = SnapshotText(capturedAt: capture)
        snapshot.pods = [pod]
        return snapshot.compact
    }

    @Test func `A connection that was proved to be a Pod's stays that Pod's`() async throws {
        let began = Date()
        let namespace = try SocketNamespace(["\(Self.address),15008,1"])
        // Longer than an address may be in use unlisted.
        try await Task.sleep(for: .seconds(12))
        let session = try Session()
        try session.write(snapshot("old", at: Date()), to: "first.json")
        // It was heard while this one was starting: without history that could be either.
        let start = began.addingTimeInterval(-1)
        let later = Date().addingTimeInterval(0.5)
        try session.write(snapshot("new", start: start, at: later), to: "second.json")
        let first = try ReadReport(try session.run(scan(namespace, "first.json")).output)
        #expect(first.findings.map(\.reason) == ["heard-from-owner"])

        let alone = try session.run(
            "halfopen -s second.json -N \(namespace.path) --clock-skew 1s -a -o json"
        )
        #expect(try ReadReport(alone.output).findings.map(\.confidence) == [nil])

        let answer = try session.run(scan(namespace, "second.json"))
        #expect(answer.status == 1)
        #expect(answer.errors == "")
        let finding = try #require(try ReadReport(answer.output).findings.first)
        #expect(finding.reason == "bound-to-previous-owner")
        #expect(finding.confidence == "confirmed")
        #expect(finding.previousOwner?.name == "old")
        #expect(answer.output.contains(#""firstSeenAt":"20"#))
        #expect(answer.output.contains(#""candidateRuns":1,"#))
        let third = try session.run(scan(namespace, "second.json"))
        #expect(third.output.contains(#""candidateRuns":2,"#))
        let files = try session.run("ls -A | grep state").output
        #expect(files == "state\nstate.lock\n")
    }

    @Test func `A connection that is missing from the list is looked up, and only in the next run`()
        throws
    {
        let namespace = try SocketNamespace(["10.244.0.1,15008,1", "10.244.0.2,15008,1"])
        let session = try Session()
        let answer = try session.run(
            """
            scan() {
                strace -f -qq -e trace=sendto -o trace \
                    halfopen -N \(namespace.path) --state state -a -o ndjson >rows
                echo "$(grep -c verdict rows) rows, $(grep -c AF_NETLINK trace) requests"
            }
            scan
            scan
            nsenter --net=\(namespace.path) ss -K dst 10.244.0.2 >closed
            scan
            scan
            """
        )
        #expect(
            answer.output == """
                2 rows, 1 requests
                2 rows, 1 requests
                1 rows, 2 requests
                1 rows, 1 requests

                """
        )
    }

    @Test(arguments: [
        ("echo '{}, which is no history' >state", "is not a halfopen history", "foreign"),
        ("echo halfopen.state/v9 >state", "newer version", "newer"),
        (": >state", "is damaged", "damaged"),
    ])
    func `A file that is not believed is set aside, and the scan is complete`(
        preparation: String,
        message: String,
        suffix: String
    ) throws {
        let namespace = try SocketNamespace([])
        let session = try Session()
        let answer = try session.run("\(preparation); \(scan(namespace, "good.json"))")
        #expect(answer.status == 0)
        #expect(answer.errors.contains(message))
        #expect(answer.errors.contains("it was renamed to 'state.\(suffix)', and"))
        let again = try session.run(scan(namespace, "good.json"))
        #expect(again.errors == "")
    }

    @Test func `A folder that cannot be written hides no finding`() throws {
        let namespace = try SocketNamespace(["\(Self.address),15008,2"])
        let session = try Session()
        let answer = try session.run(
            """
            halfopen -s good.json -N \(namespace.path) --state none/state -a -o json
            """
        )
        #expect(answer.status == 2)
        #expect(answer.errors.contains("cannot open 'none/state.lock': ENOENT"))
        let report = try ReadReport(answer.output)
        #expect(report.findings.count == 2)
        #expect(report.complete)
        #expect(report.warnings.count == 1)
    }

    @Test func `Runs at once wait for each other, and all are remembered`() throws {
        let namespace = try SocketNamespace(["\(Self.address),15008,50"])
        let session = try Session()
        let answer = try session.run(
            """
            for run in 1 2 3 4 5 6; do
                \(scan(namespace, "good.json")) >"run$run" & runs="$runs $!"
            done
            for run in $runs; do wait "$run" || [ $? = 1 ] || echo failed; done
            od -An -tu8 -j48 -N8 state
            """
        )
        #expect(answer.output.trimmingCharacters(in: .whitespacesAndNewlines) == "50")
        #expect(answer.errors == "")
    }

    @Test func `A run that finds the file in use for ten seconds says so, and reports`() throws {
        let namespace = try SocketNamespace(["\(Self.address),15008,1"])
        let session = try Session()
        let answer = try session.run(
            """
            exec 9>state.lock; flock 9
            \(scan(namespace, "good.json"))
            """
        )
        #expect(answer.status == 2)
        #expect(answer.errors.contains("cannot lock state file 'state'"))
        #expect(try ReadReport(answer.output).findings.count == 1)
    }

    @Test func `Whenever a run is killed, the next one believes the file`() throws {
        let namespace = try SocketNamespace(["\(Self.address),15008,2000,20"])
        let session = try Session()
        let run = scan(namespace, "good.json") + " >report"
        let answer = try session.run(
            """
            \(run) || [ $? = 1 ] || echo failed
            for attempt in {1..30}; do
                \(run) & sleep "0.$((RANDOM % 3))$((RANDOM % 10))"
                # It may have come to its end before.
                kill -KILL $! 2>/dev/null; wait $! 2>/dev/null
            done
            \(run) || [ $? = 1 ] || echo failed
            od -An -tu8 -j48 -N8 state
            ls -A | grep state
            """
        )
        #expect(
            answer.output.split(whereSeparator: \.isWhitespace) == ["2000", "state", "state.lock"]
        )
        // Not one of them found it damaged.
        #expect(answer.errors == "")
    }

    @Test func `A full disk leaves the old file, and hides no finding`() throws {
        let few = try SocketNamespace(["\(Self.address),15008,2"])
        let many = try SocketNamespace(["\(Self.address),15008,2000,20"])
        let session = try Session()
        try session.write(
            """
            mkdir disk && mount -t tmpfs -o size=64k tmpfs disk && cd disk || exit
            halfopen -s ../good.json -N \(few.path) --state state -a -o json >/dev/null
            cp state ../before
            halfopen -s ../good.json -N \(many.path) --state state -a -o json
            status=$?
            cmp state ../before && ls -A >../files
            exit $status
            """,
            to: "script"
        )
        let answer = try session.run("unshare --mount bash script; s=$?; cat files >&2; exit $s")
        #expect(answer.status == 2)
        #expect(
            answer.errors.contains("cannot write 'state': ENOSPC (No space left on device)")
        )
        #expect(answer.errors.hasSuffix("state\nstate.lock\n"))
        let report = try ReadReport(answer.output)
        #expect(report.findings.count == 2000)
        #expect(report.complete)
    }
}
