import CLinux

/// Reads the bytes that `ss -D FILE` wrote, which come in chunks: netlink messages in the byte order
/// of its machine, one after the other, without anything around them.
///
/// It asks for IPv4 and then for IPv6, and each answer ends with a message of the type `NLMSG_DONE`
/// (misc/ss.c of iproute2).
package struct SSDumpDecoder {
    private static let headSize = MemoryLayout<nlmsghdr>.size
    /// The longest message, which no socket's description comes near: so much is held at once.
    private static let mostMessage = 65_536

    private var input = ByteQueue()

    /// A decoder at the beginning.
    package init() {}

    /// Whether bytes may begin what `ss` wrote: a socket, or the end of an answer without any.
    package static func isDump(_ start: [UInt8]) -> Bool {
        guard let head = nlmsghdr(startOf: start[...]) else { return false }
        return Int(head.nlmsg_len) >= headSize && Int(head.nlmsg_len) <= mostMessage
            && [SOCK_DIAG_BY_FAMILY, NLMSG_DONE, NLMSG_ERROR].contains(Int32(head.nlmsg_type))
    }

    /// Adds bytes.
    package mutating func feed(_ chunk: ArraySlice<UInt8>) {
        input.append(chunk)
    }

    /// The next message, with what fills it up to a multiple of four bytes; `nil` where it takes
    /// more bytes.
    package mutating func next() throws(RecordingError) -> [UInt8]? {
        guard let head = nlmsghdr(startOf: input.rest) else { return nil }
        guard (Self.headSize...Self.mostMessage).contains(Int(head.nlmsg_len)) else {
            throw RecordingError(
                .malformed("a message of \(head.nlmsg_len) bytes"),
                at: input.offset
            )
        }
        let alignment = Int(NLMSG_ALIGNTO)
        let size = (Int(head.nlmsg_len) + alignment - 1) & ~(alignment - 1)
        guard input.rest.count >= size else { return nil }
        defer { input.drop(size) }
        return Array(input.rest.prefix(size))
    }

    /// Checks, after the last chunk and message, that no message is cut.
    package func finish() throws(RecordingError) {
        guard input.rest.isEmpty else { throw RecordingError(.cut, at: input.offset) }
    }
}

extension nlmsghdr {
    fileprivate init?(startOf bytes: ArraySlice<UInt8>) {
        guard bytes.count >= MemoryLayout<nlmsghdr>.size else { return nil }
        // Every bit pattern is a valid integer, and there are enough bytes.
        self = unsafe bytes.withUnsafeBytes { unsafe $0.loadUnaligned(as: nlmsghdr.self) }
    }
}
