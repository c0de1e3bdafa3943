import History
import InetDiag
import Ownership
import Times

/// A Pod as a finding names it.
public struct NamedPod: Hashable, Sendable {
    /// Who it is.
    public var identity: PodIdentity
    /// Its times.
    public var life: PodLife

    /// A Pod of the given identity and times.
    public init(identity: PodIdentity, life: PodLife) {
        self.identity = identity
        self.life = life
    }
}

/// The process that holds a socket, as a finding names it.
public struct SocketProcess: Hashable, Sendable {
    /// Its number.
    public var pid: Int32
    /// The name of its program.
    public var command: String
    /// The Pod of its container, where it is known.
    public var pod: PodIdentity?

    /// A process of the given facts.
    public init(pid: Int32, command: String, pod: PodIdentity? = nil) {
        self.pid = pid
        self.command = command
        self.pod = pod
    }
}

/// A judged socket, with all that a report says of it.
public struct Finding: Hashable, Sendable {
    /// The index of the target in which the socket was seen.
    public var target: Int
    /// The verdict, its confidence and reason.
    public var judgement: Judgement
    /// What happens on the connection.
    public var health: Health
    /// Whether a live owner does not answer: data or probes outstanding, and silence for over 10 s.
    public var isUnresponsive: Bool
    /// The socket.
    public var socket: TCPSocket
    /// The process that holds it; `nil` where it was not looked up, or may not be seen.
    public var process: SocketProcess?
    /// When the peer was last heard.
    public var heardAt: WallTime
    /// When a scan first saw the socket; `nil` where no history is kept.
    public var firstSeenAt: WallTime?
    /// How long it has been a candidate; `nil` for others, and where no history is kept.
    public var candidacy: Candidacy?
    /// The live owners of the peer's address, by name.
    public var owners: [NamedPod]
    /// The Pod that held the peer's address before, where the snapshot still shows it or history
    /// remembers it.
    public var previousOwner: NamedPod?
    /// One sentence a human can act on.
    public var explanation: String
    /// What reap does about it; `nil` where it does nothing.
    public var reaping: Reaping?

    /// A finding made of the given facts.
    public init(
        target: Int,
        judgement: Judgement,
        health: Health,
        isUnresponsive: Bool,
        socket: TCPSocket,
        heardAt: WallTime,
        firstSeenAt: WallTime? = nil,
        owners: [NamedPod],
        previousOwner: NamedPod?,
        explanation: String
    ) {
        self.target = target
        self.judgement = judgement
        self.health = health
        self.isUnresponsive = isUnresponsive
        self.socket = socket
        self.heardAt = heardAt
        self.firstSeenAt = firstSeenAt
        self.owners = owners
        self.previousOwner = previousOwner
        self.explanation = explanation
    }
}

extension Finding {
    /// How long the peer had been silent when the kernel described the socket.
    public var silence: TimeSpan { socket.silence }

    /// The findings in the order of a report.
    public static func sorted(_ findings: [Finding]) -> [Finding] {
        // Numbers are lighter to move than findings.
        findings.indices.sorted { reportOrder(findings[$0], findings[$1]) }.map { findings[$0] }
    }

    /// The order of a report: target, verdict, peer, local port; the cookie makes it total.
    public static func reportOrder(_ left: Finding, _ right: Finding) -> Bool {
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
