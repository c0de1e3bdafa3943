import Times

/// What kind of a world, and how it is looked at.
struct Setting: Sendable {
    /// How the snapshots are taken.
    enum Manner: Sendable {
        /// The snapshot script: the whole cluster, and it says when.
        case script
        /// `kubectl get pods -A -o json > FILE`: says neither.
        case plainFile
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
    /// Whether scans remember earlier ones.
    var keepsHistory = false
    /// The percentage of scans before which the memory is lost.
    var forgets = 0

    /// How far any clock is off, either way, in seconds: two clocks differ by twice that at most.
    var clockError = 1.0
    /// What is wrong with the tool or its user in this world.
    var planted: PlantedError?
}

/// A premise broken, or a way to be wrong, on the way into the judge or out of it.
enum PlantedError: String, Sendable {
    /// Clocks err by more than the policy tolerates.
    case skewIgnored
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
    /// What is to be bound is what was heard from an owner, however late.
    case bindsWithoutCapture
}

extension Setting {
    /// The best case: memory, and a fresh snapshot of everything.
    static let bestCase = Setting(name: "history, fresh script snapshot", keepsHistory: true)
    /// The same for who keeps no memory.
    static let withoutHistory = Setting(name: "no history, fresh script snapshot")
    /// What an operator types first.
    static let plainFile = Setting(
        name: "no history, fresh kubectl file",
        manner: .plainFile,
        listsNodes: false
    )
    /// Snapshots that are old, copied, limited or merged, and memories that are lost.
    static let adverse = Setting(
        name: "history, old, limited, merged",
        reused: 50,
        limited: 15,
        merged: 40,
        keepsHistory: true,
        forgets: 20
    )
    /// The same with files that say neither when nor what.
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

    /// The settings of the run; the premises hold in all.
    static let all = [bestCase, withoutHistory, plainFile, adverse, adverseFiles]

    /// This setting with something wrong.
    func planting(_ error: PlantedError) -> Setting {
        var setting = self
        setting.planted = error
        setting.name = error.rawValue
        return setting
    }
}
