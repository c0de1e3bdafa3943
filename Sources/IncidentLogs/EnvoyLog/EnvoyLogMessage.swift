import Model

/// What a message of Envoy's own log says, where it is one of those that are read.
///
/// The words are those of Envoy's sources, which change little; file names and line numbers do.
enum EnvoyLogMessage {
    /// A message that says all on its first line.
    case event(ProxyLogEvent.Kind)
    /// The headers of a request follow.
    case request
    /// The headers of an answer follow.
    case answer

    /// Understands a message of a logger.
    init?(logger: Span<UInt8>, _ message: Span<UInt8>) {
        let found: EnvoyLogMessage? =
            if logger.isText("connection") || logger.isText("client") {
                Self.ofConnection(message)
            } else if logger.isText("pool") {
                Self.ofPool(message)
            } else if logger.isText("router") {
                Self.ofRouter(message)
            } else if logger.isText("http") {
                Self.ofHTTP(message)
            } else {
                nil
            }
        guard let found else { return nil }
        self = found
    }

    private static func ofConnection(_ message: Span<UInt8>) -> EnvoyLogMessage? {
        if message.isText("connected") { return .event(.connected) }
        if let peer = message.text(after: "connecting to ") {
            return .event(.connecting(to: peer))
        }
        if let end = message.text(after: "closing socket: ") {
            return .event(.closed(isLocal: end.hasPrefix("1")))
        }
        if message.hasPrefix("remote address:") {
            let comma = message.firstIndex(of: UInt8(ascii: ",")).map { $0 + 1 } ?? 0
            return .event(.failed(message.extracting(droppingFirst: comma).string))
        }
        if message.hasPrefix("delayed connect") || message.hasPrefix("immediate connect error")
            || message.hasPrefix("TLS error") || message.hasPrefix("TLS_error")
        {
            return .event(.failed(message.string))
        }
        return nil
    }

    private static func ofPool(_ message: Span<UInt8>) -> EnvoyLogMessage? {
        if message.hasPrefix("using existing") { return .event(.reused) }
        if message.isText("remote goaway") { return .event(.drained) }
        if message.hasPrefix("connect timeout") { return .event(.failed("connect timeout")) }
        return nil
    }

    private static func ofRouter(_ message: Span<UInt8>) -> EnvoyLogMessage? {
        if message.hasPrefix("Attached upstream connection [C"),
            let upstream = message.number(after: "upstream connection [C"),
            let downstream = message.number(after: "downstream connection [C")
        {
            return .event(.attached(upstream: upstream, downstream: downstream))
        }
        return message.text(after: "upstream reset: reset reason").map {
            // Older builds have no colon here.
            .event(.upstreamReset(String($0.drop { $0 == ":" || $0 == " " })))
        }
    }

    private static func ofHTTP(_ message: Span<UInt8>) -> EnvoyLogMessage? {
        let sending = message.text(after: "Sending local reply with details ")
        if let details = sending ?? message.text(after: "Preparing local reply with details ") {
            return .event(.localReply(details))
        }
        if message.hasPrefix("request headers complete") { return .request }
        if message.hasPrefix("encoding headers via codec") { return .answer }
        return message.hasPrefix("Codec completed encoding stream") ? .event(.ended) : nil
    }
}

extension Span<UInt8> {
    /// What follows a text, if the bytes begin with it.
    fileprivate func text(after text: StaticString) -> String? {
        hasPrefix(text) ? extracting(droppingFirst: text.utf8CodeUnitCount).string : nil
    }
}

/// The headers of a message, one on each line: `':authority', 'orders'`.
struct HeaderDump {
    private(set) var headers = ProxyLogEvent.RequestHeaders()
    private(set) var status = 0

    /// Reads a line; whether it is one of a header.
    mutating func take(_ line: Span<UInt8>) -> Bool {
        guard
            line.count > 5, line[0] == UInt8(ascii: "'"),
            let nameEnd = line.firstIndex(of: "', '"), line[line.count - 1] == UInt8(ascii: "'"),
            nameEnd > 0, nameEnd + 4 < line.count
        else { return false }
        let name = line.extracting(1..<nameEnd)
        let value = line.extracting(nameEnd + 4..<line.count - 1)
        if name.isText(":authority") {
            headers.authority = value.string
        } else if name.isText(":path") {
            headers.path = value.string
        } else if name.isText(":method") {
            headers.method = value.string
        } else if name.isText("x-request-id") {
            headers.requestID = value.string
        } else if name.isText(":status") {
            status = value.decimal ?? 0
        }
        return true
    }
}
