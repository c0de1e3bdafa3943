import NetAddress
import Ownership
import Times

/// The span in which cookies are unique and remembered times can be compared with present ones.
public struct ClockEpoch: Hashable, Sendable {
    /// The kernel's random name of this boot (`/proc/sys/kernel/random/boot_id`).
    public var bootID: String
    /// The wall clock less the time since boot; it changes only when somebody sets the clock.
    public var bootedAt: WallTime

    /// An epoch of the given facts.
    public init(bootID: String, bootedAt: WallTime) {
        self.bootID = bootID
        self.bootedAt = bootedAt
    }

    /// Whether times remembered in another epoch mean in this one what they meant then.
    public func continues(_ earlier: ClockEpoch, skew: TimeSpan) -> Bool {
        let step = bootedAt - earlier.bootedAt
        return bootID == earlier.bootID && step <= skew && TimeSpan.zero - step <= skew
    }
}

/// What earlier scans of this boot say of the sockets that still exist: some 200 bytes for each.
public struct SocketHistory: Hashable, Sendable {
    struct Key: Hashable {
        var namespace: UInt64
        var cookie: UInt64
    }

    struct Record: Hashable {
        var local: Endpoint
        var peer: Endpoint
        var firstSeenAt: WallTime
        var firstHeardAt: WallTime
        var lastHeardAt: WallTime
        /// The index of the Pod that it is bound to, or -1.
        var pod: Int32 = -1
        /// `C` of the snapshot that proved the binding.
        var boundBy = WallTime.distantPast
        var candidateSince: WallTime?
        var candidateRuns: UInt32 = 0
        /// The runs since it was seen.
        var absences: UInt8 = 0
    }

    /// When the times below were read; kept as long as they mean the same.
    public let epoch: ClockEpoch
    /// `C` of the snapshots that the last run was judged by; `nil` before the first, and where it was
    /// not complete.
    public var capture: WallTime?
    var records: [Key: Record] = [:]
    /// The Pods of the bindings, each once, because a Pod has many connections.
    var pods: [PodIdentity] = []
    private var podIndex: [String: Int32] = [:]

    /// The history of an epoch in which nothing was seen yet.
    public init(epoch: ClockEpoch) {
        self.epoch = epoch
    }

    /// The number of sockets that are remembered.
    public var count: Int { records.count }

    /// The UIDs of the Pods that sockets are bound to.
    public var boundUIDs: Set<String> { Set(pods.map(\.uid)) }

    /// What is remembered of a socket; nothing if another socket had its cookie.
    public func past(of socket: SocketKey) -> SocketPast? {
        guard let record = record(of: socket) else { return nil }
        return SocketPast(firstSeenAt: record.firstSeenAt, binding: binding(of: record))
    }

    /// Since when a socket is a candidate; `nil` if it is none.
    public func candidacy(of socket: SocketKey) -> Candidacy? {
        guard let record = record(of: socket), let since = record.candidateSince else { return nil }
        return Candidacy(since: since, runs: Int(record.candidateRuns))
    }

    private func record(of socket: SocketKey) -> Record? {
        let record = records[Key(namespace: socket.namespace, cookie: socket.cookie)]
        guard let record, record.local == socket.local, record.peer == socket.peer else {
            return nil
        }
        return record
    }

    private func binding(of record: Record) -> SocketBinding? {
        record.pod < 0
            ? nil : SocketBinding(to: pods[Int(record.pod)], captureBound: record.boundBy)
    }
}

// MARK: - A run

extension SocketHistory {
    /// Counts every socket absent, until it is seen.
    public mutating func beginRun() {
        for index in records.values.indices where records.values[index].absences < .max {
            records.values[index].absences += 1
        }
    }

    /// Remembers a socket that the run sees.
    ///
    /// A binding stays the first that was proved, whose snapshot is the earliest; only proof of a
    /// later snapshot that it is another Pod's displaces it.
    public mutating func remember(_ socket: SocketKey, _ sighting: SocketSighting) {
        var record =
            record(of: socket)
            ?? Record(
                local: socket.local,
                peer: socket.peer,
                firstSeenAt: sighting.seenAt,
                firstHeardAt: sighting.heardAt,
                lastHeardAt: sighting.heardAt
            )
        record.absences = 0
        record.lastHeardAt = sighting.heardAt
        if sighting.isCandidate {
            record.candidateSince = record.candidateSince ?? sighting.seenAt
            if record.candidateRuns < .max { record.candidateRuns += 1 }
        } else {
            record.candidateSince = nil
            record.candidateRuns = 0
        }
        if let new = sighting.binding {
            let old = binding(of: record)
            if old == nil || (old?.pod.uid != new.pod.uid && record.boundBy < new.captureBound) {
                record.pod = index(of: new.pod)
                record.boundBy = new.captureBound
            }
        }
        records[Key(namespace: socket.namespace, cookie: socket.cookie)] = record
    }

    /// Forgets what was absent for two runs.
    ///
    /// - Parameter unread: Whether a namespace may hold sockets that the run could not see: absence
    ///   then says little, and sockets are kept for twenty runs, so that the number stays bounded.
    public mutating func endRun(unread: (UInt64) -> Bool = { _ in false }) {
        records = records.filter { key, record in
            record.absences < 2 || (record.absences < 20 && unread(key.namespace))
        }
    }

    /// The index of a Pod, which is added if it is new.
    mutating func index(of pod: PodIdentity) -> Int32 {
        if let known = podIndex[pod.uid] { return known }
        let index = Int32(pods.count)
        pods.append(pod)
        podIndex[pod.uid] = index
        return index
    }
}
