import Glibc

/// Lists of words over a stream socket: their length in bytes, then each with a zero byte after it.
struct PacketStream: ~Copyable {
    /// More than any question or answer needs.
    private static let longest = 1 << 28

    private let descriptor: Int32

    /// Takes over one end; without a time limit it waits for ever.
    init(_ descriptor: Int32, timeoutSeconds: Int = 0) {
        self.descriptor = descriptor
        var timeout = timeval(tv_sec: timeoutSeconds, tv_usec: 0)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            // Fails for no option of these; zero means no limit.
            _ = unsafe setsockopt(
                descriptor,
                SOL_SOCKET,
                option,
                &timeout,
                socklen_t(MemoryLayout<timeval>.size)
            )
        }
    }

    deinit {
        _ = close(descriptor)
    }

    /// Sends words, none of which holds a zero byte.
    ///
    /// - Returns: Whether the other end took them.
    func send(_ words: [String]) -> Bool {
        var payload: [UInt8] = []
        for word in words {
            payload += word.utf8
            payload.append(0)
        }
        let length = (0..<8).map { UInt8(truncatingIfNeeded: payload.count >> ($0 * 8)) }
        var rest = (length + payload)[...]
        while !rest.isEmpty {
            // The slice outlives the call, which only reads it.
            let count = unsafe rest.withUnsafeBytes {
                unsafe Glibc.send(
                    descriptor,
                    $0.baseAddress,
                    $0.count,
                    Int32(MSG_NOSIGNAL)
                )
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return false }
            rest = rest.dropFirst(count)
        }
        return true
    }

    /// Receives words; `nil` when the other end is gone, or silent for too long.
    func receive() -> [String]? {
        guard let head = read(8) else { return nil }
        let length = head.reversed().reduce(0 as UInt64) { $0 << 8 | UInt64($1) }
        guard length <= Self.longest, let payload = read(Int(length)) else { return nil }
        return payload.split(separator: 0, omittingEmptySubsequences: false).dropLast()
            .map { String(decoding: $0, as: UTF8.self) }
    }

    private func read(_ length: Int) -> [UInt8]? {
        var bytes = [UInt8](repeating: 0, count: length)
        var filled = 0
        while filled < length {
            // No more is written than is left of the array.
            let count = unsafe bytes.withUnsafeMutableBytes {
                unsafe Glibc.read(descriptor, $0.baseAddress?.advanced(by: filled), length - filled)
            }
            if count < 0, errno == EINTR { continue }
            guard count > 0 else { return nil }
            filled += count
        }
        return bytes
    }
}
