import Discovery
import Glibc
import SockDiag

/// The network namespaces that a scan is asked for, with their sockets open.
struct TargetSet {
    /// In the order of the command line; a namespace that is named twice is one target.
    private(set) var targets: [OpenTarget] = []
    /// Why a proxy may not have been found, or not all of it is known: one sentence each.
    private(set) var problems: [String] = []
    /// What was searched, for `--verbose`.
    private(set) var info: [String] = []

    /// No targets.
    init() {}

    /// Finds and opens the targets, up to one that cannot be left again.
    init(_ request: ScanRequest) {
        var register = ProcessRegister()
        self.init(request, &register, by: ProcessVisits())
    }

    /// Targets that the companion has opened.
    init(_ targets: [OpenTarget], problems: [String], info: [String]) {
        self.targets = targets
        self.problems = problems
        self.info = info
    }

    /// The same for one scan of many.
    ///
    /// - Parameters:
    ///   - request: What is to be scanned.
    ///   - register: The processes that earlier scans have met.
    ///   - visits: Who looks into processes.
    init(_ request: ScanRequest, _ register: inout ProcessRegister, by visits: ProcessVisits) {
        for target in request.targets {
            switch target {
            case .current: add(OpenTarget(.current))
            case .netns(let nameOrPath):
                add(OpenTarget(NetworkNamespace(nameOrPath: nameOrPath)))
            case .pid(let number): add(OpenTarget(number, &register, by: visits))
            case .discover: discover(request.roles, by: visits)
            }
        }
    }

    private mutating func discover(_ roles: Set<ProxyRole>, by visits: ProcessVisits) {
        raiseDescriptorLimit()
        var (search, hasGone, rest) = (ProxySearch(roles, by: visits), false, 3)
        repeat {
            hasGone = false
            for proxy in search.proxies {
                if let target = OpenTarget(proxy) { add(target) } else { hasGone = true }
            }
            rest -= 1
            // Another process of its namespace may be a proxy, too.
            if hasGone, rest > 0 { search = ProxySearch(roles, by: visits) }
        } while hasGone && rest > 0
        problems += search.problems.map(\.textOfSearch)
        info.append(
            "Istio proxies found: \(search.proxies.count), among \(search.processes) processes"
        )
    }

    private mutating func add(_ target: @autoclosure () -> OpenTarget) {
        if targets.last?.isStranded == true { return }
        let target = target()
        let isKnown = targets.contains {
            $0.info.inode != nil && $0.info.inode == target.info.inode
        }
        if !isKnown { targets.append(target) }
    }
}

extension DiscoveryError {
    /// What the user of `--discover` must know.
    fileprivate var textOfSearch: String {
        self == .seesOnlyOwnContainer
            ? "\(self), or omit --discover to scan the current network namespace" : description
    }
}

/// Lets the process hold as many sockets as it ever may: a node has hundreds of namespaces.
///
/// The corresponding C functions are `getrlimit` and `setrlimit`.
func raiseDescriptorLimit() {
    var limit = rlimit()
    guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    limit.rlim_cur = limit.rlim_max
    // Where it may not be raised, the socket that is one too many fails by name.
    _ = unsafe setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
}
