import CLinux

/// A set of capabilities, capabilities(7): those that this program has a use for.
package struct Capabilities: OptionSet, Hashable, Sendable {
    /// The bit `1 << CAP_X` for each, as the kernel counts them (linux/capability.h).
    package let rawValue: UInt64

    /// The set of the given bits.
    package init(rawValue: UInt64) {
        self.rawValue = rawValue
    }

    /// Files may be read, written and searched for whatever their mode says.
    package static let dacOverride = Capabilities(CAP_DAC_OVERRIDE)
    /// Files may be read, and folders searched, whatever their mode says.
    package static let dacReadSearch = Capabilities(CAP_DAC_READ_SEARCH)
    /// Sockets may be destroyed (`SOCK_DESTROY`).
    package static let netAdmin = Capabilities(CAP_NET_ADMIN)
    /// Network namespaces may be entered (`setns`).
    package static let sysAdmin = Capabilities(CAP_SYS_ADMIN)
    /// The namespaces, open files and environment of other users' processes may be looked at.
    package static let sysPtrace = Capabilities(CAP_SYS_PTRACE)

    /// The user may be changed.
    static let setUser = Capabilities(CAP_SETUID)
    /// The groups may be changed.
    static let setGroup = Capabilities(CAP_SETGID)
    /// What becoming another takes.
    static let changeUser: Capabilities = [.setUser, .setGroup]
    /// What shrinking the bounding set takes.
    static let changeBounds = Capabilities(CAP_SETPCAP)

    private init(_ number: Int32) {
        rawValue = 1 << UInt64(number)
    }
}
