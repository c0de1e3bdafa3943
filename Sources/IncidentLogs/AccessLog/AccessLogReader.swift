import Model

/// Reads the lines of an access log, in either encoding and with what collectors put around them.
package struct AccessLogReader: ~Copyable {
    /// What was read so far.
    package struct Counts: Hashable, Sendable {
        /// The lines.
        package var lines = 0
        /// Those that are of an access log.
        package var entries = 0
        /// Those in which something failed.
        package var failures = 0
        /// Those that begin like an access log, but are cut or of another format; without the last if
        /// the input ends within it.
        package var damaged = 0
    }

    /// What was read so far.
    package private(set) var counts = Counts()
    /// Whether the input ended within a line: it was cut, or is still being written.
    package private(set) var endsWithinLine = false
    private let input: Int
    private var splitter = LineSplitter()
    private var wrapping = LogWrapping()
    private var json = AccessLogJSON()
    private var clock = LogClock()
    /// A request in which nothing failed is wanted if it began by then.
    private var latestStart: WallTime?
    private var isLastDamaged = false

    /// A reader of the input with the given index.
    package init(input: Int) {
        self.input = input
    }

    /// Reads the next bytes.
    ///
    /// - Parameters:
    ///   - chunk: The bytes.
    ///   - body: Takes each entry in which something failed; it answers by when a later one must have
    ///     begun to be wanted even if nothing failed in it.
    package mutating func feed(_ chunk: Span<UInt8>, _ body: (AccessLogEntry) -> WallTime?) {
        // Taken out for the time, so that it has one owner and is not copied.
        var splitter = LineSplitter()
        swap(&splitter, &self.splitter)
        splitter.feed(chunk) { take($0, number: $1, body) }
        swap(&splitter, &self.splitter)
        counts.lines = self.splitter.number
    }

    /// Reads the last line, if it has no line feed.
    package mutating func finish(_ body: (AccessLogEntry) -> WallTime?) {
        var splitter = LineSplitter()
        swap(&splitter, &self.splitter)
        let isCut = splitter.isWithinLine
        splitter.finish { take($0, number: $1, body) }
        swap(&splitter, &self.splitter)
        counts.lines = self.splitter.number
        endsWithinLine = isCut || isLastDamaged || wrapping.isWithinLine
        if isLastDamaged { counts.damaged -= 1 }
        counts.damaged += self.splitter.overlong
    }

    private mutating func take(
        _ line: Span<UInt8>,
        number: Int,
        _ body: (AccessLogEntry) -> WallTime?
    ) {
        isLastDamaged = false
        if LogWrapping.isPayload(line, at: 0), line[line.count - 1] != UInt8(ascii: "\r") {
            return read(line, number: number, body)
        }
        var wrapping = LogWrapping()
        swap(&wrapping, &self.wrapping)
        wrapping.unwrap(line) { read($0, number: number, body) }
        swap(&wrapping, &self.wrapping)
    }

    private mutating func read(
        _ line: Span<UInt8>,
        number: Int,
        _ body: (AccessLogEntry) -> WallTime?
    ) {
        if line.isEmpty { return }
        if line[0] == UInt8(ascii: "{") {
            switch json.read(line, latestStart: latestStart) {
            case .foreign: break
            case .damaged: if line.beginsJSONObject { noteDamage() }
            case .success: counts.entries += 1
            case .entry(let entry): take(entry, number: number, body)
            }
        } else if let text = AccessLogText(line) {
            if text.isPlainSuccess(line), !text.began(by: latestStart, line, &clock) {
                counts.entries += 1
            } else if let entry = text.entry(line) {
                take(entry, number: number, body)
            } else {
                noteDamage()
            }
        } else if AccessLogText.begins(line) {
            noteDamage()
        }
    }

    private mutating func noteDamage() {
        counts.damaged += 1
        isLastDamaged = true
    }

    private mutating func take(
        _ entry: AccessLogEntry,
        number: Int,
        _ body: (AccessLogEntry) -> WallTime?
    ) {
        var entry = entry
        entry.place = LogPlace(input: input, line: number)
        counts.entries += 1
        if entry.isFailure { counts.failures += 1 }
        latestStart = body(entry)
    }
}
