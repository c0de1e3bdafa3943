import HalfopenCommands

/// Reads the input as a request to the companion, and as an answer of it: neither may crash, and a
/// request that is believed has these bytes and no others.
///
/// libFuzzer calls this; <https://llvm.org/docs/LibFuzzer.html>.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = unsafe Array(UnsafeBufferPointer(start: bytes, count: count))
    if let request = CompanionRequest(input) {
        precondition(request.bytes == input, "a request has two forms")
    }
    if let answer = CompanionAnswer(input) {
        // A text that is no UTF-8 is mended once.
        guard let again = CompanionAnswer(answer.bytes) else {
            preconditionFailure("an answer that was written is not believed")
        }
        precondition(again.bytes == answer.bytes, "an answer changes each time that it is read")
    }
    return 0
}
