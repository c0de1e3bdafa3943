/// How the program ends, by the contract of halfopen(8).
package enum ExitStatus: Int32, Sendable {
    /// A complete scan without a candidate.
    case clear = 0
    /// A complete scan with candidates.
    case candidates = 1
    /// The scan failed, or did not see all that it was asked for.
    case incomplete = 2
    /// The command line is wrong (`EX_USAGE` of sysexits(3head)).
    case usage = 64
}
