import Model
import TestSupport

/// The proxy whose connections are looked at: a Pod that has run for hours, and its node.
///
/// Its kubelet's clock is the scanner's, because the scan happens on its node.
struct ModelProxy {
    var pod: ModelPod
    var node: ModelNode
    /// When its process started; later than its Pod, and much later where its container restarted.
    var processStarted: WallTime

    var identity: PodIdentity { pod.identity }
    /// The address of its end of the connections.
    var address: IPAddress { pod.networks[0].address }
    /// The inode of its network namespace.
    var namespace: UInt64

    static let names = ["shop", "bank"]

    /// The proxy of a number, on the node that all proxies of a world share.
    init(_ number: Int, on node: ModelNode, _ random: inout SeededGenerator) {
        let created = World.begins - .minutes(Int64.random(in: 120...4320, using: &random))
        let taken = created + random.span(0...2)
        let up = taken + random.span(0.2...2)
        let started = up + random.span(random.chance(percent: 90) ? 0.2...4 : 20...150)
        var pod = ModelPod(
            identity: PodIdentity(
                namespace: Self.names[number],
                name: "waypoint",
                uid: "\(node.cluster)-waypoint-\(number)",
                node: node.name
            ),
            node: 0,
            end: .deletion,
            created: created,
            taken: taken
        )
        pod.networks = [
            ModelPod.Network(
                address: Self.address(number),
                up: up,
                noticed: up + .seconds(1),
                down: World.ends + .minutes(60),
                lossNoticed: World.ends + .minutes(60)
            )
        ]
        pod.starts = [started]
        if random.chance(percent: 10) {
            pod.starts.append(random.moment(started, World.begins - .minutes(10)))
        }
        let known = (pod.starts.last ?? started) + .seconds(20)
        pod.reports = [ModelPod.Report(known: known, shown: known)]
        self.pod = pod
        self.node = node
        processStarted = pod.starts.last ?? started
        namespace = UInt64(number + 1)
    }

    static func address(_ number: Int) -> IPAddress {
        IPAddress(ipv4: 0x0aff_0001 + UInt32(number))
    }

    /// The node that the proxies run on.
    static func node(in cluster: Int, _ clock: ModelClock) -> ModelNode {
        ModelNode(
            name: "node-of-the-proxies",
            cluster: cluster,
            clock: clock,
            address: IPAddress(ipv4: 0xac10_00fe),
            block: 0x0aff_0000
        )
    }
}
