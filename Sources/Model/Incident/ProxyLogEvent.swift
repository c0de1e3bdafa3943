/// What one message of Envoy's debug log says, of those that tell how a connection or request ended.
package struct ProxyLogEvent: Hashable, Sendable {
    /// What happened.
    package enum Kind: Hashable, Sendable {
        /// A connection is being made to an address, or to a listener inside the proxy.
        case connecting(to: String)
        /// A connection is there, or its handshake is done.
        case connected
        /// The pool gives a stream to a connection that was there before.
        case reused
        /// The other end takes no new streams on a connection: it drains.
        case drained
        /// A connection or its handshake failed, or it broke: Envoy's words.
        case failed(String)
        /// A connection's socket closed; by the other end, or by Envoy.
        case closed(isLocal: Bool)
        /// A downstream connection or stream goes on through an upstream connection.
        case attached(upstream: UInt64, downstream: UInt64)
        /// A request came in.
        case request(RequestHeaders)
        /// The router saw the upstream connection or stream end.
        case upstreamReset(String)
        /// Envoy answers in place of the upstream: the response code details.
        case localReply(String)
        /// The headers of an answer go to the client.
        case answered(status: Int)
        /// The whole answer went to the client.
        case ended
    }

    /// What the headers of a request say.
    package struct RequestHeaders: Hashable, Sendable {
        /// `:method`.
        package var method = ""
        /// `:path`.
        package var path = ""
        /// `:authority`.
        package var authority = ""
        /// `x-request-id`.
        package var requestID = ""

        /// Headers of which nothing is known yet.
        package init() {}
    }

    /// Where it stands.
    package var place: LogPlace
    /// When it was logged.
    package var time: WallTime
    /// The thread that logged it; the number means something in its own log only.
    package var thread: UInt64
    /// The connection that it is about.
    package var connection: UInt64?
    /// The stream of a downstream connection that it is about.
    package var stream: UInt64?
    /// What happened.
    package var kind: Kind

    /// A message of the given facts.
    package init(
        place: LogPlace,
        time: WallTime,
        thread: UInt64,
        connection: UInt64? = nil,
        stream: UInt64? = nil,
        kind: Kind
    ) {
        self.place = place
        self.time = time
        self.thread = thread
        self.connection = connection
        self.stream = stream
        self.kind = kind
    }
}
