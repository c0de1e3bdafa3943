import CLinux
import Glibc

/// What the process may do beyond an ordinary user, and how it gives that up.
package enum Privileges {
    /// As whom a process goes on that was started as root.
    package enum User: Hashable, Sendable {
        /// As root: it writes files where only root may.
        case kept
        /// As nobody, in no other group.
        case dropped
    }

    /// The user and group that own nothing, which the kernel shows for those it cannot show
    /// (`/proc/sys/kernel/overflowuid`).
    private static let nobody: UInt32 = 65534

    /// Gives up every privilege but some, for good.
    ///
    /// Afterwards the effective and permitted capabilities are those kept that were held, the
    /// inheritable, ambient and bounding sets are empty, and no program that is run gains any
    /// (`no_new_privs`). As an ordinary user it is that last one that changes.
    ///
    /// The corresponding C functions are `prctl`, `capset`, `setgroups`, `setresgid` and
    /// `setresuid`.
    ///
    /// - Parameters:
    ///   - kept: What the process will need again.
    ///   - user: As whom it goes on. Root stays root where it may not become another, as in a
    ///     container without `CAP_SETUID`, or where nobody is no user, as in a user namespace of
    ///     root alone.
    /// - Throws: ``PrivilegesError``; then privileges may be left.
    static func drop(
        keeping kept: Capabilities = [],
        user: User
    ) throws(PrivilegesError) {
        guard try threadCount() == 1 else { throw .severalThreads }
        try check("set no_new_privs", halfopen_prctl(PR_SET_NO_NEW_PRIVS, 1))
        var sets = halfopen_capabilities()
        try check("read the capabilities", unsafe halfopen_get_capabilities(&sets))
        let effective = Capabilities(rawValue: sets.effective)
        if effective.contains(.changeBounds) { try emptyBounds() }
        if user == .dropped, geteuid() == 0, effective.isSuperset(of: .changeUser) {
            // Else the kernel takes all of them from who ceases to be root.
            try check("keep capabilities", halfopen_prctl(PR_SET_KEEPCAPS, 1))
            try becomeNobody()
        }
        sets.permitted &= kept.rawValue
        sets.effective = sets.permitted
        // The kernel takes from the ambient set what is not inheritable.
        sets.inheritable = 0
        try check("set the capabilities", unsafe halfopen_set_capabilities(&sets))
    }

    /// Why a process that root started cannot give up all, one sentence each: it lacks what that takes.
    ///
    /// It then stays root, or keeps its bounding set, and has no other privilege. Empty for an ordinary
    /// user.
    package static func obstacles() -> [String] {
        var sets = halfopen_capabilities()
        guard geteuid() == 0, unsafe halfopen_get_capabilities(&sets) == 0 else { return [] }
        let effective = Capabilities(rawValue: sets.effective)
        let missing = [("CAP_SETUID", Capabilities.setUser), ("CAP_SETGID", .setGroup)]
            .filter { !effective.contains($0.1) }.map(\.0).joined(separator: " and ")
        var obstacles: [String] = []
        if !missing.isEmpty {
            obstacles.append(
                "cannot become nobody without \(missing), and stays root without capabilities;"
                    + " add what is missing"
            )
        }
        if !effective.contains(.changeBounds) {
            obstacles.append("cannot empty the bounding set without CAP_SETPCAP; add it")
        }
        return obstacles
    }

    /// Takes every capability that this kernel has from the bounding set.
    private static func emptyBounds() throws(PrivilegesError) {
        var number: UInt = 0
        // The kernel refuses the number after its last one.
        while halfopen_prctl(PR_CAPBSET_READ, number) >= 0 {
            try check("shrink the bounding set", halfopen_prctl(PR_CAPBSET_DROP, number))
            number += 1
        }
    }

    private static func becomeNobody() throws(PrivilegesError) {
        let isDone =
            halfopen_leave_supplementary_groups() == 0
            && halfopen_set_groups(nobody) == 0 && halfopen_set_users(nobody) == 0
        let failure = Errno.current
        // EINVAL: nobody is no user of this user namespace; EPERM: it forbids setgroups. Its root is
        // not the machine's.
        if isDone || failure.code == EINVAL || failure.code == EPERM { return }
        throw .cannot("become nobody", failure)
    }

    /// The threads of this process; each has privileges of its own.
    private static func threadCount() throws(PrivilegesError) -> Int {
        do throws(Errno) {
            return try FileDescriptor(opening: "/proc/self/task", O_RDONLY | O_DIRECTORY)
                .entries().count
        } catch {
            throw .cannot("read /proc/self/task", error)
        }
    }

    private static func check(_ step: String, _ result: Int32) throws(PrivilegesError) {
        guard result >= 0 else { throw .cannot(step, .current) }
    }
}
