import Discovery
import Judging
import Model

extension Option {
    /// Every option, in the order in which help and the manual list them.
    static let all: [Option] =
        snapshots + incident + targets + judgement + monitoring + watching + printing + reaping
        + general

    /// Where connections and the owners of their addresses come from.
    private static let snapshots: [Option] = [
        Option(
            "snapshot",
            short: "s",
            takes: .input,
            of: .reading,
            isRepeatable: true,
            help: """
                who owns which Pod IP: 'kubectl get pods -A -o json', pod-snapshot's output or \
                ztunnel's config_dump; - is standard input
                """,
            details: """
                Several snapshots are joined. Without one, connections are judged by their pings \
                alone; 'snapshot' requires one. See halfopen-snapshot(5).
                """
        ) { $0.snapshots.append($1) },
        Option(
            flag: "ztunnel",
            of: .judgingPods,
            help: "ask this node's ztunnel for a snapshot, again for each scan; needs root",
            details: """
                Neither an API server nor access to one is needed. Such a snapshot has no times of \
                Pods. Without an answer, the scan is incomplete. See halfopen-ztunnel(5).
                """
        ) { $0.asksZtunnel = true },
        Option(
            "captured-at",
            takes: .time,
            of: .readingOnce,
            needs: "snapshot",
            help: "when the snapshot was requested: RFC 3339 or @EPOCH",
            details: """
                Overrides the time that the document states. A later time than the true one \
                can make false candidates; an earlier one only hides some.
                """
        ) { $0.capturedAt = $1 },
        Option(
            flag: "cluster-wide",
            of: .judgingPods,
            needs: "snapshot",
            help: "the snapshot lists every Pod of the cluster (kubectl get -A)",
            details: """
                A list from kubectl(1) does not say so itself. Without it, a connection to an \
                address without an owner is only 'suspected'.
                """
        ) { $0.isClusterWide = true },
    ]

    private static let targets: [Option] = [
        Option(
            "netns",
            short: "N",
            takes: .namespace,
            of: .targeting,
            isRepeatable: true,
            help: "scan this network namespace: a name of 'ip netns' or a path",
            details: "A path has a slash."
        ) { $0.targets.append(.netns($1)) },
        Option(
            "pid",
            short: "p",
            takes: .process,
            of: .targeting,
            isRepeatable: true,
            help: "scan the network namespace of this process"
        ) { $0.targets.append(.pid($1)) },
        Option(
            flag: "discover",
            of: .targeting,
            help: """
                scan every Istio proxy of this node: each 'pilot-agent proxy ROLE', and agentgateway
                """,
            details: "Each network namespace is scanned once."
        ) { if !$0.targets.contains(.discover) { $0.targets.append(.discover) } },
        Option(
            "role",
            takes: .roles,
            of: .targeting,
            needs: "discover",
            help: """
                the roles to discover: waypoint, gateway, agentgateway, sidecar; default all but \
                sidecar
                """,
            details: """
                The command line of agentgateway does not say whether it is a waypoint or a \
                gateway, so it is found as either.
                """
        ) { $0.roles = $1 },
        Option(
            "replay",
            short: "r",
            takes: .input,
            of: [.list, .explain],
            isRepeatable: true,
            help: """
                judge a file of 'halfopen capture' or 'ss -D FILE -i' instead of this kernel; \
                - is standard input
                """,
            details: "See halfopen-capture(5)."
        ) { $0.replays.append($1) },
        Option(
            "dumped-at",
            takes: .time,
            of: [.list, .explain],
            needs: "replay",
            help: "when ss wrote its dump, or shortly after; without it the scan is incomplete",
            details: """
                The file's modification time is used instead. That time is later if the file \
                was copied, which hides candidates. A pipe has none.
                """
        ) { $0.dumpedAt = $1 },
        Option(
            "port",
            takes: .port,
            of: .targeting.union(.explain),
            help: "the remote port of the connections; default 15008"
        ) { $0.port = $1 },
    ]

    /// How connections are judged.
    private static let judgement: [Option] = [
        Option(
            "max-age",
            takes: .duration,
            of: .judging,
            help: """
                the scan is incomplete if a snapshot is older; default 10m, 0 disables; with \
                reap 5m, never 0
                """
        ) { $0.policy.maxAge = $1 == .zero ? nil : $1 },
        Option(
            "silent-after",
            takes: .silence,
            of: .judging,
            help: """
                a connection is silent if nothing was heard on it for this long; default 35s, at \
                least 25s, 0 disables
                """,
            details: """
                An HBONE server pings every connection every 10 seconds, so a silent one has \
                probably lost its other end. A snapshot is needed if this is disabled. See \
                halfopen-heartbeat(7).
                """
        ) { $0.policy.silentAfter = $1 == .zero ? nil : $1 },
        Option(
            "clock-skew",
            takes: .skew,
            of: .judging.union(.explain),
            help: "the difference to tolerate between any two clocks; default 2s, at least 1s"
        ) { $0.policy.skew = $1 },
        Option(
            "pod-cidr",
            takes: .prefix,
            of: .judging,
            isRepeatable: true,
            help: "an address block (CIDR) that only Pods use",
            details: "It is added to the podCIDRs of the Nodes in the snapshot."
        ) { $0.podCIDRs.append($1) },
        Option(
            "exclude",
            takes: .prefix,
            of: .judging,
            isRepeatable: true,
            help: "do not judge connections to this block, such as an east-west gateway's"
        ) { $0.policy.exclude.append($1) },
        Option(
            "only",
            takes: .verdicts,
            of: .judging,
            help: "count and show only these candidates: replaced, deleted, silent",
            details: "The others are still counted in the summary. Without a snapshot, silent must"
                + " be among them."
        ) { $0.policy.asked = $1 },
        Option(
            "state",
            takes: .file,
            of: .judging.union(.explain),
            help: "remember the connections in this file, so that later runs prove more",
            details: "The file is created if it is missing. See halfopen-state(5)."
        ) { $0.state = $1 },
    ]

    private static let monitoring: [Option] = [
        Option(
            "warning",
            short: "w",
            takes: .range,
            of: [.check],
            help: "WARNING if the number of candidates is outside this range"
        ) { $0.thresholds.warning = $1 },
        Option(
            "critical",
            short: "c",
            takes: .range,
            of: [.check],
            help: "CRITICAL if the number of candidates is outside this range"
        ) { $0.thresholds.critical = $1 },
        Option(
            "min-runs",
            takes: .runs,
            of: [.check],
            help: "count only what was a candidate in N consecutive runs; needs --state",
            details: """
                If what earlier runs remembered was lost, because the file was damaged or the \
                clock was set, the answer is UNKNOWN until N runs have passed.
                """
        ) { $0.thresholds.minRuns = $1 },
        Option(
            flag: "allow-no-connections",
            of: [.check],
            help: "a network namespace without a connection is OK, not UNKNOWN",
            details: """
                Without this option it is UNKNOWN, because it may be the wrong namespace. Those \
                that --discover finds are a proxy's in any case.
                """
        ) { $0.thresholds.allowsNoConnections = true },
    ]

    private static let watching: [Option] = [
        Option(
            "interval",
            takes: .interval,
            of: [.watch],
            help: "the time between scans; default 15s"
        ) { $0.interval = $1 },
        Option(
            "metrics-file",
            takes: .file,
            of: [.watch],
            help: "write metrics for Prometheus to this file after each scan",
            details: "The file is replaced as a whole. See METRICS."
        ) { $0.metricsFile = $1 },
        Option(
            "web.listen-address",
            takes: .listenAddress,
            of: [.watch],
            help: "serve metrics and the last report over HTTP on this address, such as :9471",
            details: """
                Without an address before the port, only this machine can connect: 127.0.0.1. \
                0.0.0.0 or [::] is every address. See ENDPOINTS.
                """
        ) { $0.webAddress = $1 },
    ]

    /// What is printed, and how.
    private static let printing: [Option] = [
        Option(
            flag: "all",
            short: "a",
            of: .showing,
            help: "show every connection, not only the candidates"
        ) { $0.detail.showsAll = true },
        Option(
            "output",
            short: "o",
            takes: .format,
            of: .printing,
            help: "table (default), wide, json, ndjson or prometheus",
            details: "To write a file, redirect standard output."
        ) { $0.setOutput($1) },
        Option(
            "output-file",
            takes: .output,
            of: [.capture],
            help: "the file to write; - is standard output",
            details: """
                Required. The file is replaced as a whole, once it is on the disk. Standard \
                output must not be a terminal.
                """
        ) { $0.outputFile = $1 },
        Option(flag: "no-header", of: .printing, help: "do not print the column titles") {
            $0.showsHeader = false
        },
        Option(
            "color",
            takes: .color,
            of: .printing,
            help: "color the rows: auto (default: on a terminal), always or never"
        ) { $0.color = $1 },
        Option(
            flag: "quiet",
            short: "q",
            of: .printing,
            help: "print no summary on standard error, only warnings"
        ) {
            $0.isQuiet = true
        },
    ]

    /// What is destroyed.
    private static let reaping: [Option] = [
        Option(
            flag: "reap",
            of: [.watch],
            help: "destroy stale connections, as 'halfopen reap' does (dry run without --yes)"
        ),
        Option(
            flag: "yes",
            of: .reaping,
            isRepeatable: true,
            needs: "reap",
            help: "destroy; without it, only show what would be destroyed",
            details: "If it is given twice, one run is enough for a proxy with fewer than ten"
                + " peers."
        ) { ($0.isDryRun, $0.reapPolicy.insists) = (false, !$0.isDryRun) },
        Option(
            flag: "include-suspected",
            of: .reaping,
            needs: "reap",
            help: "also destroy suspected candidates, not only confirmed ones"
        ) { $0.reapPolicy.includesSuspected = true },
        Option(
            "min-owner-age",
            takes: .duration,
            of: .reaping,
            needs: "reap",
            help: "keep connections whose address has a younger owner; default 0s"
        ) { $0.reapPolicy.minOwnerAge = $1 },
        Option(
            "max",
            takes: .connections,
            of: .reaping,
            needs: "reap",
            help: "destroy at most N connections of each target, longest silent first; default 100"
        ) { $0.reapPolicy.max = $1 },
        Option(
            "max-fraction",
            takes: .fraction,
            of: .reaping,
            needs: "reap",
            help: "destroy nothing in a target if the snapshot contradicts more than this fraction"
                + " of its peers; default 0.5"
        ) { $0.reapPolicy.maxFraction = $1 },
    ]

    private static let general: [Option] = [
        Option(
            flag: "verbose",
            short: "v",
            of: .speaking,
            help: "print on standard error what was read and how long it took"
        ) { $0.isVerbose = true },
        Option(flag: "help", short: "h", of: .every, help: "print the help of the command"),
        Option(flag: "version", of: .every, help: "print the version"),
    ]
}

extension Subcommands {
    fileprivate static let every = Self(Subcommand.allCases)
    /// Those that read snapshots.
    fileprivate static let reading: Self = [.list, .check, .watch, .reap, .snapshot, .explain]
    /// Those that read them once: only then one time can be that of all.
    fileprivate static let readingOnce: Self = [.list, .check, .reap, .snapshot]
    /// Those to which it matters who has an address now, and not only who had it when.
    fileprivate static let judgingPods: Self = [.list, .check, .watch, .reap, .snapshot]
    /// Those that judge connections.
    fileprivate static let judging: Self = [.list, .check, .watch, .reap]
    /// Those that look into network namespaces.
    fileprivate static let targeting: Self = [.list, .check, .watch, .reap, .capture]
    /// Those that show single connections.
    fileprivate static let showing: Self = [.list, .watch, .reap]
    /// Those that print a report.
    fileprivate static let printing: Self = [.list, .reap, .explain]
    /// Those that have something to tell of what they read.
    fileprivate static let speaking = reading.union(targeting)
    /// Those that may destroy.
    fileprivate static let reaping: Self = [.watch, .reap]
}
