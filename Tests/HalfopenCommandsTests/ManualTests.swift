import Foundation
import Reporting
import TestSupport
import Testing

@testable import HalfopenCommands

/// The pages of the manual against the tables of options and commands.
struct ManualTests {
    /// The commands whose options a page explains.
    private static let explained: [Subcommand] = [
        .list, .check, .watch, .reap, .explain, .capture, .snapshot,
    ]

    private func file(_ name: String) -> URL { Command.root.appending(path: "man/\(name)") }

    private func text(of page: String) throws -> String {
        let name = page.replacing("(", with: ".").replacing(")", with: "")
        return try String(contentsOf: file(name), encoding: .utf8)
    }

    /// Record anew with `HALFOPEN_RECORD=1 swift test --filter ManualTests`, which fails, and read
    /// the difference.
    @Test(arguments: explained)
    func `The OPTIONS of a page are those of the table`(_ command: Subcommand) throws {
        let page = command.description.page
        let text = try text(of: page)
        let start = try #require(text.range(of: "\n.Sh OPTIONS\n")).upperBound
        let end = try #require(text.range(of: "\n.Sh ", range: start..<text.endIndex)).lowerBound
        let expected = optionsSection(of: command)
        let isEqual = text[start..<end] == expected
        #expect(isEqual, "\(page): record it anew with HALFOPEN_RECORD=1")
        if !isEqual, ProcessInfo.processInfo.environment["HALFOPEN_RECORD"] == "1" {
            let name = page.replacing("(", with: ".").replacing(")", with: "")
            let recorded = text[..<start] + expected + text[end...]
            try recorded.write(to: file(name), atomically: true, encoding: .utf8)
        }
    }

    @Test(arguments: explained)
    func `The EXIT STATUS of a page is that of the help`(_ command: Subcommand) throws {
        let text = try text(of: command.description.page)
        let section = try #require(text.split(separator: "\n.Sh EXIT STATUS\n").last)
        let lines = section.split(separator: "\n").prefix { !$0.hasPrefix(".Sh ") }
        let statuses = lines.compactMap { $0.firstMatch(of: /^\.It ([0-9]+)$/)?.output.1 }
        #expect(statuses.map(String.init) == command.description.statuses.map(\.status))
    }

    @Test func `The overview names every command and every page`() throws {
        let text = try text(of: "halfopen(8)")
        for command in Subcommand.allCases {
            #expect(text.contains("\n.It Cm \(command.rawValue)"), "\(command)")
        }
        let pages = try FileManager.default.contentsOfDirectory(atPath: file("").path)
        #expect(pages.count >= 9)
        for page in pages where page != "halfopen.8" {
            let parts = page.split(separator: ".")
            #expect(text.contains("\n.Xr \(parts[0]) \(parts[1])"), "\(page)")
        }
    }

    @Test func `Every page that help names is there`() throws {
        for command in Subcommand.allCases {
            #expect(try !text(of: command.description.page).isEmpty)
        }
    }

    @Test func `Every page fits a terminal of 80 columns`() throws {
        for page in try FileManager.default.contentsOfDirectory(atPath: file("").path) {
            let answer = try Session().run(
                "mandoc -T utf8 -O width=78 '\(file(page).path)' | LC_ALL=C.UTF-8 col -b"
            )
            #expect(answer.status == 0)
            #expect(answer.output.count > 1000)
            for line in answer.output.split(separator: "\n") {
                #expect(line.count <= 80, "\(page): \(line)")
            }
        }
    }
}

// MARK: - The section in mdoc(7)

/// The section OPTIONS of the command's page, without its heading.
private func optionsSection(of command: Subcommand) -> String {
    let entries = command.options.flatMap { option in
        let short = option.short.map { "\($0) , " } ?? ""
        // mdoc sets the comma and the dots apart from the value's name.
        let value = option.placeholder?.replacing(",...", with: " , Ns Ar ...")
        let item = ".It Fl \(short)-\(option.name)" + (value.map { " Ar \($0)" } ?? "")
        let details = option.details.replacing(" See \(command.description.page).", with: "")
        let help = option.help.prefix(1).uppercased() + option.help.dropFirst() + "."
        let repeats = option.isRepeatable && option.placeholder != nil ? " May be repeated." : ""
        return [item] + mdocLines("\(help)\(repeats) \(details)")
    }
    var notes: [String] = []
    let placeholders = Set(command.options.compactMap(\.placeholder))
    if placeholders.contains("DURATION") {
        notes += mdocLines("A DURATION is written '90s', '5m' or '1h30m'.")
    }
    if placeholders.contains("TIME") {
        notes += mdocLines("A TIME is RFC 3339, as in '2026-11-21T10:04:11Z', or '@EPOCH'.")
    }
    return (notes + [".Bl -tag -width Ds"] + entries + [".El"]).joined(separator: "\n")
}

/// A text as lines of mdoc: a sentence begins a line, and options, quotations, pages and values
/// are marked up.
private func mdocLines(_ text: String) -> [String] {
    var lines: [String] = []
    var plain: [Substring] = []
    func end() {
        if plain.isEmpty { return }
        lines += plain.joined(separator: " ").wrapped(to: 80)
        plain = []
    }
    for word in words(of: text) {
        if let macro = macro(for: word) {
            end()
            lines.append(macro)
            continue
        }
        plain.append(word)
        if word.last == "." { end() }
    }
    end()
    return lines
}

/// The words of a text; a quotation is one.
private func words(of text: String) -> [Substring] {
    text.matches(of: /[(]?'[^']+'[^ ]*|[^ ]+/).map(\.output)
}

/// The macro that marks a word up, with the punctuation that follows it.
private func macro(for word: Substring) -> String? {
    if let match = word.wholeMatch(of: /([(]?)'(.+)'([.,;:)]*)/) {
        return line("Ql", match.output.1, match.output.2, match.output.3)
    }
    if let match = word.wholeMatch(of: /([(]?)--([a-z-]+)([.,;:)]*)/) {
        return line("Fl", match.output.1, "-\(match.output.2)", match.output.3)
    }
    if let match = word.wholeMatch(of: /([(]?)([a-z-]+)\(([1-8])\)([.,;:)]*)/) {
        return line("Xr", match.output.1, "\(match.output.2) \(match.output.3)", match.output.4)
    }
    if let match = word.wholeMatch(of: /([(]?)(DURATION|TIME|FILE|N)([.,;:)]*)/) {
        return line("Ar", match.output.1, match.output.2, match.output.3)
    }
    return nil
}

private func line(
    _ macro: String,
    _ before: Substring,
    _ content: some StringProtocol,
    _ after: Substring
) -> String {
    ([".\(macro)"] + before.map(String.init) + [String(content)] + after.map(String.init))
        .joined(separator: " ")
}
