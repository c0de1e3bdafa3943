@testable import Model
import Testing

@testable import IncidentLogs

/// Lines of access logs, and what the reader makes of them.
struct AccessLogTests {
    static let reset = "upstream_reset_before_response_started{connection_termination}"
    static let request =
        #"[2026-11-26T10:00:00.100Z] "GET /cart?id=7 HTTP/1.1" 503 UC \#(reset) - "-" 0 95 1 - "#
        + #""10.0.0.9" "curl/8.5" "c2d7-1" "cart.shop" "envoy://connect_originate/10.244.1.7:8080" "#
        + "inbound-vip|8080|http|cart.shop envoy://internal_client_address/ 10.96.0.5:80 "
        + "10.244.0.9:41000 - default"
    static let tunnel =
        #"[2026-11-26T10:00:00.101Z] "- - -" 0 UF,URX - - "-" 0 0 1 - "-" "-" "-" "-" "#
        + #""10.244.1.7:15008" connect_originate - 10.244.1.7:8080 "#
        + "envoy://internal_client_address/ - -"
    static let success =
        #"[2026-11-26T10:00:00.102Z] "GET / HTTP/1.1" 200 - via_upstream - "-" 0 9 5 4 "-" "c/1" "#
        + #""i" "cart" "envoy://connect_originate/10.244.1.7:8080" cart - - - - default"#

    /// Every entry that a text has, and what was counted.
    static func read(_ text: String, chunk: Int = .max, wantsAll: Bool = false)
        -> ([AccessLogEntry], LogLines.Counts)
    {
        var reader = AccessLogReader(input: 0)
        var entries: [AccessLogEntry] = []
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let part = Array(rest.prefix(chunk))
            reader.feed(part.span) {
                entries.append($0)
                return wantsAll ? $0.start + .seconds(1) : nil
            }
            rest = rest.dropFirst(chunk)
        }
        reader.finish {
            entries.append($0)
            return wantsAll ? $0.start + .seconds(1) : nil
        }
        return (entries, reader.lines.counts)
    }

    @Test(arguments: [1, 7, 64, 4096])
    func `A request and its tunnel are read whole, however the bytes come`(_ chunk: Int) throws {
        let (entries, counts) = Self.read("\(Self.request)\n\(Self.tunnel)", chunk: chunk)
        try #require(entries.count == 2)
        let request = entries[0]
        #expect(request.start == WallTime(rfc3339: "2026-11-26T10:00:00.100Z".utf8))
        #expect(request.duration == TimeSpan(milliseconds: 1))
        #expect(request.status == 503)
        #expect(request.flags == .connectionTermination)
        #expect(request.details == Self.reset)
        #expect(request.transportFailure.isEmpty)
        #expect(request.method == "GET")
        #expect(request.path == "/cart?id=7")
        #expect(request.authority == "cart.shop")
        #expect(request.requestID == "c2d7-1")
        #expect(request.usesTunnel)
        #expect(request.destination == Endpoint("10.244.1.7:8080"))
        #expect(entries[1].isTunnel)
        #expect(entries[1].flags == [.connectionFailure, .retryLimit])
        #expect(entries[1].destination == Endpoint("10.244.1.7:8080"))
        #expect(entries[1].place == LogPlace(input: 0, line: 2))
        #expect(counts == .init(lines: 2, recognized: 2, relevant: 2))
    }

    @Test(arguments: [
        "[pod/waypoint-6d5f/istio-proxy] ",
        "waypoint-6d5f istio-proxy ",
        "shop waypoint-6d5f istio-proxy › ",
        "2026-11-26T10:00:00.123456789Z stdout F ",
        "2026-11-26T10:00:00.123456789Z ",
        "waypoint-1  | ",
        "Nov 26 10:00:00 node-1 k3s[812]: ",
        "2026-11-26T10:00:00+0000 node-1 envoy[7]: ",
        "[pod/waypoint-6d5f/istio-proxy] 2026-11-26T10:00:00.123456789Z ",
        "\u{1B}[32mwaypoint-6d5f\u{1B}[0m \u{1B}[36mistio-proxy\u{1B}[0m ",
    ])
    func `What collectors put around a line is taken off`(_ prefix: String) {
        let json =
            #"{"start_time":"2026-11-26T10:00:00.100Z","response_code":503,"#
            + #""response_flags":"UC","path":"/a"}"#
        for line in [Self.request, json] {
            let (entries, _) = Self.read(prefix + line + "\r\n")
            #expect(entries.map(\.status) == [503], "\(prefix)")
        }
    }

    @Test func `A line that a container runtime has split is joined`() {
        let cut = Self.request.index(Self.request.startIndex, offsetBy: 90)
        let text =
            "2026-11-26T10:00:00.1Z stdout P \(Self.request[..<cut])\n"
            + "2026-11-26T10:00:00.1Z stdout F \(Self.request[cut...])\n"
        #expect(Self.read(text).0.map(\.requestID) == ["c2d7-1"])
    }

    @Test(arguments: [
        "INFO handled [2026-11-26T10:00:00.100Z] \"GET / HTTP/1.1\" 503 UC - - \"-\"",
        "level=info msg=\"\(request)\"",
        "checkout-1 istio-proxy started up", "", " ", "{", "{}", "[]", "{\"a\":1}", "[2026", "null",
    ])
    func `A line of another program is counted and skipped`(_ line: String) {
        let (entries, counts) = Self.read(line + "\n" + Self.tunnel + "\n")
        #expect(entries.count == 1)
        #expect(counts.lines == 2)
        #expect(counts.recognized == 1)
    }

    @Test func `A success is not handed over unless it is asked for`() {
        let text = "\(Self.success)\n\(Self.request)\n\(Self.success)\n"
        #expect(Self.read(text).0.map(\.status) == [503])
        #expect(Self.read(text, wantsAll: true).0.map(\.status) == [503, 200])
        #expect(Self.read(text).1 == .init(lines: 3, recognized: 3, relevant: 1))
    }

    @Test func `A TCP connection that ended well is not a failure`() {
        let line = Self.tunnel.replacing("UF,URX", with: "-")
        #expect(Self.read(line).0.isEmpty)
        #expect(Self.read(line).1 == .init(lines: 1, recognized: 1))
    }

    @Test func `Quotes in what the client sent do not move the fields`() throws {
        let line = Self.request.replacing("/cart?id=7", with: #"/a"b"#)
            .replacing("curl/8.5", with: #"a" "b" 1 2 "c"#)
        let entry = try #require(Self.read(line).0.first)
        #expect(entry.upstreamHost == "envoy://connect_originate/10.244.1.7:8080")
        #expect(entry.requestID == "c2d7-1")
    }

    @Test func `The format before Istio 1.9 is read`() throws {
        let line =
            #"[2020-03-01T10:00:00.100Z] "GET / HTTP/1.1" 503 UC "-" "-" 0 95 1 - "-" "#
            + #""curl/7" "id-1" "cart" "10.244.1.7:8080" outbound|80||cart - 10.96.0.5:80 "#
            + "10.244.0.9:41000 - default"
        let entry = try #require(Self.read(line).0.first)
        #expect(entry.flags == .connectionTermination)
        #expect(entry.requestID == "id-1")
        #expect(entry.destination == Endpoint("10.244.1.7:8080"))
        #expect(!entry.usesTunnel)
    }

    @Test(
        arguments: [
            ("UF,URX", [.connectionFailure, .retryLimit]),
            ("URX,UF", [.connectionFailure, .retryLimit]),
            ("UpstreamConnectionTermination", [.connectionTermination]), ("XX", [.other]),
            ("DI", [.delayInjected]), ("-", []),
        ] as [(String, ResponseFlags)]
    )
    func `Flags are a set, in the short or the long form`(_ text: String, _ flags: ResponseFlags) {
        #expect(ResponseFlags(utf8: text.utf8Span.span) == flags)
    }

    @Test func `A JSON line may lack keys, and have times without milliseconds`() throws {
        let line =
            #"{"start_time":"2026-11-26T10:00:00Z","response_code":0,"#
            + #""response_flags":"UF,URX","upstream_host":"10.244.1.7:15008","#
            + #""upstream_cluster":"connect_originate","duration":12,"#
            + #""downstream_local_address":"10.244.1.7:8080"}"#
        let entry = try #require(Self.read(line).0.first)
        #expect(!entry.hasMilliseconds)
        #expect(entry.isTunnel)
        #expect(entry.duration == TimeSpan(milliseconds: 12))
        #expect(entry.destination == Endpoint("10.244.1.7:8080"))
    }

    @Test func `A damaged JSON line does not spoil the next`() {
        let good = #"{"time":"2026-11-26T10:00:00.1Z","status":503,"flags":"UC"}"#
        let text = [#"{"time":"#, #"{"a":1}}"#, good, #"{"b":[1,2}"#, good].joined(separator: "\n")
        #expect(Self.read(text).0.count == 2)
    }

    @Test(arguments: [
        ("{},8,{}", 0), ("{},\"a\",{}", 0), ("{},[],{}", 0), ("{},null,GOOD", 0),
        ("GOOD,GOOD", 1), ("{\"a\":1},GOOD", 1), ("GOOD,8,{}", 1), ("GOOD,8", 1),
        ("GOOD,\"}", 1), ("GOOD,tru", 1), ("GOOD,", 1), ("GOOD}", 1),
    ])
    func `Of a line of several JSON values none is believed`(_ line: String, _ damaged: Int) {
        let good = #"{"time":"2026-11-26T10:00:00.1Z","status":503,"flags":"UC"}"#
        let text = "\(line.replacing("GOOD", with: good))\n\(good)\n"
        let (entries, counts) = Self.read(text)
        #expect(entries.count == 1)
        #expect(counts.recognized == 1)
        #expect(counts.damaged == damaged)
    }

    @Test(arguments: 22...45, ["]", "] ", "] \"", "] \"\""])
    func `A line that ends where its request should begin is no entry`(
        _ length: Int,
        _ end: String
    ) {
        let time = "[2026-11-26T10:00:00." + String(repeating: "1", count: length - 21)
        let (entries, counts) = Self.read("\(time)\(end)\n\(Self.tunnel)\n")
        #expect(entries.count == 1)
        #expect((counts.lines, counts.recognized) == (2, 1))
    }

    @Test func `What a container runtime has split into more than any line has is counted`() {
        let half = String(repeating: "x", count: 600_000)
        func line(_ tag: String, _ text: String) -> String {
            "2026-11-26T10:00:00.1Z stdout \(tag) \(text)\n"
        }
        let parts = line("P", half) + line("P", half) + line("P", half) + line("F", "end")
        let (entries, counts) = Self.read(parts + line("F", Self.tunnel))
        #expect(entries.count == 1)
        #expect(counts.damaged == 1)
        // The same where the rest of it is missing.
        var reader = AccessLogReader(input: 0)
        reader.feed(Array((line("P", half) + line("P", half)).utf8).span) { _ in nil }
        reader.finish { _ in nil }
        #expect(reader.lines.endsWithinLine)
    }

    @Test(arguments: [
        ("in the request", request.firstRange(of: "/cart")?.upperBound),
        ("after the request", request.firstRange(of: "HTTP/1.1\"")?.upperBound),
        ("in the status", request.firstRange(of: " 50")?.upperBound),
        ("before the flags", request.firstRange(of: " 503 ")?.upperBound),
        ("after the flags", request.firstRange(of: " 503 UC")?.upperBound),
        ("in the details", request.firstRange(of: "upstream_reset")?.upperBound),
    ])
    func `A line that is cut is counted as damaged`(_ name: String, _ end: String.Index?) throws {
        let cut = Self.request[..<(try #require(end))]
        let (entries, counts) = Self.read("\(cut)\n\(Self.tunnel)\n")
        #expect(entries.count == 1, "\(name)")
        #expect(counts.damaged == 1, "\(name)")
    }
}
