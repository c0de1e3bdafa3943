import Glibc
import LinuxSystem
import Model

/// The ztunnel of this node, which knows the Pods of its mesh.
package struct ZtunnelProcess: Hashable, Sendable {
    /// Its number in the reader's PID namespace.
    package let pid: Int32
    /// The inode of its network namespace, where its admin server listens.
    package let namespaceInode: UInt64
    /// The port of its admin server on the loopback address, in host byte order.
    package let adminPort: UInt16

    /// The port unless its configuration has another.
    private static let defaultAdminPort: UInt16 = 15000

    /// A process of the given facts.
    package init(pid: Int32, namespaceInode: UInt64, adminPort: UInt16) {
        self.pid = pid
        self.namespaceInode = namespaceInode
        self.adminPort = adminPort
    }

    /// Finds it among the processes of this machine.
    ///
    /// Anybody may give a process such a name and command line, but not what ztunnel needs to enter the
    /// namespaces of Pods: `CAP_SYS_ADMIN` in the user namespace of this process.
    ///
    /// - Parameter visits: Who looks, and gives up where that hangs.
    package static func find(
        by visits: ProcessVisits = ProcessVisits()
    ) throws(ZtunnelError) -> ZtunnelProcess {
        let pids: [Int32]
        do throws(Errno) {
            pids = try listProcesses()
        } catch {
            throw .hidden([.cannotListProcesses(error)])
        }
        var found: [ZtunnelProcess] = []
        var fault: ZtunnelError?
        let outcome = visits.run(pids) { words in
            switch Remark(words) {
            case .ztunnel(let process): found.append(process)
            case .onDemand(let pid): fault = fault ?? .isOnDemand(pid: pid)
            case .unreadable(let pid, let error): fault = fault ?? .cannotLook(pid: pid, error)
            case nil: break
            }
        } visit: { pid, tell in
            if let remark = Remark(of: pid) { tell(remark.words) }
            return true
        }
        if let fault { throw fault }
        if let first = outcome.unanswered.first {
            throw .hidden([.noAnswer(count: outcome.unanswered.count + outcome.left, pid: first)])
        }
        return try only(of: found, by: visits)
    }

    private static func only(
        of found: [ZtunnelProcess],
        by visits: ProcessVisits
    ) throws(ZtunnelError) -> ZtunnelProcess {
        guard let first = found.first else {
            // Whether it may be hidden is a question of who can be seen at all.
            let problems = ProxySearch([], by: visits).problems
            throw problems.isEmpty ? .none : .hidden(problems)
        }
        if found.contains(where: { $0.namespaceInode != first.namespaceInode }) {
            throw .several(found.map(\.pid))
        }
        return first
    }

    /// What a visit tells of a process that may be a ztunnel.
    private enum Remark {
        case ztunnel(ZtunnelProcess)
        /// It learns of a workload only when somebody asks for it.
        case onDemand(Int32)
        case unreadable(Int32, Errno)

        /// What there is to tell of a process; `nil` of another, and of one that has ended.
        init?(of pid: Int32) {
            do throws(Errno) {
                let process = try ProcessFolder(pid)
                guard
                    ZtunnelProcess.isZtunnel(try process.arguments()),
                    try process.holdsSystemCapability()
                else { return nil }
                let environment = ZtunnelEnvironment(try process.read("environ"))
                if try !process.runs("ztunnel"), !environment.isInPod { return nil }
                if environment.isOnDemand {
                    self = .onDemand(pid)
                    return
                }
                self = .ztunnel(
                    ZtunnelProcess(
                        pid: pid,
                        namespaceInode: try process.inode("ns/net"),
                        adminPort: environment.adminPort ?? defaultAdminPort
                    )
                )
            } catch {
                if [ENOENT, ESRCH].contains(error.code) { return nil }
                self = .unreadable(pid, error)
            }
        }

        /// The remark as words, and back.
        var words: [String] {
            switch self {
            case .ztunnel(let process):
                ["\(process.pid)", "\(process.namespaceInode)", "\(process.adminPort)"]
            case .onDemand(let pid): ["\(pid)"]
            case .unreadable(let pid, let error): ["\(pid)", "\(error.code)"]
            }
        }

        init?(_ words: [String]) {
            let numbers = words.compactMap { UInt64($0) }
            guard numbers.count == words.count, let first = numbers.first else { return nil }
            let pid = Int32(clamping: first)
            switch numbers.count {
            case 1: self = .onDemand(pid)
            case 2: self = .unreadable(pid, Errno(code: Int32(clamping: numbers[1])))
            case 3:
                self = .ztunnel(
                    ZtunnelProcess(
                        pid: pid,
                        namespaceInode: numbers[1],
                        adminPort: UInt16(clamping: numbers[2])
                    )
                )
            default: return nil
            }
        }
    }

    /// Whether a command line is `ztunnel proxy ztunnel`; an emulator may stand before it.
    static func isZtunnel(_ arguments: [String]) -> Bool {
        let program = arguments.firstIndex { $0.lastPathPart == "ztunnel" }
        guard let rest = program.map({ arguments[$0...].dropFirst() }) else { return false }
        return zip(rest, rest.dropFirst()).contains { $0 == ("proxy", "ztunnel") }
    }
}

/// What ztunnel's environment says of it, environ(7).
struct ZtunnelEnvironment {
    /// The admin server's port, as `proxyAdminPort` of `PROXY_CONFIG` has it; `nil` where it does not.
    let adminPort: UInt16?
    /// Whether it loads workloads on demand (`XDS_ON_DEMAND`).
    let isOnDemand: Bool
    /// Whether it was started in a Pod by Istio's manifest, which tells it the Pod.
    let isInPod: Bool

    private static let names: Set = ["POD_NAME", "POD_NAMESPACE", "PROXY_CONFIG", "XDS_ON_DEMAND"]

    /// Reads the form of `/proc/PID/environ`.
    ///
    /// If a name is there twice, the first counts, as for getenv(3).
    init(_ bytes: [UInt8]) {
        var values: [String: Substring] = [:]
        for entry in bytes.split(separator: 0) {
            let text = String(decoding: entry, as: UTF8.self)
            guard let sign = text.firstIndex(of: "=") else { continue }
            let name = String(text[..<sign])
            guard Self.names.contains(name), values[name] == nil else { continue }
            values[name] = text[text.index(after: sign)...]
        }
        adminPort = values["PROXY_CONFIG"].flatMap(Self.adminPort)
        isOnDemand = values["XDS_ON_DEMAND"] == "true"
        isInPod = values["POD_NAME"] != nil && values["POD_NAMESPACE"] != nil
    }

    /// The port in a configuration in YAML or JSON: `proxyAdminPort: 15099`.
    private static func adminPort(in config: Substring) -> UInt16? {
        let lines = config.split { "\n,{}".contains($0) }
        for line in lines {
            let parts = line.split(separator: ":", maxSplits: 1)
            let trimmed = parts.map {
                $0.drop { " \t\r\"'".contains($0) }.prefix { !" \t\r\"'#".contains($0) }
            }
            if trimmed.first == "proxyAdminPort", let port = trimmed.last.flatMap({ UInt16($0) }) {
                return port
            }
        }
        return nil
    }
}

extension ProcessFolder {
    /// Whether the process may administer the system that this process runs in.
    ///
    /// Reads `CapEff` of `/proc/PID/status`, proc_pid_status(5), which counts in the process's own user
    /// namespace.
    fileprivate func holdsSystemCapability() throws(Errno) -> Bool {
        let status = String(decoding: try read("status", atMost: 1 << 16), as: UTF8.self)
        let line = status.split(separator: "\n").first { $0.hasPrefix("CapEff:") }
        let word = line?.split(whereSeparator: \.isWhitespace).last
        guard let mask = word.flatMap({ UInt64($0, radix: 16) }),
            Capabilities(rawValue: mask).contains(.sysAdmin)
        else { return false }
        return try inode("ns/user") == FileStatus(of: "/proc/self/ns/user").inode
    }

    /// Whether the process runs a program of this name, itself or by an interpreter or emulator: these
    /// leave the name to the process (`comm`).
    fileprivate func runs(_ name: String) throws(Errno) -> Bool {
        let deleted = " (deleted)"
        let path = try link("exe")
        let program = path.hasSuffix(deleted) ? String(path.dropLast(deleted.count)) : path
        if program.lastPathPart == name { return true }
        return try read("comm") == Array("\(name)\n".utf8)
    }
}

/// Why it is not known which process is the node's ztunnel.
package enum ZtunnelError: Error, Hashable, Sendable {
    /// All processes of the node were looked at, and none is one.
    case none
    /// There may be one among processes that are hidden.
    case hidden([DiscoveryError])
    /// There are several, in network namespaces of their own.
    case several([Int32])
    /// It loads workloads on demand, so that it knows only some.
    case isOnDemand(pid: Int32)
    /// A process that may be one could not be looked into.
    case cannotLook(pid: Int32, Errno)
}

extension ZtunnelError: CustomStringConvertible {
    /// Operation, object, cause and what to do, as one line without the program's name.
    package var description: String {
        switch self {
        case .none:
            "no ztunnel runs on this node (a process 'ztunnel proxy ztunnel' with CAP_SYS_ADMIN);"
                + " start it, or give a snapshot (-s FILE) instead of --ztunnel"
        case .hidden(let problems):
            "cannot find this node's ztunnel: "
                + problems.map(\.description).joined(separator: "; ")
                + "; or else give a snapshot (-s FILE) instead of --ztunnel"
        case .several(let pids):
            "several ztunnels run on this node (processes"
                + " \(pids.map(String.init).joined(separator: ", "))), as during an update; wait for"
                + " the update, or give a snapshot (-s FILE) instead of --ztunnel"
        case .isOnDemand(let pid):
            "ztunnel (process \(pid)) loads workloads on demand (XDS_ON_DEMAND), so that it knows"
                + " only some: give a snapshot (-s FILE) instead of --ztunnel"
        case .cannotLook(let pid, let error):
            "cannot look into process \(pid), which may be this node's ztunnel: \(error); run as root"
                + " with CAP_SYS_PTRACE"
        }
    }
}
