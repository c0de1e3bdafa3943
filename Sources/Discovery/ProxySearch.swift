import Glibc
import LinuxSystem

/// The Istio proxies of this machine, or as many of them as `/proc` shows.
///
/// Works wherever `/proc` is the node's: on the node itself, and in a container with `hostPID`.
package struct ProxySearch: Sendable {
    /// One for each network namespace, by their processes' numbers.
    package private(set) var proxies: [ProxyProcess] = []
    /// Why there may be others; empty where every process was looked at.
    package private(set) var problems: [DiscoveryError] = []
    /// How many processes were looked at.
    package private(set) var processes = 0
    private var unreadable: (count: Int, first: Int32, error: Errno)?
    private var sawNodeAgent = false

    /// Looks at every process.
    ///
    /// A process that ends meanwhile is left out. If a process may not be looked into, only its
    /// command line decides; opening its network namespace will then fail.
    ///
    /// - Parameter roles: Which proxies are asked for.
    package init(_ roles: Set<ProxyRole>) {
        let pids: [Int32]
        do throws(Errno) {
            pids = try listProcesses()
        } catch {
            problems = [.cannotListProcesses(error)]
            return
        }
        for pid in pids { look(at: pid, roles) }
        proxies = ProxyProcess.first(inEachNamespaceOf: proxies)
        noteWhatIsHidden(pids)
    }

    private mutating func look(at pid: Int32, _ roles: Set<ProxyRole>) {
        do throws(Errno) {
            let process = try ProcessFolder(pid)
            let arguments = try process.arguments()
            processes += 1
            sawNodeAgent = sawNodeAgent || Self.isNodeAgent(arguments)
            guard let role = ProxyRole(arguments: arguments), role.isAmong(roles) else { return }
            if let found = try proxy(pid, role, process) { proxies.append(found) }
        } catch {
            if [ENOENT, ESRCH].contains(error.code) { return }
            unreadable = (
                count: (unreadable?.count ?? 0) + 1, first: unreadable?.first ?? pid,
                error: unreadable?.error ?? error
            )
        }
    }

    /// What is known of a process whose command line is a proxy's; `nil` if it is none after all.
    private mutating func proxy(
        _ pid: Int32,
        _ role: ProxyRole,
        _ process: borrowing ProcessFolder
    ) throws(Errno) -> ProxyProcess? {
        var found = ProxyProcess(pid: pid, role: role)
        let program: String
        do throws(Errno) {
            program = try process.link("exe")
            found.namespaceInode = try process.inode("ns/net")
        } catch {
            if [EACCES, EPERM].contains(error.code) { return found }
            throw error
        }
        var unread: Errno?
        do throws(Errno) {
            found.apply(ProcessEnvironment(try process.read("environ")))
        } catch {
            unread = error
        }
        guard
            Self.isProgram(program, role.program) || !found.proxy.pod.isEmpty || unread != nil
        else { return nil }
        // What has ended shows no more; nothing that was read of it before counts.
        guard try !process.arguments().isEmpty else { return nil }
        if let unread { problems.append(.cannotReadEnvironment(pid: pid, unread)) }
        if found.proxy.workload == nil,
            let labels = try? process.readInRoot("etc/istio/pod/labels", atMost: 1 << 16)
        {
            found.apply(PodLabels(labels))
        }
        return found
    }

    /// Whether a program is a proxy's; anybody may give a process a proxy's command line.
    ///
    /// Where another runs it, such as an emulator of its processor, its environment tells.
    private static func isProgram(_ program: String, _ name: String) -> Bool {
        let deleted = " (deleted)"
        let path = program.hasSuffix(deleted) ? String(program.dropLast(deleted.count)) : program
        return path.lastPathPart == name
    }

    private mutating func noteWhatIsHidden(_ pids: [Int32]) {
        if let unreadable {
            problems.append(
                .cannotReadCommands(
                    count: unreadable.count,
                    pid: unreadable.first,
                    unreadable.error
                )
            )
        }
        if pids.first != 1 {
            problems.append(.processesAreHidden)
        } else if !sawNodeAgent, !Self.showsKernelThreads {
            problems.append(.seesOnlyOwnContainer)
        }
    }

    /// Whether a process runs the node's containers: where it is seen, so are they, also on a node
    /// that is a container itself.
    private static func isNodeAgent(_ arguments: [String]) -> Bool {
        let name = arguments.first?.prefix { $0 != " " }
        return ["kubelet", "kubelite", "k3s"].contains(name.map { String($0).lastPathPart })
    }

    /// Whether `/proc` is that of the machine's first PID namespace, in which alone the kernel's own
    /// threads are: their parent is process 2, which has no program and no parent.
    ///
    /// A container has processes of any name, but not one without a program under this number. What
    /// counts is what `/proc` shows: it may be another namespace's than this process's own.
    static var showsKernelThreads: Bool {
        guard let process = try? ProcessFolder(2), let stat = try? process.read("stat") else {
            return false
        }
        return (try? process.read("comm")) == Array("kthreadd\n".utf8)
            && statFields(of: stat).dropFirst().first == "0"
            && (try? process.arguments()) == []
    }
}
