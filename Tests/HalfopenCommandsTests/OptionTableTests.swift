import Foundation
import Reporting
import TestSupport
import Testing

@testable import HalfopenCommands

private typealias Option = HalfopenCommands.Option

/// The tables of options and commands, and the help that is made from them.
struct OptionTableTests {
    @Test func `No two options share a form, and each belongs to a command`() {
        let forms = Option.all.flatMap(\.forms)
        #expect(Set(forms).count == forms.count)
        for option in Option.all {
            #expect(!option.commands.isEmpty, "\(option.flag)")
            #expect(!option.help.isEmpty && !option.help.hasSuffix("."), "\(option.flag)")
        }
    }

    @Test func `What an option needs is another option of a command that takes it`() throws {
        let needing = Option.all.filter { $0.needs != nil }
        #expect(needing.count > 3)
        for option in needing {
            let needed = try #require(option.needs.flatMap(Option.named), "\(option.flag)")
            #expect(!needed.commands.isDisjoint(with: option.commands), "\(option.flag)")
        }
    }

    @Test(arguments: Subcommand.allCases)
    func `The help of a command has its options with their values, and no others`(
        _ command: Subcommand
    ) {
        let lines = helpText(command).split(separator: "\n").filter { $0.contains(/^ {2,6}-/) }
        #expect(lines.count == command.options.count)
        for (line, option) in zip(lines, command.options) {
            let left = option.forms.dropLast().map { "\($0), " }.joined() + option.usage
            let words = line.drop { $0 == " " }
            #expect(words.hasPrefix(left))
            #expect([nil, " "].contains(words.dropFirst(left.count).first), "\(line)")
        }
    }

    @Test func `explain says of each option what it does there`() {
        let options = Subcommand.explain.options
        for name in Option.incidentWords.keys {
            let isWorded = options.contains { option in
                option.name == name && option.help == Option.incidentWords[name]?.help
            }
            #expect(isWorded, "\(name)")
        }
        for word in [
            "prometheus", "instead of this kernel", "remember the", "ztunnel", "long it took",
        ] {
            #expect(!helpText(.explain).contains(word), "\(word)")
        }
    }

    @Test(arguments: Subcommand.allCases.map(helpText) + [helpText()])
    func `Help fits a terminal of 80 columns`(_ help: String) {
        for line in help.split(separator: "\n") { #expect(line.count <= 80, "\(line)") }
    }

    @Test(arguments: Subcommand.allCases)
    func `The help of a command says how it ends, and gives two examples`(_ command: Subcommand) {
        let help = helpText(command)
        let statuses = command.description.statuses.map(\.status)
        #expect(Set(statuses).count == statuses.count)
        #expect(statuses.first == "0")
        for status in statuses { #expect(help.contains("\n  \(status) ")) }
        #expect(command.description.examples.count == 2)
        for example in command.description.examples { #expect(help.contains(example.line)) }
    }

    @Test(arguments: Subcommand.allCases)
    func `The examples of the help are command lines that are accepted`(
        _ command: Subcommand
    ) throws {
        for example in command.description.examples {
            let after = try #require(example.line.split(separator: "halfopen ").last)
            let words = after.prefix { !"|<>)".contains($0) }.split(separator: " ").map(String.init)
            let arguments = try ParsedArguments(words)
            #expect(try Subcommand(arguments) == command || arguments.has("version"))
            guard command.options.contains(where: { $0.placeholder != nil }) else { continue }
            #expect(throws: Never.self) { try ScanRequest(arguments.options, for: command) }
        }
    }

    @Test func `The overview names every command with its summary`() {
        let help = helpText()
        for command in Subcommand.allCases {
            let name = command.rawValue.padding(toLength: 12, withPad: " ", startingAt: 0)
            #expect(help.contains("\n  \(name)\(command.description.summary)\n"))
        }
    }

    @Test(arguments: [
        ("halfopen --help", helpText()),
        ("halfopen -s good.json -h", helpText()),
        ("halfopen help", helpText()),
        ("halfopen help reap", helpText(.reap)),
        ("halfopen reap --help", helpText(.reap)),
        ("halfopen --help capture", helpText(.capture)),
        // Whoever asks for help has not finished the line.
        ("halfopen snapshot -N waypoint --help", helpText(.snapshot)),
        ("halfopen check -h", helpText(.check)),
        ("halfopen list --version", "halfopen \(halfopenVersion)\n"),
        ("halfopen --version", "halfopen \(halfopenVersion)\n"),
        ("halfopen version", versionText()),
    ])
    func `Help and version are printed, and nothing else is done`(
        _ line: String,
        _ expected: String
    ) throws {
        let answer = try Session().run(line)
        #expect(answer.status == 0)
        #expect(answer.output == expected)
        #expect(answer.errors == "")
    }

    @Test func `The version names the commit, the compiler and the libraries that run`() {
        let text = versionText()
        #expect(text.hasPrefix("halfopen \(halfopenVersion)\n"))
        #expect(text.contains(/\ncommit: +(unknown|[0-9a-f]{12}(-dirty)?)\n/))
        #expect(text.contains(/\ncompiler: +Swift 6\.[0-9]/))
        #expect(text.contains(/\nlibmnl: +\/.*libmnl\.so\.0/))
        #expect(text.contains(/\nBoost.JSON: 1\.[0-9]+\n/))
        #expect(text.contains(/\nglibc: +2\.[0-9]+\n/))
    }
}
