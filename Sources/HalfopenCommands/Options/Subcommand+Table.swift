extension Subcommand {
    /// What help and the completions say of the command.
    var description: Description {
        switch self {
        case .list: Self.listing
        case .check: Self.checking
        case .watch: Self.watching
        case .reap: Self.reaping
        case .explain: Self.explaining
        case .capture: Self.capturing
        case .snapshot: Self.compacting
        case .completion: Self.completing
        case .version: Self.naming
        case .help: Self.helping
        }
    }

    private static let scanStatuses = [
        ("0", "the scan is complete and found no candidate"),
        ("1", "the scan is complete and found candidates"),
        ("2", "the scan failed or is incomplete; what was seen is reported"),
        usageStatus,
    ]
    private static let usageStatus = ("64", "the command line is wrong")
    private static let target = "[-N NAME|PATH | -p PID | --discover]..."

    private static let listing = Description(
        summary: "list stale connections now (default command)",
        usage: ["[-s FILE] \(target) [OPTION]...", "[-s FILE] -r CAPTURE... [OPTION]..."],
        purpose: "Lists the connections to port 15008 whose peer Pod is gone.",
        examples: [
            (
                "Every waypoint and gateway of this node, by the pings that are missed:",
                "sudo halfopen --discover"
            ),
            (
                "On the node, for the waypoint whose Envoy is process 4312:",
                "pod-snapshot | ssh NODE sudo halfopen list -s - -p 4312"
            ),
        ],
        statuses: scanStatuses,
        page: "halfopen-list(8)"
    )

    private static let checking = Description(
        summary: "answer a monitoring system: one line, status 0 to 3",
        usage: ["[-s FILE] \(target) [-w RANGE] [-c RANGE] [OPTION]..."],
        purpose: "Answers a monitoring system (Nagios, Icinga) in one line with performance data.",
        examples: [
            (
                "CRITICAL if a candidate is confirmed, WARNING if one is suspected:",
                "halfopen check -s pods.json --discover"
            ),
            (
                "CRITICAL if more than 5 candidates persist for three runs:",
                "halfopen check -s pods.json -p 4312 -c 5 --min-runs 3 --state FILE"
            ),
        ],
        statuses: [
            ("0", "OK"),
            ("1", "WARNING: a suspected candidate, or outside the range of -w"),
            ("2", "CRITICAL: a confirmed candidate, or outside the range of -c"),
            ("3", "UNKNOWN: the scan is incomplete, or the command line is wrong"),
        ],
        page: "halfopen-check(8)"
    )

    private static let watching = Description(
        summary: "scan repeatedly; print what changes as JSON",
        usage: [
            "[-s FILE] \(target) [--interval DURATION] [OPTION]...",
            "[-s FILE] \(target) --reap [--yes] [OPTION]...",
        ],
        purpose: "Scans at an interval and prints each change as a JSON object on a line.",
        examples: [
            (
                "Metrics for Prometheus' node_exporter, every 15 seconds:",
                "halfopen watch -s pods.json --discover --metrics-file halfopen.prom"
            ),
            (
                "Close what missed pings prove to be stale, without access to the cluster:",
                "sudo halfopen watch --discover --ztunnel --reap --yes"
            ),
        ],
        statuses: [
            ("0", "it was stopped (SIGTERM, SIGINT), or its output was closed"),
            ("2", "it cannot start or cannot go on"),
            usageStatus,
        ],
        page: "halfopen-watch(8)"
    )

    private static let reaping = Description(
        summary: "close stale connections (dry run without --yes)",
        usage: ["[-s FILE] \(target) [--yes] [OPTION]..."],
        purpose:
            "Closes confirmed stale connections, so that the proxy opens new ones; without --yes"
            + " it only shows which.",
        examples: [
            ("Show what would be closed:", "halfopen reap -s pods.json -p 4312"),
            (
                "Close it, at most 20 connections:",
                "halfopen reap -s pods.json -p 4312 --max 20 --state FILE --yes"
            ),
        ],
        statuses: [
            ("0", "no candidate; with --yes: everything planned is closed"),
            ("1", "candidates; with --yes: some were not closed"),
            ("2", "the run failed, is incomplete or was refused"),
            usageStatus,
        ],
        page: "halfopen-reap(8)"
    )

    private static let capturing = Description(
        summary: "record the kernel's answers, to judge them later (list -r)",
        usage: ["--output-file FILE \(target) [OPTION]..."],
        purpose:
            "Records what the kernel says about the connections, to judge it later or elsewhere.",
        examples: [
            (
                "Every waypoint and gateway of this node:",
                "halfopen capture --discover --output-file node.capture"
            ),
            (
                "Copy one from a node:",
                "ssh NODE sudo halfopen capture -p 4312 --output-file - >waypoint.capture"
            ),
        ],
        statuses: [
            ("0", "everything was recorded"),
            ("2", "something could not be recorded; the capture says what"),
            usageStatus,
        ],
        page: "halfopen-capture(8)"
    )

    private static let compacting = Description(
        summary: "write snapshots in the compact form",
        usage: ["-s FILE [--captured-at TIME] [--cluster-wide] [OPTION]..."],
        purpose:
            "Writes snapshots of any accepted form to standard output in the compact form, which is"
            + " a fiftieth of the size of a list.",
        examples: [
            (
                "Compact a list where it was taken:",
                "kubectl get pods,nodes -A -o json | halfopen snapshot -s - --cluster-wide"
            ),
            (
                "Check whether a file is a snapshot:",
                "halfopen snapshot -s pods.json >/dev/null"
            ),
        ],
        statuses: [
            ("0", "the snapshot was written"),
            ("2", "a snapshot could not be read, or is partial"),
            usageStatus,
        ],
        page: "halfopen-snapshot(5)"
    )

    private static let completing = Description(
        summary: "write the completions of a shell: bash, zsh or fish",
        usage: ["bash|zsh|fish"],
        purpose: "Writes a completion script for a shell to standard output.",
        examples: [
            ("Complete in this bash:", "source <(halfopen completion bash)"),
            (
                "Install for every zsh:",
                "halfopen completion zsh >/usr/local/share/zsh/site-functions/_halfopen"
            ),
        ],
        statuses: [("0", "the script was written"), ("2", "it could not be written"), usageStatus],
        page: "halfopen(8)",
        operand: "SHELL"
    )

    private static let naming = Description(
        summary: "print the version, the commit, the compiler and the libraries",
        usage: [""],
        purpose: "Prints what a bug report needs: version, commit, compiler and libraries.",
        examples: [
            ("All:", "halfopen version"), ("The version on one line:", "halfopen --version"),
        ],
        statuses: [("0", "it was printed"), ("2", "it could not be printed"), usageStatus],
        page: "halfopen(8)"
    )

    private static let helping = Description(
        summary: "print the help of a command",
        usage: ["[COMMAND]"],
        purpose: "Prints the help of a command, or the list of commands.",
        examples: [
            ("The options of reap:", "halfopen help reap"), ("The commands:", "halfopen help"),
        ],
        statuses: [("0", "it was printed"), ("2", "it could not be printed"), usageStatus],
        page: "halfopen(8)",
        operand: "COMMAND"
    )
}
