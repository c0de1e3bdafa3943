/// The script for zsh, for a folder of its `fpath`.
func zshCompletions() -> String {
    let commands = Subcommand.allCases.map { command in
        "        \("\(command.rawValue):\(command.description.summary)".shellQuoted)"
    }
    let cases = Subcommand.allCases.map { command in
        let options = command.options.flatMap { option in
            option.forms.map { "            \(zshOption(option, form: $0).shellQuoted)" }
        }
        let operands = command.operands
        let second =
            operands.isEmpty
            ? [] : ["            \("2: :(\(operands.joined(separator: " ")))".shellQuoted)"]
        return """
                \(command.rawValue)) arguments=(
            \((options + second).joined(separator: "\n"))
                    ) ;;
            """
    }
    return """
        #compdef halfopen
        # Completes halfopen in zsh; 'halfopen completion zsh' wrote it.

        _halfopen_commands() {
            local -a commands=(
        \(commands.joined(separator: "\n"))
            )
            _describe command commands
        }

        _halfopen_namespaces() {
            compadd -- /run/netns/*(N:t)
            _files
        }

        _halfopen_proxies() { compadd -- ${(f)"$(pgrep -x envoy)"} }

        _halfopen() {
            local command=list
            local -a arguments
            integer i
            for ((i = 2; i < CURRENT; i++)); do
                case $words[i] in
                \(Option.formsWithValue.joined(separator: " | "))) ((i++)) ;;
                -*) ;;
                *)
                    command=$words[i]
                    break
                    ;;
                esac
            done
            case $command in
        \(cases.joined(separator: "\n"))
            esac
            _arguments -s -S : $arguments '1: :_halfopen_commands'
        }

        # Read by 'source' it is registered; from the fpath zsh calls it.
        if [[ $funcstack[1] == _halfopen ]]; then _halfopen "$@"; else compdef _halfopen halfopen; fi

        """
}

/// What `_arguments` of zsh has to know of an option.
private func zshOption(_ option: Option, form: String) -> String {
    let others = "(\(option.forms.joined(separator: " ")))"
    let mayRepeat = option.isRepeatable ? "*" : others
    guard let placeholder = option.placeholder else {
        return "\(mayRepeat)\(form)[\(option.help.zshEscaped)]"
    }
    let joint = form.hasPrefix("--") ? "=" : "+"
    let value = "\(placeholder.zshEscaped):\(zshOffer(option.completion, placeholder))"
    return "\(mayRepeat)\(form)\(joint)[\(option.help.zshEscaped)]:\(value)"
}

/// How zsh offers a value.
private func zshOffer(_ completion: ValueCompletion, _ placeholder: String) -> String {
    switch completion {
    case .nothing: " "
    case .files: "_files"
    case .choice(let words): "(\(words.joined(separator: " ")))"
    case .list(let words): "_sequence compadd - \(words.joined(separator: " "))"
    case .namespaces: "_halfopen_namespaces"
    case .proxies: "_halfopen_proxies"
    }
}

extension String {
    /// The text as it stands within a specification of `_arguments`.
    fileprivate var zshEscaped: String { escaping("\\[]:") }
}
