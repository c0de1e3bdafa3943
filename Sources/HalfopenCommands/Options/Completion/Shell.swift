/// The shells that `halfopen completion` writes a script for.
enum Shell: String, CaseIterable {
    case bash
    case zsh
    case fish

    /// The shell of that name.
    init(named name: String?) throws(UsageError) {
        let names = Self.allCases.map(\.rawValue).joined(separator: ", ")
        guard let name else { throw UsageError(message: "no shell: give one of: \(names)") }
        guard let shell = Self(rawValue: name) else {
            throw UsageError(message: "'\(name)' is not one of: \(names)")
        }
        self = shell
    }

    /// The script with which it completes the program, made from the tables of commands and options.
    var completions: String {
        switch self {
        case .bash: bashCompletions()
        case .zsh: zshCompletions()
        case .fish: fishCompletions()
        }
    }
}

extension Subcommand {
    /// What may stand after the command's name, and is no option.
    var operands: [String] {
        switch self {
        case .completion: Shell.allCases.map(\.rawValue)
        case .help: Subcommand.allCases.map(\.rawValue)
        case .list, .check, .watch, .reap, .explain, .capture, .snapshot, .version: []
        }
    }
}

extension Option {
    /// The forms of all options that take a value.
    static var formsWithValue: [String] { all.filter { $0.placeholder != nil }.flatMap(\.forms) }
}

extension String {
    /// The text as one word of a shell.
    var shellQuoted: String {
        "'" + map { $0 == "'" ? "'\\''" : String($0) }.joined() + "'"
    }

    /// The text with a backslash before each of these characters.
    func escaping(_ characters: String) -> String {
        // `replacing` would bring the engine of regular expressions into the program: 2 MB.
        map { characters.contains($0) ? "\\\($0)" : String($0) }.joined()
    }
}
