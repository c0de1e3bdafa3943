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
                    HALFOPEN CRITICAL: 10.244.0.1 now belongs to shop/new-v4, started at HH:MM:SSZ, but the peer was last heard at HH:MM:SSZ, so it was an earlier Pod: the next request on this connection will be reset; 10 candidates (9 confirmed, 1 suspected) of 2016 connections to :15008; 1 terminating, 1 undetermined (oldest silent Ns), 3 exempt, 2001 current; snapshot Ns old | candidates=10;;;0 confirmed=9;;0;0 suspected=1;0;;0 sockets=2016;;;0 undetermined=1;;;0 unresponsive=0;;;0 snapshot_age=Ns

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
                grep -c 'no candidate for 3 runs on end' lines
                """
            )
            #expect(answer.output == "0\n0\n2\n2\n")
        }
    }
}

@Suite struct CheckWithoutScanTests {
    /// What is wrong, with the beginning of the answer.
    @Test(arguments: [
        ("check -s missing.json", "cannot read snapshot 'missing.json': ENOENT"),
        ("-s good.json check --bogus", "unknown option '--bogus'"),
        ("--bogus check", "unknown option '--bogus'"),
        ("check", "no snapshot: give one with -s FILE"),
        ("check -s good.json -w 5:1", "option --warning: '5:1' is not a range such as "),
        ("check -s good.json --min-runs 3", "option --min-runs needs --state FILE"),
        ("check -s good.json --state f --min-runs 0", "option --min-runs: '0' is not a number of"),
        ("check -s good.json --all", "'check' does not take option --all, only "),
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

    @Test func `A usage error of another command is none of check's, whatever a file is called`()
        throws
    {
        let answer = try Session().run("halfopen list -s check --bogus")
        #expect(answer.status == 64)
        #expect(answer.output == "")
    }

    @Test func `Without a connection it is well, and says where it looked`() throws {
        let answer = try Session().run("unshare -n halfopen check -s good.json")
        #expect(answer.status == 0)
        #expect(answer.output.hasPrefix("HALFOPEN OK: no connection to :15008 here"))
    }
}
