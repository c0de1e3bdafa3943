import Model
import SockDiag

/// Reads the input as the kernel's description of a socket, whole and cut: neither may crash, what
/// is cut may not say another thing than the whole, and every refusal must be able to say why.
///
/// libFuzzer calls this; <https://llvm.org/docs/LibFuzzer.html>.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = unsafe UnsafeBufferPointer(start: bytes, count: count).span.bytes
    let whole = socket(input)
    if let cut = socket(input.extracting(first: count - count % 7)), let whole {
        precondition(cut.cookie == whole.cookie && cut.local == whole.local)
        precondition(cut.peer == whole.peer && cut.family == whole.family)
    }
    return 0
}

/// What a message describes; `nil` when it is refused.
private func socket(_ message: RawSpan) -> TCPSocket? {
    do {
        let socket = try TCPSocket(diagMessage: message)
        _ = try TCPSocket.isEstablished(diagMessage: message, remotePort: socket.peer.port)
        precondition(socket.info.lastHeard <= socket.info.lastDataReceived)
        precondition(socket.info.lastHeard <= socket.info.lastAckReceived)
        precondition(!socket.peer.description.isEmpty)
        return socket
    } catch {
        precondition(!error.description.isEmpty)
        return nil
    }
}
