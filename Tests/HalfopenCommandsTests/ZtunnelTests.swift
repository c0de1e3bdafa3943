import Foundation
import KernelTestSupport
import TestSupport
import Testing

/// `--ztunnel` on nodes made of namespaces, with a stand-in for ztunnel's admin server in one of its own.
///
/// One after the other: two nodes at once take more than twice as long.
@Suite(.serialized, .enabled(if: KernelTests.canRun, Comment(rawValue: KernelTests.requirement)))
struct ZtunnelTests {
    /// `ztunnel NAME=VALUE...` starts a stand-in and waits until it listens; `$ztunnel` is its process.
    private static let prelude = """
        install -m 755 '\(Command.root.path)/scripts/support/ztunnel_admin.py' ztunnel
        ztunnel() {
            rm -f listening
            env -i PATH="$PATH" "$@" unshare --net -- bash -c \\
                'ip link set lo up; exec ${RUN-} ./ztunnel proxy ztunnel' <&9 >/dev/null &
            ztunnel=$!
            until [ -e listening ]; do sleep 0.02; done
        }
        masked() { sed -E "s/(process|,) $ztunnel\\b/\\1 PID/"; }
        # The web Pods that the stand-in makes up begin here.
        hold 10.64.0.1,15008,3,3

        """

    private func run(_ script: String) throws -> Command {
        try TestNode().run(Self.prelude + script)
    }

    @Test(arguments: ["length", "chunked", "close"])
    func `However it answers, its workloads are the snapshot, fresh and named as its own`(
        answer: String
    ) throws {
        let result = try run(
            """
            ztunnel ANSWER=\(answer) READY=200
            halfopen --ztunnel -p "$held" -a -o json --only deleted
            """
        )
        #expect(result.errors == "")
        #expect(result.status == 0)
        let report = try ReadReport(result.output)
        #expect(report.complete)
        let owners = report.findings.map { $0.owners.map(\.name) }
        #expect(owners == [["web-0"], ["web-1"], ["web-2"]])
        let snapshot = try #require(report.snapshots.first)
        #expect(report.snapshots.count == 1)
        #expect(snapshot.source == "--ztunnel")
        #expect(snapshot.format == "ztunnel")
        #expect(snapshot.capturedAtSource == "request")
        #expect(snapshot.pods == 3)
        #expect(try #require(snapshot.ageSeconds) < 5)
    }

    /// What is started, and what the scan says of it.
    private static let faults = [
        (
            "",
            """
            no ztunnel runs on this node (a process 'ztunnel proxy ztunnel' with CAP_SYS_ADMIN); start \
            it, or give a snapshot (-s FILE) instead of --ztunnel
            """
        ),
        (
            // Anybody may have this name and command line.
            "ztunnel 'RUN=setpriv --bounding-set=-all --inh-caps=-all --'",
            """
            no ztunnel runs on this node (a process 'ztunnel proxy ztunnel' with CAP_SYS_ADMIN); start \
            it, or give a snapshot (-s FILE) instead of --ztunnel
            """
        ),
        (
            "ztunnel; first=$ztunnel; ztunnel",
            """
            several ztunnels run on this node (processes FIRST, PID), as during an update; wait for \
            the update, or give a snapshot (-s FILE) instead of --ztunnel
            """
        ),
        (
            "ztunnel ANSWER=deaf",
            """
            cannot get the workloads of ztunnel (process PID) from 127.0.0.1:15000/config_dump: \
            ECONNREFUSED (Connection refused); check that its admin server listens there \
            (proxyAdminPort)
            """
        ),
        (
            "ztunnel ANSWER=cut PORT=15099 'PROXY_CONFIG=proxyAdminPort: 15099'",
            """
            cannot get the workloads of ztunnel (process PID) from 127.0.0.1:15099/config_dump: the \
            connection ended before the answer was complete; run again, and look at its log if it \
            happens again
            """
        ),
        (
            "ztunnel ANSWER=oversize",
            """
            cannot get the workloads of ztunnel (process PID) from 127.0.0.1:15000/config_dump: the \
            answer is longer than 1073741824 bytes; check what listens there
            """
        ),
        (
            "ztunnel ANSWER=missing",
            """
            cannot get the workloads of ztunnel (process PID) from 127.0.0.1:15000/config_dump: the \
            answer has the HTTP status 404 instead of 200; check that its admin server listens there \
            (proxyAdminPort)
            """
        ),
        (
            "ztunnel ANSWER=foreign",
            """
            cannot get the workloads of ztunnel (process PID) from 127.0.0.1:15000/config_dump: the \
            answer does not begin with a status line of HTTP/1.1; check what listens there
            """
        ),
        (
            "ztunnel READY=500",
            """
            ztunnel (process PID) is not ready (HTTP status 500): it may not know all workloads yet; \
            wait until it has synced with istiod
            """
        ),
        (
            "ztunnel XDS_ON_DEMAND=true",
            """
            ztunnel (process PID) loads workloads on demand (XDS_ON_DEMAND), so that it knows only \
            some: give a snapshot (-s FILE) instead of --ztunnel
            """
        ),
        (
            "ztunnel ANSWER=list",
            """
            cannot use what ztunnel (process PID) answered: snapshot '--ztunnel' is not a dump of \
            ztunnel's workloads: line 1, byte 0: found another list; check what listens on ztunnel's \
            admin port
            """
        ),
    ]

    @Test(arguments: faults)
    func `A ztunnel that does not answer as it should is named, and the scan is incomplete`(
        started: String,
        message: String
    ) throws {
        let result = try run(
            """
            first=none
            ztunnel=none
            \(started)
            halfopen --ztunnel -p "$held" -q 2>said
            status=$?
            masked <said | sed "s/processes $first\\b/processes FIRST/"
            exit $status
            """
        )
        #expect(result.errors == "")
        #expect(result.status == 2)
        #expect(result.output.contains("halfopen: \(message)\n"), "\(result.output)")
    }

    @Test(arguments: ["silent", "trickle"])
    func `A ztunnel that takes for ever is given up after ten seconds`(answer: String) throws {
        let result = try run(
            """
            ztunnel ANSWER=\(answer)
            SECONDS=0
            halfopen --ztunnel -p "$held" -q 2>said
            echo "status $?, seconds $((SECONDS / 10 * 10))"
            masked <said
            """
        )
        #expect(result.errors == "")
        #expect(
            result.output.hasPrefix(
                """
                status 2, seconds 10
                halfopen: cannot get the workloads of ztunnel (process PID) from \
                127.0.0.1:15000/config_dump: there was no complete answer within 10 s; run again, and \
                look at its log if it happens again

                """
            ),
            "\(result.output)"
        )
    }

    @Test func `Its workloads can be written as a snapshot, and need its time to be given again`()
        throws
    {
        let result = try run(
            """
            ztunnel
            halfopen snapshot --ztunnel | jq -c '[.podsFrom, (.pods | length), .pods[0].name, .scope]'
            """
        )
        #expect(result.errors == "")
        #expect(result.output == #"["ztunnel",3,"web-0","unknown"]"# + "\n")
    }

    @Test
    func
        `Its owners are current while they are heard; of a silent one it has no times to ask`()
        throws
    {
        let result = try run(
            """
            verdicts() {
                halfopen --ztunnel -p "$held" -a --silent-after 25s -o json 2>said |
                    sed s/heard-after-snapshot/heard-around-snapshot/ |
                    jq -r '"complete \\(.complete)", (.findings[] |
                        [.peer.address, .verdict, .confidence, .reason, .owners[0].name, .owners[0].node]
                        | map(. // "-") | join(" "))'
            }
            hold 10.64.0.2,15008,1 10.99.0.1,15008,1
            ztunnel
            verdicts
            sleep 26
            verdicts
            """
        )
        #expect(result.errors == "")
        #expect(
            result.output == """
                complete true
                10.99.0.1 unlisted - heard-around-snapshot - -
                10.64.0.2 current assumed heard-now web-1 node-1
                complete false
                10.99.0.1 deleted suspected unowned-address - -
                10.64.0.2 undetermined - owner-has-no-timestamps web-1 node-1

                """
        )
    }

    @Test func `A watch asks it anew for each scan, and says when it does not answer`() throws {
        let result = try run(
            """
            await() {
                for _ in $(seq 200); do
                    if eval "$1"; then return; fi
                    sleep 0.1
                done
                echo "never: $1"
                exit 1
            }
            last() { tail -n 1 out | jq -e "$1" >/dev/null; }
            printf '%s\\n' '10.64.0.1 web-0 a' '10.64.0.2 web-1 a' >workloads
            ztunnel WORKLOADS=workloads
            halfopen watch --ztunnel -p "$held" -a --only deleted --interval 100ms \\
                --metrics-file metrics >out 2>err &
            watch=$!
            await 'grep -qs "^halfopen_snapshot_pods 2" metrics'
            printf '%s\\n' '10.64.0.1 web-0 a' '10.64.0.2 web-1 a' '10.64.0.3 web-2 b' >workloads
            await 'grep -qs "^halfopen_snapshot_pods 3" metrics'
            await 'grep -qs "^halfopen_scan_complete 1" metrics'
            kill "$ztunnel"
            # It may have been asked when it ended: that is told otherwise, and only once.
            await 'grep -q "no ztunnel runs on this node" err'
            await 'grep -qs "^halfopen_scan_complete 0" metrics'
            grep '^halfopen_snapshot_pods' metrics
            ztunnel WORKLOADS=workloads
            await 'grep -qs "^halfopen_scan_complete 1" metrics'
            kill "$watch" && wait "$watch"
            echo "status $?"
            grep -c 'no ztunnel runs on this node.*its last good answer is used, of 20' err
            """
        )
        #expect(result.errors == "")
        #expect(result.output == "halfopen_snapshot_pods 3\nstatus 0\n1\n")
    }

    @Test func `Twenty thousand workloads take little memory, and do not pile up in a watch`()
        throws
    {
        let result = try run(
            """
            cat >measure.py <<'END'
            import resource, subprocess, sys
            status = subprocess.run(sys.argv[1:], stdout=subprocess.DEVNULL).returncode
            print(status, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024)
            END
            ztunnel WORKLOADS=20000 ANSWER=chunked SENT=sent
            halfopen snapshot --ztunnel | jq '.pods | length'
            python3 measure.py halfopen --ztunnel -p "$held" -q --only deleted
            python3 measure.py timeout 15 halfopen watch --ztunnel -p "$held" --interval 100ms \\
                --only deleted
            awk '$1 > 10000000 { large += 1 } END { print (large == NR), (NR > 3) }' sent
            """
        )
        #expect(result.errors == "")
        let words = result.output.split(whereSeparator: \.isWhitespace)
        try #require(words.count == 7)
        #expect(words[0] == "20000")
        #expect(words[1] == "0")
        // Peak resident memory in MiB: the program, its table of Pods, and of a watch two of these.
        #expect(try #require(Int(words[2])) < 90)
        #expect(try #require(Int(words[4])) < 120)
        #expect(words[5...] == ["1", "1"])
    }
}
