/// What earlier scans of this boot say of the sockets that still exist: some 120 bytes for each.
package struct SocketHistory: Sendable {
    struct Key: Equatable, Sendable {
        var namespace: UInt64
        var cookie: UInt64
    }

    /// Small fields first, where there is room behind the addresses.
    struct Record: Sendable {
        var key: Key
        var local: Endpoint
        var peer: Endpoint
        /// The runs since it was seen.
        var absences: UInt8 = 0
        /// The index of the Pod that it is bound to, or -1.
        var pod: Int32 = -1
        /// The runs on end that found it a candidate.
        var candidateRuns: UInt32 = 0
        /// When the first of those was.
        var candidateSince = WallTime(epochSeconds: 0)
        /// `C` of the snapshot that proved the binding.
        var boundBy = WallTime(epochSeconds: 0)
        var firstSeenAt: WallTime
        var firstHeardAt: WallTime
        var lastHeardAt: WallTime
    }

    /// When the times below were read; kept as long as they mean the same.
    package let epoch: ClockEpoch
    /// `C` of the snapshots that the last run was judged by; `nil` before the first, and where it was
    /// not complete.
    package var capture: WallTime?
    /// In the order in which they were first seen: that of the kernel's table, so that a run comes
    /// by them one after the other.
    private(set) var records: [Record] = []
    private var index: SocketIndex
    /// The Pods of the bindings, each once, because a Pod has many connections.
    private(set) var pods: [SocketBinding.SharedPod] = []
    private var podIndex: [String: Int32] = [:]

    /// The history of an epoch in which nothing was seen yet.
    package init(epoch: ClockEpoch) {
        self.init(epoch: epoch, capacity: 0)
    }

    /// The same with room for so many sockets.
    init(epoch: ClockEpoch, capacity: Int) {
        self.epoch = epoch
        records.reserveCapacity(capacity)
        index = SocketIndex(capacity: capacity)
    }

    /// The number of sockets that are remembered.
    package var count: Int { records.count }

    /// The UIDs of the Pods that sockets are bound to.
    package var boundUIDs: Set<String> { Set(pods.map(\.identity.uid)) }

    /// What is remembered of a socket; nothing if another socket had its cookie.
    package func past(of socket: SocketKey) -> SocketPast? {
        guard let position = position(of: socket) else { return nil }
        let record = records[position]
        let binding =
            record.pod < 0
            ? nil : SocketBinding(to: pods[Int(record.pod)], captureBound: record.boundBy)
        return SocketPast(firstSeenAt: record.firstSeenAt, binding: binding)
    }

    /// Since when a socket is a candidate; `nil` if it is none.
    package func candidacy(of socket: SocketKey) -> Candidacy? {
        guard let position = position(of: socket), records[position].candidateRuns > 0 else {
            return nil
        }
        return Candidacy(
            since: records[position].candidateSince,
            runs: Int(records[position].candidateRuns)
        )
    }

    private func position(of socket: SocketKey) -> Int? {
        let key = Key(namespace: socket.namespace, cookie: socket.cookie)
        guard
            let position = index.position(of: key, in: records),
            records[position].isOf(socket)
        else { return nil }
        return position
    }

    /// Adds a record; not if there is one of its socket.
    mutating func add(_ record: Record) -> Bool {
        guard index.position(of: record.key, in: records) == nil else { return false }
        records.append(record)
        index.addLast(of: records)
        return true
    }

    /// The index of a Pod, which is added if it is new.
    mutating func index(of pod: SocketBinding.SharedPod) -> Int32 {
        let uid = pod.identity.uid
        if let known = podIndex[uid] { return known }
        let index = Int32(pods.count)
        pods.append(pod)
        podIndex[uid] = index
        return index
    }
}

// MARK: - A run

extension SocketHistory {
    /// Counts every socket absent, until it is seen.
    package mutating func beginRun() {
        for position in records.indices where records[position].absences < .max {
            records[position].absences += 1
        }
    }

    /// Remembers a socket that the run sees.
    ///
    /// A binding stays the first that was proved, whose snapshot is the earliest; only proof of a
    /// later snapshot that it is another Pod's displaces it.
    package mutating func remember(_ socket: SocketKey, _ sighting: SocketSighting) {
        let key = Key(namespace: socket.namespace, cookie: socket.cookie)
        let position: Int
        if let known = index.position(of: key, in: records) {
            position = known
            if !records[known].isOf(socket) { records[known] = Record(socket, sighting) }
        } else {
            position = records.count
            records.append(Record(socket, sighting))
            index.addLast(of: records)
        }
        records[position].see(sighting)
        if let binding = sighting.binding { bind(position, binding) }
    }

    private mutating func bind(_ position: Int, _ binding: SocketBinding) {
        let pod = index(of: binding.sharedPod)
        let (bound, boundBy) = (records[position].pod, records[position].boundBy)
        guard bound < 0 || (bound != pod && boundBy < binding.captureBound) else { return }
        records[position].pod = pod
        records[position].boundBy = binding.captureBound
    }

    /// Forgets what was absent for two runs.
    ///
    /// - Parameter unread: Whether a namespace may hold sockets that the run could not see: absence
    ///   then says little, and sockets are kept for twenty runs, so that the number stays bounded.
    package mutating func endRun(unread: (UInt64) -> Bool = { _ in false }) {
        let before = records.count
        records.removeAll {
            $0.absences >= 20 || ($0.absences >= 2 && !unread($0.key.namespace))
        }
        if records.count == before { return }
        index = SocketIndex(of: records)
    }
}

extension SocketHistory.Record {
    fileprivate init(_ socket: SocketKey, _ sighting: SocketSighting) {
        self.init(
            key: SocketHistory.Key(namespace: socket.namespace, cookie: socket.cookie),
            local: socket.local,
            peer: socket.peer,
            firstSeenAt: sighting.seenAt,
            firstHeardAt: sighting.heardAt,
            lastHeardAt: sighting.heardAt
        )
    }

    /// Whether a socket of the same cookie is the same one.
    fileprivate func isOf(_ socket: SocketKey) -> Bool {
        local == socket.local && peer == socket.peer
    }

    fileprivate mutating func see(_ sighting: SocketSighting) {
        // Each run begins with one.
        let wasInLastRun = absences <= 1
        absences = 0
        lastHeardAt = sighting.heardAt
        guard sighting.isCandidate else {
            candidateRuns = 0
            return
        }
        if candidateRuns == 0 { candidateSince = sighting.seenAt }
        // Runs on end: one that did not look here agrees with none.
        if !wasInLastRun {
            candidateRuns = 1
        } else if candidateRuns < .max {
            candidateRuns += 1
        }
    }
}
