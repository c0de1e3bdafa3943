/// The script for bash, which needs nothing of the package bash-completion.
func bashCompletions() -> String {
    let values = Option.all.filter { $0.placeholder != nil }.map { option in
        "        \(option.forms.joined(separator: " | "))) \(bashOffer(option.completion)) ;;"
    }
    let options = Subcommand.allCases.map { command in
        let forms = command.options.flatMap(\.forms)
        return "        \(command.rawValue)) choices='\(forms.joined(separator: " "))' ;;"
    }
    let operands = Subcommand.allCases.filter { !$0.operands.isEmpty }.map { command in
        "        \(command.rawValue)) words='\(command.operands.joined(separator: " "))' ;;"
    }
    let commands = Subcommand.allCases.map(\.rawValue).joined(separator: " ")
    return """
        # Completes halfopen in bash; 'halfopen completion bash' wrote it.
        # shellcheck shell=bash

        _halfopen_choices() { mapfile -t COMPREPLY < <(compgen -W "$1" -- "$word"); }

        _halfopen_files() {
            compopt -o filenames 2>/dev/null
            mapfile -t COMPREPLY < <(compgen -f -- "$word")
        }

        # Some words with commas between: the last of them is completed.
        _halfopen_list() {
            local begun=${word%"${word##*,}"} choice choices=
            for choice in $1; do
                [[ ,$begun == *,$choice,* ]] || choices+=" $begun$choice"
            done
            _halfopen_choices "$choices"
        }

        _halfopen() {
            local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}
            local command='' words='' choices='' i
            COMPREPLY=()
            # Bash takes '--option=value' for three words.
            if [[ $word == = ]]; then
                word=
            elif [[ $before == = ]]; then
                before=${COMP_WORDS[COMP_CWORD - 2]}
            fi
            for ((i = 1; i < COMP_CWORD; i++)); do
                case ${COMP_WORDS[i]} in
                \(Option.formsWithValue.joined(separator: " | ")))
                    [[ ${COMP_WORDS[i + 1]} == = ]] && ((i++))
                    ((i++))
                    ;;
                -*) ;;
                *)
                    command=${COMP_WORDS[i]}
                    break
                    ;;
                esac
            done
            case $before in
        \(values.joined(separator: "\n"))
            esac
            case $command in
                '') words='\(commands)' ;;
        \(operands.joined(separator: "\n"))
            esac
            case ${command:-list} in
        \(options.joined(separator: "\n"))
            esac
            [[ $word == -* || -z $words ]] || choices=$words
            _halfopen_choices "$choices"
        }

        complete -F _halfopen halfopen

        """
}

/// How bash offers a value, and ends.
private func bashOffer(_ completion: ValueCompletion) -> String {
    switch completion {
    case .nothing: "return"
    case .files: "_halfopen_files && return"
    case .choice(let words): "_halfopen_choices '\(words.joined(separator: " "))' && return"
    case .list(let words): "_halfopen_list '\(words.joined(separator: " "))' && return"
    case .namespaces:
        """
        if [[ $word == */* ]]; then _halfopen_files; else
                    _halfopen_choices "$(cd /run/netns 2>/dev/null && printf '%s\\n' *)"
                fi
                return
        """
    case .proxies: "_halfopen_choices \"$(pgrep -x envoy)\" && return"
    }
}
