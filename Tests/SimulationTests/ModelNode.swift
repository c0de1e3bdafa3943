import Model
import TestSupport

/// A machine that runs Pods.
struct ModelNode {
    /// What happens to it, once at most.
    enum Outage {
        /// Its Pods lose their networks and, if they live on, get new ones.
        case reboot(WallTime, back: WallTime)
        /// Its Pods run on, and nobody hears of them until it is back.
        case partition(WallTime, back: WallTime)
    }

    var name: String
    var cluster: Int
    var clock: ModelClock
    var address: IPAddress
    var block: UInt32
    var outage: Outage?

    /// The address of a Pod of this node.
    func podAddress(_ number: Int) -> IPAddress { IPAddress(ipv4: block + UInt32(number)) }

    /// The span in which no network is made here.
    var away: (from: WallTime, back: WallTime)? {
        switch outage {
        case .reboot(let from, let back), .partition(let from, let back): (from, back)
        case nil: nil
        }
    }

    /// The moment itself, or when the node is back if it is away then.
    func attended(_ moment: WallTime) -> WallTime {
        guard let away, away.from <= moment, moment < away.back else { return moment }
        return away.back + .seconds(1)
    }

    /// The Node as the API shows it: not Ready from 40 s after its heartbeats ended.
    func shown(at moment: WallTime, by api: ModelClock) -> Node {
        var node = Node(
            name: name,
            addresses: [address],
            podCIDRs: IPPrefix("\(IPAddress(ipv4: block))/24").map { [$0] } ?? [],
            isReady: true,
            readyTransition: nil
        )
        guard let away else { return node }
        if away.from + .seconds(40) <= moment, moment < away.back {
            node.isReady = false
            node.readyTransition = api.written(away.from + .seconds(40))
        } else if away.back <= moment {
            node.readyTransition = clock.written(away.back)
        }
        return node
    }
}
