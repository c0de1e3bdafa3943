import Model

/// Reads Envoy's debug log: the messages that tell how connections and requests ended.
package struct EnvoyLogReader: LogReader, ~Copyable {
    /// A message whose headers stand on the lines below.
    private struct Pending {
        var event: ProxyLogEvent
        var isRequest: Bool
        var dump = HeaderDump()
    }

    private static let keys: [StaticString] = [
        "time", "scope", "msg", "thread", "ConnectionId", "StreamId", "message", "timestamp",
    ]

    package var lines: LogLines
    private var json = JSONLines(keys: keys)
    private var pending: Pending?
    /// Whether a connection was made, and whether the pool's logger said anything.
    private var (hasConnections, hasPoolMessages) = (false, false)

    package init(input: Int) {
        lines = LogLines(input: input)
    }

    /// A logger that must have said something and did not, without which no failure or reuse is seen.
    package var missing: String? {
        if lines.counts.relevant == 0 { return "connection" }
        return hasConnections && !hasPoolMessages ? "pool" : nil
    }

    package mutating func read(
        _ line: Span<UInt8>,
        at place: LogPlace,
        _ body: (ProxyLogEvent) -> Void
    ) {
        if pending?.dump.take(line) == true { return }
        endEntry(body)
        if line[0] == UInt8(ascii: "{") { return readJSON(line, at: place, body) }
        guard let message = EnvoyLogLine(line) else { return }
        lines.countRecognized()
        let (logger, text) = (line.extracting(message.logger), line.extracting(message.message))
        understand(message, logger, text, at: place, body)
    }

    private mutating func understand(
        _ line: EnvoyLogLine,
        _ logger: Span<UInt8>,
        _ text: Span<UInt8>,
        at place: LogPlace,
        _ body: (ProxyLogEvent) -> Void
    ) {
        if logger.isText("pool") { hasPoolMessages = true }
        guard let message = EnvoyLogMessage(logger: logger, text) else { return }
        lines.countRelevant()
        var event = ProxyLogEvent(
            place: place,
            time: line.time,
            thread: line.thread,
            connection: line.connection,
            stream: line.stream,
            kind: .ended
        )
        switch message {
        case .event(let kind):
            event.kind = kind
            if case .connecting = kind { hasConnections = true }
            body(event)
        case .request: pending = Pending(event: event, isRequest: true)
        case .answer: pending = Pending(event: event, isRequest: false)
        }
    }

    /// Hands over the message whose headers have been read.
    package mutating func endEntry(_ body: (ProxyLogEvent) -> Void) {
        guard var found = pending.take() else { return }
        found.event.kind =
            found.isRequest
            ? .request(found.dump.headers) : .answered(status: found.dump.status)
        body(found.event)
    }

    private mutating func readJSON(
        _ line: Span<UInt8>,
        at place: LogPlace,
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
        if !isObject, line.beginsJSONObject { lines.countDamaged() }
        guard isObject, let time, !scope.isEmpty else { return }
        lines.countRecognized()
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
            at: place,
            body
        )
        guard pending != nil else { return }
        var rest = text.span.extracting(droppingFirst: min(lineEnd + 1, text.count))
        while let end = rest.firstIndex(of: UInt8(ascii: "\n")) {
            _ = pending?.dump.take(rest.extracting(first: end))
            rest = rest.extracting(droppingFirst: end + 1)
        }
        _ = pending?.dump.take(rest)
        endEntry(body)
    }
}
