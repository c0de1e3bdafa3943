import Model

/// A line of an access log in Istio's default text format, as far as a first look reads it.
///
///     [START] "METHOD PATH PROTOCOL" CODE FLAGS DETAILS TERMINATION "FAILURE" RECEIVED SENT
///     DURATION SERVICE_TIME "FORWARDED_FOR" "AGENT" "REQUEST_ID" "AUTHORITY" "UPSTREAM_HOST" CLUSTER
///     UPSTREAM_LOCAL DOWNSTREAM_LOCAL DOWNSTREAM_REMOTE SERVER_NAME ROUTE
///
/// Before Istio 1.9 the details were absent, and the status of Mixer stood in quotes. Text in quotes
/// is not escaped by Envoy: what stands before and after the client's own words is found from both
/// ends of the line.
struct AccessLogText {
    /// The index of the bracket after the time.
    private let timeEnd: Int
    /// The index of the quote that ends the request.
    private let requestEnd: Int
    /// The status.
    let status: Int
    /// Where the flags are.
    private let flagsRange: Range<Int>

    /// Looks at a line; `nil` if it is not a line of an access log.
    init?(_ line: Span<UInt8>) {
        guard
            line.count > 40, line[0] == UInt8(ascii: "["), line.isDigit(1),
            let timeEnd = line.extracting(first: 40).firstIndex(of: UInt8(ascii: "]")),
            line.extracting(droppingFirst: timeEnd + 1).hasPrefix(" \"")
        else { return nil }
        var quote = timeEnd + 2
        while true {
            guard let next = line.firstIndex(of: UInt8(ascii: "\""), from: quote + 1) else {
                return nil
            }
            quote = next
            if let (status, flags) = line.outcome(after: quote) {
                self.timeEnd = timeEnd
                requestEnd = quote
                self.status = status
                flagsRange = flags
                return
            }
        }
    }

    /// Whether a line begins like one of an access log, as far as it goes: `[START] "`.
    static func begins(_ line: Span<UInt8>) -> Bool {
        guard
            line.count > 11, line[0] == UInt8(ascii: "["), line.isDigit(1),
            line[5] == UInt8(ascii: "-"), line[11] == UInt8(ascii: "T")
        else { return false }
        guard let timeEnd = line.firstIndex(of: UInt8(ascii: "]")) else { return line.count < 40 }
        return line.extracting(droppingFirst: timeEnd + 1).hasPrefix(" \"")
    }

    /// Whether nothing failed, as in nearly all lines.
    func isPlainSuccess(_ line: Span<UInt8>) -> Bool {
        status < 500 && flagsRange.count == 1
            && line[flagsRange.lowerBound] == UInt8(ascii: "-")
    }

    /// Whether the request began by a moment.
    func began(by moment: WallTime?, _ line: Span<UInt8>, _ clock: inout LogClock) -> Bool {
        guard let moment, let start = clock.time(line.extracting(1..<timeEnd)) else { return false }
        return start <= moment
    }

    /// Reads all of the line that is needed; `nil` if it is cut or of another format.
    func entry(_ line: Span<UInt8>) -> AccessLogEntry? {
        var entry = AccessLogEntry()
        guard
            let flags = ResponseFlags(utf8: line.extracting(flagsRange)),
            entry.readStart(line.extracting(1..<timeEnd))
        else { return nil }
        entry.status = status
        entry.flags = flags
        entry.readRequest(line.extracting(timeEnd + 3..<requestEnd))
        var head = FieldCursor(index: flagsRange.upperBound + 1)
        // Older formats have the status of Mixer in quotes in place of both details.
        if head.isAtQuote(line) {
            _ = head.quoted(line)
        } else {
            entry.details = line.text(head.word(line))
            entry.termination = line.text(head.word(line))
        }
        guard head.isAtQuote(line) else { return nil }
        entry.transportFailure = line.text(head.quoted(line))
        _ = head.word(line)
        _ = head.word(line)
        entry.duration = line.extracting(head.word(line)).milliseconds
        var tail = TailCursor(end: line.count)
        for _ in 0..<3 { _ = tail.word(line) }
        entry.localAddress = line.text(tail.word(line))
        _ = tail.word(line)
        entry.cluster = line.text(tail.word(line))
        entry.upstreamHost = line.text(tail.quoted(line))
        entry.authority = line.text(tail.quoted(line))
        entry.requestID = line.text(tail.quoted(line))
        // A line that is cut has other fields at its end.
        return entry.duration == nil || tail.end <= head.index ? nil : entry
    }
}

extension AccessLogEntry {
    /// Reads the time at which it began, as RFC 3339.
    mutating func readStart(_ text: Span<UInt8>) -> Bool {
        guard let time = text.wallTime else { return false }
        start = time
        hasMilliseconds = text.firstIndex(of: UInt8(ascii: ".")) != nil
        return true
    }

    /// Reads `METHOD PATH PROTOCOL`.
    fileprivate mutating func readRequest(_ text: Span<UInt8>) {
        guard let space = text.firstIndex(of: UInt8(ascii: " ")) else { return }
        method = text.extracting(first: space).text
        var end = text.count
        while end > space + 1, text[end - 1] != UInt8(ascii: " ") { end -= 1 }
        if end > space + 1 { path = text.extracting(space + 1..<end - 1).text }
    }
}

extension Span<UInt8> {
    /// A status and flags that stand after the quote at an index, with a space on either side.
    fileprivate func outcome(after quote: Int) -> (status: Int, flags: Range<Int>)? {
        guard count > quote + 4, self[quote + 1] == UInt8(ascii: " ") else { return nil }
        var index = quote + 2
        var status = 0
        while isDigit(index), index < quote + 5 {
            status = status * 10 + Int(self[index] - 0x30)
            index += 1
        }
        guard index > quote + 2, index < count, self[index] == UInt8(ascii: " ") else { return nil }
        let start = index + 1
        guard let end = firstIndex(of: UInt8(ascii: " "), from: start), end > start else {
            return nil
        }
        return (status, start..<end)
    }

    /// The moment that the text is, as RFC 3339.
    var wallTime: WallTime? {
        unsafe withUnsafeBufferPointer { unsafe WallTime(rfc3339: $0) }
    }

    /// The text, or none where the log has `-`.
    var text: String { count == 1 && self[0] == UInt8(ascii: "-") ? "" : string }

    /// The text at a range.
    fileprivate func text(_ range: Range<Int>) -> String { extracting(range).text }

    /// The span of so many milliseconds that the text is.
    var milliseconds: TimeSpan? { decimal.map { TimeSpan(milliseconds: Int64($0)) } }
}

/// Walks the fields of a line from an index on.
private struct FieldCursor {
    var index: Int

    func isAtQuote(_ line: Span<UInt8>) -> Bool {
        index < line.count && line[index] == UInt8(ascii: "\"")
    }

    /// Where the bytes to the next space are.
    mutating func word(_ line: Span<UInt8>) -> Range<Int> {
        let start = Swift.min(index, line.count)
        let end = line.firstIndex(of: UInt8(ascii: " "), from: start) ?? line.count
        index = end + 1
        return start..<end
    }

    /// Where the bytes in quotes are, to the first quote before a space.
    mutating func quoted(_ line: Span<UInt8>) -> Range<Int> {
        let start = Swift.min(index + 1, line.count)
        var end = start
        while end < line.count {
            let isEnd = end + 1 == line.count || line[end + 1] == UInt8(ascii: " ")
            if line[end] == UInt8(ascii: "\""), isEnd { break }
            end += 1
        }
        index = end + 2
        return start..<end
    }
}

/// Walks the fields of a line from its end to its beginning.
private struct TailCursor {
    var end: Int

    /// Where the bytes after the space before are.
    mutating func word(_ line: Span<UInt8>) -> Range<Int> {
        var start = Swift.max(end, 0)
        let stop = start
        while start > 0, line[start - 1] != UInt8(ascii: " ") { start -= 1 }
        end = start - 1
        return start..<stop
    }

    /// Where the bytes in the quotes that end here are; none where no quotes do.
    mutating func quoted(_ line: Span<UInt8>) -> Range<Int> {
        let stop = Swift.max(end, 0)
        guard stop >= 2, line[stop - 1] == UInt8(ascii: "\"") else { return stop..<stop }
        var start = stop - 1
        while start > 1 {
            let isStart = line[start - 2] == UInt8(ascii: " ")
            if line[start - 1] == UInt8(ascii: "\""), isStart { break }
            start -= 1
        }
        end = start - 2
        return start..<stop - 1
    }
}
