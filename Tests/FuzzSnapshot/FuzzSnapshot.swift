import FuzzSupport
import Model
import PodSnapshot

/// Reads the input whole and in chunks whose size its length gives: neither may crash, and both
/// must come to the same contents or refuse.
///
/// libFuzzer calls this; <https://llvm.org/docs/LibFuzzer.html>.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = unsafe FuzzInput.bothWays(bytes, count)
    let whole = contents(of: input.whole)
    let parts = contents(of: input.parts)
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
private func contents(of input: FuzzInput) -> SnapshotContents? {
    let now = WallTime(epochSeconds: 1_795_000_000)
    do {
        var reader = try SnapshotReader(source: "fuzz", modified: nil, readingBegan: now)
        for chunk in input.chunks { try reader.feed(input.bytes.span.extracting(chunk)) }
        return try reader.finish(readingEnded: now)
    } catch {
        // Every refusal must be able to say why.
        precondition(!error.description.isEmpty)
        return nil
    }
}
