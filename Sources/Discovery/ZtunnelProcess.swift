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
    /// Whether it learns of a workload only when somebody asks for it.
    package let isOnDemand: Bool

    /// The port unless its configuration has another.
    private static let defaultAdminPort: UInt16 = 15000

    /// Finds it among the processes of this machine.
    ///
    /// Anybody may give a process such a name and command line, but not what ztunnel needs to enter the
    /// namespaces of Pods: `CAP_SYS_ADMIN` in the user namespace of this process.
    package static func find() throws(ZtunnelError) -> ZtunnelProcess {
        let pids: [Int32]
        do throws(Errno) {
            pids = try listProcesses()
        } catch {
            throw .hidden([.cannotListProcesses(error)])
        }
        var found: [ZtunnelProcess] = []
        var unreadable: (pid: Int32, Errno)?
        for pid in pids {
            do throws(Errno) {
                if let process = try ZtunnelProcess(pid) { found.append(process) }
            } catch {
                if ![ENOENT, ESRCH].contains(error.code) { unreadable = (pid, error) }
            }
        }
        if let unreadable { throw .cannotLook(pid: unreadable.pid, unreadable.1) }
        guard let first = found.first else {
            // Whether it may be hidden is a question of who can be seen at all.
            let problems = ProxySearch([]).problems
            throw problems.isEmpty ? .none : .hidden(problems)
        }
        if found.contains(where: { $0.namespaceInode != first.namespaceInode }) {
            throw .several(found.map(\.pid))
        }
        return first
    }

    /// The process if it is a ztunnel; `nil` for another.
    private init?(_ pid: Int32) throws(Errno) {
        let process = try ProcessFolder(pid)
        guard Self.isZtunnel(try process.arguments()) else { return nil }
        guard try process.holdsSystemCapability() else { return nil }
        let environment = ZtunnelEnvironment(try process.read("environ"))
        guard try process.runs("ztunnel") || environment.isInPod else { return nil }
        self.pid = pid
        namespaceInode = try process.inode("ns/net")
        adminPort = environment.adminPort ?? Self.defaultAdminPort
        isOnDemand = environment.isOnDemand
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
        case .several(let pids):
            "several ztunnels run on this node (processes"
                + " \(pids.map(String.init).joined(separator: ", "))), as during an update, and it"
                + " is not known which of them to ask; wait for the update, or give a snapshot"
                + " (-s FILE) instead of --ztunnel"
        case .cannotLook(let pid, let error):
            "cannot look into process \(pid), which may be this node's ztunnel: \(error); run as root"
                + " with CAP_SYS_PTRACE"
        }
    }
}
