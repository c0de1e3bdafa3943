/// Why privileges could not be given up: nothing from outside may be read then.
package enum PrivilegesError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The process has several threads, and a thread can give up only its own.
    case severalThreads
    /// A step failed.
    case cannot(String, Errno)

    /// Operation, object, errno and what to do.
    package var description: String {
        switch self {
        case .severalThreads:
            "cannot give up privileges: the program has several threads already"
        case .cannot(let step, let errno):
            "cannot give up privileges: cannot \(step): \(errno); run as an ordinary user, or allow"
                + " the calls of capabilities(7) in the security policy that forbids them"
        }
    }
}
