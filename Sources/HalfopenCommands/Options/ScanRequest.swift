import Discovery
import Judging
import Model
import Reporting

/// What a scan is asked to do: the command line with its values understood.
struct ScanRequest {
    /// A network namespace as the command line names it.
    enum Target: Equatable {
        case current
        case netns(String)
        case pid(Int32)
        /// Every Istio proxy of this node.
        case discover
    }

    enum ColorChoice: String, CaseIterable {
        case auto, always, never
    }

    var snapshots: [String] = []
    /// Whether the node's ztunnel is asked for one.
    var asksZtunnel = false
    /// The logs and captures of an incident.
    var incident = IncidentFiles()
    var targets: [Target] = []
    /// The proxies that are looked for.
    var roles: Set<ProxyRole> = [.waypoint, .gateway, .agentgateway]
    /// The captures that are judged in place of targets.
    var replays: [String] = []
    /// When `ss` dumped, where its file does not tell.
    var dumpedAt: WallTime?
    var capturedAt: WallTime?
    var isClusterWide = false
    var podCIDRs: [IPPrefix] = []
    var policy = Policy()
    var port: UInt16 = 15008
    /// Where history is kept.
    var state: String?
    var thresholds = PluginAnswer.Thresholds()
    var interval = TimeSpan.seconds(15)
    var metricsFile: String?
    /// Where metrics are served.
    var webAddress: Endpoint?
    /// Where a capture goes.
    var outputFile: String?
    /// Which sockets are shown.
    var detail = ScanDetail()
    var output = ReportFormat.table
    /// The form of an incident's report; `nil` where it has none of that name.
    var incidentFormat: IncidentFormat? = .table
    var color = ColorChoice.auto
    var showsHeader = true
    var isQuiet = false
    var isVerbose = false
    /// How much is destroyed of what was found.
    var reapPolicy = ReapPolicy()
    /// Whether candidates are destroyed.
    let reaps: Bool
    /// Whether a reap only shows what it would destroy.
    var isDryRun = true

    /// More clusters and kinds than anybody has; all are open at the same time.
    private static let snapshotLimit = 256

    /// Understands the options; what they name is not looked at yet.
    init(
        _ options: [(option: Option, value: String?)],
        for command: Subcommand = .list
    ) throws(UsageError) {
        reaps = command == .reap || options.contains { $0.option.name == "reap" }
        if reaps { policy.maxAge = ReapPolicy.maxSnapshotAge }
        for (option, value) in options { try option.apply(value ?? "", to: &self) }
        if command == .capture, outputFile == nil {
            throw UsageError(
                message: "no file: give one with --output-file FILE, or - for standard output"
            )
        }
        if snapshots.isEmpty, !asksZtunnel { try checkWithoutSnapshot(command) }
        if snapshots.count > Self.snapshotLimit {
            throw UsageError(
                message: "option --snapshot is given \(snapshots.count) times; at most"
                    + " \(Self.snapshotLimit) snapshots are read at once"
            )
        }
        if snapshots.count(where: { $0 == "-" }) > 1 {
            throw UsageError(
                message: "option --snapshot names standard input twice; it can be read once"
            )
        }
        try checkOutput(of: command)
        if command == .explain { try checkIncident() } else { try checkReplays() }
        try checkFiles(of: command)
        if thresholds.minRuns > 1, state == nil {
            throw UsageError(
                message: "option --min-runs needs --state FILE, where the history of runs is kept"
            )
        }
        try Self.checkNeeds(options.map(\.option), of: command)
        if targets.isEmpty, replays.isEmpty { targets = [.current] }
        if reaps, policy.maxAge == nil {
            throw UsageError(
                message: "option --max-age: '0' (no limit) is not allowed where connections may"
                    + " be destroyed; give one such as 5m"
            )
        }
    }

    /// Asks for a snapshot where there is nothing else to read or to judge by.
    private func checkWithoutSnapshot(_ command: Subcommand) throws(UsageError) {
        let advice =
            "give one with -s FILE, such as the output of 'kubectl get pods -A -o json', or -s -"
            + " for standard input"
        if command == .snapshot { throw UsageError(message: "no snapshot: \(advice)") }
        if !policy.asked.contains(.silent) {
            throw UsageError(
                message: "option --only: without a snapshot a candidate is always 'silent'; add it,"
                    + " or \(advice)"
            )
        }
        if command != .capture, policy.silentAfter == nil {
            throw UsageError(
                message: "option --silent-after: '0' needs a snapshot, because connections are then"
                    + " not judged by their pings; \(advice)"
            )
        }
    }

    /// Asks for the options without which those given mean nothing.
    private static func checkNeeds(
        _ given: [Option],
        of command: Subcommand
    ) throws(UsageError) {
        for option in given {
            guard let needed = option.needs.flatMap(Option.named) else { continue }
            if needed.commands.contains(command), !given.contains(where: { $0.name == needed.name })
            {
                throw UsageError(
                    message: "option \(option.flag) needs \(needed.usage); add that option"
                )
            }
        }
    }

    /// Refuses a file that would be replaced while another option reads or replaces it, and a state
    /// file that is also given as something else.
    private func checkFiles(of command: Subcommand) throws(UsageError) {
        let written = [
            ("--state", state), ("--metrics-file", metricsFile), ("--output-file", outputFile),
        ].filter { $0.1 != "-" }
        let read =
            snapshots.map { ("--snapshot", $0) } + replays.map { ("--replay", $0) }
            + incident.accessLogs.map { ("--access-log", $0) }
            + incident.envoyLogs.map { ("--envoy-log", $0) }
            + incident.captures.map { ("--pcap", $0) }
        for (option, path) in written {
            guard let path,
                let (other, _) = (written + read).first(where: { $0 != option && $1 == path })
            else { continue }
            // There the state file is only read.
            let fault =
                command == .explain
                ? "; it can be only one of them" : ", and \(option) replaces it"
            throw UsageError(
                message: "file '\(path)' is given to \(option) and \(other)\(fault); give each its"
                    + " own"
            )
        }
    }

    private func checkReplays() throws(UsageError) {
        if replays.isEmpty { return }
        if !targets.isEmpty {
            throw UsageError(
                message: "option --replay cannot be combined with network namespaces; leave them"
                    + " out"
            )
        }
        if asksZtunnel {
            throw UsageError(
                message: "option --ztunnel: what it lists now is not what it listed when the"
                    + " capture was taken; leave it out, and give a snapshot of that time"
            )
        }
        if state != nil {
            throw UsageError(message: "option --state: a replay keeps no history; leave it out")
        }
        if (replays + snapshots).count(where: { $0 == "-" }) > 1 {
            throw UsageError(
                message: "option --replay: standard input is named twice; it can be read once"
            )
        }
    }
}
