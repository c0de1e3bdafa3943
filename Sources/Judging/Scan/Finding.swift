import Model

/// A Pod as a finding names it.
package struct NamedPod: Hashable, Sendable {
    /// Who it is.
    package var identity: PodIdentity
    /// Its times.
    package var life: PodLife
}

/// The process that holds a socket, as a finding names it.
package struct SocketProcess: Hashable, Sendable {
    /// Its number.
    package var pid: Int32
    /// The name of its program.
    package var command: String
    /// The Pod of its container, where it is known.
    package var pod: PodIdentity?

    /// A process of the given facts.
    package init(pid: Int32, command: String, pod: PodIdentity? = nil) {
        self.pid = pid
        self.command = command
        self.pod = pod
    }
}

/// A judged socket, with all that a report says of it.
package struct Finding: Hashable, Sendable {
    /// The index of the target in which the socket was seen.
    package var target: Int
    /// The verdict, its confidence and reason.
    package var judgement: Judgement
    /// What happens on the connection.
    package var health: Health
    /// The socket.
    package var socket: TCPSocket
    /// The process that holds it; `nil` where it was not looked up, or may not be seen.
    package var process: SocketProcess?
    /// When the peer was last heard.
    package var heardAt: WallTime
    /// When a scan first saw the socket; `nil` where no history is kept.
    package var firstSeenAt: WallTime?
    /// How long it has been a candidate; `nil` for others, and where no history is kept.
    package var candidacy: Candidacy?
    /// The live owners of the peer's address, by name.
    package var owners: [NamedPod]
    /// The Pod that held the peer's address before, where the snapshot still shows it or history
    /// remembers it.
    package var previousOwner: NamedPod?
    /// One sentence a human can act on.
    package var explanation: String
    /// What reap does about it; `nil` where it does nothing.
    package var reaping: Reaping?
}

extension Finding {
    /// Why what was proof is none.
    enum Doubt: Sendable {
        /// The snapshot does not have what others of its kind have.
        case snapshotWasCut
        /// The proxy of the target contradicts the snapshot.
        case proxyContradicts

        /// The reason, in a few words.
        var text: String {
            switch self {
            case .snapshotWasCut: "data was removed from the snapshot"
            case .proxyContradicts: "the proxy contradicts the snapshot"
            }
        }
    }

    /// Takes away what was proof, and says why.
    mutating func unconfirm(because doubt: Doubt) {
        guard judgement.confidence == .confirmed else { return }
        judgement = judgement.unconfirmed
        explanation += " (no proof: \(doubt.text))"
    }

    /// How long the peer had been silent when the kernel described the socket.
    package var silence: TimeSpan { socket.silence }

    /// The order of a report: target, verdict, peer, local port; the cookie makes it total.
    package static func reportOrder(_ left: Finding, _ right: Finding) -> Bool {
        left.place < right.place
    }

    /// Where it stands in a report.
    var place: Place {
        Place(
            target: target,
            verdict: judgement.verdict,
            peer: socket.peer.address,
            localPort: socket.local.port,
            cookie: socket.cookie
        )
    }

    /// What decides where a finding stands in a report.
    struct Place: Equatable, Comparable {
        let target: Int
        let verdict: Verdict
        let peer: IPAddress
        let localPort: UInt16
        let cookie: UInt64

        static func < (left: Place, right: Place) -> Bool {
            if left.target != right.target { return left.target < right.target }
            if left.verdict != right.verdict { return left.verdict < right.verdict }
            if left.peer != right.peer { return left.peer < right.peer }
            if left.localPort != right.localPort { return left.localPort < right.localPort }
            return left.cookie < right.cookie
        }
    }
}
