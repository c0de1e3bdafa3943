/// What was opened with the privileges that the program was started with.
///
/// The only way to it is to give them up, so that nothing that it holds is read before.
package struct Privileged<Opened: ~Copyable>: ~Copyable {
    private let opened: Opened

    /// Keeps what was opened out of reach.
    package init(_ opened: consuming Opened) {
        self.opened = opened
    }

    /// Gives up every privilege but some, for good, and hands over what was opened.
    ///
    /// - Parameters:
    ///   - kept: What the process will need again.
    ///   - user: As whom it goes on; see ``Privileges/User``.
    /// - Throws: ``PrivilegesError``; then privileges may be left, and nothing is handed over.
    package consuming func afterDropping(
        keeping kept: Capabilities = [],
        user: Privileges.User
    ) throws(PrivilegesError) -> Opened {
        try Privileges.drop(keeping: kept, user: user)
        return opened
    }
}
