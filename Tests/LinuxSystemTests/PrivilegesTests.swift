import CLinux
import Foundation
import LinuxSystem
import TestSupport
import Testing

/// Dropping in a process of its own, because nothing can be taken back.
struct PrivilegesTests {
    private static let isRoot = geteuid() == 0

    private func drop(_ user: String, _ kept: Capabilities, threads: Int = 0) throws -> Command {
        let program = Command.products.appending(path: "drop-privileges").path
        return try Command(
            program,
            [user, String(kept.rawValue), String(threads)],
            in: TemporaryFolder()
        )
    }

    @Test(
        .enabled(if: isRoot, "needs root"),
        arguments: [("kept", 0), ("dropped", 65534)],
        [[], .sysPtrace, [.sysAdmin, .netAdmin, .dacReadSearch]] as [Capabilities]
    )
    func `What is kept is all that is left, as whomever the process goes on`(
        user: (argument: String, id: Int),
        kept: Capabilities
    ) throws {
        let lines = try drop(user.argument, kept).output.split(separator: "\n")
        let set = String(format: "%016llx", kept.rawValue)
        for name in ["CapEff", "CapPrm"] { #expect(lines.contains("\(name):\t\(set)")) }
        for name in ["CapInh", "CapBnd", "CapAmb"] {
            #expect(lines.contains("\(name):\t0000000000000000"))
        }
        let ids = (0..<4).map { _ in "\(user.id)" }.joined(separator: "\t")
        #expect(lines.contains("Uid:\t\(ids)"))
        #expect(lines.contains("Gid:\t\(ids)"))
        #expect(lines.contains("NoNewPrivs:\t1"))
    }

    @Test func `A process of several threads is refused, since the others would keep theirs`()
        throws
    {
        let answer = try drop("dropped", [], threads: 2)
        #expect(answer.output == "\(PrivilegesError.severalThreads)\n")
    }

    @Test(arguments: [
        (Capabilities.dacOverride, CAP_DAC_OVERRIDE), (.dacReadSearch, CAP_DAC_READ_SEARCH),
        (.netAdmin, CAP_NET_ADMIN), (.sysAdmin, CAP_SYS_ADMIN), (.sysPtrace, CAP_SYS_PTRACE),
    ])
    func `A capability is the kernel's bit`(_ capability: Capabilities, _ number: Int32) {
        #expect(capability.rawValue == 1 << UInt64(number))
    }
}
