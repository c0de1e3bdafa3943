import Glibc
import LinuxSystem
import Reporting

/// Carries out a command line.
///
/// - Parameters:
///   - words: Its words after the program's name.
///   - program: The program's name, as the user gave it.
/// - Returns: The exit status, by the contract of halfopen(8).
func run(_ words: [String], as program: String) throws(UsageError) -> Int32 {
    let arguments = try ParsedArguments(words)
    let command = try Subcommand(arguments)
    if arguments.has("help") {
        let isNamed = !arguments.operands.isEmpty
        return answer(isNamed ? helpText(command) : helpText(), to: command)
    }
    if arguments.has("version") { return answer("halfopen \(halfopenVersion)\n", to: command) }
    let operand = arguments.operands.dropFirst().first
    func request() throws(UsageError) -> ScanRequest {
        let request = try ScanRequest(arguments.options, for: command)
        try request.checkStreams(for: command)
        return request
    }
    switch command {
    case .list:
        let nextStep = NextStep(program: program, options: arguments.options)
        return ListCommand(request: try request(), nextStep: nextStep).run().rawValue
    case .check: return CheckCommand(request: try request()).run().rawValue
    case .watch: return WatchCommand.run(try request()).rawValue
    case .reap: return ReapCommand(request: try request()).run().rawValue
    case .explain: return ExplainCommand(request: try request()).run().rawValue
    case .capture: return CaptureCommand(request: try request()).run().rawValue
    case .snapshot: return SnapshotCommand(request: try request()).run().rawValue
    case .completion: return answer(try Shell(named: operand).completions, to: command)
    case .version: return answer(versionText(), to: command)
    case .help:
        guard let operand else { return answer(helpText(), to: command) }
        return answer(helpText(try Subcommand(named: operand)), to: command)
    }
}

extension ScanRequest {
    /// Refuses a stream that cannot be what it is asked to be.
    fileprivate func checkStreams(for command: Subcommand) throws(UsageError) {
        if command == .watch, snapshots.contains("-") {
            throw UsageError(
                message:
                    "option --snapshot: a watch cannot read standard input again; give a file"
            )
        }
        if command == .explain, incident.all.contains("-"),
            StandardStreams.isTerminal(STDIN_FILENO)
        {
            throw UsageError(
                message: "standard input is a terminal; pipe a log into it, such as the output of"
                    + " 'kubectl logs'"
            )
        }
        if snapshots.contains("-"), StandardStreams.isTerminal(STDIN_FILENO) {
            throw UsageError(
                message:
                    "option --snapshot: standard input is a terminal; pipe a snapshot into it,"
                    + " such as the output of 'kubectl get pods -A -o json'"
            )
        }
        if outputFile == "-", StandardStreams.isTerminal(STDOUT_FILENO) {
            throw UsageError(
                message: "option --output-file: standard output is a terminal; redirect it, or"
                    + " name a file"
            )
        }
    }
}

/// Prints a text; the exit status by the contract of the command that was asked for it.
private func answer(_ text: String, to command: Subcommand) -> Int32 {
    do throws(StandardStreams.WriteError) {
        try StandardStreams.writeResult(Array(text.utf8))
        return ExitStatus.clear.rawValue
    } catch {
        StandardStreams.say(error.message)
        // 2 would be CRITICAL.
        return command == .check
            ? PluginAnswer.Status.unknown.rawValue : ExitStatus.incomplete.rawValue
    }
}

/// Sets how the program ends where it cannot go on: a monitoring system must still get its answer.
private func setLastWords(isCheck: Bool) {
    let message =
        "the program cannot go on: a fault in it, or no memory left; allow more memory (ulimit -v,"
        + " the container's limit), and report it if it happens again"
    if isCheck {
        let answer = PluginAnswer(unknown: message)
        LastWords.set(answer.line + "\n", to: STDOUT_FILENO, status: answer.status.rawValue)
    } else {
        let status = ExitStatus.incomplete.rawValue
        LastWords.set("halfopen: \(message)\n", to: STDERR_FILENO, status: status)
    }
}

/// Runs the program by a command line, and tells how it ends.
///
/// - Parameter words: The command line with the program's name; empty where it could not be read.
/// - Returns: The exit status, by the contract of halfopen(8).
package func runProgram(_ words: [String]) -> Int32 {
    StandardStreams.prepare()
    setLastWords(isCheck: Subcommand.isCheck(Array(commandLineWords().dropFirst())))
    // Swift's runtime reads the command line from /proc/self/cmdline.
    guard !words.isEmpty else {
        let message = "cannot read the command line: /proc is not there; mount /proc"
        // A monitoring system must still get its answer.
        if Subcommand.isCheck(Array(commandLineWords().dropFirst())) {
            return CheckCommand.answer(PluginAnswer(unknown: message)).rawValue
        }
        StandardStreams.say(message)
        return ExitStatus.incomplete.rawValue
    }
    let arguments = Array(words.dropFirst())
    do throws(UsageError) {
        return try run(arguments, as: words[0])
    } catch {
        if Subcommand.isCheck(arguments) {
            return CheckCommand.answer(PluginAnswer(unknown: error.message)).rawValue
        }
        StandardStreams.say("\(error.message) (see '\(Subcommand.help(on: arguments))')")
        return ExitStatus.usage.rawValue
    }
}
