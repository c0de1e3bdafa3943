import IncidentLogs
import Judging
import Model

/// Reads the input as a packet capture, whole and in chunks whose size its length gives, and follows
/// its connections: nothing may crash, and both must come to the same.
///
/// libFuzzer calls this; <https://llvm.org/docs/LibFuzzer.html>.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = unsafe Array(UnsafeBufferPointer(start: bytes, count: count))
    let whole = read(input, chunk: max(count, 1))
    precondition(whole == read(input, chunk: count % 13 + 1))
    var incident = Incident(port: 15008, skew: .seconds(2))
    incident.packets.begin(input: 0)
    for segment in whole {
        incident.packets.take(segment, captureBegan: WallTime(milliseconds: 0))
    }
    incident.packets.end()
    _ = incident.explain()
    return 0
}

/// The segments before the first fault.
private func read(_ input: [UInt8], chunk: Int) -> [TCPSegment] {
    var reader = CaptureReader(port: 15008)
    var segments: [TCPSegment] = []
    var rest = input[...]
    while !rest.isEmpty {
        let part = Array(rest.prefix(chunk))
        do {
            try reader.feed(part.span) { segment, _ in segments.append(segment) }
        } catch {
            return segments
        }
        rest = rest.dropFirst(chunk)
    }
    return segments
}
