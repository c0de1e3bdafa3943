// The state file is a row of 64-bit words in the byte order of the machine, whose boot it does not
// outlive: as text, a hundred thousand sockets would cost more to read and write than to scan.
//
//     3 words      "halfopen.state/v3\n", then zeros
//     1            when the machine was booted
//     1            when an earlier history was lost, or 0
//     1, 1 and 1   the numbers of Pods, of sockets and of network namespaces
//     text         the name of the boot
//     4 texts      for each Pod: UID, namespace, name, node
//     3            for each namespace: inode, last scan, C of that scan or 0
//     16           for each socket: see `append(_:pod:)`
//     1            a checksum of all before, without which the file was cut short
//
// Version 2 had no looks, and 12 words for a socket: those but for the last four, and no traits. Version
// 1 had moreover C of the last run in place of the loss, no namespaces, and 14 words for a socket:
// when its peer was first and last heard came after the time at which it was first seen.
//
// A text is a word with its length in bytes, then the bytes, filled up with zeros; a time is in
// milliseconds since 1970.

/// The versions of the file that can be read.
private enum Version: Int, CaseIterable {
    case first = 1, second, present

    /// What a file begins with.
    var magic: [UInt64] { packed("halfopen.state/v\(rawValue)\n") }

    var wordsPerSocket: Int {
        switch self {
        case .first: 14
        case .second: 12
        case .present: 16
        }
    }

    var hasNamespaces: Bool { self != .first }
    var hasLooks: Bool { self == .present }
}

private let magic = Version.present.magic

/// The words of it that every version begins with.
private let commonMagic = magic[..<2]

private let wordsPerNamespace = 3

/// Further from 1970 no clock goes (year 9999), and sums of such times do not overflow.
private let latestTime: Int64 = 253_402_300_799_999

private let noTime = WallTime(epochSeconds: 0)

/// FNV-1a of 64 bits, a word at a time: each step is a bijection, so that no change of one word
/// goes unseen.
private func checksum(_ words: ArraySlice<UInt64>) -> UInt64 {
    words.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ $1) &* 0x100_0000_01b3 }
}

/// A text's bytes as words.
private func packed(_ text: String) -> [UInt64] {
    var words = [UInt64](repeating: 0, count: (text.utf8.count + 7) / 8)
    // The words have room for all bytes, and any bytes are a number.
    unsafe words.withUnsafeMutableBytes { unsafe $0.copyBytes(from: text.utf8) }
    return words
}

// MARK: - Writing

extension SocketHistory {
    /// The content of the state file.
    package var words: [UInt64] {
        // Pods of forgotten sockets are left out, so the indices change.
        var written = [Int32](repeating: -1, count: pods.count)
        var bound: [SocketBinding.SharedPod] = []
        for record in records where record.pod >= 0 && written[Int(record.pod)] < 0 {
            written[Int(record.pod)] = Int32(bound.count)
            bound.append(pods[Int(record.pod)])
        }
        var words = magic
        let size = records.count * Version.present.wordsPerSocket
        words.reserveCapacity(64 + bound.count * 24 + size)
        words.append(epoch.bootedAt)
        words.append(lostAt ?? noTime)
        words.append(UInt64(bound.count))
        words.append(UInt64(records.count))
        words.append(UInt64(looks.count))
        words.append(epoch.bootID)
        for pod in bound {
            words.append(pod.identity.uid)
            words.append(pod.identity.namespace)
            words.append(pod.identity.name)
            words.append(pod.identity.node)
        }
        for (namespace, look) in looks.sorted(by: { $0.key < $1.key }) {
            words.append(namespace)
            words.append(look.at)
            // The C of a snapshot that no time bounds tells it from no other.
            words.append(look.capture == .distantPast ? noTime : look.capture ?? noTime)
        }
        for record in records {
            words.append(record, pod: record.pod < 0 ? -1 : written[Int(record.pod)])
        }
        words.append(checksum(words[...]))
        return words
    }
}

extension [UInt64] {
    fileprivate mutating func append(_ time: WallTime) {
        append(UInt64(bitPattern: time.milliseconds))
    }

    fileprivate mutating func append(_ text: String) {
        append(UInt64(text.utf8.count))
        append(contentsOf: packed(text))
    }

    /// Appends what is remembered of a socket, bound to the Pod of an index in the file.
    fileprivate mutating func append(_ record: SocketHistory.Record, pod: Int32) {
        append(record.key.namespace)
        append(record.key.cookie)
        append(record.local.address.high)
        append(record.local.address.low)
        append(record.peer.address.high)
        append(record.peer.address.low)
        append(UInt64(record.local.port) << 16 | UInt64(record.peer.port))
        append(record.firstSeenAt)
        append(
            UInt64(UInt32(bitPattern: pod)) << 32
                | UInt64(record.traits.subtracting(.ofOneRun).rawValue) << 16
                | UInt64(record.misses) << 8 | UInt64(record.absences)
        )
        append(record.boundBy)
        append(record.candidateSince)
        append(UInt64(record.candidateRuns))
        let (look, traffic) = (record.before, record.before.traffic)
        append(UInt64(bitPattern: look.at.milliseconds))
        append(UInt32(look.silence) << 16 | UInt32(look.pingingFor), traffic.segmentsSent)
        append(traffic.bytesReceived, traffic.bytesAcknowledged)
        append(traffic.dataSegmentsReceived, traffic.dataSegmentsSent)
    }

    private mutating func append(_ high: UInt32, _ low: UInt32) {
        append(UInt64(high) << 32 | UInt64(low))
    }
}

// MARK: - Reading

extension SocketHistory {
    /// Whether the first words of a file are those of a history, of whatever version.
    package static func isHistory(_ words: [UInt64]) -> Bool {
        words.starts(with: commonMagic)
    }

    /// The history that the words of a state file hold.
    ///
    /// - Throws: ``HistoryFault``; nothing of such words is believed.
    package init(words: [UInt64]) throws(HistoryFault) {
        // An empty file is no stranger's.
        guard Self.isHistory(words) else { throw words.isEmpty ? .damaged : .foreign }
        let known = Version.allCases.first { words.starts(with: $0.magic) }
        if words.count >= magic.count, known == nil { throw .newer }
        guard
            let version = known,
            let end = words.indices.last, end >= magic.count,
            words[end] == checksum(words[..<end])
        else { throw .damaged }
        var reader = WordReader(words: words, next: magic.count, end: end)
        guard
            let bootedAt = reader.time(), let lossOrCapture = reader.time(),
            let podCount = reader.count(wordsEach: 4),
            let socketCount = reader.count(wordsEach: version.wordsPerSocket),
            let lookCount = version.hasNamespaces ? reader.count(wordsEach: wordsPerNamespace) : 0,
            let bootID = reader.text()
        else { throw .damaged }
        self.init(
            epoch: ClockEpoch(bootID: bootID, bootedAt: bootedAt),
            capacity: socketCount
        )
        for number in 0..<podCount {
            // Each is listed once, and so in the order of the indices.
            guard let pod = reader.pod(), self.number(of: pod) == number else { throw .damaged }
        }
        for _ in 0..<lookCount {
            guard let (namespace, look) = reader.namespace(), looks[namespace] == nil else {
                throw .damaged
            }
            looks[namespace] = look
        }
        for _ in 0..<socketCount {
            guard
                let record = reader.record(version),
                record.pod < podCount, add(record)
            else { throw .damaged }
        }
        guard reader.isAtEnd else { throw .damaged }
        let time = lossOrCapture == noTime ? nil : lossOrCapture
        if version == .first {
            lookAsInFirstVersion(at: reader.latestTimeOfSocket, capture: time)
        } else {
            lostAt = time
        }
    }
}

/// Takes a history's words one by one; `nil` where there is none, or none that makes sense.
private struct WordReader {
    let words: [UInt64]
    var next: Int
    let end: Int
    /// The latest time at which a socket of version 1 was first seen or its peer was heard.
    private(set) var latestTimeOfSocket: WallTime?

    init(words: [UInt64], next: Int, end: Int) {
        self.words = words
        self.next = next
        self.end = end
    }

    var isAtEnd: Bool { next == end }

    mutating func word() -> UInt64? {
        guard next < end else { return nil }
        defer { next += 1 }
        return words[next]
    }

    /// A number of things, for none of which memory is taken unless the words of all are there.
    mutating func count(wordsEach: Int) -> Int? {
        word().flatMap { $0 <= UInt64((end - next) / wordsEach) ? Int($0) : nil }
    }

    mutating func time() -> WallTime? {
        guard let word = word() else { return nil }
        let time = Int64(bitPattern: word)
        return time.magnitude <= latestTime ? WallTime(milliseconds: time) : nil
    }

    mutating func text() -> String? {
        guard let length = word(), length <= UInt64(end - next) * 8 else { return nil }
        let start = next * 8
        next += (Int(length) + 7) / 8
        // That there are so many bytes is checked, and any word is eight.
        return unsafe words.withUnsafeBytes {
            unsafe String(validating: $0[start..<start + Int(length)], as: UTF8.self)
        }
    }

    mutating func pod() -> PodIdentity? {
        guard
            let uid = text(), let namespace = text(), let name = text(), let node = text()
        else { return nil }
        return PodIdentity(namespace: namespace, name: name, uid: uid, node: node)
    }

    mutating func namespace() -> (UInt64, SocketHistory.LastLook)? {
        guard let namespace = word(), let time = time(), let capture = self.time() else {
            return nil
        }
        return (namespace, .init(at: time, capture: capture == noTime ? nil : capture))
    }

    mutating func record(_ version: Version) -> SocketHistory.Record? {
        guard
            let namespace = word(), let cookie = word(), let local = address(),
            let peer = address(), let ports = word(), let firstSeenAt = time(),
            version != .first || skipTimesHeard(since: firstSeenAt), let pod = word(),
            let boundBy = time(), let candidateSince = time(), let runs = word(),
            let candidateRuns = UInt32(exactly: runs),
            let look = version.hasLooks ? look() : SocketHistory.LookBefore(at: .zero),
            pod & 0xffff_ffff < (version.hasLooks ? 1 << 26 : 1 << 16),
            case let traits = HeartbeatTraits(rawValue: UInt16(truncatingIfNeeded: pod >> 16)),
            traits.isDisjoint(with: .ofOneRun),
            Int32(truncatingIfNeeded: pod >> 32) >= -1
        else { return nil }
        return SocketHistory.Record(
            key: SocketHistory.Key(namespace: namespace, cookie: cookie),
            local: Endpoint(address: local, port: UInt16(truncatingIfNeeded: ports >> 16)),
            absences: UInt8(truncatingIfNeeded: pod),
            misses: UInt8(truncatingIfNeeded: pod >> 8),
            traits: traits,
            peer: Endpoint(address: peer, port: UInt16(truncatingIfNeeded: ports)),
            pod: Int32(truncatingIfNeeded: pod >> 32),
            candidateRuns: candidateRuns,
            candidateSince: candidateSince,
            boundBy: boundBy,
            firstSeenAt: firstSeenAt,
            before: look
        )
    }

    /// The look that the next one is compared with.
    private mutating func look() -> SocketHistory.LookBefore? {
        guard
            let time = word(), time <= UInt64(latestTime), let first = word(),
            let second = word(), let third = word()
        else { return nil }
        func high(_ word: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: word >> 32) }
        func low(_ word: UInt64) -> UInt32 { UInt32(truncatingIfNeeded: word) }
        return SocketHistory.LookBefore(
            at: TimeSpan(milliseconds: Int64(time)),
            traffic: TrafficCounters(
                bytesReceived: high(second),
                bytesAcknowledged: low(second),
                segmentsSent: low(first),
                dataSegmentsReceived: high(third),
                dataSegmentsSent: low(third)
            ),
            pingingFor: UInt16(truncatingIfNeeded: high(first)),
            silence: UInt16(truncatingIfNeeded: high(first) >> 16)
        )
    }

    /// Takes what version 1 has of when a peer was heard; whether it makes sense.
    private mutating func skipTimesHeard(since firstSeenAt: WallTime) -> Bool {
        guard time() != nil, let lastHeardAt = time() else { return false }
        let latest = max(firstSeenAt, lastHeardAt)
        latestTimeOfSocket = max(latestTimeOfSocket ?? latest, latest)
        return true
    }

    private mutating func address() -> IPAddress? {
        guard let high = word(), let low = word() else { return nil }
        return IPAddress(high: high, low: low)
    }
}
