import Glibc
import LinuxSystem
import Model

/// What a process tells of itself: its Pod, and since when it runs.
package struct ProcessOrigin: Hashable, Sendable {
    /// The Pod of its container; `nil` where its environment does not tell, or may not be read.
    package var pod: PodName?
    /// The UID of the Pod of its container by its control group, which it cannot choose; `nil` where it
    /// is in no Pod's, or may not be looked at.
    package var podUID: String?
    /// The first address of its Pod; `nil` where its environment does not tell.
    package var podAddress: IPAddress?
    /// How long after boot it started; `nil` where it may not be looked at.
    package var startedAfterBoot: Ticks?

    /// A length of time as the kernel counts it for processes.
    package struct Ticks: Hashable, Sendable {
        /// The number of clock ticks.
        package var count: UInt64

        /// The same in milliseconds, sysconf(3) `_SC_CLK_TCK`.
        package var milliseconds: Int64 {
            let ticksPerSecond = UInt64(max(1, sysconf(Int32(_SC_CLK_TCK))))
            let (seconds, rest) = count.quotientAndRemainder(dividingBy: ticksPerSecond)
            return Int64(clamping: seconds) * 1000 + Int64(rest * 1000 / ticksPerSecond)
        }
    }

    /// What a process tells now; nothing where there is none.
    package init(ofProcess pid: Int32) {
        guard let process = try? ProcessFolder(pid) else { return }
        let environment = try? ProcessEnvironment(process.read("environ"))
        pod = environment?.pod
        podAddress = environment?.podAddress
        podUID = (try? process.read("cgroup")).flatMap { PodControlGroup($0).uid }
        startedAfterBoot = (try? process.startTicks()).map(Ticks.init)
    }
}

/// The network namespace of the machine itself.
package enum HostNetwork {
    /// Its inode; `nil` where `/proc` is not the machine's own, or may not be looked at.
    package static var namespaceInode: UInt64? {
        guard ProxySearch.showsKernelThreads else { return nil }
        return try? ProcessFolder(1).inode("ns/net")
    }
}
