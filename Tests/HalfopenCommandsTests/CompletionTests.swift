import Foundation
import Judging
import Reporting
import TestSupport
import Testing

@testable import HalfopenCommands

/// The completions, as the shells themselves offer them.
@Suite(.serialized)
struct CompletionTests {
    /// What a shell offers at the end of a line, without an option's name before a value.
    private func offers(_ shell: Shell, _ line: String) throws -> Set<String> {
        let session = try Session()
        try session.write(shell.completions, to: "completions")
        try session.write("", to: "pods.json")
        let answer =
            switch shell {
            case .bash: try session.run(bashScript(line))
            case .zsh: try session.run(zshScript(line))
            case .fish: try session.run("fish --no-config -c \(fishScript(line).shellQuoted)")
            }
        try #require(answer.errors == "" && answer.status == 0, "\(answer.errors)")
        let offers = answer.output.split(separator: "\n").map { offer in
            // What follows a tab is fish's description.
            let word = offer.prefix { $0 != "\t" }.trimmingSuffix(while: { $0 == "=" || $0 == " " })
            return word.split(separator: "=").last.map(String.init) ?? ""
        }
        return Set(offers)
    }

    private func bashScript(_ line: String) -> String {
        // As readline breaks the line.
        let words = line.replacing("=", with: " = ").split(
            separator: " ",
            omittingEmptySubsequences: false
        )
        let quoted = words.map { String($0).shellQuoted }.joined(separator: " ")
        return """
            . ./completions
            complete -p halfopen >/dev/null
            COMP_WORDS=(\(quoted)) COMP_CWORD=\(words.count - 1)
            _halfopen && printf '%s\\n' "${COMPREPLY[@]}"
            """
    }

    private func fishScript(_ line: String) -> String {
        "source completions; complete -C \(line.shellQuoted)"
    }

    /// An interactive zsh in a pseudo-terminal, where a tab is typed.
    private func zshScript(_ line: String) -> String {
        """
        cat >init <<'END'
        PROMPT=
        autoload -Uz compinit && compinit -D -u
        source ./completions
        bindkey '^I' complete-word
        compadd() {
            # Called with these, it fills arrays and offers nothing.
            if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\\ * ]]; then
                builtin compadd "$@"
                return
            fi
            local -a hits
            builtin compadd -A hits "$@"
            (( $#hits )) && print -rl -- $IPREFIX$^hits >>offers
            builtin compadd "$@"
        }
        finish() { : >done; }
        comppostfuncs=(finish)
        : >ready
        END
        cat >drive <<'END'
        zmodload zsh/zpty
        await() {
            local i
            for i in {1..200}; do
                [[ -e $1 ]] && return
                zpty -rt z line
                sleep 0.05
            done
            print -u 2 "no $1"
            return 1
        }
        zpty z zsh -f -i
        zpty -w z 'source ./init' && await ready
        zpty -w -n z \(line.shellQuoted)$'\\t' && await done
        zpty -d z
        END
        touch offers
        zsh -f drive >/dev/null && cat offers
        """
    }

    @Test func `Every shell is there to be tried`() throws {
        for shell in Shell.allCases {
            let answer = try Session().run("\(shell.rawValue) --version")
            #expect(answer.status == 0, "scripts/test installs \(shell.rawValue)")
        }
    }

    @Test(arguments: Shell.allCases)
    func `The commands are offered first`(_ shell: Shell) throws {
        let words = try offers(shell, "halfopen ").filter { !$0.hasPrefix("-") }
        #expect(words == Set(Subcommand.allCases.map(\.rawValue)))
    }

    @Test(arguments: Shell.allCases, Subcommand.allCases)
    func `The options of a command are offered, and no others`(
        _ shell: Shell,
        _ command: Subcommand
    ) throws {
        let expected = Set(command.options.flatMap(\.forms))
        #expect(try offers(shell, "halfopen \(command.rawValue) -") == expected)
    }

    @Test(arguments: Shell.allCases)
    func `Where no command is named, the options are those of list`(_ shell: Shell) throws {
        let expected = Set(Subcommand.list.options.flatMap(\.forms))
        #expect(try offers(shell, "halfopen -s pods.json -") == expected)
    }

    @Test(
        arguments: Shell.allCases,
        [
            ("halfopen -o ", OutputFormat.allCases.map(\.rawValue)),
            ("halfopen list --output=j", ["json"]),
            ("halfopen reap --color ", ScanRequest.ColorChoice.allCases.map(\.rawValue)),
            ("halfopen watch --only d", ["deleted"]),
            ("halfopen check --only deleted,", ["deleted,replaced", "deleted,silent"]),
            ("halfopen check --only=deleted,", ["deleted,replaced", "deleted,silent"]),
            ("halfopen completion ", Shell.allCases.map(\.rawValue)),
            ("halfopen help ca", ["capture"]),
            ("halfopen -s po", ["pods.json"]),
            ("halfopen --snapshot po", ["pods.json"]),
            ("halfopen capture --output-file po", ["pods.json"]),
            // The value of an option is no command.
            ("halfopen -s list check --min", ["--min-runs"]),
            ("halfopen check --snapshot=reap --min", ["--min-runs"]),
            ("halfopen --max-age 5m --yes", []),
            ("halfopen reap --max-age 5m --y", ["--yes"]),
        ]
    )
    func `Values are offered as they are accepted`(
        _ shell: Shell,
        _ entry: (line: String, offers: [String])
    ) throws {
        #expect(try offers(shell, entry.line) == Set(entry.offers), "\(entry.line)")
    }

    @Test func `No shell needs more than its own words`() throws {
        let session = try Session()
        for shell in Shell.allCases {
            let answer = try session.run(
                "halfopen completion \(shell.rawValue) >script && \(shell.rawValue) -n script"
            )
            #expect(answer.status == 0, "\(answer.errors)")
        }
        let check = try session.run("halfopen completion bash >script && shellcheck script")
        #expect(check.status == 0, "\(check.output)")
    }
}

extension Substring {
    fileprivate func trimmingSuffix(while isTrimmed: (Character) -> Bool) -> Substring {
        var rest = self
        while let last = rest.last, isTrimmed(last) { rest.removeLast() }
        return rest
    }
}
