import KernelTestSupport
import TestSupport
import Testing

/// The ways to a proxy's namespace that the manual describes, each with no more than it names.
@Suite(.enabled(if: KernelTests.canRun, Comment(rawValue: KernelTests.requirement)))
struct WaysInTests {
    private static let waypoint =
        TestNode.waypoint + """
            # A container that shares no namespace but that of processes, with the capabilities named.
            container() {
                unshare --mount --net --uts --ipc --cgroup -- \\
                    setpriv --inh-caps=-all --bounding-set="-all$1" -- "${@:2}"
            }

            """

    private static func run(_ script: String) throws -> Command {
        try TestNode().run(waypoint + script)
    }

    @Test func `A container with exactly the capabilities named finds and scans the waypoint`()
        throws
    {
        let answer = try Self.run(
            """
            container ,+sys_admin,+sys_ptrace,+dac_read_search \\
                halfopen -s good.json --discover -a -o json
            """
        )
        #expect(answer.errors == "")
        #expect(answer.status == 0)
        let report = try ReadReport(answer.output)
        #expect(report.targets.map(\.pod?.name) == ["waypoint-x2"])
        #expect(report.targets.map(\.sockets) == [3])
        let expected = ReadReport.Pod(namespace: "shop", name: "waypoint-x2")
        #expect(report.findings.map(\.process?.pod) == [expected, expected, expected])
    }

    @Test(arguments: [
        (",+sys_ptrace,+dac_read_search", "needs CAP_SYS_ADMIN"),
        (",+sys_admin,+dac_read_search", "needs CAP_SYS_PTRACE"),
        (",+sys_admin,+sys_ptrace", "needs CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH"),
    ])
    func `Without one of them the scan is incomplete, and the message names it`(
        capabilities: String,
        message: String
    ) throws {
        let answer = try Self.run("container \(capabilities) halfopen -s good.json --discover")
        #expect(answer.status == 2)
        #expect(answer.errors.contains(message))
        #expect(answer.errors.contains("INCOMPLETE"))
    }

    @Test func `With nsenter neither root nor a capability is needed inside`() throws {
        let answer = try Self.run(
            """
            chmod 755 .
            nsenter -t "$held" -n setpriv --reuid=65534 --regid=65534 --clear-groups \\
                --inh-caps=-all --bounding-set=-all -- "$(type -P halfopen)" -s good.json -a -o json
            """
        )
        #expect(answer.errors == "")
        #expect(answer.status == 0)
        let report = try ReadReport(answer.output)
        #expect(report.targets.map(\.sockets) == [3])
        // Root's process may not be looked into.
        #expect(report.findings.map(\.process) == [nil, nil, nil])
    }

    @Test func `A node shell scans by process, and by the name of a namespace`() throws {
        let answer = try Self.run(
            """
            halfopen -s good.json -p "$(pgrep -x pilot-agent)" -o json -a | grep -c '"envoy\\|netns-s'
            mkdir -p /run/netns && mount -t tmpfs none /run/netns && touch /run/netns/waypoint
            mount --bind "/proc/$held/ns/net" /run/netns/waypoint
            halfopen -s good.json -N waypoint -o json -a | grep -c '"envoy\\|netns-s'
            """
        )
        #expect(answer.errors == "")
        #expect(answer.output == "3\n3\n")
    }

    @Test func `A container that sees only its own processes says so`() throws {
        let answer = try Self.run(
            """
            kill "$kubelet"; wait "$kubelet" 2>/dev/null
            halfopen -s good.json --discover -q
            echo "status $?"
            # On a node that is a container, as those of kind are.
            start ./kubelet --config=x && settle
            halfopen -s good.json --discover -q
            echo "status $?"
            """
        )
        #expect(answer.output == "status 2\nstatus 0\n")
        #expect(answer.errors.contains("set hostPID: true (docker run --pid=host), or omit --"))
        #expect(answer.errors.split(separator: "\n").count == 1)
    }

    @Test func `Processes that are hidden are no sign that there are none`() throws {
        let answer = try Self.run(
            """
            chmod 755 .
            mount -t proc -o hidepid=invisible proc /proc
            setpriv --reuid=65534 --regid=65534 --clear-groups -- "$(type -P halfopen)" \\
                -s good.json --discover
            """
        )
        #expect(answer.status == 2)
        #expect(answer.errors.contains("hidepid"))
        #expect(answer.errors.contains("INCOMPLETE: no Istio proxy was seen"))
    }

    @Test func `Who looks processes up keeps two capabilities, its channel and nothing else`()
        throws
    {
        let answer = try Self.run(
            """
            mkfifo pods
            halfopen -s - -p "$held" -a -o json <pods >report &
            exec 8>pods
            until child=$(pgrep -P $!) && grep -qs 'NoNewPrivs:.1' "/proc/$child/status"; do
                sleep 0.01
            done
            grep -E '^(CapInh|CapPrm|CapEff|CapBnd|CapAmb)' "/proc/$child/status"
            readlink "/proc/$child/fd"/* | sed 's/:.*//'
            cat good.json >&8
            exec 8>&-
            wait $!
            grep -c netns-sockets report
            """
        )
        #expect(answer.errors == "")
        // CAP_DAC_READ_SEARCH is bit 2, CAP_SYS_PTRACE bit 19.
        #expect(
            answer.output.replacing("\t", with: " ") == """
                CapInh: 0000000000000000
                CapPrm: 0000000000080004
                CapEff: 0000000000080004
                CapBnd: 0000000000000000
                CapAmb: 0000000000000000
                /dev/null
                /dev/null
                /dev/null
                socket
                3

                """
        )
    }
}
