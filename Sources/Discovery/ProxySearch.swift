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
    /// command line decides; opening its network namespace will then fail. One that does not answer
    /// is a problem, and the search goes on.
    ///
    /// - Parameters:
    ///   - roles: Which proxies are asked for.
    ///   - visits: Who looks, and gives up where that hangs.
    package init(_ roles: Set<ProxyRole>, by visits: ProcessVisits = ProcessVisits()) {
        let pids: [Int32]
        do throws(Errno) {
            pids = try listProcesses()
        } catch {
            problems = [.cannotListProcesses(error)]
            return
        }
        processes = pids.count
        let outcome = visits.run(pids) {
            Remark($0).map { take($0) }
        } visit: { pid, tell in
            Visit(pid, roles, isStuck: visits.isStuck(at: pid)) { tell($0.words) }.run()
            return true
        }
        note(outcome)
        proxies = ProxyProcess.first(inEachNamespaceOf: proxies)
        noteWhatIsHidden(pids)
    }

    private mutating func take(_ remark: Remark) {
        switch remark {
        case .absent: processes -= 1
        case .nodeAgent: sawNodeAgent = true
        case .unreadable(let pid, let error):
            processes -= 1
            unreadable = (
                count: (unreadable?.count ?? 0) + 1, first: unreadable?.first ?? pid,
                error: unreadable?.error ?? error
            )
        case .proxy(let proxy):
            // Told again with its labels.
            if proxies.last?.pid == proxy.pid { proxies.removeLast() }
            proxies.append(proxy)
        case .environmentUnread(let pid, let error):
            problems.append(.cannotReadEnvironment(pid: pid, error))
        case .labelsUnread(let pid): problems.append(.labelsDoNotAnswer(pid: pid))
        }
    }

    private mutating func note(_ outcome: ProcessVisits.Outcome) {
        let found = Set(proxies.map(\.pid))
        // What is told of a proxy before its labels stands.
        problems += outcome.unanswered.filter(found.contains).map { .labelsDoNotAnswer(pid: $0) }
        let others = outcome.unanswered.filter { !found.contains($0) }
        processes -= others.count + outcome.left
        if let first = others.first {
            problems.append(.noAnswer(count: others.count, pid: first))
        }
        if outcome.left > 0 { problems.append(.givenUp(left: outcome.left)) }
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
