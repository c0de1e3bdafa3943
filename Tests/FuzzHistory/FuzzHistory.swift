import Model

/// Reads the input as a state file, and once more with the beginning and the checksum that it would
/// have if it were one: neither may crash, and what is believed is written as it was read.
///
/// libFuzzer calls this; <https://llvm.org/docs/LibFuzzer.html>.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOneInput(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let input = unsafe UnsafeBufferPointer(start: bytes, count: count)
    var words = [UInt64](repeating: 0, count: (count + 7) / 8)
    // The words have room for all bytes, and any bytes are a number.
    unsafe words.withUnsafeMutableBytes { unsafe $0.copyBytes(from: input) }
    goOn(with: words)
    for version: UInt64 in [0x0a31, 0x0a32, 0x0a33] {
        let magic: [UInt64] = [0x6e65_706f_666c_6168, 0x762f_6574_6174_732e, version]
        var words = magic + words.dropFirst(magic.count)
        words.append(words.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ $1) &* 0x100_0000_01b3 })
        goOn(with: words)
    }
    return 0
}

/// A run with the history that the words hold, if they hold one.
private func goOn(with words: [UInt64]) {
    guard var history = try? SocketHistory(words: words) else { return }
    let written = history.words
    guard let again = try? SocketHistory(words: written) else {
        preconditionFailure("what was written is not believed")
    }
    precondition(again.words == written && again.count == history.count)
    _ = history.epoch.continues(again.epoch, skew: .zero)
    history.beginRun()
    for namespace in 0..<8 as Range<UInt64> {
        let overlooked = history.overlooked(in: namespace, atMost: 3)
        precondition(overlooked.count <= 3 && Set(overlooked).count == overlooked.count)
        for socket in overlooked {
            precondition(socket.namespace == namespace && history.past(of: socket) != nil)
        }
    }
    let namespaces = Dictionary(
        uniqueKeysWithValues: (0..<8 as Range<UInt64>).map { ($0, LookExtent.whole) }
    )
    history.endRun(at: history.epoch.bootedAt, looks: namespaces, capture: nil)
    precondition(history.count <= again.count)
}
