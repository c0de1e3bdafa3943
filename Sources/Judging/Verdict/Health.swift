import Model

/// What happens on a connection, and so what happens next.
package enum Health: String, Hashable, Sendable, CaseIterable {
    /// Nothing is outstanding: the next request will be sent on it.
    case idle
    /// Data is outstanding and the retransmission timer runs: requests wait now.
    case retransmitting
    /// Keepalive or zero-window probes go unanswered.
    case probing

    /// The health that the kernel's timer and counters of a socket show.
    init(of socket: TCPSocket) {
        switch socket.timer {
        case .retransmit where socket.info.unackedSegments > 0:
            self = .retransmitting
        case .keepalive where socket.info.probes > 0 || socket.retransmits > 0,
            .persist where socket.info.probes > 0 || socket.retransmits > 0:
            self = .probing
        default:
            self = .idle
        }
    }
}
