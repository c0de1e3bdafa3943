// The state file is a row of 64-bit words in the byte order of the machine, whose boot it does not
// outlive: as text, a hundred thousand sockets would cost more to read and write than to scan.
//
//     3 words      "halfopen.state/v1\n", then zeros
//     1            when the machine was booted
//     1            C of the last run, or 0
//     1 and 1      the numbers of Pods and of sockets
//     text         the name of the boot
//     4 texts      for each Pod: UID, namespace, name, node
//     14           for each socket: see `append(_:pod:)`
//     1            a checksum of all before, without which the file was cut short
//
// A text is a word with its length in bytes, then the bytes, filled up with zeros; a time is in
// milliseconds since 1970.

private let magic = packed("halfopen.state/v1\n")

/// The words of it that every version begins with.
private let commonMagic = magic[..<2]

private let wordsPerSocket = 14

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
        words.reserveCapacity(64 + bound.count * 24 + records.count * wordsPerSocket)
        words.append(epoch.bootedAt)
        // The C of a snapshot that no time bounds tells it from no other.
        words.append(capture == .distantPast ? noTime : capture ?? noTime)
        words.append(UInt64(bound.count))
        words.append(UInt64(records.count))
        words.append(epoch.bootID)
        for pod in bound {
            words.append(pod.identity.uid)
            words.append(pod.identity.namespace)
            words.append(pod.identity.name)
            words.append(pod.identity.node)
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
        append(record.firstHeardAt)
        append(record.lastHeardAt)
        append(UInt64(UInt32(bitPattern: pod)) << 32 | UInt64(record.absences))
        append(record.boundBy)
        append(record.candidateSince)
        append(UInt64(record.candidateRuns))
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
        // This version is the first.
        if words.count >= magic.count, !words.starts(with: magic) { throw .newer }
        guard
            let end = words.indices.last, end >= magic.count,
            words[end] == checksum(words[..<end])
        else { throw .damaged }
        var reader = WordReader(words: words, next: magic.count, end: end)
        guard
            let bootedAt = reader.time(), let capture = reader.time(),
            let podCount = reader.count(wordsEach: 4),
            let socketCount = reader.count(wordsEach: wordsPerSocket), let bootID = reader.text()
        else { throw .damaged }
        self.init(
            epoch: ClockEpoch(bootID: bootID, bootedAt: bootedAt),
            capacity: socketCount
        )
        self.capture = capture == noTime ? nil : capture
        for number in 0..<podCount {
            // Each is listed once, and so in the order of the indices.
            guard let pod = reader.pod(), index(of: pod) == number else { throw .damaged }
        }
        for _ in 0..<socketCount {
            guard let record = reader.record(), record.pod < podCount, add(record) else {
                throw .damaged
            }
        }
        guard reader.isAtEnd else { throw .damaged }
    }
}

/// Takes a history's words one by one; `nil` where there is none, or none that makes sense.
private struct WordReader {
    let words: [UInt64]
    var next: Int
    let end: Int

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

    mutating func pod() -> SocketBinding.SharedPod? {
        guard
            let uid = text(), let namespace = text(), let name = text(), let node = text()
        else { return nil }
        return SocketBinding.SharedPod(
            PodIdentity(namespace: namespace, name: name, uid: uid, node: node)
        )
    }

    mutating func record() -> SocketHistory.Record? {
        guard
            let namespace = word(), let cookie = word(), let local = address(),
            let peer = address(), let ports = word(), let firstSeenAt = time(),
            let firstHeardAt = time(), let lastHeardAt = time(), let pod = word(),
            let boundBy = time(), let candidateSince = time(), let runs = word(),
            let candidateRuns = UInt32(exactly: runs),
            let absences = UInt8(exactly: pod & 0xffff_ffff),
            Int32(truncatingIfNeeded: pod >> 32) >= -1
        else { return nil }
        return SocketHistory.Record(
            key: SocketHistory.Key(namespace: namespace, cookie: cookie),
            local: Endpoint(address: local, port: UInt16(truncatingIfNeeded: ports >> 16)),
            peer: Endpoint(address: peer, port: UInt16(truncatingIfNeeded: ports)),
            absences: absences,
            pod: Int32(truncatingIfNeeded: pod >> 32),
            candidateRuns: candidateRuns,
            candidateSince: candidateSince,
            boundBy: boundBy,
            firstSeenAt: firstSeenAt,
            firstHeardAt: firstHeardAt,
            lastHeardAt: lastHeardAt
        )
    }

    private mutating func address() -> IPAddress? {
        guard let high = word(), let low = word() else { return nil }
        return IPAddress(high: high, low: low)
    }
}
