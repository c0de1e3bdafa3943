import Glibc
import Reporting

/// The version that `--version` and the reports name.
let halfopenVersion = "0.1.0"

/// Carries out a command line.
///
/// - Parameters:
///   - words: Its words after the program's name.
///   - program: The program's name, as the user gave it.
/// - Returns: The exit status, by the contract of halfopen(8).
func run(_ words: [String], as program: String) throws(UsageError) -> Int32 {
    let arguments = try ParsedArguments(words)
    let options = arguments.options.map(\.option)
    if options.contains(.help) { return answer(helpText()).rawValue }
    if options.contains(.version) { return answer("halfopen \(halfopenVersion)\n").rawValue }
    let command = try Subcommand(arguments)
    let request = try ScanRequest(arguments.options, for: command)
    let nextStep = NextStep(program: program, options: arguments.options)
    if command == .watch, request.snapshots.contains("-") {
        throw UsageError(
            message: "option --snapshot: a watch cannot read standard input again; give a file"
        )
    }
    if request.snapshots.contains("-"), StandardStreams.isTerminal(STDIN_FILENO) {
        throw UsageError(
            message:
                "option --snapshot: standard input is a terminal; pipe a snapshot into it, such"
                + " as that of 'kubectl get pods -A -o json'"
        )
    }
    if request.outputFile == "-", StandardStreams.isTerminal(STDOUT_FILENO) {
        throw UsageError(
            message: "option --output-file: standard output is a terminal; redirect it, or name a"
                + " file"
        )
    }
    return switch command {
    case .list: ListCommand(request: request, nextStep: nextStep).run().rawValue
    case .check: CheckCommand(request: request).run().rawValue
    case .watch: WatchCommand.run(request).rawValue
    case .capture: CaptureCommand(request: request).run().rawValue
    case .reap: ReapCommand(request: request).run().rawValue
    case .snapshot: SnapshotCommand(request: request).run().rawValue
    }
}

private func answer(_ text: String) -> ExitStatus {
    do throws(StandardStreams.WriteError) {
        try StandardStreams.writeResult(Array(text.utf8))
        return .clear
    } catch {
        StandardStreams.say(error.message)
        return .incomplete
    }
}

/// Runs the program by a command line, and tells how it ends.
///
/// - Parameter words: The command line with the program's name; empty where it could not be read.
/// - Returns: The exit status, by the contract of halfopen(8).
package func runProgram(_ words: [String]) -> Int32 {
    StandardStreams.prepare()
    // Swift's runtime reads the command line from /proc/self/cmdline.
    guard !words.isEmpty else {
        StandardStreams.say("cannot read the command line: /proc is not there; mount /proc")
        return ExitStatus.incomplete.rawValue
    }
    let arguments = Array(words.dropFirst())
    do throws(UsageError) {
        return try run(arguments, as: words[0])
    } catch {
        if Subcommand.isCheck(arguments) {
            return CheckCommand.answer(PluginAnswer(unknown: error.message)).rawValue
        }
        StandardStreams.say("\(error.message) (see 'halfopen --help')")
        return ExitStatus.usage.rawValue
    }
}
