import Reporting

/// The text of `--help`, made from the option table.
func helpText() -> String {
    let head = """
        Usage: halfopen [list] -s SNAPSHOT [-N NETNS | -p PID | --discover]... [OPTION]...
               halfopen check -s SNAPSHOT [-N NETNS | -p PID | --discover]... [OPTION]...
               halfopen watch -s SNAPSHOT [-N NETNS | -p PID | --discover]... [OPTION]...
               halfopen -s SNAPSHOT -r CAPTURE [OPTION]...
               halfopen capture --output-file FILE [-N NETNS | -p PID | --discover]...
               halfopen reap -s SNAPSHOT [-N NETNS | -p PID | --discover]... [--yes] [OPTION]...
               halfopen snapshot -s SNAPSHOT [OPTION]...

        Lists the connections to port 15008 whose peer Pod has been deleted or replaced while this
        end stayed ESTABLISHED: the next request on one hangs or ends in a 503. Scans the present
        network namespace unless told another; run it in that of the waypoint.

          scripts/pod-snapshot | ssh NODE sudo halfopen -s - -p PID     PID: the waypoint's Envoy

        Commands:

        """
    let tail = """

        Exit status: 0 complete scan, no candidate; 1 complete scan, candidates; 2 the scan failed or
        is incomplete; 64 the command line is wrong. Of check: 0 OK, 1 WARNING, 2 CRITICAL, 3 UNKNOWN.
        More in halfopen(8).

        """
    let commands = Subcommand.allCases.map { helpEntry("  \($0.rawValue)", $0.help) }
    let options = Option.allCases.map(helpEntry)
    let taken = Subcommand.allCases.map { command in
        let flags = Option.allCases.filter(command.takes).map(shortestForm)
        return helpEntry("  \(command.rawValue)", flags.joined(separator: " "))
    }
    return head + commands.joined() + "\nOptions:\n" + options.joined()
        + "\nOptions by command:\n" + taken.joined() + tail
}

private func shortestForm(_ option: Option) -> String {
    option.description.short.map { "-\($0)" } ?? option.flag
}

/// An option with its help.
private func helpEntry(_ option: Option) -> String {
    let description = option.description
    let short = description.short.map { "-\($0), " } ?? "    "
    let value = description.value.map { " \($0)" } ?? ""
    return helpEntry("  \(short)\(option.flag)\(value)", description.help)
}

/// What is explained with its explanation, which starts in column 27 and ends by column 100.
private func helpEntry(_ left: String, _ help: String) -> String {
    let margin = 27
    var text = left
    if left.count >= margin {
        text += "\n" + String(repeating: " ", count: margin)
    } else {
        text += String(repeating: " ", count: margin - left.count)
    }
    let lines = help.wrapped(to: 100 - margin)
    return text + lines.joined(separator: "\n" + String(repeating: " ", count: margin)) + "\n"
}
