// A release build finds the kinds of sockets in the module whose header it read first.
import CLinux
import Glibc
import LinuxSystem

/// Lists of words over a stream socket: their length in bytes, then each with a zero byte after it.
struct WordChannel: ~Copyable {
    /// More than any question or answer needs.
    private static let longest = 1 << 28

    /// Two ends that are connected.
    struct Ends: ~Copyable {
        let near: FileDescriptor
        let far: FileDescriptor
    }

    private let socket: FileDescriptor

    /// Takes over one end.
    init(_ socket: consuming FileDescriptor) {
        self.socket = socket
    }

    /// Makes two ends, which no program that is run inherits.
    ///
    /// The corresponding C function is `socketpair`.
    ///
    /// - Parameter patienceSeconds: How long the near end waits for the far one.
    /// - Returns: `nil` where there can be none.
    static func ends(patienceSeconds: Int32) -> Ends? {
        var ends: [Int32] = [-1, -1]
        let kind = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue
        guard unsafe socketpair(AF_UNIX, Int32(kind), 0, &ends) == 0 else { return nil }
        return Ends(
            near: FileDescriptor(owning: ends[0], patience: patienceSeconds * 1000),
            far: FileDescriptor(owning: ends[1])
        )
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
        return (try? socket.write((length + payload).span)) != nil
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
        return (try? socket.fill(&bytes)) == length ? bytes : nil
    }
}
