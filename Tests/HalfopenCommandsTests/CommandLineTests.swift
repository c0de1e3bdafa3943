import Judging
import Model
import Testing

@testable import HalfopenCommands

@Suite struct CommandLineTests {
    /// The request that the words make, or the message that they are answered with.
    private func request(_ words: [String]) -> Result<ScanRequest, UsageError> {
        Result { () throws(UsageError) in try ScanRequest(ParsedArguments(words).options) }
    }

    private func message(_ words: [String]) -> String? {
        guard case .failure(let error) = request(words) else { return nil }
        return error.message
    }

    @Test(arguments: [
        ["-s", "pods.json", "-a", "-q"],
        ["-aqs", "pods.json"],
        ["-aqspods.json"],
        ["--snapshot", "pods.json", "--all", "--quiet"],
        ["--snapshot=pods.json", "--all", "--quiet"],
    ])
    func `The forms of an option mean the same`(_ words: [String]) throws {
        let request = try request(words).get()
        #expect(request.snapshots == ["pods.json"])
        #expect(request.detail.showsAll)
        #expect(request.isQuiet)
        #expect(request.targets == [.current])
    }

    @Test func `Words after two dashes are operands`() throws {
        let parsed = try ParsedArguments(["-s", "a", "--", "-q", "--all"])
        #expect(parsed.operands == ["-q", "--all"])
        #expect(parsed.options.map(\.option.name) == ["snapshot"])
    }

    @Test func `Repeatable options add up in their order`() throws {
        let request = try request([
            "-s", "a", "-s", "-", "-N", "waypoint", "-p", "42", "--exclude", "10.0.0.0/8",
            "--exclude", "fd00::1",
        ]).get()
        #expect(request.snapshots == ["a", "-"])
        #expect(request.targets == [.netns("waypoint"), .pid(42)])
        #expect(request.policy.exclude.map(\.description) == ["10.0.0.0/8", "fd00::1/128"])
    }

    @Test func `Proxies are looked for once, and those of the roles asked for`() throws {
        let plain = try request(["-s", "a", "--discover", "-p", "42", "--discover"]).get()
        #expect(plain.targets == [.discover, .pid(42)])
        #expect(plain.roles == [.waypoint, .gateway, .agentgateway])
        let narrow = try request(["-s", "a", "--role", "sidecar,gateway", "--discover"]).get()
        #expect(narrow.roles == [.sidecar, .gateway])
    }

    @Test(
        arguments: [
            (":9471", "127.0.0.1:9471"), ("localhost:9471", "127.0.0.1:9471"),
            ("127.0.0.1:0", "127.0.0.1:0"), ("0.0.0.0:9471", "0.0.0.0:9471"),
            ("[::]:9471", "[::]:9471"), ("[::1]:65535", "[::1]:65535"), ("9471", nil), (":", nil),
            ("127.0.0.1", nil), ("::1:9471", nil), ("[::1]", nil), ("[::1:9471", nil),
            (":65536", nil), (":+1", nil), (":-1", nil), ("host.example:9471", nil), ("[]:1", nil),
        ]
    )
    func `A watch listens on the address before a port, and on loopback without one`(
        text: String,
        endpoint: String?
    ) {
        let request = request(["-s", "a", "--web.listen-address", text])
        #expect((try? request.get())?.webAddress?.description == endpoint)
        if endpoint == nil {
            #expect(
                message(["-s", "a", "--web.listen-address", text])
                    == "option --web.listen-address: '\(text)' is not an address such as"
                    + " 127.0.0.1:9471, [::]:9471 or :9471 (loopback)"
            )
        }
    }

    @Test func `The node's ztunnel takes the place of a snapshot, but for a replay`() throws {
        #expect(try request(["--ztunnel"]).get().asksZtunnel)
        #expect(try request(["--ztunnel", "-s", "a"]).get().snapshots == ["a"])
        #expect(
            message(["--ztunnel", "-r", "capture"])
                == "option --ztunnel: what it lists now is not what it listed when the capture was"
                + " taken; leave it out, and give a snapshot of that time"
        )
    }

    @Test func `Values are understood`() throws {
        let request = try request([
            "-s", "a", "--captured-at", "@1795255451", "--max-age", "0", "--clock-skew", "1s",
            "--only", "deleted", "--port", "15009", "-o", "ndjson", "--color", "never",
        ]).get()
        #expect(request.capturedAt == WallTime(epochSeconds: 1_795_255_451))
        #expect(request.policy.maxAge == nil)
        #expect(request.policy.skew == .seconds(1))
        #expect(request.policy.asked == [.deleted])
        #expect(request.policy.silentAfter == .seconds(35))
        #expect(request.port == 15009)
        #expect(request.output == .ndjson)
        #expect(request.color == .never)
    }

    @Test(arguments: [
        (
            ["--silent-after", "0"],
            "option --silent-after: '0' needs a snapshot, because connections are then not judged by"
                + " their pings; give one with -s FILE, such as the output of 'kubectl get pods -A -o"
                + " json', or -s - for standard input"
        ),
        (
            ["--silent-after", "24999ms"],
            "option --silent-after: '24999ms' is not 0, or 25s or more: a living connection may be"
                + " silent for 24s"
        ),
        (
            ["--captured-at", "@1795255451"],
            "option --captured-at needs --snapshot FILE; add that option"
        ),
        (["--snapshto=a"], "unknown option '--snapshto'; did you mean '--snapshot'?"),
        (["--xyzzyxyzzy"], "unknown option '--xyzzyxyzzy'"),
        (["-Z"], "unknown option '-Z'"),
        (["-s"], "option --snapshot needs a value: --snapshot FILE"),
        (["-s", ""], "option --snapshot: '' is not a file, or - for standard input"),
        (["--all=yes", "-s", "a"], "option --all takes no value"),
        (
            ["-s", "-", "-s", "-"],
            "option --snapshot names standard input twice; it can be read once"
        ),
        (["-s", "a", "-N", ""], "option --netns: '' is not a name or a path"),
        (
            ["-s", "a", "--role", "waypoint"],
            "option --role needs --discover; add that option"
        ),
        (
            ["-s", "a", "--discover", "--role", "waypoint,router"],
            "option --role: 'waypoint,router' is not a list made of: waypoint, gateway, sidecar,"
                + " agentgateway"
        ),
        (["-s", "a", "-p", "0"], "option --pid: '0' is not the number of a process, 1 or more"),
        (
            ["-s", "a", "-p", "self"],
            "option --pid: 'self' is not the number of a process, 1 or more"
        ),
        (["-s", "a", "--port", "0"], "option --port: '0' is not a TCP port, 1 to 65535"),
        (["-s", "a", "--port", "65536"], "option --port: '65536' is not a TCP port, 1 to 65535"),
        (["-s", "a", "--port", "1", "--port", "2"], "option --port is given twice; give it once"),
        (
            ["-s", "a", "--max-age", "90"],
            "option --max-age: '90' is not a duration such as 90s, 5m or 1h30m"
        ),
        (
            ["-s", "a", "--max-age=-5m"],
            "option --max-age: '-5m' is not a duration such as 90s, 5m or 1h30m"
        ),
        (
            ["-s", "a", "--clock-skew", "999ms"],
            "option --clock-skew: '999ms' is not 1s or more: API times are cut to whole seconds"
        ),
        (
            ["-s", "a", "--clock-skew", "0"],
            "option --clock-skew: '0' is not 1s or more: API times are cut to whole seconds"
        ),
        (
            ["-s", "a", "--captured-at", "now"],
            "option --captured-at: 'now' is not a time such as 2026-11-21T10:04:11Z or"
                + " @1795255451 (seconds since 1970)"
        ),
        (
            ["-s", "a", "--captured-at", "2026-02-30T00:00:00Z"],
            "option --captured-at: '2026-02-30T00:00:00Z' is not a time such as"
                + " 2026-11-21T10:04:11Z or @1795255451 (seconds since 1970)"
        ),
        (
            ["-s", "a", "--exclude", "10.0.0.0/33"],
            "option --exclude: '10.0.0.0/33' is not a block of addresses such as 10.244.0.0/16 or"
                + " fd00::/48"
        ),
        (
            ["-s", "a", "--pod-cidr", "cluster"],
            "option --pod-cidr: 'cluster' is not a block of addresses such as 10.244.0.0/16 or"
                + " fd00::/48"
        ),
        (
            ["-s", "a", "--only", "current"],
            "option --only: 'current' is not a list made of: replaced, deleted, silent"
        ),
        (
            ["-s", "a", "--only", "deleted,"],
            "option --only: 'deleted,' is not a list made of: replaced, deleted, silent"
        ),
        (
            ["-s", "a", "-o", "yaml"],
            "option --output: 'yaml' is not one of: table, wide, json, ndjson, prometheus,"
                + " html"
        ),
        (
            ["-s", "a", "-o", "report.json"],
            "option --output: 'report.json' is not one of: table, wide, json, ndjson, prometheus,"
                + " html;"
                + " to write a file, redirect the output"
        ),
        (["-s", "a", "--color", "on"], "option --color: 'on' is not one of: auto, always, never"),
    ])
    func `A wrong command line names the option, the value and what is accepted`(
        _ words: [String],
        _ expected: String
    ) {
        #expect(message(words) == expected)
    }

    @Test(arguments: [
        ("", "", 0), ("a", "", 1), ("kitten", "sitting", 3), ("netns", "nets", 1),
    ])
    func `The edit distance counts the least changes`(
        _ left: String,
        _ right: String,
        _ distance: Int
    ) {
        #expect(editDistance(left, right) == distance)
        #expect(editDistance(right, left) == distance)
    }
}
