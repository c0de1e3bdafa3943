import LinuxSystem

/// Reads the input as an answer and as a request, whole and in chunks whose size its length gives:
/// nothing may crash, and both ways must find the same or refuse.
///
/// libFuzzer calls this; <https://llvm.org/docs/LibFuzzer.html>.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = unsafe UnsafeBufferPointer(start: bytes, count: count).span
    let whole = body(of: input, chunk: max(count, 1))
    let parts = body(of: input, chunk: count % 13 + 1)
    precondition(whole == parts, "chunks decide what the body is")
    let request = head(of: input, chunk: max(count, 1))
    precondition(request == head(of: input, chunk: count % 13 + 1), "chunks decide about a request")
    guard let whole else { return 0 }
    precondition(whole.count <= limit && whole.count <= count)
    return 0
}

private let limit = 1000

/// The body of an answer; `nil` when it is refused.
private func body(of input: Span<UInt8>, chunk: Int) -> [UInt8]? {
    var decoder = HTTPDecoder(bodyLimit: limit)
    var body: [UInt8] = []
    do {
        var start = 0
        while start < input.count {
            let end = min(start + chunk, input.count)
            let piece = input.extracting(start..<end)
            var position = 0
            while let range = try decoder.next(in: piece, from: &position) {
                precondition(!range.isEmpty && range.upperBound == position)
                for index in range { body.append(piece[index]) }
            }
            precondition(position == piece.count)
            start = end
        }
        try decoder.finish()
        return body
    } catch {
        // Every refusal must be able to say why.
        precondition(!error.description.isEmpty)
        return nil
    }
}

/// The request in the input; `nil` when there is none yet, or it is refused.
private func head(of input: Span<UInt8>, chunk: Int) -> HTTPRequest? {
    var decoder = HTTPRequestDecoder()
    var start = 0
    while start < input.count {
        let end = min(start + chunk, input.count)
        do {
            if let request = try decoder.take(input.extracting(start..<end)) {
                precondition(request.path.hasPrefix("/") && !request.method.isEmpty)
                return request
            }
        } catch {
            return nil
        }
        start = end
    }
    return nil
}
