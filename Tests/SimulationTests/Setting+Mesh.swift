import Model

extension Setting {
    /// A mesh whose servers ping, looked at now and then with nothing but the kernel.
    static let kernelOnce = Setting(
        name: "mesh, kernel alone, once",
        manner: .nothing,
        mesh: Mesh(),
        heartbeatFloors: HeartbeatFloors(reported: 0.97)
    )
    /// The same with the snapshot of a script.
    static let snapshotOnce = kernelOnce.with {
        $0.name = "mesh, script snapshot, once"
        $0.manner = .script
        $0.reused = 20
    }
    /// The same with what ztunnel says.
    static let ztunnelOnce = kernelOnce.with {
        $0.name = "mesh, ztunnel's document, once"
        $0.manner = .ztunnel
    }
    /// Watched with nothing but the kernel.
    static let kernelWatched = kernelOnce.with {
        $0.name = "mesh, kernel alone, watched"
        $0.keepsHistory = true
        $0.watch = Watch()
    }
    /// Watched with fresh snapshots of a script.
    static let snapshotWatched = kernelWatched.with {
        $0.name = "mesh, script snapshots, watched"
        $0.manner = .script
        $0.heartbeatFloors = HeartbeatFloors(reported: 0.97, confirmed: 0.99)
    }
    /// Watched with snapshots that are minutes old.
    static let oldSnapshotWatched = snapshotWatched.with {
        $0.name = "mesh, old script snapshots, watched"
        $0.watch = Watch(refreshes: [180, 300, 480])
        $0.heartbeatFloors = HeartbeatFloors()
    }
    /// Watched with files that do not say when they were read, and copies of older ones.
    static let filesWatched = snapshotWatched.with {
        $0.name = "mesh, copied files, watched"
        $0.manner = .plainFile
        $0.copied = 60
        $0.listsNodes = false
        $0.watch = Watch(refreshes: [60, 180, 480])
        $0.heartbeatFloors = HeartbeatFloors()
    }
    /// Watched with what ztunnel says.
    static let ztunnelWatched = kernelWatched.with {
        $0.name = "mesh, ztunnel's document, watched"
        $0.manner = .ztunnel
        $0.watch = Watch(refreshes: [0])
        $0.heartbeatFloors = HeartbeatFloors(reported: 0.97, confirmed: 0.75)
    }
    /// Run now and then with a memory that may be lost.
    static let remembered = snapshotOnce.with {
        $0.name = "mesh, script snapshots, now and then, remembered"
        $0.keepsHistory = true
        $0.forgets = 10
    }

    /// The same where everything goes wrong, and often.
    static let harshMeshes = [
        kernelOnce, snapshotOnce, kernelWatched, snapshotWatched, oldSnapshotWatched, filesWatched,
        ztunnelWatched, remembered,
    ].map { setting in
        setting.with {
            $0.name = "harsh \(setting.name)"
            $0.mesh = .harsh
            $0.heartbeatFloors = HeartbeatFloors(suspected: 0.1)
        }
    }

    /// All servers ping.
    static let meshes = [
        kernelOnce, snapshotOnce, ztunnelOnce, kernelWatched, snapshotWatched, oldSnapshotWatched,
        filesWatched, ztunnelWatched, remembered,
    ]

    /// A part of the servers never pings, or none does.
    static let mutedMeshes: [Setting] = {
        let meshes = [
            ("half of the nodes ping", Mesh(pingingNodes: 50)),
            ("half of the Pods are pinged", Mesh(pingingPods: 50)),
            ("none pings", Mesh(pingingNodes: 0)),
        ]
        let settings = [kernelOnce, kernelWatched, snapshotWatched, ztunnelWatched]
        return meshes.flatMap { words, mesh in
            settings.map { setting in
                setting.with {
                    $0.name = "\(setting.name), \(words)"
                    $0.mesh = mesh
                    $0.heartbeatFloors = HeartbeatFloors(suspected: 1)
                }
            }
        }
    }()

    /// Pods that answer themselves, and stand still while the ztunnel of their node pings others.
    static let ownServers = [kernelWatched, snapshotWatched, ztunnelWatched].map { setting in
        setting.with {
            $0.name = "\(setting.name), a fifth of the Pods answer themselves"
            $0.mesh?.ownServers = 20
            $0.heartbeatFloors = HeartbeatFloors(suspected: 1)
        }
    }

    /// A proxy that leaves much unread for minutes, where half of the servers never ping.
    static let unread = [kernelOnce, kernelWatched, ztunnelWatched].map { setting in
        setting.with {
            $0.name = "\(setting.name), half of the nodes ping, much is not read"
            $0.mesh = Mesh(pingingNodes: 50, unread: 60, unreadSeconds: 60...400)
            $0.heartbeatFloors = HeartbeatFloors(suspected: 1)
        }
    }

    /// Servers that stop their pings without a word, which none is known to do.
    static let mute = kernelWatched.with {
        $0.name = "mesh, kernel alone, watched, a tenth stops pinging"
        $0.mesh?.mutes = 10
        $0.heartbeatFloors = HeartbeatFloors(suspected: 1)
    }
}
