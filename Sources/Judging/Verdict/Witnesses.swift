import Model

/// The connections of a target that were heard just now, by where their servers are, as far as some
/// silent connection asks for it.
struct Witnesses {
    /// What connections of one place show.
    private struct Signs: OptionSet {
        let rawValue: UInt8
        /// One was heard within ``Heartbeat/longestGap``.
        static let isHeard = Signs(rawValue: 1)
        /// One has kept pinging.
        static let keptPinging = Signs(rawValue: 2)
    }

    private let judge: Judge
    private var addresses: [IPAddress: Signs] = [:]
    private var nodes: [NodeID: Signs] = [:]
    private var anywhere: Signs = []
    /// The addresses at which a connection that never showed pings was heard after it had been silent:
    /// a server that does not ping is there.
    private var unpinged: Set<IPAddress> = []

    /// Witnesses for the given silent connections, before the first.
    init(for silent: [SilentConnection], by judge: Judge) {
        self.judge = judge
        for connection in silent {
            let address = connection.socket.peer.address
            addresses[address] = []
            if let node = judge.node(of: address) { nodes[node] = [] }
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
        guard heartbeat.contains(.isHeard) else { return }
        let signs: Signs = heartbeat.contains(.keptPinging) ? [.isHeard, .keptPinging] : .isHeard
        anywhere.formUnion(signs)
        addresses[peer]?.formUnion(signs)
        if !nodes.isEmpty, judge.isOfSettledNode(firstSeenAt: firstSeenAt),
            let node = judge.node(of: peer)
        {
            nodes[node]?.formUnion(signs)
        }
    }

    /// Whether nothing of the address is worth a suspicion.
    func isUnpinged(_ address: IPAddress) -> Bool { unpinged.contains(address) }

    /// Whether a connection to the address shows that its server pings.
    ///
    /// - Parameter needsOnlyToBeHeard: Whether it need not have kept pinging.
    func speak(at address: IPAddress, needsOnlyToBeHeard: Bool) -> Bool {
        addresses[address]?.contains(needsOnlyToBeHeard ? .isHeard : .keptPinging) == true
    }

    /// The same of connections to the Pods of a node.
    func speak(on node: NodeID, needsOnlyToBeHeard: Bool) -> Bool {
        nodes[node]?.contains(needsOnlyToBeHeard ? .isHeard : .keptPinging) == true
    }

    /// The same of any connection.
    func speakAnywhere(needsOnlyToBeHeard: Bool) -> Bool {
        anywhere.contains(needsOnlyToBeHeard ? .isHeard : .keptPinging)
    }
}
