/// What makes a socket the same as one of an earlier run of this boot.
package struct SocketKey: Hashable, Sendable {
    /// The inode of its network namespace.
    package var namespace: UInt64
    /// The kernel's identifier of the socket, unique since boot.
    package var cookie: UInt64
    /// This end.
    package var local: Endpoint
    /// The other end.
    package var peer: Endpoint
}

/// The Pod that a socket's other end was by the evidence of an earlier scan.
package struct SocketBinding: Equatable, Sendable {
    /// The Pod of many sockets, whose four names need not be copied for each.
    final class SharedPod: Sendable {
        let identity: PodIdentity

        init(_ identity: PodIdentity) { self.identity = identity }
    }

    let sharedPod: SharedPod
    /// `C` of the snapshot that proved it.
    package var readNotBefore: WallTime

    /// A binding to a Pod, proved by a snapshot of the given `C`.
    package init(to pod: PodIdentity, readNotBefore: WallTime) {
        self.init(to: SharedPod(pod), readNotBefore: readNotBefore)
    }

    init(to sharedPod: SharedPod, readNotBefore: WallTime) {
        self.sharedPod = sharedPod
        self.readNotBefore = readNotBefore
    }

    /// Who it was.
    package var pod: PodIdentity { sharedPod.identity }

    /// Whether the Pod and the moment are the same.
    package static func == (left: SocketBinding, right: SocketBinding) -> Bool {
        left.pod == right.pod && left.readNotBefore == right.readNotBefore
    }
}

/// What earlier scans say of a socket.
package struct SocketPast: Equatable, Sendable {
    /// When a scan first saw it.
    package var firstSeenAt: WallTime
    /// Whose it was then, if that was proved.
    package var binding: SocketBinding?
    /// What the looks at it, the present one included, say of its heartbeat.
    package var heartbeat: HeartbeatTraits = []
}

/// How long a socket has been a half-open candidate.
package struct Candidacy: Hashable, Sendable {
    /// The first of the consecutive runs that found it one.
    package var since: WallTime
    /// The number of those runs.
    package var runs: Int
}
