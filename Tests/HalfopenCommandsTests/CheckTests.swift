import Foundation
import TestSupport
import Testing

extension ScanTests {
    /// `halfopen check` as a monitoring system runs it.
    struct Checks {
        private let world: StaleWorld

        init() throws { world = try #require(StaleWorld.current) }

        @Test func `A confirmed candidate is critical, and named`() throws {
            let answer = try world.scan("check")
            #expect(answer.status == 2)
            #expect(answer.errors == "")
            #expect(
                answer.output.masked
                    == """
                    HALFOPEN CRITICAL: 10.244.0.1 now belongs to shop/new-v4, started at HH:MM:SSZ, but the peer was last heard at HH:MM:SSZ, so it was an earlier Pod: the next request on this connection will be reset; 10 candidates (9 confirmed, 1 suspected) of 2016 connections to :15008; 1 terminating, 1 undetermined (oldest silent Ns), 3 exempt, 2001 current; snapshot Ns old | candidates=10;;;0 confirmed=9;;0;0 suspected=1;0;;0 sockets=2016;;;0 undetermined=1;;;0 silent=0;;;0 snapshot_age=Ns

                    """
            )
        }

        @Test(arguments: [
            ("-w 9", 1), ("-w 10", 0), ("-c 9", 2), ("-c 9 -w 3", 2), ("-c 10 -w '~:3'", 1),
            ("--critical=@10:10", 2), ("-c 10:", 0),
        ])
        func `Ranges decide by the number of candidates`(options: String, status: Int32) throws {
            #expect(try world.scan("check \(options)").status == status)
        }

        @Test func `What counts only after some runs is well until then`() throws {
            let session = try Session()
            try session.write(world.snapshot().compact, to: "pods.json")
            let answer = try session.run(
                """
                for run in 1 2 3; do
                    halfopen check -s pods.json -N \(world.namespace.path) \(StaleWorld.options) \\
                        --state state --min-runs 3 >>lines
                    echo "$?"
                done
                grep -c 'no candidate in 3 consecutive runs' lines
                """
            )
            #expect(answer.output == "0\n0\n2\n2\n")
        }

        @Test func `Checks of two proxies may share a state file`() throws {
            let session = try Session()
            try session.write(world.snapshot().compact, to: "pods.json")
            let answer = try session.run(
                """
                for run in 1 2 3; do
                    for target in \(world.namespace.path) \(world.other.path); do
                        halfopen check -s pods.json -N "$target" \(StaleWorld.options) \\
                            --state state --min-runs 2 >/dev/null
                        printf '%s ' "$?"
                    done
                done
                """
            )
            #expect(answer.output == "0 0 2 2 2 2 ")
        }

        @Test func `Runs that were lost are not taken for none`() throws {
            let session = try Session()
            try session.write(world.snapshot().compact, to: "pods.json")
            let answer = try session.run(
                """
                check() {
                    halfopen check -s pods.json -N "$1" \(StaleWorld.options) --state state \\
                        --min-runs 3 2>>err >>lines
                    printf '%s ' "$?"
                }
                for run in 1 2 3; do check \(world.namespace.path); done
                truncate -s -8 state
                # The first sees the loss; of the others each asks for more runs than there were.
                for run in 1 2 3; do
                    check \(world.namespace.path); check \(world.other.path)
                done
                grep -c 'UNKNOWN: the history of earlier runs was lost at 20' lines
                cat err
                """
            )
            #expect(answer.output.hasPrefix("0 0 2 3 3 3 3 2 2 4\n"))
            #expect(answer.output.contains("halfopen: state file 'state' is damaged"))
        }
    }
}

@Suite struct CheckWithoutScanTests {
    /// What is wrong, with the beginning of the answer.
    @Test(arguments: [
        ("check -s missing.json", "cannot read snapshot 'missing.json': ENOENT"),
        ("-s good.json check --bogus", "unknown option '--bogus'"),
        ("--bogus check", "unknown option '--bogus'"),
        ("check --silent-after 0", "option --silent-after: '0' needs a snapshot, because"),
        ("check --only deleted", "option --only: without a snapshot a candidate is always"),
        ("check --cluster-wide", "option --cluster-wide needs --snapshot FILE; add that option"),
        ("check -s good.json -w 5:1", "option --warning: '5:1' is not a range such as "),
        ("check -s good.json --min-runs 3", "option --min-runs needs --state FILE"),
        ("check -s good.json --state f --min-runs 0", "option --min-runs: '0' is not a number of"),
        ("check -s good.json --all", "'check' does not take option --all; "),
        ("check -s good.json --state /nowhere/state", "cannot open '/nowhere/state.lock': ENOENT"),
        ("check -s good.json -N ./missing", "cannot open network namespace './missing': ENOENT"),
        ("check -s good.json --max-age 1ms", "snapshot 'good.json' is "),
    ])
    func `Whatever keeps it from telling is unknown, on standard output`(
        arguments: String,
        reason: String
    ) throws {
        let answer = try Session().run("sleep 0.01; halfopen \(arguments)")
        #expect(answer.status == 3)
        #expect(answer.output.hasPrefix("HALFOPEN UNKNOWN: \(reason)"), "\(answer.output)")
        #expect(answer.output.count { $0 == "\n" } == 1)
    }

    @Test(
        .enabled(if: geteuid() == 0, "needs root"),
        arguments: ["umount -l /proc", "mount -t tmpfs none /proc"]
    )
    func `Without /proc it is unknown, too`(hiding: String) throws {
        let answer = try Session().run(
            "unshare -m bash -c '\(hiding) && exec halfopen check -s good.json'"
        )
        #expect(answer.status == 3)
        #expect(answer.output.hasPrefix("HALFOPEN UNKNOWN: cannot read the command line: /proc is"))
        #expect(answer.output.count { $0 == "\n" } == 1)
    }

    @Test func `A usage error of another command is none of check's, whatever a file is called`()
        throws
    {
        let answer = try Session().run("halfopen list -s check --bogus")
        #expect(answer.status == 64)
        #expect(answer.output == "")
    }

    @Test func `A namespace without a connection may be the wrong one, unless that is allowed`()
        throws
    {
        let answer = try Session().run(
            """
            unshare -n bash -c '
                readlink /proc/self/ns/net
                halfopen check -s good.json; echo $?
                halfopen check -s good.json --allow-no-connections; echo $?'
            """
        )
        let lines = answer.output.split(separator: "\n")
        let inode = lines[0].dropFirst("net:[".count).dropLast()
        #expect(
            lines[1].hasPrefix(
                "HALFOPEN UNKNOWN: the current network namespace (inode \(inode)) has no connection to"
                    + " port 15008: it may be the wrong network namespace; "
            )
        )
        #expect(
            lines[1].contains("or allow it (--allow-no-connections); no connection to :15008 in ")
        )
        #expect(lines[2] == "3")
        #expect(lines[3].hasPrefix("HALFOPEN OK: no connection to :15008 in the current "))
        #expect(lines[4] == "0")
    }
}
