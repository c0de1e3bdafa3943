/// One line of an access log of Envoy.
package struct AccessLogEntry: Hashable, Sendable {
    /// Where it stands.
    package var place = LogPlace(input: 0, line: 0)
    /// `%START_TIME%`: when the request came in.
    package var start = WallTime(milliseconds: 0)
    /// Whether ``start`` has milliseconds; it is cut to the second otherwise.
    package var hasMilliseconds = true
    /// `%DURATION%`: how long it took.
    package var duration: TimeSpan?
    /// `%RESPONSE_CODE%`: 0 where there was no answer, and for a TCP connection.
    package var status = 0
    /// `%RESPONSE_FLAGS%`.
    package var flags: ResponseFlags = []
    /// `%RESPONSE_CODE_DETAILS%`; empty where the log has `-`.
    package var details = ""
    /// `%CONNECTION_TERMINATION_DETAILS%`.
    package var termination = ""
    /// `%UPSTREAM_TRANSPORT_FAILURE_REASON%`.
    package var transportFailure = ""
    /// `%UPSTREAM_HOST%`.
    package var upstreamHost = ""
    /// `%UPSTREAM_CLUSTER%`.
    package var cluster = ""
    /// `%DOWNSTREAM_LOCAL_ADDRESS%`: what the client connected to; of a tunnel, where it leads.
    package var localAddress = ""
    /// `%REQ(:METHOD)%`.
    package var method = ""
    /// `%REQ(:PATH)%`.
    package var path = ""
    /// `%REQ(:AUTHORITY)%`.
    package var authority = ""
    /// `%REQ(X-REQUEST-ID)%`.
    package var requestID = ""

    /// An entry in which nothing is said yet.
    package init() {}

    /// The name of the listener and the cluster through which Istio's proxies open tunnels.
    private static let tunnel = "connect_originate"

    /// When the request ended.
    package var end: WallTime { start + (duration ?? .zero) }

    /// Whether it is the line of a tunnel's listener, and not of a request.
    package var isTunnel: Bool { cluster == Self.tunnel }

    /// Whether the request went through a tunnel, or was to.
    package var usesTunnel: Bool {
        upstreamHost.hasPrefix("envoy://\(Self.tunnel)/")
            || upstreamHost.hasPrefix("envoy://inner_\(Self.tunnel)/")
    }

    /// The application at the end of the tunnel; of a request without one, its upstream.
    package var destination: Endpoint? {
        if isTunnel { return Endpoint(localAddress) ?? Endpoint(upstreamHost) }
        if let slash = upstreamHost.lastIndex(of: "/") {
            return Endpoint(upstreamHost[upstreamHost.index(after: slash)...])
        }
        return Endpoint(upstreamHost)
    }

    /// Whether something failed: a status of 500 or more, or a flag that says so.
    ///
    /// A TCP connection has the status 0; a request without an answer has a flag.
    package var isFailure: Bool {
        status >= 500 || !flags.subtracting(.delayInjected).isEmpty
    }
}

extension Endpoint {
    /// Reads an address and a port: `10.244.1.7:15008`, `[fd00::7]:15008`.
    package init?(_ text: some StringProtocol) {
        guard
            let colon = text.lastIndex(of: ":"),
            let port = UInt16(text[text.index(after: colon)...])
        else { return nil }
        var host = text[..<colon]
        if host.hasPrefix("["), host.hasSuffix("]") { host = host.dropFirst().dropLast() }
        guard let address = IPAddress(String(host)) else { return nil }
        self.init(address: address, port: port)
    }
}

extension String {
    /// Whether a text stands in it.
    ///
    /// The standard library's own brings the engine of regular expressions into the program: 2 MB.
    package func hasText(_ text: String) -> Bool {
        let (bytes, wanted) = (utf8.span, text.utf8.span)
        guard !wanted.isEmpty else { return true }
        guard bytes.count >= wanted.count else { return false }
        for start in 0...bytes.count - wanted.count where bytes[start] == wanted[0] {
            var length = 1
            while length < wanted.count, bytes[start + length] == wanted[length] { length += 1 }
            if length == wanted.count { return true }
        }
        return false
    }
}
