import CLinux
import CMnl

/// A netlink message of the given header fields and payload.
///
/// The corresponding C functions are `mnl_nlmsg_put_header` and `mnl_nlmsg_put_extra_header`.
func netlinkMessage(type: UInt16, flags: UInt16, sequence: UInt32, payload: [UInt8]) -> [UInt8] {
    let size = mnl_nlmsg_size(payload.count)
    // Words, because headers are aligned to four bytes; the calls write at most `size` bytes.
    var words = [UInt32](repeating: 0, count: (size + 3) / 4)
    return unsafe words.withUnsafeMutableBytes { bytes in
        guard let start = bytes.baseAddress, let header = unsafe mnl_nlmsg_put_header(start) else {
            return []
        }
        unsafe header.pointee.nlmsg_type = type
        unsafe header.pointee.nlmsg_flags = flags
        unsafe header.pointee.nlmsg_seq = sequence
        let place = unsafe mnl_nlmsg_put_extra_header(header, payload.count)
        unsafe place?.copyMemory(from: payload, byteCount: payload.count)
        return unsafe [UInt8](bytes)
    }
}

/// The header at the start of received bytes, which must be aligned to four.
///
/// The corresponding C function is `mnl_nlmsg_ok`.
///
/// - Returns: `nil` where the bytes end before the header, or before the message that it tells of.
func netlinkHeader(of bytes: RawSpan) -> nlmsghdr? {
    unsafe bytes.withUnsafeBytes { bytes in
        let start = unsafe bytes.assumingMemoryBound(to: nlmsghdr.self).baseAddress
        // mnl_nlmsg_ok looks at the header only where the length it is given has room for one.
        guard let start = unsafe start, unsafe mnl_nlmsg_ok(start, Int32(bytes.count)) else {
            return nil
        }
        // It compares as int: a length of 2^31 and more would pass for a short message.
        let header = unsafe start.pointee
        return Int(header.nlmsg_len) <= bytes.count ? header : nil
    }
}
