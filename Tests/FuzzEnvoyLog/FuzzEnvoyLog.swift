import IncidentLogs
import Judging
import Model

/// Reads the input as a debug log of Envoy, whole and in chunks whose size its length gives, and
/// follows what it says: nothing may crash, and both must come to the same.
///
/// libFuzzer calls this; <https://llvm.org/docs/LibFuzzer.html>.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = unsafe Array(UnsafeBufferPointer(start: bytes, count: count))
    let whole = read(input, chunk: max(count, 1))
    precondition(whole == read(input, chunk: count % 13 + 1))
    var incident = Incident(port: 15008, skew: .seconds(2))
    incident.proxyLogs.begin()
    for event in whole { incident.proxyLogs.take(event) }
    _ = incident.explain()
    return 0
}

private func read(_ input: [UInt8], chunk: Int) -> [ProxyLogEvent] {
    var reader = EnvoyLogReader(input: 0)
    var events: [ProxyLogEvent] = []
    var rest = input[...]
    while !rest.isEmpty {
        let part = Array(rest.prefix(chunk))
        reader.feed(part.span) { events.append($0) }
        rest = rest.dropFirst(chunk)
    }
    reader.finish { events.append($0) }
    return events
}
