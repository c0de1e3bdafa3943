import Model

/// One line of Envoy's own log, cut into what stands in front of the message and the message.
///
///     2026-11-21T10:04:11.123456Z\tdebug\tenvoy pool FILE:LINE\tMESSAGE\tthread=25
///     [2026-11-21 10:04:11.123][25][debug][pool] [FILE:LINE] MESSAGE
///
/// A message may begin with `[Tags: "ConnectionId":"5","StreamId":"8"]`, or in older builds with
/// `[C5][S8]`.
struct EnvoyLogLine {
    /// When it was logged.
    var time: WallTime
    /// The thread; 0 where the line does not say.
    var thread: UInt64 = 0
    /// The connection that the message is about.
    var connection: UInt64?
    /// The stream that the message is about.
    var stream: UInt64?
    /// Where the logger's name is, such as `pool`.
    var logger: Range<Int>
    /// Where the message is, without its tags.
    var message: Range<Int>

    /// A line of the given facts.
    init(time: WallTime, logger: Range<Int>, message: Range<Int>) {
        self.time = time
        self.logger = logger
        self.message = message
    }

    /// Cuts a line; `nil` if it is not the first of a message.
    init?(_ line: Span<UInt8>) {
        if line.count > 28, line[27] == UInt8(ascii: "\t"), line.isDigit(0) {
            self.init(istio: line)
        } else if line.count > 30, line[0] == UInt8(ascii: "["), line[11] == UInt8(ascii: " ") {
            self.init(plain: line)
        } else {
            return nil
        }
        takeTags(line)
    }

    private init?(istio line: Span<UInt8>) {
        guard
            let time = line.extracting(first: 27).wallTime,
            let levelEnd = line.firstIndex(of: UInt8(ascii: "\t"), from: 28),
            let scopeEnd = line.firstIndex(of: UInt8(ascii: "\t"), from: levelEnd + 1)
        else { return nil }
        let scope = line.extracting(levelEnd + 1..<scopeEnd)
        guard scope.hasPrefix("envoy ") else { return nil }
        let nameEnd = scope.firstIndex(of: UInt8(ascii: " "), from: 6) ?? scope.count
        let name = levelEnd + 1
        self.init(
            time: time,
            logger: name + 6..<name + nameEnd,
            message: scopeEnd + 1..<line.count
        )
        // The thread is the last field; a message of several lines has it in its last line.
        if let tab = line.lastTab, line.extracting(droppingFirst: tab + 1).hasPrefix("thread=") {
            thread = line.extracting(droppingFirst: tab + 8).decimal.map(UInt64.init) ?? 0
            message = scopeEnd + 1..<max(tab, scopeEnd + 1)
        }
    }

    private init?(plain line: Span<UInt8>) {
        // [2026-11-21 10:04:11.123][25][debug][pool] [FILE:LINE] MESSAGE
        guard let timeEnd = line.extracting(first: 30).firstIndex(of: UInt8(ascii: "]")) else {
            return nil
        }
        var stamp = Array(line.extracting(1..<timeEnd).string.utf8)
        guard stamp.count > 10 else { return nil }
        stamp[10] = UInt8(ascii: "T")
        guard let time = WallTime(rfc3339: stamp + [UInt8(ascii: "Z")]) else { return nil }
        var fields: [Range<Int>] = []
        var index = timeEnd + 1
        for _ in 0..<3 {
            guard
                index < line.count, line[index] == UInt8(ascii: "["),
                let end = line.firstIndex(of: UInt8(ascii: "]"), from: index)
            else { return nil }
            fields.append(index + 1..<end)
            index = end + 1
        }
        if line.count > index + 1, line[index] == UInt8(ascii: " "),
            line[index + 1] == UInt8(ascii: "["), !line.hasTags(at: index + 1),
            let end = line.firstIndex(of: UInt8(ascii: "]"), from: index)
        {
            index = end + 1
        }
        index = min(index + 1, line.count)
        self.init(time: time, logger: fields[2], message: index..<line.count)
        thread = line.extracting(fields[0]).decimal.map(UInt64.init) ?? 0
    }

    /// Takes the tags at the beginning of the message, which lies in these bytes.
    mutating func takeTags(_ line: Span<UInt8>) {
        let text = line.extracting(message)
        if text.hasPrefix("[Tags: ") {
            guard let end = text.firstIndex(of: UInt8(ascii: "]")) else { return }
            let tags = text.extracting(first: end)
            connection = tags.number(after: "\"ConnectionId\":\"")
            stream = tags.number(after: "\"StreamId\":\"")
            return skip(min(end + 2, text.count))
        }
        var index = 0
        if text.hasPrefix("[C"), text.isDigit(2), let end = text.firstIndex(of: UInt8(ascii: "]")) {
            connection = text.number(after: "[C")
            index = end + 1
        }
        let rest = text.extracting(droppingFirst: index)
        if rest.hasPrefix("[S"), rest.isDigit(2), let end = rest.firstIndex(of: UInt8(ascii: "]")) {
            stream = rest.number(after: "[S")
            index += end + 1
        }
        if index > 0, index < text.count, text[index] == UInt8(ascii: " ") { index += 1 }
        skip(index)
    }

    private mutating func skip(_ count: Int) {
        message = message.lowerBound + count..<message.upperBound
    }
}

extension Span<UInt8> {
    /// The index of the last tab.
    fileprivate var lastTab: Int? {
        var index = count
        while index > 0 {
            index -= 1
            if self[index] == UInt8(ascii: "\t") { return index }
            // Nothing but `thread=` and digits follows it.
            if count - index > 40 { return nil }
        }
        return nil
    }

    fileprivate func hasTags(at index: Int) -> Bool {
        let rest = extracting(droppingFirst: index)
        return rest.hasPrefix("[Tags: ") || rest.hasPrefix("[C") && rest.isDigit(2)
    }

    /// The number whose digits follow the first occurrence of a text.
    func number(after text: StaticString) -> UInt64? {
        guard let found = firstIndex(of: text) else { return nil }
        let start = found + text.utf8CodeUnitCount
        var end = start
        while isDigit(end), end - start < 20 { end += 1 }
        return UInt64(extracting(start..<end).string)
    }
}
