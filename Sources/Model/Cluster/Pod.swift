/// A Pod as far as the ownership of its addresses goes.
package struct Pod: Hashable, Sendable {
    /// Who it is.
    package var identity: PodIdentity
    /// The addresses of `status.podIPs` (or `podIP`), normalised.
    package var addresses: [IPAddress]
    /// When it existed, and when its network did.
    package var life: PodLife
    /// The name of the network within which its addresses are unique, as ztunnel says; else empty.
    package var network = ""
}

/// The names by which an operator knows a Pod.
package struct PodIdentity: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// `metadata.namespace`.
    package var namespace: String
    /// `metadata.name`.
    package var name: String
    /// `metadata.uid`; of a workload of ztunnel an opaque string, which may be that of several Pods
    /// one after the other.
    package var uid: String
    /// `spec.nodeName`; empty while the Pod is not scheduled.
    package var node: String

    /// The identity made of the given names.
    package init(namespace: String, name: String, uid: String, node: String) {
        self.namespace = namespace
        self.name = name
        self.uid = uid
        self.node = node
    }

    /// `namespace/name`.
    package var description: String { "\(namespace)/\(name)" }

    /// By namespace, name and UID.
    package static func < (left: PodIdentity, right: PodIdentity) -> Bool {
        (left.namespace, left.name, left.uid) < (right.namespace, right.name, right.uid)
    }
}

/// `status.phase`.
@usableFromInline package enum PodPhase: String, Hashable, Sendable {
    /// Accepted; not all containers have started.
    case pending = "Pending"
    /// Bound to a node, and at least one container runs or is restarting.
    case running = "Running"
    /// All containers ended well: the Pod keeps its address in the API, CNI has released it.
    case succeeded = "Succeeded"
    /// All containers ended, one at least badly: as for `succeeded`.
    case failed = "Failed"
    /// The node cannot be asked, or the document does not say.
    case unknown = "Unknown"
}

/// What the condition `PodReadyToStartContainers` (formerly `PodHasNetwork`) says.
@usableFromInline package enum NetworkCondition: Hashable, Sendable {
    /// The cluster does not write it (before Kubernetes 1.29).
    case absent
    /// Status True: the Pod's sandbox and network exist.
    case ready
    /// Status False: the Pod has no network now.
    case notReady
}

/// The times of a Pod that decide who owns a connection.
///
/// A trivial value of 36 bytes: a snapshot keeps one for each Pod, and a judgement reads it for
/// each socket.
@usableFromInline package struct PodLife: Hashable, Sendable {
    /// `metadata.creationTimestamp`.
    @PackedTime package var creation: APITime?
    /// `status.startTime`: the kubelet took the Pod up; its network comes later.
    @PackedTime package var start: APITime?
    /// The last transition of the network condition.
    @PackedTime package var networkTransition: APITime?
    /// The earliest `startedAt` of the present states of its containers and init containers.
    @PackedTime package var firstStarted: APITime?
    /// The earliest `startedAt` of its containers and init containers that run now.
    @PackedTime package var runningSince: APITime?
    /// The last transition of the condition `Ready`, when that is True.
    @PackedTime package var ready: APITime?
    /// The latest `finishedAt` of its containers and init containers, once all containers have
    /// finished; `nil` before, and when one of them does not say when it did.
    @PackedTime package var lastFinished: APITime?
    /// `metadata.deletionTimestamp`: when the grace period ends.
    @PackedTime package var deletion: APITime?
    /// What the network condition says.
    package var network: NetworkCondition
    /// The phase.
    package var phase: PodPhase
    /// Whether it shares its node's address (`spec.hostNetwork`).
    package var isHostNetwork: Bool
    /// Whether it is a static Pod or the mirror of one (annotation `kubernetes.io/config.mirror`, or
    /// `kubernetes.io/config.source` other than `api`): its times are those of the kubelet's start
    /// or of the mirror, and say nothing about its network.
    package var isMirror: Bool

    /// A life of which nothing but what is given is known.
    package init(
        creation: APITime? = nil,
        start: APITime? = nil,
        networkTransition: APITime? = nil,
        firstStarted: APITime? = nil,
        runningSince: APITime? = nil,
        ready: APITime? = nil,
        lastFinished: APITime? = nil,
        deletion: APITime? = nil,
        network: NetworkCondition = .absent,
        phase: PodPhase = .unknown,
        isHostNetwork: Bool = false,
        isMirror: Bool = false
    ) {
        self.creation = creation
        self.start = start
        self.networkTransition = networkTransition
        self.firstStarted = firstStarted
        self.runningSince = runningSince
        self.ready = ready
        self.lastFinished = lastFinished
        self.deletion = deletion
        self.network = network
        self.phase = phase
        self.isHostNetwork = isHostNetwork
        self.isMirror = isMirror
    }
}

/// A time of the API in four bytes.
///
/// The epoch itself stands for a time that is not known: no Pod is that old.
@propertyWrapper
@usableFromInline package struct PackedTime: Hashable, Sendable {
    private var epochSeconds: UInt32

    /// The given time, or one that is not known.
    @usableFromInline package init(wrappedValue: APITime?) {
        epochSeconds = wrappedValue?.epochSeconds ?? 0
    }

    /// The time, if it is known.
    @usableFromInline package var wrappedValue: APITime? {
        get { epochSeconds == 0 ? nil : APITime(epochSeconds: epochSeconds) }
        set { epochSeconds = newValue?.epochSeconds ?? 0 }
    }
}

extension PodLife {
    /// Whether the Pod has ended (`Succeeded`, `Failed`) and so owns its address no longer.
    @usableFromInline package var isTerminal: Bool { phase == .succeeded || phase == .failed }

    /// `S`: the earliest moment the Pod can have existed on its node.
    @usableFromInline package var earliestExistence: WallTime? {
        isMirror ? nil : (start ?? creation)?.wallTime
    }

    /// `R`: the latest moment by which its present network surely existed, by the condition.
    ///
    /// No container runs without the network, so one that has run for longer than the condition is
    /// True is believed: a kubelet that was upgraded in place dates the condition at its own start.
    /// It never stands for a transition that is not known: a container restart moves it later.
    @usableFromInline package var networkReady: WallTime? {
        guard !isMirror, network == .ready, let transition = networkTransition else { return nil }
        return min(transition, runningSince ?? transition).wallTime
    }

    /// `R*`: what stands for `R` on a cluster without the condition.
    ///
    /// A container restart moves it later, so it must never condemn by itself.
    @usableFromInline package var networkReadyByContainers: WallTime? {
        isMirror || network != .absent ? nil : (firstStarted ?? ready)?.wallTime
    }

    /// `E`: when the network of a terminal Pod was surely gone; `nil` when that is never.
    @usableFromInline package func networkGone(skew: TimeSpan) -> WallTime? {
        switch network {
        case .ready: nil
        case .notReady: networkTransition?.wallTime
        case .absent: lastFinished.map { $0.wallTime + .seconds(60) + skew }
        }
    }
}
