/// How a dump went that the kernel answered.
package struct DumpOutcome: Hashable, Sendable {
    /// Why sockets may be missing although the dump came to its end.
    package enum Gap: Hashable, Sendable {
        /// The kernel's table changed during every dump (`NLM_F_DUMP_INTR`).
        case interrupted
        /// The kernel lost messages in every dump (`ENOBUFS`, `NLMSG_OVERRUN`).
        case overrun
        /// Descriptions that could not be decoded: how many, and what was wrong with the first.
        case undecodable(count: Int, first: InetDiagError)
    }

    /// The sockets handed over, each once.
    package var sockets = 0
    /// What may be missing; empty where every socket was seen.
    package var gaps: [Gap] = []

    /// Whether every socket was seen.
    package var isComplete: Bool { gaps.isEmpty }
}

extension DumpOutcome.Gap: CustomStringConvertible {
    /// What may be missing and why, as a sentence without a full stop.
    package var description: String {
        switch self {
        case .interrupted:
            "sockets may be missing: the kernel's table changed during every dump"
        case .overrun:
            "sockets may be missing: the kernel ran out of memory for its replies (ENOBUFS)"
        case .undecodable(let count, let first):
            "\(count) \(count == 1 ? "socket" : "sockets") could not be read: in the kernel's"
                + " description of the first, \(first)"
        }
    }
}
