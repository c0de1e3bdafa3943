import LinuxSystem

/// The kernel's hash table of established connections that a network namespace uses.
enum EstablishedTable {
    /// Buckets below which a table is too small to walk once.
    ///
    /// The walk holds no lock between messages. With 512 buckets half of all dumps under churn
    /// missed some socket; with the 262,144 of a large machine's table none of a thousand did. While
    /// 7,000 connections a second were reopened, one of some 400 dumps missed one of 1,000 sockets:
    /// what history knows and a dump does not show is therefore looked up (``DiagSocket/lookUp``).
    private static let fewBuckets = 65_536

    /// How many dumps show every socket.
    ///
    /// - Parameter entries: `tcp_ehash_entries` of the namespace; `nil` where it is not known.
    /// - Returns: The number of dumps to take the union of.
    static func rounds(entries: Int?) -> Int {
        guard let entries else { return 2 }
        // Negative where the namespace shares the machine's table, which may be small, too.
        return entries.magnitude >= fewBuckets ? 1 : 2
    }

    /// `tcp_ehash_entries` of the calling thread's network namespace; `nil` where it cannot be read,
    /// and before Linux 6.1.
    static func entries() -> Int? {
        firstWord(ofFile: "/proc/sys/net/ipv4/tcp_ehash_entries").flatMap { Int($0) }
    }
}
