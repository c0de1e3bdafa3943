import FuzzSupport
import Model
import Recording
import SockDiag

/// Reads the input as a capture and as what `ss -D` wrote, whole and in chunks whose size its length
/// gives: neither may crash, both must come to the same, and what was read must be fit to be replayed.
///
/// No input guesses a checksum: so the input is also tried as what is inside of records.
///
/// libFuzzer calls this; <https://llvm.org/docs/LibFuzzer.html>.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let (whole, parts) = unsafe FuzzInput.bothWays(bytes, count)
    let records = records(of: whole)
    precondition(records == FuzzRecording.records(of: parts))
    replay(records)
    let messages = messages(of: whole)
    precondition(messages == FuzzRecording.messages(of: parts))
    replaySS(messages)

    // The kernel's messages, cut into datagrams by the input's own bytes.
    var rest = whole.bytes[...]
    replay([
        .request(request),
        .datagram(RecordedDatagram(receivedAt: now, sender: 0, bytes: take(&rest))),
        .datagram(RecordedDatagram(receivedAt: now, sender: 0, bytes: take(&rest))),
        .request(request),
        .datagram(RecordedDatagram(receivedAt: now, sender: 0, bytes: Array(rest))),
    ])
    // Records with a right checksum and any payload.
    _ = FuzzRecording.records(of: FuzzInput(sealed(whole.bytes)))
    return 0
}

private let now = WallTime(epochSeconds: 1_795_000_000)

/// What a dump asks first, as far as a replay looks at it: of the type `TCPDIAG_GETSOCK`.
private let request: [UInt8] = [16, 0, 0, 0, 18, 0, 1, 3, 1, 0, 0, 0, 0, 0, 0, 0]

/// As many bytes as the first one says.
private func take(_ bytes: inout ArraySlice<UInt8>) -> [UInt8] {
    let count = Int(bytes.popFirst() ?? 0) * 4
    defer { bytes = bytes.dropFirst(count) }
    return Array(bytes.prefix(count))
}

/// The records that can be read before the first fault.
private func records(of input: FuzzInput) -> [RecordingRecord] {
    var decoder = RecordingDecoder()
    var records: [RecordingRecord] = []
    do {
        for chunk in input.chunks {
            decoder.feed(input.bytes[chunk])
            while let record = try decoder.next() { records.append(record) }
        }
        try decoder.finish()
    } catch {
        // Every fault must be able to say where and why.
        precondition(error.byteOffset <= input.bytes.count && !error.description.isEmpty)
    }
    // What is read is what would be written.
    var encoder = RecordingEncoder()
    let written = records.flatMap { encoder.encode($0) }
    var again = RecordingDecoder()
    again.feed(written[...])
    for record in records { precondition((try? again.next()) == record) }
    return records
}

/// The messages that can be read before the first fault.
private func messages(of input: FuzzInput) -> [[UInt8]] {
    var decoder = SSDumpDecoder()
    var messages: [[UInt8]] = []
    do {
        for chunk in input.chunks {
            decoder.feed(input.bytes[chunk])
            while let message = try decoder.next() { messages.append(message) }
        }
        try decoder.finish()
    } catch {
        precondition(error.byteOffset <= input.bytes.count && !error.description.isEmpty)
    }
    return messages
}

private func replay(_ records: [RecordingRecord]) {
    for rounds in 1...2 {
        var rest = records[...]
        let socket = RecordedTarget.Socket(portID: 0, rounds: rounds)
        count(
            of: ReplayedSocket(socket) {
                while let record = rest.popFirst() {
                    switch record {
                    case .request, .datagram, .failure: return record
                    default: continue
                    }
                }
                return nil
            }
        )
    }
}

private func replaySS(_ messages: [[UInt8]]) {
    var rest = messages[...]
    count(of: ReplayedSocket(dumpedBySSAt: now) { rest.popFirst() })
}

/// Lists the sockets, each of which is of the port, and every one is counted.
private func count(of replayed: consuming ReplayedSocket) {
    var sockets = 0
    do throws(SockDiagError) {
        let outcome = try replayed.dump(remotePort: 15008) { socket, _ in
            precondition(socket.peer.port == 15008)
            sockets += 1
        }
        precondition(outcome.sockets == sockets)
        precondition(outcome.gaps.allSatisfy { !$0.description.isEmpty })
    } catch {
        precondition(!error.description.isEmpty)
    }
}

/// The input as payloads of records whose checksums are right: a kind, a length and as many bytes.
private func sealed(_ input: [UInt8]) -> [UInt8] {
    var encoder = RecordingEncoder()
    let heading = RecordingHeading(
        version: "",
        host: "",
        bootID: "",
        kernel: "",
        remotePort: 15008,
        begunAt: now
    )
    var bytes = encoder.encode(.heading(heading))
    var rest = input[...]
    while let kind = rest.popFirst() {
        bytes += record(kind: kind % 9, payload: take(&rest))
    }
    return bytes
}

private func record(kind: UInt8, payload: [UInt8]) -> [UInt8] {
    let head: [UInt8] = [
        UInt8(payload.count & 255), UInt8(payload.count >> 8), 0, 0, kind, 0, 0, 0,
    ]
    var bytes = head + payload
    var checksum: UInt32 = 0xFFFF_FFFF
    for byte in bytes {
        checksum ^= UInt32(byte)
        for _ in 0..<8 {
            checksum = checksum & 1 == 0 ? checksum >> 1 : checksum >> 1 ^ 0xEDB8_8320
        }
    }
    for shift in [UInt32(0), 8, 16, 24] {
        bytes.append(UInt8(truncatingIfNeeded: ~checksum >> shift))
    }
    return bytes
}
