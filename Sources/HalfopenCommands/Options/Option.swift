/// One option of the command line.
///
/// `Option.all` is the table of them: parsing, help, the manual's OPTIONS and the completions of the
/// shells are made from it.
struct Option: Sendable {
    /// Its long form, without the dashes.
    let name: String
    /// Its one-letter form.
    let short: Character?
    /// What its value is called; `nil` where it takes none.
    let placeholder: String?
    /// What a shell offers for its value.
    let completion: ValueCompletion
    /// Whether it may be given more than once.
    let isRepeatable: Bool
    /// The option without which it means nothing, in the commands that take that one.
    let needs: String?
    /// The commands that take it.
    let commands: Subcommands
    /// What it does, in one line.
    private(set) var help: String
    /// What the manual says beyond that, in whole sentences.
    private(set) var details: String
    /// Changes the request as the text of the value says.
    private let change: @Sendable (inout ScanRequest, String) throws(RejectedValue) -> Void

    /// An option with a value.
    init<Value>(
        _ name: String,
        short: Character? = nil,
        takes value: OptionValue<Value>,
        of commands: Subcommands,
        isRepeatable: Bool = false,
        needs: String? = nil,
        help: String,
        details: String = "",
        change: @escaping @Sendable (inout ScanRequest, Value) -> Void
    ) {
        self.name = name
        self.short = short
        placeholder = value.placeholder
        completion = value.completion
        self.isRepeatable = isRepeatable
        self.needs = needs
        self.commands = commands
        self.help = help
        self.details = details
        self.change = { request, text throws(RejectedValue) in
            change(&request, try value.parse(text))
        }
    }

    /// An option without a value.
    init(
        flag name: String,
        short: Character? = nil,
        of commands: Subcommands,
        isRepeatable: Bool = false,
        needs: String? = nil,
        help: String,
        details: String = "",
        change: @escaping @Sendable (inout ScanRequest) -> Void = { _ in }
    ) {
        self.name = name
        self.short = short
        placeholder = nil
        completion = .nothing
        self.isRepeatable = isRepeatable
        self.needs = needs
        self.commands = commands
        self.help = help
        self.details = details
        self.change = { request, _ in change(&request) }
    }

    /// The option as messages name it: `--snapshot`.
    var flag: String { "--\(name)" }

    /// The option with what its value is called: `--snapshot FILE`.
    var usage: String { placeholder.map { "\(flag) \($0)" } ?? flag }

    /// Its forms, the short one first.
    var forms: [String] { (short.map { ["-\($0)"] } ?? []) + [flag] }

    /// Changes the request as the option says.
    func apply(_ text: String, to request: inout ScanRequest) throws(UsageError) {
        do throws(RejectedValue) {
            try change(&request, text)
        } catch {
            throw UsageError(self, text, error)
        }
    }

    /// The option with what it does in a command.
    func worded(for command: Subcommand) -> Option {
        guard command == .explain, let words = Self.incidentWords[name] else { return self }
        var option = self
        (option.help, option.details) = words
        return option
    }

    /// The option of that long form.
    static func named(_ name: some StringProtocol) -> Option? {
        all.first { $0.name == name }
    }
}

extension UsageError {
    /// Names an option and a value that it does not take.
    init(_ option: Option, _ value: String, _ reason: RejectedValue) {
        let hint = reason.hint.map { "; \($0)" } ?? ""
        self.init(message: "option \(option.flag): '\(value)' is not \(reason.accepted)\(hint)")
    }
}
