/// What earlier scans of this boot say of the sockets that still exist: some 150 bytes for each.
package struct SocketHistory: Sendable {
    struct Key: Equatable, Sendable {
        var namespace: UInt64
        var cookie: UInt64
    }

    /// Small fields first, where there is room behind the addresses.
    struct Record: Sendable {
        var key: Key
        var local: Endpoint
        /// The scans since it was seen that saw all of its namespace.
        var absences: UInt8 = 0
        /// The scans since it was seen that saw only a part of its namespace.
        var misses: UInt8 = 0
        /// What its looks say of its heartbeat.
        var traits: HeartbeatTraits = []
        var peer: Endpoint
        /// The index of the Pod that it is bound to, or -1.
        var pod: Int32 = -1
        /// The number of the last run that saw it, of those that this history has gone through.
        var seenInRun: UInt32 = 0
        /// The consecutive runs that found it a candidate.
        var candidateRuns: UInt32 = 0
        /// When the first of those was.
        var candidateSince = WallTime(epochSeconds: 0)
        /// `C` of the snapshot that proved the binding.
        var boundBy = WallTime(epochSeconds: 0)
        var firstSeenAt: WallTime
        /// A peer that sends data at this moment or later is the owner, by the snapshots that the
        /// history relies on.
        var ownedSince = WallTime.distantFuture
        /// The look that the next one is compared with.
        var before = LookBefore(at: .zero)
    }

    /// The last scan of a network namespace.
    struct LastLook: Equatable, Sendable {
        /// When it was.
        var at: WallTime
        /// `C` of the snapshots that it was judged by; `nil` where the run was not complete.
        var capture: WallTime?
    }

    /// When the times below were read; kept as long as they mean the same.
    package let epoch: ClockEpoch
    /// When this history replaced one that was lost; `nil` where none was.
    package var lostAt: WallTime?
    /// The last scan of each namespace, by inode: several targets may share one history.
    var looks: [UInt64: LastLook] = [:]
    /// In the order in which they were first seen: that of the kernel's table, so that a run comes
    /// by them one after the other.
    private(set) var records: [Record] = []
    private var index: SocketIndex
    /// The Pods of the bindings, each once, because a Pod has many connections.
    private(set) var pods: [SocketBinding.SharedPod] = []
    /// The index in `pods` of each, by UID.
    private var podNumbers: [String: Int32] = [:]
    /// The snapshots that ``Record/ownedSince`` is by; other runs of the program rely on others.
    private var ownership: OwnershipID?
    /// The number of the present run, or of the last.
    private var run: UInt32 = 1
    /// How many sockets it has seen; where that is all of them, none is missing.
    private var seenCount = 0
    /// The namespaces that these are in; one that the run came back to is there twice.
    private var seenNamespaces: [UInt64] = []
    /// The latest `C` by which a socket was ever bound.
    private var latestBinding = WallTime.distantPast
    /// The places of the sockets of each namespace that the run had not seen when it first asked for
    /// them, of those that the scan before saw.
    private var awaited: [UInt64: [Int]]?
    /// The place behind that of the socket that was seen last: the kernel mostly comes by in the order
    /// of the records.
    private var next = 0

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

    /// `C` of the snapshots by which a namespace was last judged; `nil` where that is not known.
    package func capture(of namespace: UInt64) -> WallTime? { looks[namespace]?.capture }

    /// The UIDs of the Pods that sockets are bound to.
    package var boundUIDs: Set<String> { Set(pods.map(\.identity.uid)) }

    /// What is remembered of a socket; nothing if another socket had its cookie.
    package func past(of socket: SocketKey) -> SocketPast? {
        position(of: socket).map(past)
    }

    /// What is remembered of the socket at a place.
    package func past(at place: Int) -> SocketPast {
        let record = records[place]
        let binding =
            record.pod < 0
            ? nil : SocketBinding(to: pods[Int(record.pod)], readNotBefore: record.boundBy)
        return SocketPast(
            firstSeenAt: record.firstSeenAt,
            binding: binding,
            heartbeat: isSeen(record) ? record.traits : record.traits.subtracting(.ofOneRun)
        )
    }

    /// Since when the socket at a place is a candidate; `nil` if it is none.
    package func candidacy(at place: Int) -> Candidacy? {
        guard records[place].candidateRuns > 0 else { return nil }
        return Candidacy(
            since: records[place].candidateSince,
            runs: Int(records[place].candidateRuns)
        )
    }

    /// Calls `body` with each socket of a namespace that this run has seen: its other end, when it was
    /// first seen, and its heartbeat.
    package func forEachSeen(
        in namespace: UInt64,
        _ body: (Endpoint, WallTime, HeartbeatTraits) -> Void
    ) {
        for record in records where isSeen(record) && record.key.namespace == namespace {
            body(record.peer, record.firstSeenAt, record.traits)
        }
    }

    func position(of socket: SocketKey) -> Int? {
        let key = Key(namespace: socket.namespace, cookie: socket.cookie)
        guard
            let position = index.position(of: key, in: records),
            records[position].isOf(socket.local, socket.peer)
        else { return nil }
        return position
    }

    /// Adds a record; not if there is one of its socket.
    mutating func add(_ record: Record) -> Bool {
        guard index.position(of: record.key, in: records) == nil else { return false }
        records.append(record)
        index.addLast(of: records)
        latestBinding = max(latestBinding, record.boundBy)
        return true
    }

    /// Adds the looks that version 1 did not have: its last run looked at all namespaces.
    ///
    /// - Parameters:
    ///   - latest: The latest time that it had of a socket, by which that run was.
    ///   - capture: `C` of that run's snapshots; `nil` where it was not complete.
    mutating func lookAsInFirstVersion(at latest: WallTime?, capture: WallTime?) {
        guard let time = [latest, capture].compactMap(\.self).max() else { return }
        for position in records.indices where records[position].absences >= 2 {
            // It kept those longer that it may have overlooked.
            (records[position].misses, records[position].absences) = (
                records[position].absences, 1
            )
        }
        for record in records {
            looks[record.key.namespace] = LastLook(at: time, capture: capture)
        }
    }

    /// The number of a Pod, which is added if it is new.
    package mutating func number(of pod: PodIdentity) -> Int32 {
        if let known = podNumbers[pod.uid] { return known }
        let number = Int32(pods.count)
        pods.append(SocketBinding.SharedPod(pod))
        podNumbers[pod.uid] = number
        return number
    }
}

// MARK: - A run

extension SocketHistory {
    /// Starts a run, which has seen no socket yet.
    package mutating func beginRun() {
        awaited = nil
        next = 0
        // The numbers begin again after 2^32 runs. No socket is remembered for so long unseen.
        run &+= 1
        seenCount = 0
        seenNamespaces = []
    }

    private func isSeen(_ record: Record) -> Bool { record.seenInRun == run }

    /// The sockets of a namespace that the scan before saw and this run has not seen yet.
    ///
    /// Each was closed, or the kernel's walk has passed it over. One that a whole scan has missed
    /// already is not among them. Candidates come first.
    ///
    /// - Parameters:
    ///   - namespace: The inode of the namespace.
    ///   - limit: The most that are wanted.
    package mutating func overlooked(in namespace: UInt64, atMost limit: Int) -> [SocketKey] {
        let places = awaited ?? placesAwaited()
        awaited = places
        let missing = places[namespace, default: []].filter { !isSeen(records[$0]) }
        let candidates = missing.filter { records[$0].candidateRuns > 0 }
        let others = missing.filter { records[$0].candidateRuns == 0 }
        return (candidates + others).prefix(limit).map { SocketKey(of: records[$0]) }
    }

    /// One pass for all namespaces, of which there may be many.
    private func placesAwaited() -> [UInt64: [Int]] {
        var places: [UInt64: [Int]] = [:]
        if seenCount == records.count { return places }
        for place in records.indices
        where !isSeen(records[place]) && records[place].absences == 0 {
            places[records[place].key.namespace, default: []].append(place)
        }
        return places
    }

    /// The place of a socket that the run sees, as long as the run lasts; of a new one it remembers
    /// only that it was seen now.
    package mutating func place(of socket: SocketKey, seenAt now: WallTime) -> Int {
        let key = Key(namespace: socket.namespace, cookie: socket.cookie)
        if let known = place(of: key) {
            next = known + 1
            if records[known].enter(run) { countSeen(in: key.namespace) }
            if !records[known].isOf(socket.local, socket.peer) {
                records[known] = Record(socket, seenAt: now, inRun: run)
            }
            return known
        }
        records.append(Record(socket, seenAt: now, inRun: run))
        index.addLast(of: records)
        countSeen(in: key.namespace)
        next = records.count
        return records.count - 1
    }

    /// Counts a socket that the run sees for the first time.
    @inline(__always)
    private mutating func countSeen(in namespace: UInt64) {
        seenCount += 1
        if seenNamespaces.last != namespace { seenNamespaces.append(namespace) }
    }

    // Inline: the history is copied to be asked otherwise.
    @inline(__always)
    private func place(of key: Key) -> Int? {
        next < records.count && records[next].key == key
            ? next : index.position(of: key, in: records)
    }

    /// Relies on the snapshots that the run judges by, and on no others.
    package mutating func rely(on ownership: OwnershipID) {
        if self.ownership === ownership { return }
        self.ownership = ownership
        for position in records.indices { records[position].ownedSince = .distantFuture }
    }

    /// Remembers that the peer of the socket at a place, heard at a moment, is the owner.
    ///
    /// By the same snapshots it then is the owner, too, if it sends data later.
    package mutating func noteOwned(at place: Int, heardAt: WallTime) {
        records[place].ownedSince = min(records[place].ownedSince, heardAt)
    }

    /// Sees a socket that is not silent and whose peer is its owner, by what was remembered of the same
    /// snapshots; takes in the look at its heartbeat.
    ///
    /// - Parameters:
    ///   - socket: The socket.
    ///   - namespace: The inode of its network namespace.
    ///   - now: When the kernel described it, or a moment later.
    /// - Returns: Its place; `nil` where the owner is not known, and nothing was taken in.
    package mutating func seeOwned(
        _ socket: TCPSocket,
        in namespace: UInt64,
        at now: ClockReading
    ) -> Int? {
        let dataAt = now.wall - TimeSpan(milliseconds: Int64(socket.info.lastDataReceived))
        guard
            let known = place(of: Key(namespace: namespace, cookie: socket.cookie)),
            records[known].ownedSince <= dataAt,
            records[known].isOf(socket.local, socket.peer)
        else { return nil }
        let look = SocketLook(socket, at: now.steady, isSilent: false, isOwned: true)
        next = known + 1
        if records[known].seeOwned(look, at: now.wall, inRun: run) { countSeen(in: namespace) }
        return known
    }

    /// Takes in a look at the heartbeat of the socket at a place, once in a run.
    package mutating func take(_ look: SocketLook, at place: Int) {
        records[place].take(look)
    }

    /// Remembers that the run saw the socket at a place, and whether it found it a candidate.
    package mutating func see(_ place: Int, at now: WallTime, isCandidate: Bool) {
        records[place].see(at: now, isCandidate: isCandidate)
    }

    /// Binds the socket at a place to the Pod of a number, as a snapshot of the given `C` proves.
    ///
    /// A binding stays the first that was proved, whose snapshot is the earliest; only proof of a
    /// later snapshot that it is another Pod's displaces it.
    package mutating func bind(_ place: Int, to pod: Int32, by capture: WallTime) {
        let (bound, boundBy) = (records[place].pod, records[place].boundBy)
        guard bound < 0 || (bound != pod && boundBy < capture) else { return }
        records[place].pod = pod
        records[place].boundBy = capture
        latestBinding = max(latestBinding, capture)
    }

    /// Forgets what the looks showed, whose times are not comparable with those of others.
    package mutating func forgetLooks() {
        for position in records.indices {
            records[position].traits.subtract(.ofLooksBefore)
            records[position].before = LookBefore(at: .zero)
        }
    }

    /// Forgets what the sockets of a namespace were bound to by the snapshots of a `C`: what seemed to
    /// prove it does not.
    package mutating func unbind(_ namespace: UInt64, by capture: WallTime) {
        if latestBinding < capture { return }
        for position in records.indices
        where records[position].key.namespace == namespace && records[position].pod >= 0
            && records[position].boundBy == capture
        {
            records[position].pod = -1
        }
    }

    /// Forgets what a run by the snapshots of a `C` found in a namespace that contradicts them: what
    /// is a candidate by these agrees with no other run.
    package mutating func disown(_ namespace: UInt64, by capture: WallTime) {
        unbind(namespace, by: capture)
        for position in records.indices where records[position].key.namespace == namespace {
            records[position].candidateRuns = 0
        }
    }

    /// Ends a run: forgets what it and the scan before found absent, and the namespaces that no scan
    /// has looked at for eight days.
    ///
    /// Only a scan that looked into a namespace says that a socket is absent there: runs with other
    /// targets change nothing.
    ///
    /// - Parameters:
    ///   - now: When the run ended.
    ///   - looks: The namespaces that the run has looked into, and whether it saw all of each. Of one
    ///     that it saw in part, absence says little: there, sockets are kept for twenty runs, so that
    ///     the number stays bounded.
    ///   - capture: `C` of the run's snapshots; `nil` where the run was not complete.
    package mutating func endRun(
        at now: WallTime,
        looks: [UInt64: LookExtent],
        capture: WallTime?
    ) {
        for namespace in looks.keys { self.looks[namespace] = LastLook(at: now, capture: capture) }
        self.looks = self.looks.filter { now - $0.value.at <= Self.longestAbsence }
        let isAllSeen =
            seenCount == records.count && seenNamespaces.allSatisfy { self.looks[$0] != nil }
        if isAllSeen { return }
        let before = records.count
        for position in records.indices where !isSeen(records[position]) {
            switch looks[records[position].key.namespace] {
            case .whole: records[position].absences.countUp()
            case .part: records[position].misses.countUp()
            case nil: break
            }
        }
        // Those of one namespace mostly stand together.
        var last: (namespace: UInt64, isKnown: Bool)?
        records.removeAll { record in
            if record.absences >= 2 || record.misses >= 20 { return true }
            let namespace = record.key.namespace
            if last?.namespace != namespace { last = (namespace, self.looks[namespace] != nil) }
            return last?.isKnown == false
        }
        if records.count == before { return }
        index = SocketIndex(of: records)
        seenCount = records.count(where: isSeen)
        awaited = nil
    }

    /// A week, the longest time between two runs that is usual, and a day.
    private static let longestAbsence = TimeSpan.minutes(8 * 24 * 60)
}

/// How much of a network namespace a scan saw.
package enum LookExtent: Hashable, Sendable {
    /// Every socket.
    case whole
    /// Perhaps not every socket.
    case part
}

extension UInt8 {
    fileprivate mutating func countUp() {
        if self < .max { self += 1 }
    }
}

extension SocketKey {
    fileprivate init(of record: SocketHistory.Record) {
        self.init(
            namespace: record.key.namespace,
            cookie: record.key.cookie,
            local: record.local,
            peer: record.peer
        )
    }
}

extension SocketHistory.Record {
    fileprivate init(_ socket: SocketKey, seenAt now: WallTime, inRun run: UInt32) {
        self.init(
            key: SocketHistory.Key(namespace: socket.namespace, cookie: socket.cookie),
            local: socket.local,
            peer: socket.peer,
            seenInRun: run,
            firstSeenAt: now
        )
    }

    /// Takes in that a run sees the socket; whether for the first time.
    @inline(__always)
    fileprivate mutating func enter(_ run: UInt32) -> Bool {
        if seenInRun == run { return false }
        seenInRun = run
        traits.subtract(.ofOneRun)
        return true
    }

    /// Takes in that a run sees the socket, and that it is its owner's; whether for the first time.
    @inline(__always)
    fileprivate mutating func seeOwned(
        _ look: SocketLook,
        at now: WallTime,
        inRun run: UInt32
    ) -> Bool {
        let isFirst = enter(run)
        take(look)
        see(at: now, isCandidate: false)
        return isFirst
    }

    /// Whether a socket of the same cookie is the same one.
    fileprivate func isOf(_ local: Endpoint, _ peer: Endpoint) -> Bool {
        self.local == local && self.peer == peer
    }

    /// Takes in what the run, which has seen the socket, found of it.
    fileprivate mutating func see(at now: WallTime, isCandidate: Bool) {
        let wasInLastScan = absences == 0
        (absences, misses) = (0, 0)
        guard isCandidate else {
            candidateRuns = 0
            return
        }
        if candidateRuns == 0 { candidateSince = now }
        // A whole scan of the namespace that did not see the socket ends its consecutive runs.
        if !wasInLastScan {
            candidateRuns = 1
        } else if candidateRuns < .max {
            candidateRuns += 1
        }
    }
}
