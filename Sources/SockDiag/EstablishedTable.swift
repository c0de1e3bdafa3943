import Errno
import Glibc

/// The kernel's hash table of established connections that a network namespace uses.
enum EstablishedTable {
    /// Buckets below which a namespace's own table is too small to walk once.
    ///
    /// The walk holds no lock between messages. With 512 buckets half of all dumps under churn
    /// missed some socket; with the 262,144 of a machine's table none of a thousand did.
    private static let fewBuckets = 65_536

    /// How many dumps show every socket.
    ///
    /// - Parameter entries: `tcp_ehash_entries` of the namespace; negative where it shares the
    ///   machine's table, `nil` where it could not be read.
    /// - Returns: The number of dumps to take the union of.
    static func rounds(entries: Int?) -> Int {
        guard let entries else { return 2 }
        return entries < 0 || entries >= fewBuckets ? 1 : 2
    }

    /// `tcp_ehash_entries` of the calling thread's network namespace.
    ///
    /// A kernel without it is older than tables of a namespace's own (Linux 6.1): there the
    /// machine's is shared.
    static func entries() -> Int? {
        let directory = "/proc/sys/net/ipv4/"
        guard let file = try? Descriptor(opening: directory + "tcp_ehash_entries") else {
            let isOldKernel = unsafe access(directory + "tcp_rmem", F_OK) == 0
            return isOldKernel ? -1 : nil
        }
        return unsafe withUnsafeTemporaryAllocation(byteCount: 32, alignment: 1) { text in
            // A sysctl is read whole at once and never waits.
            let count = unsafe read(file.number, text.baseAddress, text.count)
            guard count > 0 else { return nil }
            return unsafe Int(
                String(decoding: text.prefix(count).prefix { $0 > 0x20 }, as: UTF8.self)
            )
        }
    }
}
