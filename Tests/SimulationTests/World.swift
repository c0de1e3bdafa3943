import Model
import TestSupport

/// Everything that was, of one seed: nodes, their Pods, and the connections of one waypoint.
///
/// Forty minutes of a cluster, or of two. Whoever tells of it tells it late, by a clock of his
/// own, or in part; here it is true.
struct World {
    static let begins = WallTime(epochSeconds: 1_795_255_200)
    static let ends = begins + .minutes(40)

    let seed: UInt64
    /// How far a clock may be off.
    let tolerance: TimeSpan
    let hasCondition: Bool
    let clusters: Int
    private(set) var nodes: [ModelNode] = []
    private(set) var pods: [ModelPod] = []
    private(set) var connections: [Connection] = []
    let api: ModelClock
    let scanner: ModelClock
    /// Who writes snapshots down.
    let writer: ModelClock
    /// The proxies whose connections these are.
    private(set) var proxies: [ModelProxy] = []
    /// Whether each network has an IPv6 address, too, and half of the connections go there.
    let isDualStack: Bool
    /// The ways to the nodes, in their order, and one more to what is no Pod; none where no server
    /// pings and nothing is lost.
    private(set) var tunnels: [ModelTunnel] = []
    private var cookies: UInt64 = 0
    /// The networks of each address in the order of time, by Pod and number.
    private(set) var holders: [IPAddress: [(pod: Int, network: Int)]] = [:]

    init(seed: UInt64, _ setting: Setting) {
        var random = SeededGenerator(seed: seed)
        self.seed = seed
        let error = setting.clockError
        tolerance = TimeSpan(milliseconds: Int64(error * 1000))
        func clock(_ more: TimeSpan = .zero) -> ModelClock {
            ModelClock(error: random.span(-error...error) + more)
        }
        (api, writer) = (clock(), clock())
        scanner = clock().with(setting.scannerFault, &random)
        isDualStack = random.chance(percent: setting.dualStack)
        let home = ModelProxy.node(in: 0, scanner)
        proxies = (0..<setting.proxies).map { ModelProxy($0, on: home, &random) }
        hasCondition = random.chance(percent: 60)
        clusters = random.chance(percent: setting.merged) ? 2 : 1
        for cluster in 0..<clusters {
            // Addresses of two networks may be the same, and then lead to the first alone.
            let overlaps = cluster > 0 && random.chance(percent: 30)
            for number in 0..<3 {
                var node = ModelNode(
                    name: "node-\(number)",
                    cluster: cluster,
                    clock: clock(
                        setting.kubeletError + (number == 0 ? setting.firstNodeError : .zero)
                    ),
                    address: IPAddress(ipv4: UInt32(0xac10_0000 + cluster * 256 + number + 1)),
                    block: UInt32(0x0a00_0000 + (overlaps ? 0 : cluster) << 16 + number << 8)
                )
                node.outage = outage(reboots: setting.reboots, &random)
                node.heartbeat = (random.span(0...450), random.span(300...450))
                add(node, &random)
            }
        }
        // Of its own, so that the cluster is the same with and without it.
        var meshRandom = SeededGenerator(seed: seed &* 0x9e37_79b9 &+ 1)
        if let mesh = setting.mesh {
            tunnels = Self.tunnels(to: nodes, mesh, &meshRandom)
            if meshRandom.chance(percent: mesh.sharedAddresses) {
                Self.shareAddresses(of: nodes, among: &pods, &meshRandom)
            }
        }
        let heldIn = pods.indices.filter { nodes[pods[$0].node].cluster == 0 || !hasOverlap }
        for pod in heldIn {
            for network in pods[pod].networks.indices {
                holders[pods[pod].networks[network].address, default: []].append((pod, network))
            }
        }
        holders = holders.mapValues { $0.sorted { up($0) < up($1) } }
        if let mesh = setting.mesh {
            var tunnels = self.tunnels
            let peers = meshPeers(heldIn, mesh, &tunnels, &meshRandom)
            self.tunnels = tunnels
            connections = MeshStory(mesh, tunnels, to: peers, &meshRandom).connections
        } else {
            for pod in heldIn { connect(to: pod, &random) }
            connectElsewhere(&random)
        }
        for index in connections.indices {
            connections[index].proxy = index % proxies.count
            if isDualStack, index % 2 == 0, let pod = connections[index].pod,
                setting.mesh == nil || !pods[pod].isHostNetwork
            {
                connections[index].peer = connections[index].peer.sixth
            }
        }
    }

    /// Whether some Pods answer by themselves, and not by their node's ztunnel.
    private var hasOwnServers: Bool { tunnels.contains(where: \.isOwn) }

    /// Whether two clusters use the same addresses.
    private var hasOverlap: Bool { Set(nodes.map(\.block)).count < nodes.count }

    private func up(_ holder: (pod: Int, network: Int)) -> WallTime {
        pods[holder.pod].networks[holder.network].up
    }

    /// Whether the scanner's clock is wrong beyond the tolerance.
    func isScannerWrong(at moment: WallTime) -> Bool {
        let error = scanner.error(at: moment).milliseconds.magnitude
        return error > tolerance.milliseconds.magnitude
    }

    /// Why the connection to a Pod of a node with a fast clock may be misjudged: the node's times are
    /// consistent in themselves, none is later than now, and no data came that can only be its Pod's.
    func excuse(for connection: Connection, lateNodes: Set<String>, at now: WallTime) -> String? {
        if let server = connection.server {
            if let excuse = server.excuse(at: now) { return excuse }
            let tunnel = tunnels[server.tunnel]
            // Each of the two is a witness for the other.
            if hasOwnServers, tunnel.stalls.contains(where: { $0.lowerBound <= now }) {
                return "a Pod's own server, or the ztunnel beside it, that stands still"
            }
        }
        guard let pod = connection.pod.map({ pods[$0] }) else { return nil }
        let node = nodes[pod.node]
        let name = "\(Self.source(ofCluster: node.cluster)) \(node.name)"
        guard node.clock.error > tolerance, !lateNodes.contains(name) else { return nil }
        let known = pod.networks.map(\.noticed) + pod.starts
        let network = known.filter { $0 <= now }.max() ?? pod.taken
        let data = scanner.reading(connection.heard(by: now).data)
        return data > node.clock.reading(network) + .seconds(2) ? nil : "the owner's node's clock"
    }

    /// The name of the file that holds a cluster's list.
    static func source(ofCluster cluster: Int) -> String { "cluster-\(cluster)" }

    /// The nodes, after their files, of which a list shows times that are later than the scanner's clock.
    func lateNodes(in contents: [SnapshotContents], now: WallTime) -> Set<String> {
        guard nodes.contains(where: { $0.clock.error > tolerance }) else { return [] }
        let limit = scanner.reading(now) + .seconds(2)
        var late: Set<String> = []
        for content in contents {
            content.pods.forEach { pod in
                let times = [pod.life.start, pod.life.networkTransition, pod.life.firstStarted]
                if times.contains(where: { $0.map { $0.wallTime > limit } ?? false }) {
                    late.insert("\(content.document.source) \(pod.identity.node)")
                }
            }
        }
        return late
    }

    /// The Pod whose network has the address at a moment.
    func holder(of address: IPAddress, at moment: WallTime) -> ModelPod? {
        let holder = holders[address.fourth]?.first { holder in
            let network = pods[holder.pod].networks[holder.network]
            return network.up <= moment && moment < network.down
        }
        return holder.map { pods[$0.pod] }
    }
}

// MARK: - Making it

extension World {
    private func outage(
        reboots: Int,
        _ random: inout SeededGenerator
    ) -> ModelNode.Outage? {
        let from = random.moment(Self.begins + .minutes(5), Self.ends - .minutes(5))
        if random.chance(percent: reboots) {
            return .reboot(from, back: from + random.span(15...120))
        }
        guard random.chance(percent: 15) else { return nil }
        return .partition(from, back: from + random.span(20...600))
    }

    private mutating func add(_ node: ModelNode, _ random: inout SeededGenerator) {
        let index = nodes.count
        nodes.append(node)
        pods +=
            NodeStory(
                index,
                node,
                from: Self.begins,
                to: Self.ends,
                hasCondition: hasCondition,
                &random
            ).pods
        addPodsOfTheNode(index, node, &random)
    }

    /// One Pod on the node's own network, and one that the kubelet runs from a file.
    private mutating func addPodsOfTheNode(
        _ index: Int,
        _ node: ModelNode,
        _ random: inout SeededGenerator
    ) {
        for isMirror in [false, true] where !isMirror || node.outage == nil {
            let kind = isMirror ? "static" : "agent"
            let began = Self.begins - .minutes(5)
            let identity = PodIdentity(
                namespace: "system",
                name: "\(kind)-\(node.name)",
                uid: "\(node.cluster)-\(kind)-\(node.name)",
                node: node.name
            )
            var pod = ModelPod(
                identity: identity,
                node: index,
                end: .deletion,
                created: began,
                taken: began
            )
            pod.isHostNetwork = !isMirror
            pod.networks = [
                ModelPod.Network(
                    address: isMirror ? node.podAddress(9) : node.address,
                    up: began,
                    noticed: began,
                    down: Self.ends + .minutes(60),
                    lossNoticed: Self.ends + .minutes(60)
                )
            ]
            pod.starts = [began]
            if isMirror { pod.mirrored = random.moment(began, Self.ends) }
            pod.reports = [
                ModelPod.Report(known: began + .seconds(20), shown: began + .seconds(20))
            ]
            pods.append(pod)
        }
    }

    private mutating func connect(to pod: Int, _ random: inout SeededGenerator) {
        for network in pods[pod].networks where network.up < Self.ends {
            for _ in 0..<Int.random(in: 0...5, using: &random) {
                cookies += 1
                var connection = Connection(cookies, to: network, of: pod, &random)
                if connection.closed == nil, random.chance(percent: 25) {
                    let next = holders[network.address]?.first { up($0) >= network.down }
                    let moment = network.down + random.span(0...400)
                    connection.request(at: moment, nextOwner: next.map(up), &random)
                }
                connections.append(connection)
            }
        }
    }

    /// Gateways and virtual machines, which no list of Pods has, and which never go.
    private mutating func connectElsewhere(_ random: inout SeededGenerator) {
        for number in 0..<3 {
            cookies += 1
            let opened = random.moment(Self.begins, Self.ends)
            var data = [opened]
            for _ in 0..<5 { data.append(random.moment(opened, Self.ends)) }
            connections.append(
                Connection(
                    cookie: cookies,
                    port: UInt16(60_000 + number),
                    peer: IPAddress(ipv4: UInt32(0x0b00_0001 + number)),
                    pod: nil,
                    opened: opened,
                    data: data.sorted()
                )
            )
        }
    }
}
