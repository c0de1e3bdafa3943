import FuzzSupport
import IncidentLogs
import Model

/// Reads the input as an access log, whole and in chunks whose size its length gives: neither may
/// crash, and both must come to the same.
///
/// libFuzzer calls this; <https://llvm.org/docs/LibFuzzer.html>.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let (whole, parts) = unsafe FuzzInput.bothWays(bytes, count)
    let (entries, counts) = read(whole)
    precondition(read(parts) == (entries, counts))
    return 0
}

private func read(_ input: FuzzInput) -> ([AccessLogEntry], LogLines.Counts) {
    var reader = AccessLogReader(input: 0)
    var entries: [AccessLogEntry] = []
    for chunk in input.chunks {
        reader.feed(input.bytes.span.extracting(chunk)) { take($0, &entries) }
    }
    reader.finish { take($0, &entries) }
    return (entries, reader.lines.counts)
}

private func take(_ entry: AccessLogEntry, _ entries: inout [AccessLogEntry]) -> WallTime? {
    _ = (entry.destination, entry.usesTunnel, entry.end)
    entries.append(entry)
    return entries.count % 2 == 0 ? entry.start : nil
}
