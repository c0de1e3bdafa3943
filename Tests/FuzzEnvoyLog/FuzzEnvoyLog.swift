import FuzzSupport
import IncidentLogs
import Judging
import Model

/// Reads the input as a debug log of Envoy, whole and in chunks whose size its length gives, and
/// follows what it says: nothing may crash, and both must come to the same.
///
/// libFuzzer calls this; <https://llvm.org/docs/LibFuzzer.html>.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let (whole, parts) = unsafe FuzzInput.bothWays(bytes, count)
    let events = read(whole)
    precondition(read(parts) == events)
    var incident = Incident(port: 15008, skew: .seconds(2))
    incident.proxyLogs.begin()
    for event in events { incident.proxyLogs.take(event) }
    _ = incident.proxyLogs.end()
    _ = incident.explain()
    return 0
}

private func read(_ input: FuzzInput) -> [ProxyLogEvent] {
    var reader = EnvoyLogReader(input: 0)
    var events: [ProxyLogEvent] = []
    for chunk in input.chunks {
        reader.feed(input.bytes.span.extracting(chunk)) { events.append($0) }
    }
    reader.finish { events.append($0) }
    return events
}
