/// Every option of the command line, once: parsing, `--help` and the checks of the manual and the
/// completions all read this table.
enum Option: String, CaseIterable {
    case snapshot
    case netns
    case pid
    case discover
    case role
    case replay
    case dumpedAt = "dumped-at"
    case capturedAt = "captured-at"
    case clusterWide = "cluster-wide"
    case maxAge = "max-age"
    case clockSkew = "clock-skew"
    case podCIDR = "pod-cidr"
    case exclude
    case only
    case port
    case state
    case warning
    case critical
    case minRuns = "min-runs"
    case allowNoConnections = "allow-no-connections"
    case interval
    case metricsFile = "metrics-file"
    case unresponsive
    case all
    case output
    case outputFile = "output-file"
    case noHeader = "no-header"
    case color
    case quiet
    case verbose
    case reap
    case yes
    case includeSuspected = "include-suspected"
    case minOwnerAge = "min-owner-age"
    case max
    case maxFraction = "max-fraction"
    case help
    case version

    /// What is said of an option.
    struct Description {
        /// The one-letter form.
        var short: Character?
        /// The name of its value; `nil` when it takes none.
        var value: String?
        /// Whether it may be given more than once.
        var isRepeatable = false
        /// What it does, for `--help`.
        var help: String
    }

    var description: Description {
        switch self {
        case .snapshot:
            Description(
                short: "s",
                value: "FILE",
                isRepeatable: true,
                help:
                    "who owns which Pod IP: 'kubectl get pods -A -o json', scripts/pod-snapshot, or"
                    + " ztunnel's config_dump; - for standard input; repeated, a union"
            )
        case .netns:
            Description(
                short: "N",
                value: "NAME|PATH",
                isRepeatable: true,
                help: "scan this network namespace: a name of 'ip netns' or a path"
            )
        case .pid:
            Description(
                short: "p",
                value: "PID",
                isRepeatable: true,
                help: "scan the network namespace of this process"
            )
        case .discover:
            Description(
                help:
                    "scan every Istio proxy of this node: each 'pilot-agent proxy ROLE', and"
                    + " agentgateway"
            )
        case .role:
            Description(
                value: "ROLE,...",
                help:
                    "with --discover: waypoint, gateway, agentgateway, sidecar; default all but"
                    + " sidecar"
            )
        case .replay:
            Description(
                short: "r",
                value: "FILE",
                isRepeatable: true,
                help:
                    "judge what 'halfopen capture' or 'ss -D FILE -i' wrote, instead of this kernel;"
                    + " - for standard input"
            )
        case .dumpedAt:
            Description(
                value: "TIME",
                help: "when ss wrote it; without it the scan is incomplete"
            )
        case .capturedAt:
            Description(
                value: "TIME",
                help: "when the snapshot was requested: RFC 3339 or @EPOCH"
            )
        case .clusterWide:
            Description(help: "the snapshot lists every Pod of the cluster (kubectl get -A)")
        case .maxAge:
            Description(
                value: "DURATION",
                help:
                    "a snapshot older than this is too old; 10m unless told, 0 for never; to reap, 5m"
                    + " and never 0"
            )
        case .clockSkew:
            Description(
                value: "DURATION",
                help: "what any two clocks may differ by; 2s unless told, at least 1s"
            )
        case .podCIDR:
            Description(
                value: "CIDR",
                isRepeatable: true,
                help: "a block of addresses that only Pods are given"
            )
        case .exclude:
            Description(
                value: "CIDR",
                isRepeatable: true,
                help: "do not judge connections to this block, such as an east-west gateway's"
            )
        case .only:
            Description(
                value: "VERDICT,...",
                help: "ask for these candidates alone: deleted, replaced"
            )
        case .port:
            Description(value: "N", help: "the remote port of the connections; 15008 unless told")
        case .state:
            Description(
                value: "FILE",
                help: "remember the connections from run to run, for more proof and names"
            )
        case .warning:
            Description(
                short: "w",
                value: "RANGE",
                help: "check: the numbers of candidates that are no reason for a warning"
            )
        case .critical:
            Description(
                short: "c",
                value: "RANGE",
                help: "check: the numbers of candidates that are not critical"
            )
        case .minRuns:
            Description(
                value: "N",
                help: "check: count candidates of N consecutive runs only; needs --state"
            )
        case .allowNoConnections:
            Description(
                help: "check: a namespace without a connection is OK, not UNKNOWN"
            )
        case .interval:
            Description(
                value: "DURATION",
                help: "watch: how far the scans are apart; 15s unless told"
            )
        case .metricsFile:
            Description(
                value: "FILE",
                help: "watch: write the metrics of each scan to this file, by rename"
            )
        case .unresponsive:
            Description(help: "show also the connections whose live owner does not answer")
        case .all:
            Description(short: "a", help: "show every connection, not only the candidates")
        case .output:
            Description(
                short: "o",
                value: "FORMAT",
                help: "table (unless told), wide, json, ndjson or prometheus"
            )
        case .outputFile:
            Description(
                value: "FILE",
                help: "where the capture goes; - for standard output"
            )
        case .noHeader:
            Description(help: "leave out the table's header")
        case .color:
            Description(value: "WHEN", help: "auto (unless told: on a terminal), always or never")
        case .quiet:
            Description(short: "q", help: "no summary on standard error")
        case .verbose:
            Description(
                short: "v",
                help: "say on standard error what was read and how long it took"
            )
        case .reap:
            Description(help: "with watch: destroy also, as the command reap does")
        case .yes:
            Description(
                isRepeatable: true,
                help:
                    "destroy; without it nothing is destroyed, but shown what would be; twice: even"
                    + " with fewer than ten peers by one run alone"
            )
        case .includeSuspected:
            Description(help: "destroy also candidates that are only suspected")
        case .minOwnerAge:
            Description(
                value: "DURATION",
                help: "spare connections to an address whose owner is younger than this"
            )
        case .max:
            Description(
                value: "N",
                help: "destroy so many at most, longest silent first; 100 unless told"
            )
        case .maxFraction:
            Description(
                value: "F",
                help: "destroy nothing if the snapshot doubts more of the peers; 0.5 unless told"
            )
        case .help:
            Description(short: "h", help: "print this text")
        case .version:
            Description(help: "print the version")
        }
    }

    /// Whether it says what is destroyed.
    var isOfReap: Bool {
        [.yes, .includeSuspected, .minOwnerAge, .max, .maxFraction].contains(self)
    }

    /// The option as messages name it: `--snapshot`.
    var flag: String { "--\(rawValue)" }
}
