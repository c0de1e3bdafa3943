@testable import Model
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
    /// How long after a full period its kubelet sends a heartbeat, and that period.
    var heartbeat = (offset: TimeSpan.seconds(100), period: TimeSpan.minutes(5))

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

    /// When the last heartbeat was sent that the API can show: none comes while the node is away.
    func lastHeartbeat(by moment: WallTime) -> WallTime {
        func last(by moment: WallTime) -> WallTime {
            let since = (moment - World.begins - heartbeat.offset).milliseconds
            let period = heartbeat.period.milliseconds
            let rest = (since % period + period) % period
            return moment - TimeSpan(milliseconds: rest)
        }
        let sent = last(by: moment)
        guard let away, away.from < sent else { return sent }
        if sent < away.back { return moment < away.back ? last(by: away.from) : away.back }
        return sent
    }

    /// The Node as the API shows it: not Ready from 40 s after its heartbeats ended.
    func shown(at moment: WallTime, by api: ModelClock, isDualStack: Bool) -> Node {
        let first = IPAddress(ipv4: block)
        let blocks = isDualStack ? ["\(first)/24", "\(first.sixth)/120"] : ["\(first)/24"]
        var node = Node(
            name: name,
            addresses: [address],
            podCIDRs: blocks.compactMap { IPPrefix($0) },
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

extension IPAddress {
    /// The IPv6 address of the network that has this IPv4 address, where networks have both.
    var sixth: IPAddress { IPAddress(high: 0xfd00_0010_0000_0000, low: low & 0xffff_ffff) }

    /// The IPv4 address of the network that has this address of either family.
    var fourth: IPAddress { isIPv4 ? self : IPAddress(ipv4: UInt32(low & 0xffff_ffff)) }
}
