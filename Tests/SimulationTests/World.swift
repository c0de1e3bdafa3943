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
    let hasCondition: Bool
    let clusters: Int
    private(set) var nodes: [ModelNode] = []
    private(set) var pods: [ModelPod] = []
    private(set) var connections: [Connection] = []
    let api: ModelClock
    let scanner: ModelClock
    /// Who writes snapshots down.
    let writer: ModelClock
    /// The proxy whose connections these are; its kubelet's clock is the scanner's.
    let waypoint: ModelPod
    private var cookies: UInt64 = 0
    /// The networks of each address in the order of time, by Pod and number.
    private(set) var holders: [IPAddress: [(pod: Int, network: Int)]] = [:]

    init(seed: UInt64, _ setting: Setting) {
        var random = SeededGenerator(seed: seed)
        self.seed = seed
        let error = setting.clockError
        func clock(_ more: TimeSpan = .zero) -> ModelClock {
            ModelClock(error: random.span(-error...error) + more)
        }
        (api, scanner, writer) = (clock(), clock(setting.scannerError), clock())
        waypoint = Self.waypoint
        hasCondition = random.chance(percent: 60)
        clusters = random.chance(percent: setting.merged) ? 2 : 1
        for cluster in 0..<clusters {
            // Addresses of two networks may be the same, and then lead to the first alone.
            let overlaps = cluster > 0 && random.chance(percent: 30)
            for number in 0..<3 {
                var node = ModelNode(
                    name: "node-\(number)",
                    cluster: cluster,
                    clock: clock(setting.kubeletError),
                    address: IPAddress(ipv4: UInt32(0xac10_0000 + cluster * 256 + number + 1)),
                    block: UInt32(0x0a00_0000 + (overlaps ? 0 : cluster) << 16 + number << 8)
                )
                node.outage = outage(reboots: setting.reboots, &random)
                add(node, &random)
            }
        }
        let heldIn = pods.indices.filter { nodes[pods[$0].node].cluster == 0 || !hasOverlap }
        for pod in heldIn {
            for network in pods[pod].networks.indices {
                holders[pods[pod].networks[network].address, default: []].append((pod, network))
            }
        }
        holders = holders.mapValues { $0.sorted { up($0) < up($1) } }
        for pod in heldIn { connect(to: pod, &random) }
        connectElsewhere(&random)
    }

    /// Whether two clusters use the same addresses.
    private var hasOverlap: Bool { Set(nodes.map(\.block)).count < nodes.count }

    private func up(_ holder: (pod: Int, network: Int)) -> WallTime {
        pods[holder.pod].networks[holder.network].up
    }

    /// The Pod whose network has the address at a moment.
    func holder(of address: IPAddress, at moment: WallTime) -> ModelPod? {
        let holder = holders[address]?.first { holder in
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

    /// A Pod that has run for days.
    private static var waypoint: ModelPod {
        let began = begins - .minutes(3 * 24 * 60)
        var pod = ModelPod(
            identity: PodIdentity(
                namespace: "shop",
                name: "waypoint",
                uid: "waypoint",
                node: "node-of-the-waypoint"
            ),
            node: 0,
            end: .deletion,
            created: began,
            taken: began
        )
        pod.networks = [
            ModelPod.Network(
                address: waypointAddress,
                up: began,
                noticed: began,
                down: ends + .minutes(60),
                lossNoticed: ends + .minutes(60)
            )
        ]
        pod.starts = [began + .seconds(1)]
        pod.reports = [ModelPod.Report(known: began + .seconds(20), shown: began + .seconds(20))]
        return pod
    }

    static let waypointAddress = IPAddress(ipv4: 0x0aff_0001)

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
