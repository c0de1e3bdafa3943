import FuzzSupport
import LinuxSystem

/// Reads the input as an answer and as a request, whole and in chunks whose size its length gives:
/// nothing may crash, and both ways must find the same or refuse.
///
/// libFuzzer calls this; <https://llvm.org/docs/LibFuzzer.html>.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let (whole, parts) = unsafe FuzzInput.bothWays(bytes, count)
    let found = body(of: whole)
    precondition(found == body(of: parts), "chunks decide what the body is")
    precondition(head(of: whole) == head(of: parts), "chunks decide about a request")
    guard let found else { return 0 }
    precondition(found.count <= limit && found.count <= count)
    return 0
}

private let limit = 1000

/// The body of an answer; `nil` when it is refused.
private func body(of input: FuzzInput) -> [UInt8]? {
    var decoder = HTTPDecoder(bodyLimit: limit)
    var body: [UInt8] = []
    do {
        for chunk in input.chunks {
            let piece = input.bytes.span.extracting(chunk)
            var position = 0
            while let range = try decoder.next(in: piece, from: &position) {
                precondition(!range.isEmpty && range.upperBound == position)
                for index in range { body.append(piece[index]) }
            }
            precondition(position == piece.count)
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
private func head(of input: FuzzInput) -> HTTPRequest? {
    var decoder = HTTPRequestDecoder()
    for chunk in input.chunks {
        do {
            if let request = try decoder.take(input.bytes.span.extracting(chunk)) {
                precondition(request.path.hasPrefix("/") && !request.method.isEmpty)
                return request
            }
        } catch {
            return nil
        }
    }
    return nil
}
