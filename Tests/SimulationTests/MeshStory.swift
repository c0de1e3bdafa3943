import Model
import TestSupport

/// Tells what passed over the connections of a proxy in a mesh whose servers may ping.
struct MeshStory {
    let mesh: Mesh
    let tunnels: [ModelTunnel]
    /// When the proxy stands still.
    let pauses: [Range<WallTime>]
    private(set) var connections: [Connection] = []

    /// Pods that want connections, with the networks that these lead to.
    struct Peer {
        var pod: Int?
        var tunnel: Int
        var address: IPAddress
        var up: WallTime
        var down: WallTime
        /// When another has its address.
        var nextOwner: WallTime?
    }

    init(
        _ mesh: Mesh,
        _ tunnels: [ModelTunnel],
        to peers: [Peer],
        _ random: inout SeededGenerator
    ) {
        (self.mesh, self.tunnels) = (mesh, tunnels)
        var pauses: [Range<WallTime>] = []
        if random.chance(percent: mesh.stalledProxies) {
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                let from = random.moment(World.begins, World.ends)
                pauses.append(from..<from + random.span(0...70))
            }
        }
        self.pauses = pauses
        var pinging: [Int: Bool] = [:]
        for peer in peers {
            let isPinging =
                tunnels[peer.tunnel].pings
                && pinging[
                    peer.pod ?? -1,
                    default: random.chance(percent: mesh.pingingPods)
                ]
            if let pod = peer.pod { pinging[pod] = isPinging }
            for _ in 0..<Int.random(in: 0...4, using: &random) {
                connect(to: peer, isPinging, &random)
            }
        }
    }

    /// One worker's connections to a Pod, one after the other.
    private mutating func connect(
        to peer: Peer,
        _ pings: Bool,
        _ random: inout SeededGenerator
    ) {
        let tunnel = tunnels[peer.tunnel]
        var wanted =
            random.chance(percent: 40)
            ? peer.up + random.span(0...6) : random.moment(peer.up, min(peer.down, World.ends))
        for _ in 0..<8 {
            // No handshake passes while nobody answers it.
            let opened = tunnel.cuts.end(of: tunnel.acting(tunnel.cuts.end(of: wanted)))
            guard
                opened < min(peer.down, World.ends), let process = tunnel.process(at: opened)
            else { return }
            var connection = connection(to: peer, process, opened, pings, &random)
            if random.chance(percent: 8) {
                let moment = random.moment(opened, peer.down)
                connection.closed = min(connection.closed ?? moment, moment)
            }
            connections.append(connection)
            guard let closed = connection.closed, random.chance(percent: 75) else { return }
            wanted = closed + random.span(random.chance(percent: 50) ? 0...2 : 2...90)
        }
    }

    private func connection(
        to peer: Peer,
        _ process: ModelTunnel.Process,
        _ opened: WallTime,
        _ pings: Bool,
        _ random: inout SeededGenerator
    ) -> Connection {
        var pauses = self.pauses
        if random.chance(percent: mesh.unread) {
            let from = random.moment(opened, min(peer.down, World.ends))
            pauses.append(from..<from + random.span(mesh.unreadSeconds))
        }
        let isMute = random.chance(percent: mesh.mutes)
        let story = WireStory(
            tunnels[peer.tunnel],
            process,
            opened: opened,
            down: peer.down,
            nextOwner: peer.nextOwner,
            pauses: pauses,
            pings: pings,
            mute: isMute ? random.moment(opened, peer.down) : nil,
            hasTwins: mesh.hasTwins,
            &random
        )
        let cookie = UInt64(connections.count + 1)
        var connection = Connection(
            cookie: cookie,
            port: UInt16(30_000 + cookie % 30_000),
            peer: peer.address,
            pod: peer.pod,
            opened: opened,
            dies: story.gone,
            data: [opened]
        )
        connection.closed = story.closed
        connection.wire = story.wire
        connection.server = Connection.Server(
            tunnel: peer.tunnel,
            pings: pings,
            drained: story.drained,
            mute: story.mute,
            shape: story.traffic.shape,
            pauses: pauses
        )
        return connection
    }
}

extension World {
    /// The ways to the nodes, and one to the gateways.
    static func tunnels(
        to nodes: [ModelNode],
        _ mesh: Mesh,
        _ random: inout SeededGenerator
    ) -> [ModelTunnel] {
        let isUpgraded = random.chance(percent: mesh.upgrades)
        var upgrade = random.moment(begins + .minutes(2), ends - .minutes(10))
        var cuts: [Range<WallTime>] = []
        if random.chance(percent: mesh.ownCuts) {
            cuts.append(ModelTunnel.span(random.span(1...100), &random))
        }
        let all: [ModelNode?] = nodes + [nil]
        return all.map { node in
            upgrade = upgrade + random.span(30...240)
            return ModelTunnel(
                to: node,
                mesh,
                upgrade: isUpgraded && node != nil ? upgrade : nil,
                ownCuts: cuts,
                &random
            )
        }
    }

    /// Gives the Pods' networks any addresses of the cluster, as where a node's addresses are a
    /// cloud's: the same address is another node's after a while.
    static func shareAddresses(
        of nodes: [ModelNode],
        among pods: inout [ModelPod],
        _ random: inout SeededGenerator
    ) {
        var free: [IPAddress: WallTime] = [:]
        for node in nodes {
            for number in 10..<18 { free[node.podAddress(number)] = .distantPast }
        }
        let all = pods.indices.filter { !pods[$0].isHostNetwork && pods[$0].mirrored == nil }
        let networks = all.flatMap { pod in pods[pod].networks.indices.map { (pod, $0) } }
        let inTime = networks.sorted {
            pods[$0.0].networks[$0.1].up < pods[$1.0].networks[$1.1].up
        }
        for (pod, network) in inTime {
            let (up, down) = (pods[pod].networks[network].up, pods[pod].networks[network].down)
            let candidates = free.filter { $0.value <= up }.keys.sorted()
            guard let address = candidates.randomElement(using: &random) else { continue }
            pods[pod].networks[network].address = address
            free[address] = down + random.span(random.chance(percent: 40) ? 0...0.1 : 0...60)
        }
    }

    /// The Pods' networks, and three gateways or virtual machines that never go.
    ///
    /// - Parameters:
    ///   - heldIn: The Pods.
    ///   - tunnels: The ways to their nodes, and after that to the rest; those to Pods that answer
    ///     themselves are added.
    func meshPeers(
        _ heldIn: [Int],
        _ mesh: Mesh,
        _ tunnels: inout [ModelTunnel],
        _ random: inout SeededGenerator
    ) -> [MeshStory.Peer] {
        var peers: [MeshStory.Peer] = []
        let elsewhere = tunnels.count - 1
        for pod in heldIn {
            var tunnel = pods[pod].node
            if mesh.ownServers > 0, random.chance(percent: mesh.ownServers) {
                tunnels.append(tunnels[tunnel].toOwnServer(mesh, &random))
                tunnel = tunnels.count - 1
            }
            for network in pods[pod].networks where network.up < Self.ends {
                let others = holders[network.address] ?? []
                let next = others.map { pods[$0.pod].networks[$0.network].up }
                    .filter { $0 >= network.down }.min()
                peers.append(
                    MeshStory.Peer(
                        pod: pod,
                        tunnel: tunnel,
                        address: network.address,
                        up: max(network.up, Self.begins - .minutes(5)),
                        down: network.down,
                        nextOwner: next
                    )
                )
            }
        }
        for number in 0..<3 {
            peers.append(
                MeshStory.Peer(
                    pod: nil,
                    tunnel: elsewhere,
                    address: IPAddress(ipv4: UInt32(0x0b00_0001 + number)),
                    up: Self.begins,
                    down: Self.ends + .minutes(60),
                    nextOwner: nil
                )
            )
        }
        return peers
    }
}
