@testable import Discovery
@testable import HalfopenCommands
@testable import Model

/// Reads the input as one of the small texts that come from outside, its first byte says which: none
/// may crash, and what is believed means what its own text says.
///
/// libFuzzer calls this; <https://llvm.org/docs/LibFuzzer.html>.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    var input = unsafe Array(UnsafeBufferPointer(start: bytes, count: count))[...]
    guard let kind = input.popFirst() else { return 0 }
    let text = String(decoding: input, as: UTF8.self)
    switch kind % 6 {
    case 0: readCommandLine(text)
    case 1: readDuration(text)
    case 2: readTime(input)
    case 3: readAddresses(text)
    case 4: readProcess(Array(input))
    default: readOptionValues(text)
    }
    return 0
}

/// The words of a command line, a line each.
private func readCommandLine(_ text: String) {
    let words = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    _ = Subcommand.isCheck(words)
    _ = ParsedArguments.operands(of: words)
    do throws(UsageError) {
        let arguments = try ParsedArguments(words)
        let command = try Subcommand(arguments)
        let request = try ScanRequest(arguments.options, for: command)
        precondition(request.policy.skew >= .seconds(1), "a skew below that of the API's times")
        precondition(request.reaps || request.isDryRun, "it destroys, and does not reap")
        precondition(!request.reaps || request.policy.maxAge != nil, "it reaps by any age")
    } catch {
        precondition(!error.message.isEmpty)
    }
}

/// A duration is that of the sum of its parts, and is read again as it is written.
private func readDuration(_ text: String) {
    guard let span = TimeSpan(durationText: text) else { return }
    precondition(span >= .zero && !text.isEmpty, "a duration below zero")
    precondition(
        text.utf8.allSatisfy { (0x30...0x39).contains($0) || (0x61...0x7A).contains($0) },
        "a duration of other characters"
    )
    let seconds = span.milliseconds / 1000
    if span.milliseconds % 1000 == 0 {
        precondition(TimeSpan(durationText: "\(seconds)s") == span, "it is not so many seconds")
    }
    precondition(!span.shortText.isEmpty)
}

/// A time is read again as it is written; the quick reader of the API's form agrees with the other.
private func readTime(_ bytes: ArraySlice<UInt8>) {
    let bytes = Array(bytes)
    if let time = WallTime(rfc3339: bytes) {
        precondition(WallTime(rfc3339: time.rfc3339.utf8) == time, "a time changes when written")
    }
    if let time = APITime(rfc3339: bytes.span) {
        precondition(
            WallTime(rfc3339: bytes).map { $0.milliseconds / 1000 * 1000 }
                == time.wallTime.milliseconds,
            "two readers of one time"
        )
    }
    if let time = WallTime(apiTime: bytes.span) {
        precondition(WallTime(rfc3339: bytes) == time, "the quick reader reads another time")
    }
    // The date is remembered, and read again with other clocks.
    var reader = APITimeReader()
    for clock in [[], Array("T10:04:11Z".utf8), Array(bytes.suffix(10))] {
        let text = clock.isEmpty ? bytes : bytes.prefix(10) + clock
        precondition(
            reader.time(text.span) == APITime(rfc3339: text.span),
            "a date that is remembered is read as another time"
        )
    }
}

/// An address and a block are read again as they are written, and a block holds its first address.
private func readAddresses(_ text: String) {
    let bytes = Array(text.utf8)
    precondition(IPAddress(utf8: bytes.span) == IPAddress(text), "two readers of one address")
    if let address = IPAddress(text) {
        precondition(IPAddress(address.description) == address, "an address changes when written")
    }
    guard let block = IPPrefix(text) else { return }
    precondition(IPPrefix(block.description) == block, "a block changes when written")
    let first = block.description.split(separator: "/").first.flatMap { IPAddress(String($0)) }
    precondition(first.map(block.contains) == true, "a block without its own address")
}

/// What /proc shows of a process.
private func readProcess(_ bytes: [UInt8]) {
    let arguments = words(of: bytes)
    if let role = ProxyRole(arguments: arguments) { precondition(role.isAmong(Set([role]))) }
    let environment = ProcessEnvironment(bytes)
    if let pod = environment.pod { precondition(!pod.name.isEmpty, "a Pod without a name") }
    _ = PodControlGroup(bytes)
    _ = PodLabels(bytes)
    _ = statFields(of: bytes)
    var proxy = ProxyProcess(pid: 1, role: .waypoint)
    proxy.apply(environment, startedAt: nil, controlGroup: bytes)
    proxy.apply(PodLabels(bytes))
    precondition(ProxyProcess(proxy.words[...])?.words == proxy.words, "it changes on its way")
    var stream = WordStream()
    stream.feed(bytes[...])
    while let list = stream.next() { precondition(list.count <= bytes.count) }
}

/// Every option's value: what is refused says what is accepted.
private func readOptionValues(_ text: String) {
    for option in Option.all where option.placeholder != nil {
        guard var request = try? ScanRequest([], for: .completion) else { continue }
        do throws(UsageError) {
            try option.apply(text, to: &request)
        } catch {
            precondition(error.message.utf8.count > 10)
        }
    }
}
