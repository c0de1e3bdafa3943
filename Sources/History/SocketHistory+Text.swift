import NetAddress
import Ownership
import Times

// The state file is text: a line with schema, boot, clock and the last run's C; one for each Pod;
// one for each socket; and one with a checksum of all before it, without which the file was cut
// short. Numbers are hexadecimal, because that is quick to read and to write; an absent fact is "-".
//
//     halfopen.state/v1 BOOT-ID BOOTED-AT C
//     p UID NAMESPACE NAME NODE
//     s NETNS COOKIE LOCAL PEER FIRST-SEEN FIRST-HEARD LAST-HEARD POD C CANDIDATE-SINCE RUNS ABSENCES
//     end CHECKSUM

private let schema = Array("halfopen.state/v".utf8)
private let version: UInt64 = 1

// MARK: - Writing

extension SocketHistory {
    /// The bytes of the state file; the same for equal histories.
    public var text: [UInt8] {
        var writer = LineWriter()
        writer.bytes = schema
        writer.hexadecimal(version)
        writer.word(epoch.bootID)
        writer.time(epoch.bootedAt)
        writer.time(capture)
        writer.endLine()
        // Pods of forgotten sockets are left out, so the indices change.
        var written = [Int32](repeating: -1, count: pods.count)
        var count: Int32 = 0
        let sorted = records.sorted {
            ($0.key.namespace, $0.key.cookie) < ($1.key.namespace, $1.key.cookie)
        }
        for (_, record) in sorted where record.pod >= 0 && written[Int(record.pod)] < 0 {
            written[Int(record.pod)] = count
            count += 1
            writer.line(of: pods[Int(record.pod)])
        }
        for (key, record) in sorted {
            writer.line(of: key, record, pod: record.pod < 0 ? -1 : written[Int(record.pod)])
        }
        let sum = checksum(writer.bytes[...])
        writer.bytes += "end".utf8
        writer.field(sum)
        writer.endLine()
        return writer.bytes
    }
}

private struct LineWriter {
    var bytes: [UInt8] = []

    mutating func line(of pod: PodIdentity) {
        bytes.append(UInt8(ascii: "p"))
        word(pod.uid)
        word(pod.namespace)
        word(pod.name)
        word(pod.node)
        endLine()
    }

    mutating func line(of key: SocketHistory.Key, _ record: SocketHistory.Record, pod: Int32) {
        bytes.append(UInt8(ascii: "s"))
        field(key.namespace)
        field(key.cookie)
        endpoint(record.local)
        endpoint(record.peer)
        time(record.firstSeenAt)
        time(record.firstHeardAt)
        time(record.lastHeardAt)
        field(pod < 0 ? nil : UInt64(pod))
        time(pod < 0 ? nil : record.boundBy)
        time(record.candidateSince)
        field(UInt64(record.candidateRuns))
        field(UInt64(record.absences))
        endLine()
    }

    mutating func endLine() { bytes.append(UInt8(ascii: "\n")) }

    /// A word from outside: what would end it, or the line, is escaped.
    mutating func word(_ text: String) {
        bytes.append(UInt8(ascii: " "))
        for byte in text.utf8 {
            if byte <= UInt8(ascii: " ") || byte == UInt8(ascii: "%") || byte == 0x7f {
                bytes.append(UInt8(ascii: "%"))
                bytes.append(digit(byte >> 4))
                bytes.append(digit(byte & 15))
            } else {
                bytes.append(byte)
            }
        }
    }

    mutating func endpoint(_ endpoint: Endpoint) {
        field(endpoint.address.high)
        field(endpoint.address.low)
        field(UInt64(endpoint.port))
    }

    mutating func time(_ time: WallTime?) {
        field(time.map { UInt64(bitPattern: $0.milliseconds) })
    }

    mutating func field(_ number: UInt64?) {
        bytes.append(UInt8(ascii: " "))
        if let number { hexadecimal(number) } else { bytes.append(UInt8(ascii: "-")) }
    }

    mutating func hexadecimal(_ number: UInt64) {
        var shift = max(0, (number.bitWidth - number.leadingZeroBitCount - 1) / 4 * 4)
        while shift >= 0 {
            bytes.append(digit(UInt8(truncatingIfNeeded: number >> UInt64(shift)) & 15))
            shift -= 4
        }
    }

    private func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}

/// FNV-1a of 64 bits: each step is a bijection, so that no change of one byte goes unseen.
private func checksum(_ bytes: ArraySlice<UInt8>) -> UInt64 {
    bytes.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
}

// MARK: - Reading

extension SocketHistory {
    /// Whether the first bytes of a file are those of a history, of whatever version.
    public static func isHistory(_ bytes: ArraySlice<UInt8>) -> Bool { bytes.starts(with: schema) }

    /// The history that the bytes of a state file hold.
    ///
    /// - Throws: ``HistoryFault``; nothing of such bytes is believed.
    public init(text bytes: [UInt8]) throws(HistoryFault) {
        // Nothing else is a history, but an empty or shortened one is no stranger's.
        guard Self.isHistory(bytes[...]) else {
            throw schema.starts(with: bytes) ? .damaged : .foreign
        }
        var reader = LineReader(rest: bytes[schema.count...])
        guard let found = reader.hexadecimal() else { throw .damaged }
        if found > version { throw .newer }
        guard let trailer = Self.trailer(of: bytes) else { throw .damaged }
        reader.rest = bytes[reader.rest.startIndex..<trailer]
        guard
            found == version, let bootID = reader.word(), let bootedAt = reader.time(),
            let capture = reader.optional(), reader.endLine()
        else { throw .damaged }
        self.init(epoch: ClockEpoch(bootID: bootID, bootedAt: bootedAt))
        self.capture = capture.value.map(WallTime.init(bits:))
        while !reader.rest.isEmpty {
            guard readLine(&reader) else { throw .damaged }
        }
    }

    /// Where the last line begins, if its checksum is that of all before it.
    private static func trailer(of bytes: [UInt8]) -> Int? {
        guard
            bytes.last == UInt8(ascii: "\n"),
            let end = bytes.dropLast().lastIndex(of: UInt8(ascii: "\n"))
        else { return nil }
        var reader = LineReader(rest: bytes[(end + 1)...])
        guard
            reader.skip("e"), reader.skip("n"), reader.skip("d"), let sum = reader.field(),
            reader.endLine(), sum == checksum(bytes[...end])
        else { return nil }
        return end + 1
    }

    private mutating func readLine(_ reader: inout LineReader) -> Bool {
        if reader.skip("p") {
            guard
                let uid = reader.word(), let namespace = reader.word(), let name = reader.word(),
                let node = reader.word()
            else { return false }
            let pod = PodIdentity(namespace: namespace, name: name, uid: uid, node: node)
            // Each is listed once, and so in the order of the indices.
            guard Int(index(of: pod)) == pods.count - 1 else { return false }
            return reader.endLine()
        }
        guard
            reader.skip("s"), let namespace = reader.field(), let cookie = reader.field(),
            let record = reader.record(), record.pod < Int32(pods.count), reader.endLine()
        else { return false }
        let key = Key(namespace: namespace, cookie: cookie)
        return records.updateValue(record, forKey: key) == nil
    }
}

private struct LineReader {
    var rest: ArraySlice<UInt8>

    mutating func record() -> SocketHistory.Record? {
        guard
            let local = endpoint(), let peer = endpoint(), let firstSeen = time(),
            let firstHeard = time(), let lastHeard = time(), let pod = optional(),
            let boundBy = optional(), let candidateSince = optional(),
            let runs = field().flatMap(UInt32.init(exactly:)),
            let absences = field().flatMap(UInt8.init(exactly:)),
            (pod.value == nil) == (boundBy.value == nil),
            let index = pod.value.map(Int32.init(exactly:)) ?? -1
        else { return nil }
        return SocketHistory.Record(
            local: local,
            peer: peer,
            firstSeenAt: firstSeen,
            firstHeardAt: firstHeard,
            lastHeardAt: lastHeard,
            pod: index,
            boundBy: boundBy.value.map(WallTime.init(bits:)) ?? .distantPast,
            candidateSince: candidateSince.value.map(WallTime.init(bits:)),
            candidateRuns: runs,
            absences: absences
        )
    }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard rest.first == UInt8(ascii: character) else { return false }
        rest.removeFirst()
        return true
    }

    mutating func endLine() -> Bool { skip("\n") }

    mutating func word() -> String? {
        guard skip(" ") else { return nil }
        var text: [UInt8] = []
        while let byte = rest.first, byte > UInt8(ascii: " ") {
            rest.removeFirst()
            if byte != UInt8(ascii: "%") {
                text.append(byte)
            } else if let high = digit(), let low = digit() {
                text.append(high << 4 | low)
            } else {
                return nil
            }
        }
        return String(validating: text, as: UTF8.self)
    }

    mutating func endpoint() -> Endpoint? {
        guard
            let high = field(), let low = field(), let port = field().flatMap(UInt16.init(exactly:))
        else { return nil }
        return Endpoint(address: IPAddress(high: high, low: low), port: port)
    }

    mutating func time() -> WallTime? { field().map(WallTime.init(bits:)) }

    /// A field that may be absent; `nil` if it is neither.
    mutating func optional() -> (value: UInt64?, Void)? {
        if rest.starts(with: [UInt8(ascii: " "), UInt8(ascii: "-")]) {
            rest.removeFirst(2)
            return (nil, ())
        }
        return field().map { ($0, ()) }
    }

    mutating func field() -> UInt64? { skip(" ") ? hexadecimal() : nil }

    mutating func hexadecimal() -> UInt64? {
        guard var value = digit().map(UInt64.init) else { return nil }
        while let next = digit() {
            guard value >> 60 == 0 else { return nil }
            value = value << 4 | UInt64(next)
        }
        return value
    }

    private mutating func digit() -> UInt8? {
        guard let byte = rest.first else { return nil }
        let value: UInt8
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): value = byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): value = byte - UInt8(ascii: "a") + 10
        default: return nil
        }
        rest.removeFirst()
        return value
    }
}

extension WallTime {
    fileprivate init(bits: UInt64) { self.init(milliseconds: Int64(bitPattern: bits)) }
}
