@testable import Model
import Testing

@testable import IncidentLogs

/// Messages of Envoy's debug log, and what the reader makes of them.
struct EnvoyLogTests {
    static func read(_ text: String) -> ([ProxyLogEvent], LogLines.Counts) {
        var reader = EnvoyLogReader(input: 0)
        var events: [ProxyLogEvent] = []
        reader.feed(Array(text.utf8).span) { events.append($0) }
        reader.finish { events.append($0) }
        return (events, reader.lines.counts)
    }

    /// A message in each of the forms in which Envoy writes it.
    static func forms(_ logger: String, _ message: String) -> [String] {
        let time = "2026-11-26T10:00:00.123456Z"
        let file = "source/common/network/connection_impl.cc:869"
        let tags = #"[Tags: "ConnectionId":"5"]"#
        return [
            "\(time)\tdebug\tenvoy \(logger) external/envoy/\(file)\t[C5] \(message)\tthread=25",
            "\(time)\tdebug\tenvoy \(logger) \(file)\t\(tags) \(message)\tthread=25",
            "[2026-11-26 10:00:00.123][25][debug][\(logger)] [\(file)] \(tags) \(message)",
            "[2026-11-26 10:00:00.123][25][debug][\(logger)] [external/envoy/\(file)] [C5] \(message)",
            #"{"level":"debug","time":"\#(time)","scope":"envoy \#(logger)","msg":"\#(message)","#
                + #""caller":"\#(file)","thread":"25","ConnectionId":"5"}"#,
        ]
    }

    @Test(
        arguments: [
            ("connection", "connecting to 10.244.1.7:15008", .connecting(to: "10.244.1.7:15008")),
            ("connection", "connected", .connected),
            (
                "connection",
                "remote address:10.244.1.7:15008,TLS_error:|x:Connection reset by peer",
                .failed("TLS_error:|x:Connection reset by peer")
            ),
            (
                "connection", "delayed connect error: Connection refused",
                .failed("delayed connect error: Connection refused")
            ),
            ("connection", "closing socket: 0", .closed(isLocal: false)),
            ("connection", "closing socket: 1", .closed(isLocal: true)),
            ("pool", "using existing fully connected connection", .reused),
            ("pool", "using existing connection", .reused),
            ("pool", "remote goaway", .drained),
            ("pool", "connect timeout", .failed("connect timeout")),
            ("client", "connected", .connected),
            (
                "router", "Attached upstream connection [C7] to downstream connection [C6]",
                .attached(upstream: 7, downstream: 6)
            ),
            (
                "router", "upstream reset: reset reason: connection termination, x: ",
                .upstreamReset("connection termination, x: ")
            ),
            (
                "router", "upstream reset: reset reason connection failure",
                .upstreamReset("connection failure")
            ),
            (
                "http", "Sending local reply with details route_not_found",
                .localReply("route_not_found")
            ),
            (
                "http", "Preparing local reply with details response_timeout",
                .localReply("response_timeout")
            ),
            ("http", "Codec completed encoding stream.", .ended),
        ] as [(String, String, ProxyLogEvent.Kind)]
    )
    func `A message means the same in every form`(
        _ logger: String,
        _ message: String,
        _ kind: ProxyLogEvent.Kind
    ) throws {
        for line in Self.forms(logger, message) {
            let event = try #require(Self.read(line).0.first, "\(line)")
            #expect(event.kind == kind, "\(line)")
            #expect(event.connection == 5, "\(line)")
            #expect(event.thread == 25, "\(line)")
            #expect(event.time.milliseconds % 1000 == 123, "\(line)")
        }
    }

    @Test(arguments: [
        ("connection", "connected to the mesh"), ("pool", "creating a new connection"),
        ("router", "router decoding headers:"), ("router", "Attached upstream connection [C7]"),
        ("http", "new stream"), ("main", "connected"),
    ])
    func `Another message of a logger is counted and says nothing`(
        _ logger: String,
        _ message: String
    ) {
        for line in Self.forms(logger, message) {
            let (events, counts) = Self.read(line)
            #expect(events.isEmpty, "\(line)")
            #expect(counts == .init(lines: 1, recognized: 1), "\(line)")
        }
    }

    @Test(arguments: ["[C5][S88] ", #"[Tags: "ConnectionId":"5","StreamId":"88"] "#])
    func `A message may be about a stream of a connection`(_ tags: String) throws {
        let head = "[2026-11-26 10:00:00.123][25][debug][http] [source/a.cc:1] "
        let line = head + tags + "Codec completed encoding stream"
        let event = try #require(Self.read(line).0.first)
        #expect(event.kind == .ended)
        #expect(event.connection == 5)
        #expect(event.stream == 88)
    }

    @Test(arguments: [
        "[2026-11-26 10:00:00.123 25 debug connection connected",
        "[20261126 1 0:00] [25][debug][connection] connected",
        "[2026-11-26 25:00:00.123][25][debug][connection] [a.cc:1] [C5] connected",
        "[2026-11-26 10:00:00.123][25][debug] connected without a logger",
        "[2026-11-26 10:00:00.123][25][debug][connection connected",
        "2026-11-26T10:00:00.123456Z\tdebug",
        "2026-11-26T10:00:00.123456Z\tdebug\tconnected",
        "2026-11-26T25:00:00.123456Z\tdebug\tenvoy connection a.cc:1\t[C5] connected\tthread=1",
    ])
    func `A line that only begins like one of Envoy is none`(_ line: String) {
        let (events, counts) = Self.read(line)
        #expect(events.isEmpty)
        #expect(counts == .init(lines: 1))
    }

    @Test(
        arguments: [
            ("nothing", [], "connection"),
            ("the pool alone", [("pool", "using existing connection")], nil),
            ("connections alone", [("connection", "connecting to 10.244.1.7:15008")], "pool"),
            (
                "both",
                [("connection", "connecting to 10.244.1.7:15008"), ("pool", "creating")], nil
            ),
            ("requests alone", [("http", "Codec completed encoding stream")], nil),
        ] as [(String, [(String, String)], String?)]
    )
    func `A logger without which no failure is seen is named`(
        _ name: String,
        _ messages: [(logger: String, text: String)],
        _ missing: String?
    ) {
        var reader = EnvoyLogReader(input: 0)
        for message in messages {
            let line = Self.forms(message.logger, message.text)[0] + "\n"
            reader.feed(Array(line.utf8).span) { _ in }
        }
        reader.finish { _ in }
        #expect(reader.missing == missing, "\(name)")
    }

    @Test func `Headers on the lines below belong to their message`() {
        let head = "2026-11-26T10:00:00.123456Z\tdebug\tenvoy http source/a.cc:1\t"
        let text = """
            \(head)[Tags: "ConnectionId":"1","StreamId":"88"] request headers complete (end_stream=true):
            ':authority', 'cart'
            ':path', '/it's'
            ':method', 'GET'
            'x-request-id', 'id-7'
            \tthread=9
            \(head)[Tags: "ConnectionId":"1","StreamId":"88"] encoding headers via codec (end_stream=false):
            ':status', '503'
            \tthread=9
            """
        var headers = ProxyLogEvent.RequestHeaders()
        (headers.method, headers.authority) = ("GET", "cart")
        (headers.path, headers.requestID) = ("/it's", "id-7")
        let events = Self.read(text).0
        #expect(events.map(\.kind) == [.request(headers), .answered(status: 503)])
        #expect(events.map(\.stream) == [88, 88])
    }

    @Test(arguments: ["", "'", "', '", "', 'x'", "'', '", "':path', '", "':path', 'x", "x', 'y'"])
    func `What is no header line is not taken for one`(line: String) {
        var dump = HeaderDump()
        let isTaken = dump.take(Array(line.utf8).span)
        #expect(!isTaken)
        #expect(
            Self.read(Self.forms("http", "request headers complete")[2] + "\n\(line)\n").1.lines
                == 2
        )
    }

    @Test func `Headers in a JSON message are read, too`() {
        let line =
            #"{"time":"2026-11-26T10:00:00.123456Z","scope":"envoy http","#
            + #""msg":"encoding headers via codec (end_stream=true):\n':status', '504'\n'a', 'b'\n","#
            + #""thread":"9","ConnectionId":"1","StreamId":"88"}"#
        #expect(Self.read(line).0.map(\.kind) == [.answered(status: 504)])
    }

    @Test func `What other loggers and programs say is skipped`() {
        let text = """
            2026-11-26T10:00:00.123456Z\tdebug\tenvoy config source/a.cc:1\tconnected\tthread=9
            2026-11-26T10:00:00.123456Z\tinfo\tads\tconnected
            \(AccessLogTests.request)
            """
        let (events, counts) = Self.read(text)
        #expect(events.isEmpty)
        #expect(counts == .init(lines: 3, recognized: 1))
    }
}
