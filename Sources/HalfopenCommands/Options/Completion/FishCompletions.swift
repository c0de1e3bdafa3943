/// The script for fish, for a folder of its `fish_complete_path`.
func fishCompletions() -> String {
    let commands = Subcommand.allCases.map { command in
        "complete -c halfopen -n '__halfopen_on none' -a \(command.rawValue)"
            + " -d \(command.description.summary.fishQuoted)"
    }
    let operands = Subcommand.allCases.filter { !$0.operands.isEmpty }.map { command in
        "complete -c halfopen -n '__halfopen_on \(command.rawValue)'"
            + " -a \(command.operands.joined(separator: " ").fishQuoted)"
    }
    return """
        # Completes halfopen in fish; 'halfopen completion fish' wrote it.

        # Whether the command on the line is one of these; 'none' is a line without one.
        function __halfopen_on
            set -l words (commandline -opc)
            set -l command none
            set -l is_value 0
            for word in $words[2..]
                if test $is_value = 1
                    set is_value 0
                    continue
                end
                switch $word
                    case \(Option.formsWithValue.joined(separator: " "))
                        set is_value 1
                    case '-*'
                    case '*'
                        set command $word
                        break
                end
            end
            contains -- $command $argv
        end

        # Some words with commas between: the last of them is completed.
        function __halfopen_list
            set -l begun (commandline -tc | string replace -r -- '^--[^=]*=' '' | string match -r -- '.*,')
            for choice in $argv
                contains -- $choice (string split , -- $begun); or echo "$begun$choice"
            end
        end

        complete -c halfopen -f
        \((commands + operands + Option.all.map(fishOption)).joined(separator: "\n"))

        """
}

private func fishOption(_ option: Option) -> String {
    let commands = Subcommand.allCases.filter(option.commands.contains).map(\.rawValue)
    // A line without a command is one of list.
    let names = (commands.contains("list") ? ["none"] : []) + commands
    let short = option.short.map { " -s \($0)" } ?? ""
    return "complete -c halfopen -n '__halfopen_on \(names.joined(separator: " "))'"
        + "\(short) -l \(option.name)"
        + (option.placeholder == nil ? "" : " \(fishOffer(option.completion))")
        + " -d \(option.help.fishQuoted)"
}

/// How fish offers a value.
private func fishOffer(_ completion: ValueCompletion) -> String {
    switch completion {
    case .nothing: "-x"
    case .files: "-r -F"
    case .choice(let words): "-x -a \(words.joined(separator: " ").fishQuoted)"
    case .list(let words): "-x -a '(__halfopen_list \(words.joined(separator: " ")))'"
    case .namespaces: "-r -F -a '(path basename /run/netns/*)'"
    case .proxies: "-x -a '(pgrep -x envoy)'"
    }
}

extension String {
    fileprivate var fishQuoted: String { "'\(escaping("\\'"))'" }
}
