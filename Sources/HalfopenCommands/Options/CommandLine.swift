/// A command line that cannot be carried out as it stands: exit status 64.
struct UsageError: Error, Equatable {
    /// What is wrong and what is accepted, without the program's name.
    let message: String
}

/// The words of a command line by what they are: options with their values, and operands.
struct ParsedArguments {
    /// The options in the order given; the value is `nil` for those that take none.
    var options: [(option: Option, value: String?)] = []
    /// The words that are no options.
    var operands: [String] = []

    /// Sorts the words after the program's name by the option table.
    ///
    /// Accepts `--name VALUE`, `--name=VALUE`, `-n VALUE`, `-nVALUE`, bundled flags (`-aq`) and `--`
    /// before operands, as the guidelines of POSIX.1-2017 section 12.2 and GNU's long options have it.
    init(_ words: [String]) throws(UsageError) {
        if let fault = sort(words) { throw fault }
    }

    /// The words that are no options, whatever is wrong with those that are.
    static func operands(of words: [String]) -> [String] {
        var arguments = ParsedArguments()
        _ = arguments.sort(words)
        return arguments.operands
    }

    private init() {}

    /// Sorts all words, and says what is wrong with the first that is wrong.
    private mutating func sort(_ words: [String]) -> UsageError? {
        var fault: UsageError?
        var rest = words[...]
        while let word = rest.popFirst() {
            if word == "--" {
                operands += rest
                break
            } else if !word.hasPrefix("-") || word == "-" {
                operands.append(word)
                continue
            }
            do throws(UsageError) {
                if word.hasPrefix("--") {
                    try parseLong(word.dropFirst(2), &rest)
                } else {
                    try parseShort(word.dropFirst(), &rest)
                }
            } catch {
                fault = fault ?? error
            }
        }
        return fault
    }

    /// Whether an option is given.
    func has(_ name: String) -> Bool { options.contains { $0.option.name == name } }

    private mutating func parseLong(
        _ text: Substring,
        _ rest: inout ArraySlice<String>
    ) throws(UsageError) {
        let parts = text.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard let option = Option.named(parts[0]) else {
            throw UsageError(unknownOption: "--\(parts[0])", after: operands.first)
        }
        let attached = parts.count == 2 ? String(parts[1]) : nil
        if option.placeholder == nil, attached != nil {
            throw UsageError(message: "option \(option.flag) takes no value")
        }
        try add(option, attached: attached, &rest)
    }

    private mutating func parseShort(
        _ letters: Substring,
        _ rest: inout ArraySlice<String>
    ) throws(UsageError) {
        var letters = letters
        while let letter = letters.popFirst() {
            guard let option = Option.all.first(where: { $0.short == letter }) else {
                throw UsageError(unknownOption: "-\(letter)", after: operands.first)
            }
            if option.placeholder != nil, !letters.isEmpty {
                return try add(option, attached: String(letters), &rest)
            }
            try add(option, attached: nil, &rest)
        }
    }

    private mutating func add(
        _ option: Option,
        attached: String?,
        _ rest: inout ArraySlice<String>
    ) throws(UsageError) {
        guard option.placeholder != nil else {
            options.append((option, nil))
            return
        }
        if !option.isRepeatable, has(option.name) {
            throw UsageError(message: "option \(option.flag) is given twice; give it once")
        }
        guard let value = attached ?? rest.popFirst() else {
            throw UsageError(message: "option \(option.flag) needs a value: \(option.usage)")
        }
        options.append((option, value))
    }
}

extension UsageError {
    /// Names an option that does not exist, and the nearest one that the command takes.
    init(unknownOption word: String, after name: String?) {
        let command = name.flatMap(Subcommand.init)
        let known = command?.options ?? Option.all
        let suggestion = UsageError.suggestion(for: word, among: known.map(\.flag))
        self.init(message: "unknown option '\(word)'\(suggestion ?? "")")
    }

    /// `; did you mean '…'?` where one of the known words is near.
    static func suggestion(for word: String, among known: [String]) -> String? {
        let nearest = known.map { ($0, editDistance(word, $0)) }.min { $0.1 < $1.1 }
        guard let (name, distance) = nearest, distance <= max(2, word.count / 3) else { return nil }
        return "; did you mean '\(name)'?"
    }
}

/// The least number of insertions, deletions and substitutions that make one word the other.
func editDistance(_ left: String, _ right: String) -> Int {
    let right = Array(right)
    var previous = Array(0...right.count)
    for (row, character) in left.enumerated() {
        var current = [row + 1]
        for (column, other) in right.enumerated() {
            let substitution = previous[column] + (character == other ? 0 : 1)
            current.append(min(substitution, previous[column + 1] + 1, current[column] + 1))
        }
        previous = current
    }
    return previous[right.count]
}
