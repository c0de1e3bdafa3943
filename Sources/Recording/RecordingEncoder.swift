import Model

/// Writes the bytes of a capture, record by record.
package struct RecordingEncoder {
    private var records: UInt64 = 0

    /// An encoder at the beginning of a capture.
    package init() {}

    /// The bytes of the next record, with what comes before the first.
    package mutating func encode(_ record: RecordingRecord) -> [UInt8] {
        let payload = payload(of: record)
        var bytes: [UInt8] = []
        bytes.reserveCapacity(payload.count + 64)
        if records == 0 {
            bytes += RecordingFormat.magic
            bytes.append(littleEndian: RecordingFormat.version)
        }
        let start = bytes.count
        bytes.append(littleEndian: UInt32(payload.count))
        bytes.append(littleEndian: record.kind.rawValue)
        bytes += payload
        bytes.append(littleEndian: CRC32.of(bytes[start...]))
        records += 1
        return bytes
    }

    private func payload(of record: RecordingRecord) -> [UInt8] {
        var bytes: [UInt8] = []
        switch record {
        case .heading(let heading): bytes = heading.fields.bytes
        case .target(let target): bytes = target.fields.bytes
        case .request(let message): bytes = message
        case .datagram(let datagram):
            bytes.append(littleEndian: datagram.receivedAt.milliseconds)
            bytes.append(littleEndian: datagram.sender)
            bytes += datagram.bytes
        case .failure(let code): bytes.append(littleEndian: code)
        case .problem(let sentence): bytes = Array(sentence.utf8)
        case .end(let time):
            bytes.append(littleEndian: time.milliseconds)
            bytes.append(littleEndian: records)
        }
        return bytes
    }
}

extension RecordingRecord {
    fileprivate var kind: RecordingFormat.Kind {
        switch self {
        case .heading: .heading
        case .target: .target
        case .request: .request
        case .datagram: .datagram
        case .failure: .failure
        case .problem: .problem
        case .end: .end
        }
    }
}

extension RecordingHeading {
    fileprivate var fields: RecordingFields {
        var fields = RecordingFields()
        fields.add("byteOrder", RecordingFormat.byteOrder)
        fields.add("version", version)
        fields.add("host", host)
        fields.add("bootID", bootID)
        fields.add("kernel", kernel)
        fields.add("port", "\(remotePort)")
        fields.add("begunAt", begunAt.rfc3339)
        return fields
    }
}

extension RecordedTarget {
    fileprivate var fields: RecordingFields {
        var fields = RecordingFields()
        fields.add("inode", inode.map { "\($0)" })
        fields.add("path", path)
        fields.add("pid", pid.map { "\($0)" })
        fields.add("role", proxy?.role)
        fields.add("podNamespace", proxy?.namespace)
        fields.add("podName", proxy?.pod)
        fields.add("workload", proxy?.workload)
        fields.add("cluster", proxy?.cluster)
        fields.add("socket", socket.map { "\($0.portID)" })
        fields.add("rounds", socket.map { "\($0.rounds)" })
        return fields
    }
}
