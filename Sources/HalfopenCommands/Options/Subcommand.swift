/// Every command of the program; `Subcommand+Table.swift` describes each.
enum Subcommand: String, CaseIterable {
    case list
    case check
    case watch
    case reap
    case explain
    case capture
    case snapshot
    case completion
    case version
    case help

    /// What is said of a command.
    struct Description {
        /// What it does, in a line.
        let summary: String
        /// What stands after `halfopen` and its name; one line for each use.
        let usage: [String]
        /// What it is for, in one sentence.
        let purpose: String
        /// What one would type, and what that does.
        let examples: [(purpose: String, line: String)]
        /// How it ends.
        let statuses: [(status: String, meaning: String)]
        /// The page of the manual that explains it.
        let page: String
        /// What its operand is called.
        var operand: String?
    }

    /// The options that it takes, in the order of the table.
    var options: [Option] {
        Option.all.filter { $0.commands.contains(self) }.map { $0.worded(for: self) }
    }

    /// The command line that prints the help on the words, as messages name it.
    static func help(on words: [String]) -> String {
        let command = ParsedArguments.operands(of: words).first.flatMap(Self.init)
        return command.map { "halfopen \($0.rawValue) --help" } ?? "halfopen --help"
    }

    /// Whether the words are meant for `check`, whatever else is wrong with them: a monitoring system
    /// must get its answer.
    static func isCheck(_ words: [String]) -> Bool {
        ParsedArguments.operands(of: words).first == check.rawValue
    }

    /// The command of that name.
    init(named name: String) throws(UsageError) {
        if let command = Self(rawValue: name) {
            self = command
            return
        }
        let names = Self.allCases.map(\.rawValue)
        let suggestion = UsageError.suggestion(for: name, among: names)
        throw UsageError(
            message: "unknown command '\(name)'"
                + (Self.fileAdvice(on: name, for: .list)
                    ?? suggestion ?? "; the commands are \(names.joined(separator: ", "))")
        )
    }

    /// With which option to give a file that stands alone; `nil` if it is probably none.
    private static func fileAdvice(on name: String, for command: Subcommand) -> String? {
        if command == .explain, name != Self.help.rawValue {
            return "; give it with --access-log, --envoy-log or --pcap"
        }
        guard name.contains(".") || name.contains("/") else { return nil }
        if name.hasSuffix(".log") || name.hasSuffix(".pcap") {
            return "; give a log or a packet capture to 'halfopen explain'"
        }
        return command.options.contains { $0.name == "snapshot" }
            ? "; give a snapshot with -s FILE" : nil
    }

    /// The command that the operands name, with options that it takes.
    init(_ arguments: ParsedArguments) throws(UsageError) {
        let operands = arguments.operands
        let command = try Self(named: operands.first ?? Self.list.rawValue)
        let count = command.description.operand == nil ? 1 : 2
        if operands.count > count {
            throw UsageError(
                message: "unexpected argument '\(operands[count])'"
                    + (Self.fileAdvice(on: operands[count], for: command) ?? "")
            )
        }
        let isHelp = arguments.has("help")
        if !isHelp,
            let (option, _) = arguments.options.first(where: {
                !$0.option.commands.contains(command)
            })
        {
            let others = Self.allCases.filter(option.commands.contains).map { "'\($0.rawValue)'" }
            throw UsageError(
                message: "'\(command.rawValue)' does not take option \(option.flag);"
                    + " \(others.joined(separator: ", ")) "
                    + (others.count == 1 ? "does" : "do")
            )
        }
        self = command
    }
}

/// Some of the commands.
struct Subcommands: OptionSet, Sendable {
    var rawValue: UInt16

    static let list = Self([Subcommand.list])
    static let check = Self([Subcommand.check])
    static let watch = Self([Subcommand.watch])
    static let reap = Self([Subcommand.reap])
    static let capture = Self([Subcommand.capture])
    static let snapshot = Self([Subcommand.snapshot])
    static let explain = Self([Subcommand.explain])

    /// These commands.
    init(_ commands: [Subcommand]) {
        rawValue = commands.reduce(0) { $0 | $1.bit }
    }

    init(rawValue: UInt16) {
        self.rawValue = rawValue
    }

    /// Whether the command is one of them.
    func contains(_ command: Subcommand) -> Bool { rawValue & command.bit != 0 }
}

extension Subcommand {
    fileprivate var bit: UInt16 {
        switch self {
        case .list: 1 << 0
        case .check: 1 << 1
        case .watch: 1 << 2
        case .reap: 1 << 3
        case .capture: 1 << 4
        case .snapshot: 1 << 5
        case .completion: 1 << 6
        case .version: 1 << 7
        case .help: 1 << 8
        case .explain: 1 << 9
        }
    }
}
