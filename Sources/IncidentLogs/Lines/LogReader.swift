import Model

/// Reads one kind of log as a stream: in either encoding, and with what collectors put around each
/// line.
///
/// A kind of log says what a line means; cutting the stream into lines, and counting them, is the same
/// for all.
package protocol LogReader: ~Copyable {
    /// What lines tell.
    associatedtype Entry
    /// What the reader needs to know about an entry that it handed over.
    associatedtype Answer

    /// A reader of the input with the given index.
    init(input: Int)

    /// The lines of the input, as far as they were read.
    var lines: LogLines { get set }

    /// What a log of this kind must have, and this one has not; to be asked at the end.
    var missing: String? { get }

    /// Reads a line without what was around it, and calls `body` with each entry.
    mutating func read(_ line: Span<UInt8>, at place: LogPlace, _ body: (Entry) -> Answer)

    /// Hands over an entry to which a further line could have belonged.
    mutating func endEntry(_ body: (Entry) -> Answer)

    // Requirements, so that the loop over the lines is compiled for each reader.

    /// Reads the next bytes, and calls `body` with each entry.
    mutating func feed(_ chunk: Span<UInt8>, _ body: (Entry) -> Answer)

    /// Reads the last line, if it has no line feed.
    mutating func finish(_ body: (Entry) -> Answer)
}

extension LogReader where Self: ~Copyable {
    package var missing: String? { nil }

    package mutating func endEntry(_ body: (Entry) -> Answer) {}

    package mutating func feed(_ chunk: Span<UInt8>, _ body: (Entry) -> Answer) {
        // Taken out for the time, so that it has one owner and is not copied.
        var splitter = LineSplitter()
        swap(&splitter, &lines.splitter)
        splitter.feed(chunk) { take($0, number: $1, body) }
        swap(&splitter, &lines.splitter)
    }

    package mutating func finish(_ body: (Entry) -> Answer) {
        var splitter = LineSplitter()
        swap(&splitter, &lines.splitter)
        let isCut = splitter.isWithinLine
        splitter.finish { take($0, number: $1, body) }
        swap(&splitter, &lines.splitter)
        endEntry(body)
        lines.end(isCut: isCut)
    }

    private mutating func take(
        _ line: Span<UInt8>,
        number: Int,
        _ body: (Entry) -> Answer
    ) {
        let place = lines.begin(number)
        if LogWrapping.isPayload(line, at: 0), line[line.count - 1] != UInt8(ascii: "\r") {
            return read(line, at: place, body)
        }
        var wrapping = LogWrapping()
        swap(&wrapping, &lines.wrapping)
        wrapping.unwrap(line) { if !$0.isEmpty { read($0, at: place, body) } }
        swap(&wrapping, &lines.wrapping)
    }
}

/// The lines of a log, as far as they were read, and what was counted of them.
package struct LogLines: Sendable {
    /// How many lines there are, and what they are.
    package struct Counts: Hashable, Sendable {
        /// The lines.
        package var lines = 0
        /// Those that are of the kind of log.
        package var recognized = 0
        /// Those that tell of a failure, or of a connection.
        package var relevant = 0
        /// Those that begin like the kind of log, but are cut, too long or of another format; without
        /// the last if the input ends within it.
        package var damaged = 0
    }

    /// Whether the input ended within a line: it was cut, or is still being written.
    package private(set) var endsWithinLine = false
    private let input: Int
    private var counted = Counts()
    private var isLastDamaged = false
    var splitter = LineSplitter()
    var wrapping = LogWrapping()

    /// The lines of the input with the given index.
    init(input: Int) {
        self.input = input
    }

    /// What was read so far.
    package var counts: Counts {
        var counts = counted
        counts.lines = splitter.number
        return counts
    }

    /// Counts a line of the kind of log.
    mutating func countRecognized() { counted.recognized += 1 }

    /// Counts a line that tells of a failure, or of a connection.
    mutating func countRelevant() { counted.relevant += 1 }

    /// Counts a line that begins like the kind of log and cannot be read.
    mutating func countDamaged() {
        counted.damaged += 1
        isLastDamaged = true
    }

    /// Begins with a line, and says where it stands.
    fileprivate mutating func begin(_ number: Int) -> LogPlace {
        isLastDamaged = false
        return LogPlace(input: input, line: number)
    }

    fileprivate mutating func end(isCut: Bool) {
        endsWithinLine = isCut || isLastDamaged || wrapping.isWithinLine
        if isLastDamaged { counted.damaged -= 1 }
        counted.damaged += splitter.overlong + wrapping.overlong
    }
}
