import Reporting

/// The text of `halfopen --help`: what it is for, and its commands.
func helpText() -> String {
    let head = """
        halfopen finds stale HBONE connections: the peer Pod was deleted or replaced,
        but the connection of the Istio waypoint, gateway or sidecar is still
        ESTABLISHED. The next request on it hangs or ends in a 503.

        Usage: halfopen [COMMAND] [OPTION]...

        Commands:

        """
    let tail = """

        Examples:
          On the node, for the waypoint whose Envoy is process 4312:
            pod-snapshot | ssh NODE sudo halfopen -s - -p 4312
          Every waypoint and gateway of this node:
            halfopen -s pods.json --discover

        Without a command, halfopen runs 'list'. 'halfopen COMMAND --help' prints the
        options of a command; 'man 8 halfopen' shows the manual.

        """
    let commands = Subcommand.allCases.map { command in
        helpEntry("  \(command.rawValue)", command.description.summary, margin: 14)
    }
    return head + commands.joined() + tail
}

/// The text of `halfopen COMMAND --help`, made from the tables of commands and options.
func helpText(_ command: Subcommand) -> String {
    let description = command.description
    let purpose = description.purpose.wrapped(to: helpWidth).map { "\($0)\n" }.joined()
    let usage = description.usage.enumerated().map { index, line in
        helpEntry(index == 0 ? "Usage:" : "", "halfopen \(command.rawValue) \(line)", margin: 7)
    }
    let options = command.options.map { option in
        let short = option.short.map { "-\($0), " } ?? "    "
        return helpEntry("  \(short)\(option.usage)", option.help, margin: 27)
    }
    let examples = description.examples.map { "  \($0.purpose)\n    \($0.line)\n" }
    let statuses = description.statuses.map { helpEntry("  \($0.status)", $0.meaning, margin: 6) }
    return purpose + "\n" + usage.joined()
        + "\nOptions:\n" + options.joined()
        + "\nExamples:\n" + examples.joined()
        + "\nExit status:\n" + statuses.joined()
        + "\nMore in \(description.page).\n"
}

/// The columns that help fits in.
private let helpWidth = 80

/// What is explained with its explanation, which starts at the margin.
private func helpEntry(_ left: String, _ help: String, margin: Int) -> String {
    let indent = String(repeating: " ", count: margin)
    // A blank column stands between both.
    let isShort = left.count < margin
    let head = isShort ? left.padded(to: margin) : "\(left)\n\(indent)"
    return head + help.wrapped(to: helpWidth - margin).joined(separator: "\n\(indent)") + "\n"
}

extension String {
    fileprivate func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }
}
