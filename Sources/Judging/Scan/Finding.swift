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
    /// Takes away what was proof, and says why.
    package mutating func unconfirm(because doubt: String) {
        guard judgement.confidence == .confirmed else { return }
        judgement = judgement.unconfirmed
        explanation += " (no proof: \(doubt))"
    }

    /// How long the peer had been silent when the kernel described the socket.
    package var silence: TimeSpan { socket.silence }

    /// The findings in the order of a report.
    package static func sorted(_ findings: [Finding]) -> [Finding] {
        // Numbers are lighter to move than findings.
        findings.indices.sorted { reportOrder(findings[$0], findings[$1]) }.map { findings[$0] }
    }

    /// The order of a report: target, verdict, peer, local port; the cookie makes it total.
    package static func reportOrder(_ left: Finding, _ right: Finding) -> Bool {
        if left.target != right.target { return left.target < right.target }
        if left.judgement.verdict != right.judgement.verdict {
            return left.judgement.verdict < right.judgement.verdict
        }
        if left.socket.peer.address != right.socket.peer.address {
            return left.socket.peer.address < right.socket.peer.address
        }
        if left.socket.local.port != right.socket.local.port {
            return left.socket.local.port < right.socket.local.port
        }
        return left.socket.cookie < right.socket.cookie
    }
}
