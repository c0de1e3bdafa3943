import Model

/// Reads the lines of an access log, in either encoding.
///
/// Its entries are the lines in which something failed. It is answered by when a later request must
/// have begun to be wanted even if nothing failed in it.
package struct AccessLogReader: LogReader, ~Copyable {
    package var lines: LogLines
    private var json = AccessLogJSON()
    private var clock = LogClock()
    /// A request in which nothing failed is wanted if it began by then.
    private var latestStart: WallTime?

    package init(input: Int) {
        lines = LogLines(input: input)
    }

    package mutating func read(
        _ line: Span<UInt8>,
        at place: LogPlace,
        _ body: (AccessLogEntry) -> WallTime?
    ) {
        if line[0] == UInt8(ascii: "{") {
            switch json.read(line, latestStart: latestStart) {
            case .foreign: break
            case .damaged: if line.beginsJSONObject { lines.countDamaged() }
            case .success: lines.countRecognized()
            case .entry(let entry): take(entry, at: place, body)
            }
        } else if let text = AccessLogText(line) {
            if text.isPlainSuccess(line), !text.began(by: latestStart, line, &clock) {
                lines.countRecognized()
            } else if let entry = text.entry(line) {
                take(entry, at: place, body)
            } else {
                lines.countDamaged()
            }
        } else if AccessLogText.begins(line) {
            lines.countDamaged()
        }
    }

    private mutating func take(
        _ entry: AccessLogEntry,
        at place: LogPlace,
        _ body: (AccessLogEntry) -> WallTime?
    ) {
        var entry = entry
        entry.place = place
        lines.countRecognized()
        if entry.isFailure { lines.countRelevant() }
        latestStart = body(entry)
    }
}
