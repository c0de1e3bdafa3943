import Model
import PodSnapshot

/// Reads the input whole and in chunks whose size its length gives: neither may crash, and both
/// must come to the same contents or refuse.
///
/// libFuzzer calls this; <https://llvm.org/docs/LibFuzzer.html>.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = unsafe UnsafeBufferPointer(start: bytes, count: count).span
    let whole = contents(of: input, chunk: max(count, 1))
    let parts = contents(of: input, chunk: count % 13 + 1)
    precondition((whole == nil) == (parts == nil), "chunks decide whether a document is refused")
    guard let whole, let parts else { return 0 }
    precondition(whole.pods.count == parts.pods.count)
    precondition(whole.nodes == parts.nodes && whole.exempt == parts.exempt)
    precondition(whole.document.problemCount == parts.document.problemCount)
    precondition(whole.document.newestTimes.newest == parts.document.newestTimes.newest)
    for index in 0..<whole.pods.count {
        precondition(whole.pods.identity(index) == parts.pods.identity(index))
        precondition(whole.pods.life(index) == parts.pods.life(index))
    }
    return 0
}

/// What a document says; `nil` when it is refused.
private func contents(of input: Span<UInt8>, chunk: Int) -> SnapshotContents? {
    let now = WallTime(epochSeconds: 1_795_000_000)
    do {
        var reader = try SnapshotReader(source: "fuzz", modified: nil, readingBegan: now)
        var start = 0
        while start < input.count {
            let end = min(start + chunk, input.count)
            try reader.feed(input.extracting(start..<end))
            start = end
        }
        return try reader.finish(readingEnded: now)
    } catch {
        // Every refusal must be able to say why.
        precondition(!error.description.isEmpty)
        return nil
    }
}
