/// What Envoy says beside the status of a request: `%RESPONSE_FLAGS%` of its access log.
///
/// The names are those of Envoy's `envoy/stream_info/stream_info.h`.
package struct ResponseFlags: OptionSet, Hashable, Sendable {
    package var rawValue: UInt32

    package init(rawValue: UInt32) {
        self.rawValue = rawValue
    }

    /// `UC`: the upstream connection ended while the request used it.
    package static let connectionTermination = Self(rawValue: 1 << 0)
    /// `UF`: no connection to the upstream could be made.
    package static let connectionFailure = Self(rawValue: 1 << 1)
    /// `URX`: the last permitted attempt failed.
    package static let retryLimit = Self(rawValue: 1 << 2)
    /// `UT` and `SI`: no answer in time, or a stream that idled for too long.
    package static let responseTimeout = Self(rawValue: 1 << 3)
    /// `UO`: a circuit breaker is open.
    package static let overflow = Self(rawValue: 1 << 4)
    /// `UH`: the cluster has no healthy host.
    package static let noHealthyUpstream = Self(rawValue: 1 << 5)
    /// `NR`: no route fits the request.
    package static let noRoute = Self(rawValue: 1 << 6)
    /// `NC`: the route names a cluster that does not exist.
    package static let noCluster = Self(rawValue: 1 << 7)
    /// `DC`: the client closed its connection.
    package static let clientGone = Self(rawValue: 1 << 8)
    /// `DR`: the client reset its stream.
    package static let clientReset = Self(rawValue: 1 << 9)
    /// `UR`: the upstream reset the stream.
    package static let remoteReset = Self(rawValue: 1 << 10)
    /// `LR`: Envoy reset the stream.
    package static let localReset = Self(rawValue: 1 << 11)
    /// `RL` and `RLSE`: a rate limit, or its service failed.
    package static let rateLimited = Self(rawValue: 1 << 12)
    /// `FI`: an injected fault.
    package static let faultInjected = Self(rawValue: 1 << 13)
    /// `DI`: an injected delay.
    package static let delayInjected = Self(rawValue: 1 << 14)
    /// `UAEX`: external authorization denied the request, or failed.
    package static let externalAuthorization = Self(rawValue: 1 << 15)
    /// `DT` and `UMSDR`: a connection or stream lasted for too long.
    package static let durationLimit = Self(rawValue: 1 << 16)
    /// `OM`, `DO` and `UDO`: Envoy or the upstream cluster sheds load.
    package static let overload = Self(rawValue: 1 << 17)
    /// `UPE`: the upstream broke the protocol.
    package static let upstreamProtocol = Self(rawValue: 1 << 18)
    /// `DPE` and `IH`: the client broke the protocol.
    package static let clientProtocol = Self(rawValue: 1 << 19)
    /// `DF`: a name could not be resolved.
    package static let nameResolution = Self(rawValue: 1 << 20)
    /// Any other flag.
    package static let other = Self(rawValue: 1 << 31)

    fileprivate static let names: [(short: StaticString, long: StaticString, flag: ResponseFlags)] =
        [
            ("UC", "UpstreamConnectionTermination", .connectionTermination),
            ("UF", "UpstreamConnectionFailure", .connectionFailure),
            ("URX", "UpstreamRetryLimitExceeded", .retryLimit),
            ("UT", "UpstreamRequestTimeout", .responseTimeout),
            ("UO", "UpstreamOverflow", .overflow),
            ("UH", "NoHealthyUpstream", .noHealthyUpstream),
            ("NR", "NoRouteFound", .noRoute),
            ("NC", "NoClusterFound", .noCluster),
            ("DC", "DownstreamConnectionTermination", .clientGone),
            ("DR", "DownstreamRemoteReset", .clientReset),
            ("UR", "UpstreamRemoteReset", .remoteReset),
            ("LR", "LocalReset", .localReset),
            ("RL", "RateLimited", .rateLimited),
            ("RLSE", "RateLimitServiceError", .rateLimited),
            ("FI", "FaultInjected", .faultInjected),
            ("DI", "DelayInjected", .delayInjected),
            ("UAEX", "UnauthorizedExternalService", .externalAuthorization),
            ("SI", "StreamIdleTimeout", .responseTimeout),
            ("DT", "DurationTimeout", .durationLimit),
            ("UMSDR", "UpstreamMaxStreamDurationReached", .durationLimit),
            ("OM", "OverloadManagerTerminated", .overload),
            ("OM", "OverloadManager", .overload),
            ("DO", "DropOverLoad", .overload),
            ("UDO", "UnconditionalDropOverload", .overload),
            ("UPE", "UpstreamProtocolError", .upstreamProtocol),
            ("DPE", "DownstreamProtocolError", .clientProtocol),
            ("IH", "InvalidEnvoyRequestHeaders", .clientProtocol),
            ("DF", "DnsResolutionFailed", .nameResolution),
        ]

    /// Reads flags with commas between, in any order, in the short or the long form; `-` and an
    /// empty text are none.
    ///
    /// - Returns: `nil` when the text has anything but letters and commas in it.
    package init?(utf8 text: Span<UInt8>) {
        self = []
        if text.isEmpty || text.count == 1 && text[0] == UInt8(ascii: "-") { return }
        var start = 0
        for index in 0...text.count {
            guard index == text.count || text[index] == UInt8(ascii: ",") else {
                let isLetter = (0x41...0x5A).contains(text[index] & ~0x20)
                guard isLetter || text[index] == UInt8(ascii: "_") else { return nil }
                continue
            }
            if index == start { return nil }
            insert(Self.flag(text.extracting(start..<index)))
            start = index + 1
        }
    }

    private static func flag(_ word: Span<UInt8>) -> ResponseFlags {
        for entry in names where word.isText(entry.short) || word.isText(entry.long) {
            return entry.flag
        }
        return .other
    }
}

extension Span<UInt8> {
    /// Whether these are the bytes of a text.
    package func isText(_ text: StaticString) -> Bool {
        count == text.utf8CodeUnitCount && hasPrefix(text)
    }

    /// Whether the bytes begin with those of a text.
    package func hasPrefix(_ text: StaticString) -> Bool {
        guard count >= text.utf8CodeUnitCount else { return false }
        // The text lives as long as the program, and has so many bytes.
        let bytes = unsafe UnsafeBufferPointer(
            start: text.utf8Start,
            count: text.utf8CodeUnitCount
        )
        for index in bytes.indices where unsafe bytes[index] != self[index] { return false }
        return true
    }
}

extension ResponseFlags {
    /// The flags in the short form, with commas between; `-` for none.
    package var text: String {
        var words: [String] = []
        var left = self
        for entry in Self.names where left.contains(entry.flag) {
            words.append("\(entry.short)")
            left.remove(entry.flag)
        }
        if left.contains(.other) { words.append("?") }
        return words.isEmpty ? "-" : words.joined(separator: ",")
    }
}
