import Model

/// Reads the bytes of a capture, which come in chunks; it holds at most a record and a chunk.
///
///     decoder.feed(chunk)
///     while let record = try decoder.next() { … }
///
/// A record is whole and where a capture has one when it is handed over; its messages are the
/// kernel's, and may be anything.
package struct RecordingDecoder {
    private var input = ByteQueue()
    private var records: UInt64 = 0
    private var hasBegun = false
    private var hasTarget = false
    private var hasEnded = false

    /// A decoder at the beginning of a capture.
    package init() {}

    /// Whether bytes may begin a capture, which may be cut short.
    package static func isCapture(_ start: [UInt8]) -> Bool {
        !start.isEmpty && zip(start, RecordingFormat.magic).allSatisfy { $0 == $1 }
    }

    /// Adds bytes.
    package mutating func feed(_ chunk: ArraySlice<UInt8>) {
        input.append(chunk)
    }

    /// The next record; `nil` where it takes more bytes.
    package mutating func next() throws(RecordingError) -> RecordingRecord? {
        if !hasBegun { try readPreamble() }
        guard hasBegun else { return nil }
        let place = input.offset
        if hasEnded, !input.rest.isEmpty {
            throw RecordingError(.malformed("bytes follow its last record"), at: place)
        }
        var bytes = input.rest
        guard let length = bytes.takeLittleEndian(UInt32.self),
            let number = bytes.takeLittleEndian(UInt32.self)
        else { return nil }
        guard length <= RecordingFormat.mostPayload else {
            throw RecordingError(.malformed("a record of \(length) bytes"), at: place)
        }
        let size = RecordingFormat.recordHeadSize + Int(length)
        let record = input.rest.prefix(size)
        var end = input.rest.dropFirst(size)
        guard let checksum = end.takeLittleEndian(UInt32.self) else { return nil }
        guard checksum == CRC32.of(record) else { throw RecordingError(.checksum, at: place) }
        do throws(RecordingError.Fault) {
            let decoded = try decode(number, record.dropFirst(RecordingFormat.recordHeadSize))
            try follow(decoded)
            input.drop(size + RecordingFormat.checksumSize)
            return decoded
        } catch {
            throw RecordingError(error, at: place)
        }
    }

    /// Checks, after the last chunk and record, that the capture is whole.
    package func finish() throws(RecordingError) {
        guard hasEnded, input.rest.isEmpty else { throw RecordingError(.cut, at: input.offset) }
    }

    /// Reads what comes before the first record, if it is there.
    private mutating func readPreamble() throws(RecordingError) {
        guard input.rest.count >= RecordingFormat.preambleSize else { return }
        guard input.rest.starts(with: RecordingFormat.magic) else {
            throw RecordingError(.foreign, at: 0)
        }
        var end = input.rest.dropFirst(RecordingFormat.magic.count)
        let version = end.takeLittleEndian(UInt32.self) ?? 0
        guard version == RecordingFormat.version else {
            throw RecordingError(.newer(version: version), at: RecordingFormat.magic.count)
        }
        input.drop(RecordingFormat.preambleSize)
        hasBegun = true
    }

    /// Checks that the record may stand here.
    private mutating func follow(_ record: RecordingRecord) throws(RecordingError.Fault) {
        let mayStand =
            switch record {
            case .heading: records == 0
            case .target, .problem, .end: records > 0
            default: hasTarget
            }
        guard mayStand else { throw .malformed("a record in the wrong place") }
        switch record {
        case .target: hasTarget = true
        case .end: hasEnded = true
        default: break
        }
        records += 1
    }

    private func decode(
        _ number: UInt32,
        _ payload: ArraySlice<UInt8>
    ) throws(RecordingError.Fault) -> RecordingRecord {
        var rest = payload
        switch RecordingFormat.Kind(rawValue: number) {
        case .heading: return .heading(try RecordingHeading(RecordingFields(payload)))
        case .target: return .target(try RecordedTarget(RecordingFields(payload)))
        case .request: return .request(Array(payload))
        case .datagram:
            guard let time = rest.takeTime(), let sender = rest.takeLittleEndian(UInt32.self)
            else { break }
            return .datagram(
                RecordedDatagram(receivedAt: time, sender: sender, bytes: Array(rest))
            )
        case .failure:
            guard let code = rest.takeLittleEndian(Int32.self), code > 0 else { break }
            return .failure(code)
        case .problem: return .problem(String(decoding: payload, as: UTF8.self))
        case .end:
            guard let time = rest.takeTime(), let count = rest.takeLittleEndian(UInt64.self)
            else { break }
            guard count == records else {
                throw .malformed("\(records) records instead of \(count)")
            }
            return .end(time)
        case nil: throw .malformed("a record of unknown kind \(number)")
        }
        throw .malformed("a record with missing fields")
    }
}

extension ArraySlice<UInt8> {
    /// Takes a moment that a clock can show; others would overflow when ages are taken from them.
    fileprivate mutating func takeTime() -> WallTime? {
        guard let milliseconds = takeLittleEndian(Int64.self) else { return nil }
        let time = WallTime(milliseconds: milliseconds)
        return APITime(time) == nil ? nil : time
    }
}

extension RecordingHeading {
    fileprivate init(_ fields: RecordingFields?) throws(RecordingError.Fault) {
        if let order = fields?.text("byteOrder"), order != RecordingFormat.byteOrder {
            throw .otherByteOrder
        }
        guard let fields, fields.text("byteOrder") != nil,
            let version = fields.text("version"), let host = fields.text("host"),
            let bootID = fields.text("bootID"), let kernel = fields.text("kernel"),
            let remotePort: UInt16 = fields.number("port"), remotePort > 0,
            let begunAt = fields.text("begunAt").flatMap({ WallTime(rfc3339: $0.utf8) }),
            APITime(begunAt) != nil
        else { throw .malformed("its header is incomplete") }
        self.init(
            version: version,
            host: host,
            bootID: bootID,
            kernel: kernel,
            remotePort: remotePort,
            begunAt: begunAt
        )
    }
}

extension RecordedTarget {
    fileprivate init(_ fields: RecordingFields?) throws(RecordingError.Fault) {
        guard let fields else {
            throw .malformed(
                "the description of a network namespace is missing"
            )
        }
        let portID: UInt32? = fields.number("socket")
        let rounds: Int? = fields.number("rounds")
        guard (portID == nil) == (rounds == nil), (1...2).contains(rounds ?? 1) else {
            throw .malformed("the description of a network namespace is incomplete")
        }
        self.init(
            inode: fields.number("inode"),
            path: fields.text("path"),
            pid: fields.number("pid"),
            proxy: MeshProxy(fields),
            socket: portID.flatMap { portID in
                rounds.map { Socket(portID: portID, rounds: $0) }
            }
        )
    }
}

extension MeshProxy {
    fileprivate init?(_ fields: RecordingFields) {
        guard let role = fields.text("role"), let namespace = fields.text("podNamespace"),
            let pod = fields.text("podName")
        else { return nil }
        self.init(
            role: role,
            namespace: namespace,
            pod: pod,
            workload: fields.text("workload"),
            cluster: fields.text("cluster")
        )
    }
}
