/// Every command of the program, once, with the options that it takes.
enum Subcommand: String, CaseIterable {
    case list
    case check
    case watch
    case capture
    case reap
    case snapshot

    /// What it does, for `--help`.
    var help: String {
        switch self {
        case .list: "list the candidates now; the command where none is named"
        case .check: "answer a monitoring system: one line, and status 0, 1, 2 or 3"
        case .watch: "scan again and again; print what has changed as JSON, a line each"
        case .capture: "record what the kernel answers, to be judged later or elsewhere (-r)"
        case .reap:
            "list them, and with --yes destroy those that are proven, so that the proxy opens new"
                + " connections"
        case .snapshot: "write the snapshots in the compact form to standard output"
        }
    }

    /// Whether the words are meant for `check`, whatever else is wrong with them: a monitoring system
    /// must get its answer.
    static func isCheck(_ words: [String]) -> Bool {
        ParsedArguments.operands(of: words).first == check.rawValue
    }

    /// Whether the command has the option.
    func takes(_ option: Option) -> Bool {
        switch self {
        case .list: Self.listing.union(Self.replaying).contains(option)
        case .check: Self.reading.union(Self.judging).union(Self.alerting).contains(option)
        case .watch:
            Self.reading.union(Self.judging).union(Self.watching)
                // Of which of the snapshots to come?
                .subtracting([.capturedAt]).contains(option) || option.isOfReap
        case .capture: Self.capturing.contains(option)
        case .reap: Self.listing.contains(option) || option.isOfReap
        case .snapshot: Self.reading.contains(option)
        }
    }

    /// What is read, and what every command has.
    private static let reading: Set<Option> = [
        .snapshot, .capturedAt, .clusterWide, .verbose, .help, .version,
    ]
    /// Which connections are judged, and how.
    private static let judging: Set<Option> = [
        .netns, .pid, .discover, .role, .port, .maxAge, .clockSkew, .podCIDR, .exclude, .only,
        .state,
    ]
    /// What is judged instead of the kernel's answers.
    private static let replaying: Set<Option> = [.replay, .dumpedAt]
    /// What is recorded, and where.
    private static let capturing: Set<Option> = [
        .netns, .pid, .discover, .role, .port, .outputFile, .verbose, .help, .version,
    ]
    /// When what is found is a reason for an alert.
    private static let alerting: Set<Option> = [
        .warning, .critical, .minRuns, .allowNoConnections,
    ]
    /// How often, and what of it is told.
    private static let watching: Set<Option> = [
        .interval, .metricsFile, .unresponsive, .all, .reap,
    ]
    /// What of them is printed, and how.
    private static let printing: Set<Option> = [
        .unresponsive, .all, .output, .noHeader, .color, .quiet,
    ]

    /// What every command has that judges and prints.
    private static let listing = reading.union(judging).union(printing)

    /// The command that the operands name, with options that it takes.
    init(_ arguments: ParsedArguments) throws(UsageError) {
        let name = arguments.operands.first ?? Self.list.rawValue
        guard let command = Self(rawValue: name) else {
            let names = Self.allCases.map { "'\($0.rawValue)'" }.joined(separator: ", ")
            let isFile = name.contains(".") || name.contains("/")
            throw UsageError(
                message: "unknown command '\(name)'; "
                    + (isFile ? "a snapshot is given with -s FILE; " : "")
                    + "the commands are \(names)"
            )
        }
        if arguments.operands.count > 1 {
            throw UsageError(
                message:
                    "'\(arguments.operands[1])' is no option; a snapshot is given with -s FILE"
            )
        }
        if let (option, _) = arguments.options.first(where: { !command.takes($0.option) }) {
            let taken = Option.allCases.filter(command.takes).map(\.flag).joined(separator: ", ")
            throw UsageError(
                message: "'\(command.rawValue)' does not take option \(option.flag), only \(taken)"
            )
        }
        self = command
    }
}
