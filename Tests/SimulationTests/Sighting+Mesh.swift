import Model

/// Why a living connection may be silent.
enum Silence: String, CaseIterable {
    case drained = "its server drains"
    case unpinged = "its server never pings"
    case mute = "its server has stopped its pings"
    case unread = "the proxy does not read it"
    case cut = "the way is cut"
    case stalled = "its server stands still"
    case lossy = "packets are lost"
    case none = "nothing"
}

extension Connection.Server {
    /// What 2.4 says that it cannot tell, named at its end.
    func excuse(at now: WallTime) -> String? {
        if mute <= now { return "a server that stops its pings without a word" }
        let isPinging = pings && drained.map { $0 > now } ?? true
        return hasTwin && !isPinging ? "an application whose words look like pings" : nil
    }

    /// Why its connection may be silent at a moment.
    func silence(of socket: Wire.State?, on tunnel: ModelTunnel, at now: WallTime) -> Silence {
        // What is over is made up for within a moment: a retransmission and a ping.
        func holds(_ spans: [Range<WallTime>]) -> Bool {
            spans.contains { $0.lowerBound <= now && now < $0.upperBound + .seconds(30) }
        }
        if let drained, drained <= now { return .drained }
        if !pings { return .unpinged }
        if mute <= now { return .mute }
        if socket?.unread ?? 0 > 0 || holds(pauses) { return .unread }
        if holds(tunnel.cuts) { return .cut }
        if holds(tunnel.stalls) { return .stalled }
        return holds(tunnel.losses.map(\.when)) ? .lossy : .none
    }
}

extension Sighting {
    /// Why the connection may be silent, if it is of a mesh.
    var silence: Silence? {
        connection.server.map {
            $0.silence(of: state, on: world.tunnels[$0.tunnel], at: now)
        }
    }

    /// What the kernel counts of it, if it is of a mesh.
    var state: Wire.State? { connection.wire?.state(at: now) }

    /// Whether its server pinged it when the connection ended.
    var wasPinged: Bool {
        guard let server = connection.server, let died = connection.dies else { return false }
        let isPinging = server.pings && server.mute > died
        return isPinging && server.drained.map { $0 > died } ?? true
    }

    /// How the other end went.
    var end: DeadEnd {
        guard let pod = connection.pod else { return .serverLeft }
        guard let died = connection.dies else { return .serverLeft }
        let network = world.pods[pod].networks.first { $0.up <= died && died <= $0.down }
        guard let network, network.down == died else { return .serverLeft }
        return holder == nil ? .podGone : .podReplaced
    }
}

/// How the other end of a connection went without a word.
enum DeadEnd: String, CaseIterable {
    case podGone = "its Pod is gone, nobody has the address"
    case podReplaced = "its Pod is gone, another has the address"
    case serverLeft = "its server dropped it, its Pod lives"
}
