@testable import Model
import Testing

@testable import Judging

/// The rules that find a cause, one table for each kind of input.
struct CauseTests {
    static let noon = WallTime(epochSeconds: 1_795_000_000)
    static let address = IPAddress("10.244.1.7")
    static let reset = "upstream_reset_before_response_started{connection_termination}"

    /// A request that failed through the tunnel, so long after noon.
    static func request(
        _ status: Int = 503,
        _ flags: ResponseFlags = .connectionTermination,
        _ details: String = reset,
        at milliseconds: Int64 = 0,
        took duration: Int64 = 1,
        host: String = "envoy://connect_originate/10.244.1.7:8080",
        id: String = ""
    ) -> AccessLogEntry {
        var entry = AccessLogEntry()
        entry.start = noon + TimeSpan(milliseconds: milliseconds)
        entry.duration = TimeSpan(milliseconds: duration)
        (entry.status, entry.flags, entry.details) = (status, flags, details)
        (entry.upstreamHost, entry.cluster, entry.requestID) = (host, "orders", id)
        (entry.method, entry.path, entry.authority) = ("GET", "/", "orders")
        return entry
    }

    /// The line of the tunnel.
    static func tunnel(
        _ reason: String = "",
        at milliseconds: Int64 = 0,
        took duration: Int64 = 1,
        to destination: String = "10.244.1.7:8080"
    ) -> AccessLogEntry {
        var entry = AccessLogEntry()
        entry.start = noon + TimeSpan(milliseconds: milliseconds)
        entry.duration = TimeSpan(milliseconds: duration)
        entry.flags = [.connectionFailure, .retryLimit]
        entry.transportFailure = reason
        (entry.cluster, entry.upstreamHost) = ("connect_originate", "10.244.1.7:15008")
        entry.localAddress = destination
        return entry
    }

    /// What the lines come to: the causes, with `?` after one that is only suspected and `~` after one
    /// that a retry hid.
    static func causes(
        _ entries: [AccessLogEntry],
        _ change: (inout Incident) -> Void = { _ in }
    ) -> [String] {
        var incident = Incident(port: 15008, skew: .seconds(2))
        change(&incident)
        for entry in entries { _ = incident.take(entry) }
        return incident.explain().map {
            $0.cause.rawValue + ($0.confidence == .suspected ? "?" : "") + ($0.isHidden ? "~" : "")
        }
    }

    @Test(
        arguments: [
            ("the pair", [request(), tunnel()], ["stale-connection?"]),
            ("the pair the other way round", [tunnel(at: 1), request()], ["stale-connection?"]),
            (
                "a stream that ends with its tunnel",
                [
                    request(
                        200,
                        .upstreamProtocol,
                        "upstream_reset_after_response_started{protocol_error}",
                        at: -9_000,
                        took: 9_000
                    ),
                    tunnel(),
                ], ["stale-connection?"]
            ),
            (
                "a tunnel 51 ms later", [request(), tunnel(at: 51)],
                ["unknown", "stale-connection?"]
            ),
            (
                "a tunnel to another Pod", [request(), tunnel(to: "10.244.1.8:8080")],
                ["unknown", "stale-connection?"]
            ),
            ("the request alone", [request()], ["unknown"]),
            (
                "a tunnel that took a second", [request(took: 1000), tunnel(took: 1000)],
                ["unknown"]
            ),
            (
                "a tunnel that took ten seconds", [request(took: 10_000), tunnel(took: 10_000)],
                ["connect-timeout?"]
            ),
            (
                "a refused connection",
                [request(), tunnel("delayed_connect_error:_Connection_refused")],
                ["connection-refused"]
            ),
            (
                "a refused connection in the request's line",
                [
                    request(
                        503,
                        .connectionFailure,
                        "upstream_reset_before_response_started{remote_connection_failure|"
                            + "delayed_connect_error:_Connection_refused}"
                    )
                ], ["connection-refused"]
            ),
            (
                "a failed handshake",
                [request(), tunnel("TLS_error:|268435581:CERTIFICATE_VERIFY_FAILED")],
                ["tls-failure"]
            ),
            ("a refused CONNECT", [request(), tunnel("tunnel_response:401")], ["connect-denied"]),
            (
                "a retry that succeeded", [tunnel(), request(200, [], "via_upstream", took: 20)],
                ["stale-connection?~"]
            ),
            (
                "a retry of another time", [tunnel(), request(200, [], "via_upstream", at: 60)],
                ["stale-connection?"]
            ),
            (
                "an error of the application", [request(503, [], "via_upstream")],
                ["application-error"]
            ),
            (
                "an error of the application beside a stale connection",
                [
                    request(), tunnel(), request(503, [], "via_upstream", at: 2),
                ], ["stale-connection?", "application-error"]
            ),
            (
                "no answer in time",
                [request(504, .responseTimeout, "response_timeout", took: 15_000)],
                ["response-timeout"]
            ),
            (
                "a connection without a tunnel", [request(host: "10.244.1.7:8080")],
                ["application-closed?"]
            ),
        ] as [(String, [AccessLogEntry], [String])]
    )
    func `An access log alone suspects, and acquits where Envoy says why`(
        _ name: String,
        _ entries: [AccessLogEntry],
        _ expected: [String]
    ) {
        #expect(Self.causes(entries).sorted() == expected.sorted(), "\(name)")
    }

    @Test(
        arguments: [
            (.noRoute, "no-route"), (.noCluster, "no-route"),
            (.noHealthyUpstream, "no-healthy-upstream"), (.overflow, "overflow"),
            (.overload, "overflow"), (.rateLimited, "rate-limit"),
            (.faultInjected, "fault-injection"),
            (.externalAuthorization, "external-authorization"), (.clientGone, "client-gone"),
            (.clientReset, "client-gone"), (.clientProtocol, "client-protocol"),
            (.durationLimit, "drain"), (.nameResolution, "name-resolution"),
        ] as [(ResponseFlags, String)]
    )
    func `A flag that names the cause decides, even beside a tunnel that failed`(
        _ flag: ResponseFlags,
        _ cause: String
    ) {
        #expect(Self.causes([Self.request(503, flag, "-")]) == [cause])
        #expect(Self.causes([Self.request(503, flag, "-"), Self.tunnel()]).contains(cause))
    }

    @Test(
        arguments: [
            ([7, 8, 9], 500, ["ztunnel-restarted?", "ztunnel-restarted?", "ztunnel-restarted?"]),
            ([7, 8], 500, ["unknown", "unknown"]),
            // Requests that did not wait met something else.
            ([7, 8, 9], 1, ["unknown", "unknown", "unknown"]),
        ] as [([Int], Int64, [String])]
    )
    func `Tunnels to three addresses that end at once are a restart`(
        _ addresses: [Int],
        _ duration: Int64,
        _ expected: [String]
    ) {
        let requests = addresses.map {
            Self.request(
                at: -duration,
                took: duration,
                host: "envoy://connect_originate/10.244.1.\($0):8080"
            )
        }
        #expect(Self.causes(requests) == expected)
    }

    @Test func `A gateway's error has the cause that the waypoint's line shows`() {
        let gateway = Self.request(503, [], "via_upstream", host: "10.96.0.5:15008", id: "one")
        #expect(Self.causes([gateway]) == ["unknown"])
        let waypoint = [Self.request(id: "one"), Self.tunnel()]
        #expect(Self.causes([gateway] + waypoint) == ["stale-connection?", "stale-connection?"])
        let other = [Self.request(id: "two"), Self.tunnel()]
        #expect(Self.causes([gateway] + other).contains("unknown"))
    }

    // MARK: Packets

    static func segment(
        _ milliseconds: Int64,
        fromClient: Bool,
        _ flags: TCPSegment.Flags,
        sequence: UInt32 = 0,
        length: Int = 0
    ) -> TCPSegment {
        let (client, server) = (Endpoint("10.244.0.3:40000"), Endpoint("10.244.1.7:15008"))
        let none = Endpoint(address: IPAddress(high: 0, low: 0), port: 0)
        return TCPSegment(
            number: 1,
            microseconds: (noon.milliseconds + milliseconds) * 1000,
            source: (fromClient ? client : server) ?? none,
            destination: (fromClient ? server : client) ?? none,
            sequence: sequence,
            acknowledgement: 700,
            flags: flags,
            length: length
        )
    }

    private static func explain(
        _ segments: [TCPSegment],
        began: Int64 = -5_000,
        _ entries: [AccessLogEntry] = [request(), tunnel()],
        lives: AddressLives = AddressLives([], skew: .zero)
    ) -> [String] {
        causes(entries) { incident in
            incident.lives = lives
            incident.packets.begin(input: 0)
            for segment in segments {
                incident.packets.take(
                    segment,
                    captureBegan: noon + TimeSpan(milliseconds: began)
                )
            }
            _ = incident.packets.end()
        }
    }

    static let data = segment(0, fromClient: true, .ack, length: 160)
    static let bareReset = segment(1, fromClient: false, .rst, sequence: 700)

    @Test(
        arguments: [
            (
                "data without a handshake and a bare RST", [data, bareReset], -5_000,
                "stale-connection"
            ),
            ("the same just after the capture began", [data, bareReset], -50, "stale-connection?"),
            (
                "an RST with ACK: the peer ends what it knows",
                [data, segment(1, fromClient: false, [.rst, .ack], sequence: 700)], -5_000,
                "stale-connection?"
            ),
            (
                "an RST of another number",
                [data, segment(1, fromClient: false, .rst, sequence: 701)], -5_000,
                "stale-connection?"
            ),
            (
                "an RST two seconds later",
                [data, segment(2_000, fromClient: false, .rst, sequence: 700)],
                -5_000, "stale-connection?"
            ),
        ] as [(String, [TCPSegment], Int64, String)]
    )
    func `Packets prove a stale connection by data that no handshake came before`(
        _ name: String,
        _ segments: [TCPSegment],
        _ began: Int64,
        _ expected: String
    ) {
        let found = Self.explain(segments, began: began)
        #expect(found.first == expected, "\(name)")
    }

    @Test func `A connection that its peer ends under the only request was a tunnel that closed`() {
        let reset = Self.segment(1, fromClient: false, [.rst, .ack], sequence: 700)
        #expect(Self.explain([Self.data, reset], [Self.request()]) == ["tunnel-closed?"])
        #expect(Self.explain([], [Self.request()]) == ["unknown"])
    }

    @Test func `A port that is used again has a connection of its own`() {
        let segments = [
            Self.segment(-900, fromClient: true, .syn),
            Self.segment(-899, fromClient: false, [.syn, .ack]),
            Self.segment(-100, fromClient: false, [.fin, .ack]),
            Self.segment(0, fromClient: true, .syn),
            Self.segment(1, fromClient: false, [.rst, .ack]),
        ]
        #expect(Self.explain(segments, [Self.request()]) == ["connection-refused"])
        // Without a new handshake, it is the old connection, which its peer closed in order.
        let rest = Array(segments.prefix(3)) + [Self.data, Self.bareReset]
        #expect(Self.explain(rest, [Self.request()]) == ["unknown"])
    }

    @Test func `A new connection that is answered by RST was refused`() {
        let segments = [
            Self.segment(0, fromClient: true, .syn),
            Self.segment(1, fromClient: false, [.rst, .ack], sequence: 0),
        ]
        #expect(Self.explain(segments, [Self.request()]) == ["connection-refused"])
    }

    @Test func `A capture alone tells of a connection, and of none that was closed in order`() {
        #expect(Self.explain([Self.data, Self.bareReset], []) == ["stale-connection"])
        let end = Self.segment(-1, fromClient: false, [.fin, .ack])
        #expect(Self.explain([end, Self.data, Self.bareReset], []) == [])
    }

    // MARK: Ownership

    /// A snapshot with Pods at the address, by name and by when they started, in seconds from noon.
    static func lives(_ pods: [(String, Int64)], network: Int64 = 1) -> AddressLives {
        var document = SnapshotDocument(
            source: "pods.json",
            format: .compact,
            modified: nil,
            readingBegan: noon + .seconds(60)
        )
        document.scope = .cluster
        var contents = SnapshotContents(document: document)
        for (name, start) in pods {
            let time = APITime(noon + .seconds(start))
            let ready = APITime(noon + .seconds(start + network))
            let life = PodLife(
                creation: time,
                start: time,
                networkTransition: ready,
                network: .ready,
                phase: .running
            )
            contents.pods.append(
                Pod(
                    identity: PodIdentity(namespace: "shop", name: name, uid: name, node: "n"),
                    addresses: [address].compactMap(\.self),
                    life: life
                )
            )
        }
        return AddressLives([contents], skew: .seconds(2))
    }

    @Test(
        arguments: [
            // Last heard and recorded, in seconds from noon; the present Pod started 10 s before noon.
            ([(-60, -5)], "stale-connection"),
            ([(-60, -5), (-50, -5)], "stale-connection"),
            ([(-60, -5), (-8, -5)], "stale-connection?"),
            ([(-11, -5)], "stale-connection?"),
            ([(-60, 5)], "stale-connection?"),
            // Older ones the proxy has closed by itself.
            ([(-3660, -3599)], "stale-connection"),
            ([(-3660, -3601)], "stale-connection?"),
            ([], "stale-connection?"),
        ] as [([(Int64, Int64)], String)]
    )
    func `A change of owner since the connections were last heard is proof`(
        _ connections: [(heard: Int64, recorded: Int64)],
        _ expected: String
    ) throws {
        let address = try #require(Self.address)
        let found = Self.causes([Self.request(), Self.tunnel()]) { incident in
            incident.lives = Self.lives([("new", -10)])
            incident.recorded[address] = connections.map {
                Incident.RecordedConnection(
                    peer: address,
                    heardAt: Self.noon + .seconds($0.heard),
                    recordedAt: Self.noon + .seconds($0.recorded)
                )
            }
        }
        #expect(found.first == expected)
    }

    @Test(
        arguments: [
            (1, 0, ["stale-connection", "stale-connection?"]),
            (2, 0, ["stale-connection", "stale-connection"]),
            // What failed at once may have used two.
            (1, 970, ["stale-connection", "stale-connection?"]),
            // What failed before the recording used none of its connections.
            (1, -6_000, ["stale-connection?", "stale-connection"]),
        ] as [(Int, Int64, [String])]
    )
    func `Recorded connections explain no more failures than there are connections`(
        _ connections: Int,
        _ first: Int64,
        _ expected: [String]
    ) throws {
        let address = try #require(Self.address)
        let found = Self.causes([
            Self.request(at: first), Self.tunnel(at: first),
            Self.request(at: 1_000), Self.tunnel(at: 1_000),
        ]) { incident in
            incident.lives = Self.lives([("new", -20)])
            incident.recorded[address] = Array(
                repeating: Incident.RecordedConnection(
                    peer: address,
                    heardAt: Self.noon - .seconds(60),
                    recordedAt: Self.noon - .seconds(5)
                ),
                count: connections
            )
        }
        #expect(found == expected)
    }

    @Test(arguments: [(-1, "stale-connection"), (1, "stale-connection?")] as [(Int64, String)])
    func `A connection that was still open after the failure did not fail`(
        _ open: Int64,
        _ expected: String
    ) throws {
        let address = try #require(Self.address)
        let found = Self.causes([Self.request(), Self.tunnel()]) { incident in
            incident.lives = Self.lives([("new", -10)])
            incident.recorded[address] = [
                Incident.RecordedConnection(
                    peer: address,
                    heardAt: Self.noon - .seconds(60),
                    recordedAt: Self.noon - .seconds(60),
                    isRemembered: true,
                    openAt: Self.noon + .seconds(open)
                )
            ]
        }
        #expect(found.first == expected)
    }

    @Test func `The Pod before is the latest that began before the present one`() throws {
        let address = try #require(Self.address)
        let pods: [(String, Int64)] = [("b", -300), ("a", -600), ("new", -10), ("c", -450)]
        let owners = Self.lives(pods).owners(of: address, at: Self.noon)
        #expect(owners.0?.pod.name == "new")
        #expect(owners.previous?.pod.name == "b")
        // Which of them began last, if the present one did not yet.
        let earlier = Self.lives(pods).owners(of: address, at: Self.noon - .seconds(60))
        #expect(earlier.0?.pod.name == "b")
        #expect(earlier.previous?.pod.name == "c")
    }

    @Test func `Two Pods that have the address at once prove nothing`() throws {
        let address = try #require(Self.address)
        let lives = Self.lives([("old", -600), ("new", -10)])
        let (heard, moment) = (Self.noon - .seconds(60), Self.noon)
        #expect(lives.change(of: address, after: heard, before: moment) == nil)
        let alone = Self.lives([("new", -10)])
        #expect(alone.change(of: address, after: heard, before: moment)?.present.pod.name == "new")
        // The present Pod started after the request.
        #expect(alone.change(of: address, after: heard, before: Self.noon - .seconds(20)) == nil)
    }

    @Test(arguments: [(1, true), (8, true), (9, false), (20, false)] as [(Int64, Bool)])
    func `A Pod that had no network yet did not reset a connection`(
        _ network: Int64,
        _ isProven: Bool
    ) throws {
        let address = try #require(Self.address)
        // Its node took it up 10 s before the request.
        let lives = Self.lives([("new", -10)], network: network)
        let change = lives.change(of: address, after: Self.noon - .seconds(60), before: Self.noon)
        #expect((change != nil) == isProven)
    }

    // MARK: The debug log

    /// A tunnel's connection that breaks at noon; all but the second of `connectedAt` in milliseconds
    /// before.
    static func brokenTunnel(
        connectedAt: Int64,
        waited: Int64 = 0,
        drained: Int64? = nil,
        isReused: Bool = true,
        reason: String = "TLS_error:|33554536:Connection reset by peer:TLS_error_end"
    ) -> [ProxyLogEvent] {
        func event(
            _ milliseconds: Int64,
            _ connection: UInt64?,
            _ stream: UInt64?,
            _ kind: ProxyLogEvent.Kind
        ) -> ProxyLogEvent {
            ProxyLogEvent(
                place: LogPlace(input: 0, line: 1),
                time: noon + TimeSpan(milliseconds: milliseconds),
                thread: 9,
                connection: connection,
                stream: stream,
                kind: kind
            )
        }
        let goaway = drained.map { event(-$0, 4, nil, .drained) }
        let drainsFirst = drained.map { $0 > waited } ?? false
        return [
            event(connectedAt * 1000, 4, nil, .connecting(to: "10.244.1.7:15008")),
            event(connectedAt * 1000, 4, nil, .connected),
        ] + (drainsFirst ? [goaway].compactMap(\.self) : []) + [
            event(-waited, 1, 8, .request(.init()))
        ] + (isReused ? [event(-waited, 4, nil, .reused)] : []) + [
            event(-waited, 2, nil, .connecting(to: "envoy://connect_originate/10.244.1.7:8080")),
            event(-waited, nil, nil, .attached(upstream: 2, downstream: 1)),
        ] + (drainsFirst ? [] : [goaway].compactMap(\.self)) + [
            event(0, 4, nil, .failed(reason)),
            event(0, 4, nil, .closed(isLocal: false)),
            event(0, 2, nil, .closed(isLocal: false)),
            event(0, 1, 8, .upstreamReset("connection termination")),
            event(0, 1, 8, .localReply(reset)),
            event(0, 1, 8, .answered(status: 503)),
            event(0, 1, 8, .ended),
        ]
    }

    @Test(
        arguments: [
            ("made before the owner existed", brokenTunnel(connectedAt: -60), "stale-connection"),
            ("made by the owner", brokenTunnel(connectedAt: -5), "stale-connection?"),
            ("made within the skew", brokenTunnel(connectedAt: -11), "stale-connection?"),
            ("reset while it waited", brokenTunnel(connectedAt: -5, waited: 900), "tunnel-closed?"),
            ("closed in order", brokenTunnel(connectedAt: -5, reason: ""), "tunnel-closed?"),
            (
                "closed in order after GOAWAY",
                brokenTunnel(connectedAt: -5, waited: 900, drained: 400, reason: ""), "drain"
            ),
            (
                "closed in order a minute after GOAWAY",
                brokenTunnel(connectedAt: -90, waited: 70_000, drained: 60_000, reason: ""), "drain"
            ),
            (
                "reset after GOAWAY",
                brokenTunnel(connectedAt: -5, waited: 900, drained: 400), "drain?"
            ),
            (
                "used again after GOAWAY, which Envoy does not",
                brokenTunnel(connectedAt: -5, waited: 900, drained: 4_000), "stale-connection?"
            ),
            (
                "the same, closed in order",
                brokenTunnel(connectedAt: -5, waited: 900, drained: 4_000, reason: ""), "drain?"
            ),
            (
                "reset while a request waited in a tunnel from before GOAWAY",
                brokenTunnel(connectedAt: -5, waited: 900, drained: 4_000, isReused: false),
                "stale-connection?"
            ),
            (
                "reset by the first request after GOAWAY",
                brokenTunnel(connectedAt: -5, drained: 4_000, isReused: false), "stale-connection?"
            ),
            (
                "another fault long after GOAWAY",
                brokenTunnel(
                    connectedAt: -50,
                    waited: 900,
                    drained: 40_000,
                    isReused: false,
                    reason: "protocol error"
                ), "drain?"
            ),
            (
                "drained by the owner before",
                brokenTunnel(connectedAt: -60, waited: 900, drained: 400), "stale-connection"
            ),
            (
                "a connection that is refused",
                brokenTunnel(connectedAt: 0, reason: "delayed connect error: Connection refused"),
                "connection-refused"
            ),
        ] as [(String, [ProxyLogEvent], String)]
    )
    func `A debug log proves reuse across a change of owner, and suspects without`(
        _ name: String,
        _ events: [ProxyLogEvent],
        _ expected: String
    ) {
        let found = Self.causes([]) { incident in
            incident.lives = Self.lives([("new", -10)])
            for event in events { incident.proxyLogs.take(event) }
        }
        #expect(found == [expected], "\(name)")
    }

    @Test(arguments: [(-60, "stale-connection"), (-5, "stale-connection?")] as [(Int64, String)])
    func `A debug log proves what a capture that began too late only suspects`(
        _ connectedAt: Int64,
        _ expected: String
    ) {
        let found = Self.causes([]) { incident in
            incident.lives = Self.lives([("new", -10)])
            for event in Self.brokenTunnel(connectedAt: connectedAt) {
                incident.proxyLogs.take(event)
            }
            incident.packets.begin(input: 1)
            for segment in [Self.data, Self.bareReset] {
                incident.packets.take(segment, captureBegan: Self.noon - .milliseconds(50))
            }
            _ = incident.packets.end()
        }
        #expect(found == [expected])
    }

    @Test func `A log with many broken tunnels and open requests keeps the latest`() {
        var trace = ProxyLogTrace(port: 15008)
        func take(_ number: Int, _ connection: UInt64, _ kind: ProxyLogEvent.Kind) {
            trace.take(
                ProxyLogEvent(
                    place: LogPlace(input: 0, line: number),
                    time: Self.noon - .seconds(100) + TimeSpan(milliseconds: Int64(number)),
                    thread: 9,
                    connection: connection,
                    stream: UInt64(number),
                    kind: kind
                )
            )
        }
        for number in 1...1100 {
            take(number, UInt64(100 + number), .connecting(to: "10.244.1.9:15008"))
            take(number, UInt64(100 + number), .closed(isLocal: false))
        }
        for event in Self.brokenTunnel(connectedAt: -5) { trace.take(event) }
        #expect(trace.failures.map(\.brokenPeer) == [Endpoint("10.244.1.7:15008")])
        #expect(!trace.isOverfull)
        // Requests whose end the log does not show.
        for number in 1...100_001 { take(number, 3, .request(.init())) }
        #expect(trace.isOverfull)
        for event in Self.brokenTunnel(connectedAt: -5) { trace.take(event) }
        #expect(trace.failures.count == 2)
    }
}
