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

    /// A process that tells nothing.
    init() {}

    /// What a process tells now; nothing where there is none, or where it does not answer.
    package init(ofProcess pid: Int32, by visits: ProcessVisits) {
        var words: [String] = []
        _ = visits.run([pid]) {
            words = $0
        } visit: { pid, tell in
            guard let process = try? ProcessFolder(pid) else { return true }
            let ticks = try? process.startTicks()
            // First what cannot hang.
            let group = try? process.read("cgroup")
            tell(Self(startedAt: ticks, ProcessEnvironment([]), controlGroup: group).words)
            guard let bytes = try? process.read("environ") else { return true }
            tell(Self(startedAt: ticks, ProcessEnvironment(bytes), controlGroup: group).words)
            return true
        }
        self.init(words[...])
    }

    /// A process of the given start, environment and control group.
    init(startedAt ticks: UInt64?, _ environment: ProcessEnvironment, controlGroup: [UInt8]?) {
        pod = environment.pod
        podUID = controlGroup.flatMap { PodControlGroup($0).uid }
        podAddress = environment.podAddress
        startedAfterBoot = ticks.map(Ticks.init)
    }

    /// The facts as words, and back.
    var words: [String] {
        [
            pod?.namespace ?? "", pod?.name ?? "", podAddress?.description ?? "",
            startedAfterBoot.map { "\($0.count)" } ?? "", podUID ?? "",
        ]
    }

    init(_ words: ArraySlice<String>) {
        let words = Array(words)
        guard words.count == 5 else { return }
        if !words[1].isEmpty { pod = PodName(namespace: words[0], name: words[1]) }
        podAddress = IPAddress(words[2])
        startedAfterBoot = UInt64(words[3]).map(Ticks.init)
        podUID = words[4].isEmpty ? nil : words[4]
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
