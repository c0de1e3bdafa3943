import Model
import TestSupport

/// A connection of the waypoint's pool, as its kernel sees it and as it is.
struct Connection {
    var cookie: UInt64
    var port: UInt16
    var peer: IPAddress
    /// The number of the proxy that has it.
    var proxy = 0
    /// The Pod whose network holds the other end; `nil` for one that is no Pod and never goes.
    var pod: Int?
    var opened: WallTime
    /// When the other end is gone without a word.
    var dies: WallTime?
    /// When data of the peer arrived, the opening included.
    var data: [WallTime]
    /// When a bare acknowledgement did.
    var acks: [WallTime] = []
    /// From when on a request waits in vain.
    var waits: WallTime?
    /// When the waypoint's socket goes.
    var closed: WallTime?
    /// What its kernel counts, in a mesh whose servers may ping.
    var wire: Wire?
    /// What its server does there.
    var server: Server?

    /// What is true of the other end in a mesh.
    struct Server {
        /// The number of the way to it.
        var tunnel: Int
        var pings: Bool
        /// Since when it drains.
        var drained: WallTime?
        /// From when on it pings no more, and does not say so.
        var mute: WallTime
        /// What its application sends.
        var shape: Traffic.Shape
        /// Whether that looks like pings.
        var hasTwin: Bool { shape == .twins }
        /// When the proxy does not read.
        var pauses: [Range<WallTime>]
    }

    func isEstablished(at moment: WallTime) -> Bool {
        opened <= moment && closed.map { moment < $0 } ?? true
    }

    func isStale(at moment: WallTime) -> Bool { dies.map { $0 <= moment } ?? false }

    /// When the peer was last heard, a bare acknowledgement of its last words included.
    func heard(by moment: WallTime) -> (data: WallTime, ack: WallTime) {
        if let state = wire?.state(at: moment) { return (state.dataReceived, state.ackReceived) }
        let lastData = data.last { $0 <= moment } ?? opened
        return (lastData, acks.last { $0 <= moment } ?? opened)
    }
}

extension Connection {
    /// A connection to the network of a Pod, made and used somehow until the network ends.
    init(
        _ cookie: UInt64,
        to network: ModelPod.Network,
        of pod: Int,
        _ random: inout SeededGenerator
    ) {
        // Many are made as soon as they can be, before the Pod is even listed.
        let opened =
            random.chance(percent: 40)
            ? min(network.up + random.span(0...6), network.down)
            : random.moment(network.up, network.down)
        self.init(
            cookie: cookie,
            port: UInt16(30_000 + cookie % 30_000),
            peer: network.address,
            pod: pod,
            opened: opened,
            dies: network.down,
            data: [opened]
        )
        talk(until: network.down, &random)
        if random.chance(percent: 15) {
            // Its Pod says goodbye, as ztunnel does where it is given the time.
            closed = random.moment(opened, network.down)
        } else if random.chance(percent: 12) {
            linger(after: network.down, &random)
        }
        acks.sort()
    }

    /// Requests and answers until it falls silent.
    private mutating func talk(until down: WallTime, _ random: inout SeededGenerator) {
        // Some say all they have to say at once.
        if random.chance(percent: 15) {
            return data.append(min(opened + random.span(0...1), down))
        }
        let silent = random.chance(percent: 30) ? down : random.moment(opened, down)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: break
        case 1:
            data.append(random.moment(opened, silent))
        default:
            let pause = max(
                random.span(0.5...60),
                TimeSpan(milliseconds: (silent - opened).milliseconds / 40)
            )
            var moment = opened + random.span(0...2)
            while moment < silent {
                data.append(moment)
                acks.append(min(moment + random.span(0...0.2), down))
                moment = moment + pause
            }
            // A request whose answer never came was acknowledged alone.
            if random.chance(percent: 10) { acks.append(random.moment(opened, silent)) }
        }
    }

    /// The network held back a bare acknowledgement of a Pod that is gone, or doubled it.
    private mutating func linger(after down: WallTime, _ random: inout SeededGenerator) {
        for _ in 0..<Int.random(in: 1...2, using: &random) {
            acks.append(down + random.span(random.chance(percent: 80) ? 0...2 : 0...40))
        }
    }

    /// A request is sent to nobody: retransmitted until another Pod has the address and resets it,
    /// or the kernel gives up.
    mutating func request(
        at moment: WallTime,
        nextOwner: WallTime?,
        _ random: inout SeededGenerator
    ) {
        waits = moment
        var (retry, pause) = (moment, TimeSpan(milliseconds: 200))
        closed = moment + .seconds(924)
        while let nextOwner, retry < moment + .seconds(924) {
            if retry >= nextOwner {
                closed = retry
                return
            }
            retry = retry + pause
            pause = min(TimeSpan(milliseconds: pause.milliseconds * 2), .seconds(120))
        }
    }
}
