import Judging
import Model
import Testing

/// What kind of a world, and how it is looked at.
struct Setting: Sendable {
    /// How the snapshots are taken.
    enum Manner: Sendable {
        /// The snapshot script: the whole cluster, and it says when.
        case script
        /// `kubectl get pods -A -o json > FILE`: says neither.
        case plainFile
        /// What the node's ztunnel answers, read for each scan: owners and nodes, and no times.
        case ztunnel
        /// No snapshot at all.
        case nothing
    }

    var name: String
    var manner = Manner.script
    /// Whether the Nodes, and with them the Pods' address blocks, are in the snapshots.
    var listsNodes = true
    /// The percentage of scans for which the last snapshot is used again.
    var reused = 0
    /// The percentage of snapshots copied long after, so that their file is younger than they are.
    var copied = 0
    /// The percentage of snapshots that show one namespace and do not claim more.
    var limited = 0
    /// The percentage of worlds with two clusters, whose snapshots are merged.
    var merged = 0
    /// The percentage of snapshots to which an earlier list of the same cluster is added.
    var earlierToo = 0
    /// What is missing in the lists.
    var cut: Cut?
    /// The percentage of worlds in which Pods have an IPv6 address, too.
    var dualStack = 20
    /// The number of proxies that are looked at.
    var proxies = 1
    /// Whether each scan looks at one of them, and the next at another, with the same memory.
    var takesTurns = false
    /// The percentage of worlds in which it is known which Pod a proxy is.
    var namesProxies = 80
    /// The percentage of nodes that are rebooted.
    var reboots = 20
    /// Whether scans remember earlier ones.
    var keepsHistory = false
    /// The percentage of scans before which the memory is lost.
    var forgets = 0

    /// How far any clock is off, either way, in seconds: two clocks differ by twice that at most.
    var clockError = 1.0
    /// How the scanner's clock is wrong beyond that, which breaks a premise.
    var scannerFault: ClockFault?
    /// How far all kubelets' clocks are off beyond it.
    var kubeletError = TimeSpan.zero
    /// How far the clock of one node in three is.
    var firstNodeError = TimeSpan.zero
    /// What is wrong with the tool.
    var planted: PlantedError?
    /// How much it must see at least, where it can.
    var floors: Floors?
    /// What the servers and the ways to them are like; `nil` where none pings and nothing is lost.
    var mesh: Mesh?
    /// How much the heartbeat must tell in it.
    var heartbeatFloors: HeartbeatFloors?
    /// How often it is scanned, with what is remembered of the scans before; `nil` for now and then.
    var watch: Watch?
    /// Whether it is scanned every half minute, as by a daemon, and not now and then.
    var isWatched = false
    /// What is destroyed after each scan; nothing where that is `nil`.
    var reaping: ReapPolicy?
    /// How the snapshots lie.
    var falsehood: Falsehood?
    /// The part of the scans that must be incomplete at least.
    var leastIncomplete = 0.0
    /// How old a snapshot may be; `nil` if any age will do, or what reaping has it.
    var maxAge: TimeSpan?
}

/// How a proxy is watched.
struct Watch: Sendable {
    /// The seconds between two scans, one of these in each world.
    var intervals: [Int64] = [2, 5, 10, 15, 30, 60]
    /// The seconds after which a new snapshot is there, one of these in each world.
    var refreshes: [Int64] = [15, 30, 60]
}

/// The least shares of the stale connections that must be found.
struct Floors: Sendable {
    /// Confirmed, of those silent since 10 s before their address's present owner existed.
    var replaced: Double
    /// Confirmed, of those whose Pod is gone for 30 s and whose address nobody has.
    var deleted: Double
    /// Confirmed, of those that a scan saw before their address's present owner existed.
    var remembered = 0.0
    /// Suspected at least, of those silent since between the owner's start and its network's.
    var betweenOwners: Double
}

/// A way to be wrong, on the way into the judge or out of it.
enum PlantedError: String, Sendable {
    /// The phase of finished Pods is read as Running.
    case finishedPodsOwn
    /// All sockets to an address are judged as the first.
    case verdictPerAddress
    /// The time of a file is taken for the moment when its data was read.
    case fileTimeStated
    /// A list of one namespace is taken for one of the cluster.
    case scopeIgnored
    /// The last start of a container is taken for the moment of the network.
    case restartMovesNetwork
}

extension Setting {
    /// The best case: memory, and a fresh snapshot of everything.
    static let bestCase = Setting(
        name: "history, fresh script snapshot",
        keepsHistory: true,
        floors: Floors(replaced: 0.99, deleted: 0.95, remembered: 0.85, betweenOwners: 0.98)
    )
    /// The same for who keeps no memory.
    static let withoutHistory = Setting(
        name: "no history, fresh script snapshot",
        floors: Floors(replaced: 0.99, deleted: 0.95, betweenOwners: 0.98)
    )
    /// What an operator types first.
    static let plainFile = Setting(
        name: "no history, fresh kubectl file",
        manner: .plainFile,
        listsNodes: false,
        floors: Floors(replaced: 0.9, deleted: 0.25, betweenOwners: 0.98)
    )
    /// Snapshots that are old, limited or merged, and memories that are lost.
    static let adverse = Setting(
        name: "history, old, limited, merged",
        reused: 50,
        limited: 15,
        merged: 40,
        keepsHistory: true,
        forgets: 20
    )
    /// The same with files that say neither when nor what, and copies of them.
    static let adverseFiles = Setting(
        name: "history, old and copied files",
        manner: .plainFile,
        reused: 40,
        copied: 30,
        limited: 20,
        merged: 30,
        keepsHistory: true,
        forgets: 20
    )

    /// Nodes whose Pods, which live on, exchange their addresses.
    static let rebooted = Setting(
        name: "history, fresh script snapshot, every node rebooted",
        reused: 20,
        reboots: 100,
        keepsHistory: true,
        floors: Floors(replaced: 0.93, deleted: 0.85, remembered: 0.95, betweenOwners: 0.97)
    )

    /// The settings of the run; the premises hold in all.
    static let all = [bestCase, withoutHistory, plainFile, adverse, adverseFiles, rebooted]

    /// This setting, changed.
    func with(_ change: (inout Setting) -> Void) -> Setting {
        var setting = self
        change(&setting)
        return setting
    }
}

extension Setting: CustomTestStringConvertible {
    var testDescription: String { name }
}
