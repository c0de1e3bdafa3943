import Foundation
import Reporting
import TestSupport
import Testing

@testable import HalfopenCommands

/// The help, the manual and the completions name the options of the table, and no others.
struct OptionTableTests {
    /// The short form, if there is one, before the long one.
    private static func forms(_ option: HalfopenCommands.Option) -> [String] {
        (option.description.short.map { ["-\($0)"] } ?? []) + [option.flag]
    }

    @Test func `The manual has an entry for every option, in the order of the table`() throws {
        let manual = try text(of: "man/halfopen.8")
        let entries = manual.split(separator: "\n").filter { $0.hasPrefix(".It Fl ") }
        let expected = Option.allCases.map { option in
            let short = option.description.short.map { "\($0) , " } ?? ""
            // mdoc sets the comma and the dots apart from the value's name.
            let value = option.description.value?.replacing(",...", with: " , Ns Ar ...")
            return ".It Fl \(short)-\(option.rawValue)" + (value.map { " Ar \($0)" } ?? "")
        }
        #expect(entries.map(String.init) == expected)
    }

    @Test func `The manual says of every option that it may be repeated, where it may`() throws {
        let manual = try text(of: "man/halfopen.8")
        let options = try #require(manual.split(separator: ".Sh OPTIONS\n").last)
        let entries = options.split(separator: "\n.It Fl ").dropFirst()
        #expect(entries.count == Option.allCases.count)
        for (entry, option) in zip(entries, Option.allCases) {
            let saysSo = entry.contains("May be repeated")
            #expect(saysSo == option.description.isRepeatable, "\(option.flag)")
        }
    }

    @Test func `The help has a line for every option, with its value`() throws {
        let lines = helpText().split(separator: "\n").filter { $0.contains(/^ {2,6}-/) }
        #expect(lines.count == Option.allCases.count)
        for (line, option) in zip(lines, Option.allCases) {
            let value = option.description.value.map { " \($0)" } ?? ""
            let left = Self.forms(option).joined(separator: ", ") + value
            let words = line.drop { $0 == " " }
            #expect(words.hasPrefix(left))
            #expect([nil, " "].contains(words.dropFirst(left.count).first), "\(line)")
        }
    }

    @Test func `Every option is completed, and nothing else`() throws {
        let all = try completions(after: "halfopen", of: "-")
        #expect(all == Set(Option.allCases.flatMap(Self.forms)))
        let words = try completions(after: "halfopen", of: "")
        #expect(words == all.union(Subcommand.allCases.map(\.rawValue)))
    }

    @Test(arguments: Option.allCases)
    func `What follows an option is completed as its value, if it takes one`(
        _ option: HalfopenCommands.Option
    ) throws {
        for form in Self.forms(option) {
            let isFollowedByOption = try completions(after: form, of: "--").contains("--snapshot")
            #expect(isFollowedByOption == (option.description.value == nil), "\(form)")
        }
    }

    @Test func `The values of an option are completed as they are accepted`() throws {
        let formats = Set(ReportFormat.allCases.map(\.rawValue))
        #expect(try completions(after: "-o", of: "") == formats)
        let colors = Set(ScanRequest.ColorChoice.allCases.map(\.rawValue))
        #expect(try completions(after: "--color", of: "") == colors)
        for value in try completions(after: "--only", of: "") {
            #expect(throws: Never.self) { try ScanRequest([(.snapshot, "a"), (.only, value)]) }
        }
    }

    /// What bash offers for the beginning of a word.
    private func completions(after before: String, of word: String) throws -> Set<String> {
        let completions = Command.root.appending(path: "scripts/completions/halfopen.bash").path
        let answer = try Session().run(
            """
            . '\(completions)'
            COMP_WORDS=(halfopen '\(before)' '\(word)') COMP_CWORD=2
            _halfopen && printf '%s\\n' "${COMPREPLY[@]}"
            """
        )
        try #require(answer.errors == "")
        return Set(answer.output.split(separator: "\n").map(String.init))
    }

    private func text(of file: String) throws -> String {
        try String(contentsOf: Command.root.appending(path: file), encoding: .utf8)
    }
}
