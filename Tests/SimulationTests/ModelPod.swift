@testable import Model

/// The true story of a Pod, and what is told of it.
struct ModelPod {
    /// How it ends.
    enum End {
        /// It is deleted, and gone from the API when its network is.
        case deletion
        /// It is deleted, and stays listed long after its network.
        case stuckDeletion
        /// It is gone from the API before its network is.
        case forcedDeletion
        /// Its containers end by themselves.
        case completion
        /// The kubelet ends it: old ones say so before they do.
        case eviction
    }

    /// An address that it has for a while.
    struct Network {
        var address: IPAddress
        var up: WallTime
        /// When the kubelet noticed, and so the transition that it writes.
        var noticed: WallTime
        var down: WallTime
        /// When the kubelet noticed that.
        var lossNoticed: WallTime
    }

    /// What the kubelet knew at a moment, and when the API began to show it.
    struct Report {
        var known: WallTime
        var shown: WallTime
    }

    var identity: PodIdentity
    var node: Int
    var end: End
    var created: WallTime
    var taken: WallTime
    var networks: [Network] = []
    /// The starts of its main container.
    var starts: [WallTime] = []
    /// Whether it has an init container, which runs before the others whenever its network is made.
    var initializes = false
    /// The runs of that.
    var initializations: [(started: WallTime, finished: WallTime)] = []
    var readyDelay = TimeSpan.seconds(2)
    /// When its last container ended.
    var finished: WallTime?
    var hasFailed = false
    /// When a kubelet that evicts says so before its containers have ended.
    var evictionAnnounced: WallTime?
    /// Whether an ended Pod that is being deleted reports so.
    var reportsPhase = false
    var deletionRequested: WallTime?
    var grace = TimeSpan.seconds(30)
    var removed: WallTime?
    var reports: [Report] = []
    var isHostNetwork = false
    /// When the mirror of a static Pod was written anew; its network has been there all along.
    var mirrored: WallTime?

    /// The network that it has at a moment.
    func network(at moment: WallTime) -> Int? {
        networks.firstIndex { $0.up <= moment && moment < $0.down }
    }
}

// MARK: - What the API shows

extension ModelPod {
    /// The Pod as a list shows it; `nil` where it does not.
    ///
    /// - Parameters:
    ///   - moment: The state of the API that is read.
    ///   - kubelet: The clock of its node.
    ///   - api: The clock of the API server.
    ///   - hasCondition: Whether the cluster's kubelets write the network condition.
    func shown(
        at moment: WallTime,
        kubelet: ModelClock,
        api: ModelClock,
        hasCondition: Bool
    ) -> Pod? {
        let isRewritten = mirrored.map { $0 <= moment } ?? false
        let appeared = isRewritten ? (mirrored ?? created) : created
        guard created <= moment, removed.map({ moment < $0 }) ?? true else { return nil }
        var pod = Pod(identity: identity, addresses: [], life: PodLife(phase: .pending))
        pod.life.creation = api.written(appeared)
        pod.life.isHostNetwork = isHostNetwork
        pod.life.isMirror = mirrored != nil
        if let deletionRequested, deletionRequested <= moment {
            pod.life.deletion = api.written(deletionRequested + grace)
        }
        let known = reports.last { $0.shown <= moment }?.known
        if let known {
            pod.life.start = kubelet.written(isRewritten ? appeared : taken)
            tell(&pod, known, kubelet, hasCondition)
        }
        return pod
    }

    private func tell(
        _ pod: inout Pod,
        _ known: WallTime,
        _ kubelet: ModelClock,
        _ hasCondition: Bool
    ) {
        let network = networks.last { $0.noticed <= known }
        pod.addresses = network.map { [$0.address] } ?? []
        if hasCondition {
            let isUp = network.map { known < $0.lossNoticed } ?? false
            pod.life.network = isUp ? .ready : .notReady
            let transition = isUp ? network?.noticed : (network?.lossNoticed ?? taken)
            pod.life.networkTransition = transition.flatMap(kubelet.written)
        }
        let start = starts.last { $0 <= known }
        if let initialization = initializations.last(where: { $0.started <= known }) {
            pod.life.firstStarted = kubelet.written(initialization.started)
            // While a container runs its last one has not finished.
            if initialization.finished <= known, start == nil {
                pod.life.lastFinished = kubelet.written(initialization.finished)
            }
        } else {
            pod.life.firstStarted = start.flatMap(kubelet.written)
        }
        guard let start else { return }
        pod.life.phase = .running
        if let evictionAnnounced, evictionAnnounced <= known { pod.life.phase = .failed }
        let isFinished = finished.map { $0 <= known } ?? false
        if !isFinished, start + readyDelay <= known {
            pod.life.ready = kubelet.written(start + readyDelay)
        }
        if isFinished, let finished {
            pod.life.lastFinished = kubelet.written(finished)
            if reportsPhase { pod.life.phase = hasFailed ? .failed : .succeeded }
        }
    }
}
