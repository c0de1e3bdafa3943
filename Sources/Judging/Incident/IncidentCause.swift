/// Why a request failed.
package enum IncidentCause: String, Hashable, Sendable, CaseIterable {
    /// The proxy used a connection whose peer Pod was gone: the fault that this tool is about.
    case staleConnection = "stale-connection"
    /// Nothing listened at the Pod's port, or a firewall said so.
    case connectionRefused = "connection-refused"
    /// The Pod did not answer a new connection in time, or no route leads to it.
    case connectTimeout = "connect-timeout"
    /// The handshake of TLS failed.
    case tlsFailure = "tls-failure"
    /// The peer answered the CONNECT of the tunnel with a status of its own.
    case connectDenied = "connect-denied"
    /// The other end of the tunnel closed it or restarted, while requests used it.
    case tunnelClosed = "tunnel-closed"
    /// ztunnel restarted: the tunnels to many addresses broke at once.
    case ztunnelRestarted = "ztunnel-restarted"
    /// The peer's kernel acknowledges, and the peer says nothing.
    case wedgedPeer = "wedged-peer"
    /// The application closed the connection inside the tunnel.
    case applicationClosed = "application-closed"
    /// The application itself answered with the error.
    case applicationError = "application-error"
    /// The connection broke after the answer had begun.
    case responseBroken = "response-broken"
    /// No answer came in time.
    case responseTimeout = "response-timeout"
    /// A circuit breaker was open, or the proxy or cluster shed load.
    case overflow
    /// The service had no endpoint that may be used.
    case noHealthyUpstream = "no-healthy-upstream"
    /// No route or cluster fitted the request.
    case noRoute = "no-route"
    /// The client did not wait for the answer.
    case clientGone = "client-gone"
    /// The client broke the protocol.
    case clientProtocol = "client-protocol"
    /// The upstream was draining, or a connection or stream reached its permitted age.
    case drain
    /// A rate limit.
    case rateLimit = "rate-limit"
    /// A fault that was injected on purpose.
    case faultInjection = "fault-injection"
    /// External authorization denied the request, or could not be asked.
    case externalAuthorization = "external-authorization"
    /// A name could not be resolved.
    case nameResolution = "name-resolution"
    /// What is there does not tell.
    case unknown

    /// What it means, as it stands in a heading.
    package var meaning: String {
        switch self {
        case .staleConnection: "the proxy used a stale connection"
        case .connectionRefused: "the connection was refused"
        case .connectTimeout: "the connection could not be made in time"
        case .tlsFailure: "the TLS handshake failed"
        case .connectDenied: "the peer refused the CONNECT of the tunnel"
        case .tunnelClosed: "the peer closed the tunnel or restarted"
        case .ztunnelRestarted: "ztunnel restarted"
        case .wedgedPeer: "the peer is alive but does not answer"
        case .applicationClosed: "the application closed its connection"
        case .applicationError: "the application answered with the error"
        case .responseBroken: "the connection broke after the response began"
        case .responseTimeout: "there was no response in time"
        case .overflow: "a circuit breaker or overload protection rejected it"
        case .noHealthyUpstream: "the service has no healthy endpoint"
        case .noRoute: "no route or cluster fits it"
        case .clientGone: "the client closed its connection"
        case .clientProtocol: "the client broke the protocol"
        case .drain: "the upstream was draining, or a time limit of the connection was reached"
        case .rateLimit: "a rate limit rejected it"
        case .faultInjection: "a fault was injected"
        case .externalAuthorization: "external authorization denied it"
        case .nameResolution: "a name could not be resolved"
        case .unknown: "the inputs do not tell the cause"
        }
    }

    /// What to look at next.
    package var nextStep: String {
        switch self {
        case .staleConnection:
            "run 'halfopen list' in the proxy's network namespace; 'halfopen watch --reap' closes"
                + " such connections before they are used"
        case .connectionRefused:
            "check whether ztunnel runs on the Pod's node, and whether the Pod is in the mesh"
        case .connectTimeout:
            "check the Pod's node, its routes and the network policies for port 15008"
        case .tlsFailure:
            "check the certificates of both ends: 'istioctl ztunnel-config certificates'"
        case .connectDenied:
            "check the AuthorizationPolicies of the Pod, and ztunnel's log on its node"
        case .tunnelClosed:
            "check ztunnel on the Pod's node, and the Pod, for a restart or an OOM kill at that time"
        case .ztunnelRestarted: "check ztunnel on that node: 'kubectl -n istio-system get pods'"
        case .wedgedPeer:
            "check ztunnel on the Pod's node for stuck streams (istio/istio#60074)"
        case .applicationClosed:
            "compare the idle timeout of the application with the proxy's; a retry on"
                + " 'reset-before-request' is safe"
        case .applicationError: "read the application's log"
        case .responseBroken: "read the log of the application and of ztunnel at that time"
        case .responseTimeout:
            "read the application's log; if it never saw the request, run 'halfopen list' while"
                + " requests hang"
        case .overflow: "check the connection pool settings of the DestinationRule"
        case .noHealthyUpstream: "check the service's endpoints and the outlier detection"
        case .noRoute: "check the routes: 'istioctl proxy-config routes'"
        case .clientGone: "check the client's timeout"
        case .clientProtocol: "check the client's requests"
        case .drain:
            "check whether ztunnel on the Pod's node was replaced, or the Pod was being deleted, the"
                + " grace period, and maxConnectionDuration"
        case .rateLimit: "check the rate limit"
        case .faultInjection: "check the VirtualServices for faults"
        case .externalAuthorization: "check the external authorizer's log"
        case .nameResolution: "check DNS and the ServiceEntry"
        case .unknown:
            "add what tells: Envoy's debug log (--envoy-log), a capture of the packets (--pcap), or"
                + " snapshots from that time (-s)"
        }
    }
}
