import FuzzSupport
import IncidentLogs
import Judging
import Model

/// Reads the input as a packet capture, whole and in chunks whose size its length gives, and follows
/// its connections: nothing may crash, and both must come to the same.
///
/// libFuzzer calls this; <https://llvm.org/docs/LibFuzzer.html>.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let (whole, parts) = unsafe FuzzInput.bothWays(bytes, count)
    let segments = read(whole)
    precondition(read(parts) == segments)
    var incident = Incident(port: 15008, skew: .seconds(2))
    incident.packets.begin(input: 0)
    for segment in segments {
        incident.packets.take(segment, captureBegan: WallTime(milliseconds: 0))
    }
    _ = incident.packets.end()
    _ = incident.explain()
    return 0
}

/// The segments before the first fault.
private func read(_ input: FuzzInput) -> [TCPSegment] {
    var reader = CaptureReader(port: 15008)
    var segments: [TCPSegment] = []
    do {
        for chunk in input.chunks {
            try reader.feed(input.bytes.span.extracting(chunk)) { segment, _ in
                segments.append(segment)
            }
        }
    } catch {
        // What comes before a fault counts.
    }
    return segments
}
