import Model

/// Reads Envoy's debug log: the messages that tell how connections and requests ended.
package struct EnvoyLogReader: ~Copyable {
    /// What was read so far.
    package struct Counts: Hashable, Sendable {
        /// The lines.
        package var lines = 0
        /// The messages of Envoy's own log, whatever they say.
        package var messages = 0
        /// Those of level debug or trace of the loggers that are needed.
        package var events = 0
        /// Those of the pool's logger, without which no reuse is seen.
        package var poolMessages = 0
        /// The connections that were made.
        package var connections = 0
        /// The lines that are too long, or begin like JSON and are not one whole object.
        package var damaged = 0
    }

    /// A message whose headers stand on the lines below.
    private struct Pending {
        var event: ProxyLogEvent
        var isRequest: Bool
        var dump = HeaderDump()
    }

    private static let keys: [StaticString] = [
        "time", "scope", "msg", "thread", "ConnectionId", "StreamId", "message", "timestamp",
    ]

    /// What was read so far.
    package private(set) var counts = Counts()
    /// Whether the input ended within a line: it was cut, or is still being written.
    package private(set) var endsWithinLine = false
    private let input: Int
    private var splitter = LineSplitter()
    private var wrapping = LogWrapping()
    private var json = JSONLines(keys: keys)
    private var pending: Pending?
    private var isLastDamaged = false

    /// A reader of the input with the given index.
    package init(input: Int) {
        self.input = input
    }

    /// Reads the next bytes, and calls `body` with each message that tells something.
    package mutating func feed(_ chunk: Span<UInt8>, _ body: (ProxyLogEvent) -> Void) {
        // Taken out for the time, so that it has one owner and is not copied.
        var splitter = LineSplitter()
        swap(&splitter, &self.splitter)
        splitter.feed(chunk) { take($0, number: $1, body) }
        swap(&splitter, &self.splitter)
        counts.lines = self.splitter.number
    }

    /// Reads the last line, if it has no line feed.
    package mutating func finish(_ body: (ProxyLogEvent) -> Void) {
        var splitter = LineSplitter()
        swap(&splitter, &self.splitter)
        let isCut = splitter.isWithinLine
        splitter.finish { take($0, number: $1, body) }
        swap(&splitter, &self.splitter)
        endDump(body)
        counts.lines = self.splitter.number
        endsWithinLine = isCut || isLastDamaged || wrapping.isWithinLine
        if isLastDamaged { counts.damaged -= 1 }
        counts.damaged += self.splitter.overlong
    }

    private mutating func take(
        _ line: Span<UInt8>,
        number: Int,
        _ body: (ProxyLogEvent) -> Void
    ) {
        isLastDamaged = false
        var wrapping = LogWrapping()
        swap(&wrapping, &self.wrapping)
        wrapping.unwrap(line) { read($0, number: number, body) }
        swap(&wrapping, &self.wrapping)
    }

    private mutating func read(
        _ line: Span<UInt8>,
        number: Int,
        _ body: (ProxyLogEvent) -> Void
    ) {
        if line.isEmpty { return }
        if pending?.dump.take(line) == true { return }
        endDump(body)
        if line[0] == UInt8(ascii: "{") { return readJSON(line, number: number, body) }
        guard let message = EnvoyLogLine(line) else { return }
        counts.messages += 1
        let (logger, text) = (line.extracting(message.logger), line.extracting(message.message))
        understand(message, logger, text, number: number, body)
    }

    private mutating func understand(
        _ line: EnvoyLogLine,
        _ logger: Span<UInt8>,
        _ text: Span<UInt8>,
        number: Int,
        _ body: (ProxyLogEvent) -> Void
    ) {
        if logger.isText("pool") { counts.poolMessages += 1 }
        guard let message = EnvoyLogMessage(logger: logger, text) else { return }
        counts.events += 1
        var event = ProxyLogEvent(
            place: LogPlace(input: input, line: number),
            time: line.time,
            thread: line.thread,
            connection: line.connection,
            stream: line.stream,
            kind: .ended
        )
        switch message {
        case .event(let kind):
            event.kind = kind
            if case .connecting = kind { counts.connections += 1 }
            body(event)
        case .request: pending = Pending(event: event, isRequest: true)
        case .answer: pending = Pending(event: event, isRequest: false)
        }
    }

    /// Hands over the message whose headers have been read.
    private mutating func endDump(_ body: (ProxyLogEvent) -> Void) {
        guard var found = pending.take() else { return }
        found.event.kind =
            found.isRequest
            ? .request(found.dump.headers) : .answered(status: found.dump.status)
        body(found.event)
    }

    private mutating func readJSON(
        _ line: Span<UInt8>,
        number: Int,
        _ body: (ProxyLogEvent) -> Void
    ) {
        var time: WallTime?
        var (scope, text): ([UInt8], [UInt8]) = ([], [])
        var (thread, connection, stream): (UInt64, UInt64?, UInt64?) = (0, nil, nil)
        let isObject = json.read(line) { key, value in
            switch key {
            case 0, 7: time = value.wallTime ?? time
            case 1: scope.append(value)
            case 2, 6: text.append(value)
            case 3: thread = UInt64(value.string) ?? 0
            case 4: connection = UInt64(value.string)
            default: stream = UInt64(value.string)
            }
        }
        if !isObject, line.beginsJSONObject {
            counts.damaged += 1
            isLastDamaged = true
        }
        guard isObject, let time, !scope.isEmpty else { return }
        counts.messages += 1
        let name = scope.span.hasPrefix("envoy ") ? 6 : 0
        let lineEnd = text.span.firstIndex(of: UInt8(ascii: "\n")) ?? text.count
        var first = EnvoyLogLine(time: time, logger: name..<scope.count, message: 0..<lineEnd)
        first.takeTags(text.span)
        first.thread = thread
        first.connection = connection ?? first.connection
        first.stream = stream ?? first.stream
        let message = text.span.extracting(first.message)
        understand(
            first,
            scope.span.extracting(first.logger),
            message,
            number: number,
            body
        )
        guard pending != nil else { return }
        var rest = text.span.extracting(droppingFirst: min(lineEnd + 1, text.count))
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            _ = pending?.dump.take(rest.extracting(first: end))
            rest = rest.extracting(droppingFirst: end + 1)
        }
        _ = pending?.dump.take(rest)
        endDump(body)
    }
}
