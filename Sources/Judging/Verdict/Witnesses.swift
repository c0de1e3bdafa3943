import Model

/// The connections of a target that have kept pinging, by where their servers are, as far as some
/// silent connection asks for it.
struct Witnesses {
    private let judge: Judge
    /// Whether one at the address has kept pinging.
    private var addresses: [IPAddress: Bool] = [:]
    private var nodes: [NodeID: Bool] = [:]
    /// Whether any connection has kept pinging.
    private(set) var speakAnywhere = false
    /// The addresses at which a connection that never showed pings was heard after it had been silent:
    /// a server that does not ping is there.
    private var unpinged: Set<IPAddress> = []

    /// Witnesses for the given silent connections, before the first.
    init(for silent: [SilentConnection], by judge: Judge) {
        self.judge = judge
        for connection in silent {
            let address = connection.socket.peer.address
            addresses[address] = false
            if let node = judge.node(of: address) { nodes[node] = false }
        }
    }

    /// Takes in a connection of the target.
    ///
    /// - Parameters:
    ///   - peer: Its other end.
    ///   - firstSeenAt: When history first saw it.
    ///   - heartbeat: What its looks say, the present one included.
    mutating func note(_ peer: IPAddress, firstSeenAt: WallTime, _ heartbeat: HeartbeatTraits) {
        if heartbeat.contains(.spokeAfterSilence), !heartbeat.contains(.everPinged) {
            unpinged.insert(peer)
        }
        guard heartbeat.contains(.keptPinging) else { return }
        speakAnywhere = true
        if addresses[peer] != nil { addresses[peer] = true }
        if !nodes.isEmpty, judge.isOfSettledNode(firstSeenAt: firstSeenAt),
            let node = judge.node(of: peer), nodes[node] != nil
        {
            nodes[node] = true
        }
    }

    /// Whether nothing of the address is worth a suspicion.
    func isUnpinged(_ address: IPAddress) -> Bool { unpinged.contains(address) }

    /// Whether a connection to the address shows that its server pings.
    func speak(at address: IPAddress) -> Bool { addresses[address] == true }

    /// The same of connections to the Pods of a node.
    func speak(on node: NodeID) -> Bool { nodes[node] == true }
}
