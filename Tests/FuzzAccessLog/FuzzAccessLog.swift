import IncidentLogs
import Model

/// Reads the input as an access log, whole and in chunks whose size its length gives: neither may
/// crash, and both must come to the same.
///
/// libFuzzer calls this; <https://llvm.org/docs/LibFuzzer.html>.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = unsafe Array(UnsafeBufferPointer(start: bytes, count: count))
    let whole = read(input, chunk: max(count, 1))
    let parts = read(input, chunk: count % 13 + 1)
    precondition(whole.entries == parts.entries && whole.counts == parts.counts)
    return 0
}

private func read(_ input: [UInt8], chunk: Int) -> (
    entries: [AccessLogEntry], counts: AccessLogReader.Counts
) {
    var reader = AccessLogReader(input: 0)
    var entries: [AccessLogEntry] = []
    var rest = input[...]
    while !rest.isEmpty {
        let part = Array(rest.prefix(chunk))
        reader.feed(part.span) { take($0, &entries) }
        rest = rest.dropFirst(chunk)
    }
    reader.finish { take($0, &entries) }
    return (entries, reader.counts)
}

private func take(_ entry: AccessLogEntry, _ entries: inout [AccessLogEntry]) -> WallTime? {
    _ = (entry.destination, entry.usesTunnel, entry.end)
    entries.append(entry)
    return entries.count % 2 == 0 ? entry.start : nil
}
