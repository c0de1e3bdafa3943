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
    /// Where a capture goes.
    var outputFile: String?
    /// Which sockets are shown.
    var detail = ScanDetail()
    var output = ReportFormat.table
    var color = ColorChoice.auto
    var showsHeader = true
    var isQuiet = false
    var isVerbose = false
    /// How much is destroyed of what was found.
    var reapPolicy = ReapPolicy()
    /// Whether what is found is to be destroyed.
    let reaps: Bool
    /// Whether nothing is destroyed all the same, but shown what would be.
    var isDryRun = true

    /// More clusters and kinds than anybody has; all are open at the same time.
    private static let snapshotLimit = 256

    /// Understands the options; what they name is not looked at yet.
    init(
        _ options: [(option: Option, value: String?)],
        for command: Subcommand = .list
    ) throws(UsageError) {
        reaps = command == .reap || options.contains { $0.option == .reap }
        if reaps { policy.maxAge = ReapPolicy.maxSnapshotAge }
        for (option, value) in options {
            try apply(option, value ?? "")
        }
        if command == .capture, outputFile == nil {
            throw UsageError(
                message: "no file: give one with --output-file FILE, or - for standard output"
            )
        }
        if command.takes(.snapshot), snapshots.isEmpty {
            throw UsageError(
                message: "no snapshot: give one with -s FILE, such as that of"
                    + " 'kubectl get pods -A -o json', or -s - for standard input"
            )
        }
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
        try checkReplays()
        if thresholds.minRuns > 1, state == nil {
            throw UsageError(
                message: "option --min-runs needs --state FILE, where runs are remembered"
            )
        }
        if options.contains(where: { $0.option == .role }), !targets.contains(.discover) {
            throw UsageError(message: "option --role narrows --discover; give that, too")
        }
        if targets.isEmpty, replays.isEmpty { targets = [.current] }
        if !reaps, let (option, _) = options.first(where: { $0.option.isOfReap }) {
            throw UsageError(
                message: "option \(option.flag) says what to destroy; give --reap, too"
            )
        }
        if reaps, policy.maxAge == nil {
            throw wrong(
                .maxAge,
                "0",
                accepted: "an age by which connections may be destroyed; give one such as 5m"
            )
        }
    }

    private func checkReplays() throws(UsageError) {
        if dumpedAt != nil, replays.isEmpty {
            throw UsageError(message: "option --dumped-at needs --replay FILE, which ss wrote")
        }
        if replays.isEmpty { return }
        if !targets.isEmpty {
            throw UsageError(
                message: "option --replay takes the place of network namespaces; leave them out"
            )
        }
        if state != nil {
            throw UsageError(message: "option --state: a replay is not remembered; leave it out")
        }
        if (replays + snapshots).count(where: { $0 == "-" }) > 1 {
            throw UsageError(
                message: "option --replay: standard input is named twice; it can be read once"
            )
        }
    }

    private mutating func apply(_ option: Option, _ value: String) throws(UsageError) {
        switch option {
        case .snapshot:
            snapshots.append(try nonEmpty(option, value, "a file, or - for standard input"))
        case .netns: targets.append(.netns(try nonEmpty(option, value, "a name or a path")))
        case .pid: targets.append(.pid(try parsePID(value)))
        case .discover:
            if !targets.contains(.discover) { targets.append(.discover) }
        case .role: roles = try parseRoles(value)
        case .replay:
            replays.append(try nonEmpty(option, value, "a file, or - for standard input"))
        case .dumpedAt: dumpedAt = try parseTime(option, value)
        case .outputFile:
            outputFile = try nonEmpty(option, value, "a file, or - for standard output")
        case .capturedAt: capturedAt = try parseTime(option, value)
        case .clusterWide: isClusterWide = true
        case .maxAge:
            let age = try parseDuration(option, value)
            policy.maxAge = age == .zero ? nil : age
        case .clockSkew: policy.skew = try parseSkew(value)
        case .podCIDR: podCIDRs.append(try parsePrefix(option, value))
        case .exclude: policy.exclude.append(try parsePrefix(option, value))
        case .only: policy.asked = try parseVerdicts(value)
        case .port: port = try parsePort(value)
        case .state: state = try nonEmpty(option, value, "a file")
        case .warning: thresholds.warning = try parseRange(option, value)
        case .critical: thresholds.critical = try parseRange(option, value)
        case .minRuns: thresholds.minRuns = try parseRuns(value)
        case .allowNoConnections: thresholds.allowsNoConnections = true
        case .interval: interval = try parseInterval(value)
        case .metricsFile: metricsFile = try nonEmpty(option, value, "a file")
        case .unresponsive: detail.showsUnresponsive = true
        case .all: detail.showsAll = true
        case .output: output = try parseChoice(option, value)
        case .noHeader: showsHeader = false
        case .color: color = try parseChoice(option, value)
        case .quiet: isQuiet = true
        case .verbose: isVerbose = true
        case .reap: break
        case .yes: (isDryRun, reapPolicy.insists) = (false, !isDryRun)
        case .includeSuspected: reapPolicy.includesSuspected = true
        case .minOwnerAge: reapPolicy.minOwnerAge = try parseDuration(option, value)
        case .max: reapPolicy.max = try parseCount(option, value)
        case .maxFraction: reapPolicy.maxFraction = try parseFraction(option, value)
        case .help, .version: break
        }
    }
}

// MARK: - Values

private func wrong(_ option: Option, _ value: String, accepted: String) -> UsageError {
    UsageError(message: "option \(option.flag): '\(value)' is not \(accepted)")
}

private func nonEmpty(_ option: Option, _ value: String, _ accepted: String) throws(UsageError)
    -> String
{
    if value.isEmpty { throw wrong(option, value, accepted: accepted) }
    return value
}

private func parsePID(_ value: String) throws(UsageError) -> Int32 {
    guard let pid = Int32(value), pid > 0 else {
        throw wrong(.pid, value, accepted: "the number of a process, 1 or more")
    }
    return pid
}

private func parsePort(_ value: String) throws(UsageError) -> UInt16 {
    guard let port = UInt16(value), port > 0 else {
        throw wrong(.port, value, accepted: "a TCP port, 1 to 65535")
    }
    return port
}

private func parseCount(_ option: Option, _ value: String) throws(UsageError) -> Int {
    guard let count = Int(value), count > 0 else {
        throw wrong(option, value, accepted: "a number of connections, 1 or more")
    }
    return count
}

private func parseFraction(_ option: Option, _ value: String) throws(UsageError) -> Double {
    guard
        value.utf8.allSatisfy({ $0 == UInt8(ascii: ".") || (0x30...0x39).contains($0) }),
        let fraction = Double(value), fraction <= 1
    else {
        throw wrong(option, value, accepted: "a part of the peers, 0 to 1, such as 0.5")
    }
    return fraction
}

private func parsePrefix(_ option: Option, _ value: String) throws(UsageError) -> IPPrefix {
    guard let prefix = IPPrefix(value) else {
        throw wrong(
            option,
            value,
            accepted: "a block of addresses such as 10.244.0.0/16 or fd00::/48"
        )
    }
    return prefix
}

private func parseDuration(_ option: Option, _ value: String) throws(UsageError) -> TimeSpan {
    guard let span = TimeSpan(durationText: value) else {
        throw wrong(option, value, accepted: "a duration such as 90s, 5m or 1h30m")
    }
    return span
}

private func parseSkew(_ value: String) throws(UsageError) -> TimeSpan {
    let skew = try parseDuration(.clockSkew, value)
    guard skew >= Policy.smallestSkew else {
        throw wrong(.clockSkew, value, accepted: "1s or more: API times are cut to whole seconds")
    }
    return skew
}

private func parseTime(_ option: Option, _ value: String) throws(UsageError) -> WallTime {
    let epoch = value.hasPrefix("@") ? UInt32(value.dropFirst()) : nil
    let time = epoch.map { WallTime(epochSeconds: Int64($0)) } ?? WallTime(rfc3339: value.utf8)
    guard let time, APITime(time) != nil else {
        throw wrong(
            option,
            value,
            accepted: "a time such as 2026-11-21T10:04:11Z or @1795255451 (seconds since 1970)"
        )
    }
    return time
}

private func parseRoles(_ value: String) throws(UsageError) -> Set<ProxyRole> {
    var roles: Set<ProxyRole> = []
    for word in value.split(separator: ",", omittingEmptySubsequences: false) {
        guard let role = ProxyRole(rawValue: String(word)) else {
            let names = ProxyRole.allCases.map(\.rawValue).joined(separator: ", ")
            throw wrong(.role, value, accepted: "a list made of: \(names)")
        }
        roles.insert(role)
    }
    return roles
}

private func parseVerdicts(_ value: String) throws(UsageError) -> Set<Verdict> {
    var verdicts: Set<Verdict> = []
    for word in value.split(separator: ",", omittingEmptySubsequences: false) {
        guard let verdict = Verdict(rawValue: String(word)), verdict.isCandidate else {
            throw wrong(.only, value, accepted: "a list made of: deleted, replaced")
        }
        verdicts.insert(verdict)
    }
    return verdicts
}

private func parseInterval(_ value: String) throws(UsageError) -> TimeSpan {
    let interval = try parseDuration(.interval, value)
    guard interval > .zero else { throw wrong(.interval, value, accepted: "more than no time") }
    return interval
}

private func parseRange(_ option: Option, _ value: String) throws(UsageError) -> AlertRange {
    guard let range = AlertRange(value) else {
        throw wrong(
            option,
            value,
            accepted: "a range such as 5 (0 to 5), 1:5, 1:, ~:5 or @1:5 (all but these)"
        )
    }
    return range
}

private func parseRuns(_ value: String) throws(UsageError) -> Int {
    guard let runs = Int(value), runs > 0 else {
        throw wrong(.minRuns, value, accepted: "a number of runs, 1 or more")
    }
    return runs
}

private func parseChoice<Choice>(_ option: Option, _ value: String) throws(UsageError) -> Choice
where Choice: RawRepresentable<String> & CaseIterable {
    guard let choice = Choice(rawValue: value) else {
        let accepted = Choice.allCases.map(\.rawValue).joined(separator: ", ")
        var error = wrong(option, value, accepted: "one of: \(accepted)")
        if option == .output, value.contains("/") || value.contains(".") {
            error = UsageError(message: error.message + "; to write a file, redirect the output")
        }
        throw error
    }
    return choice
}
