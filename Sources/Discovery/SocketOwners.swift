import Glibc
import LinuxSystem

/// A process that holds a socket.
package struct SocketOwner: Hashable, Sendable {
    /// Its number in the reader's PID namespace.
    package var pid: Int32
    /// The name of its program, at most 15 bytes (`/proc/PID/comm`).
    package var command: String
    /// The Pod of its container, where its environment tells.
    package var pod: PodName?

    /// A process of the given facts.
    package init(pid: Int32, command: String, pod: PodName?) {
        self.pid = pid
        self.command = command
        self.pod = pod
    }
}

/// A socket as both the kernel's list and `/proc/PID/fd` name it.
package struct SocketID: Hashable, Sendable {
    /// The inode of the network namespace it is in.
    package var namespace: UInt64
    /// Its own inode.
    package var inode: UInt32

    /// A socket of the given inodes.
    package init(namespace: UInt64, inode: UInt32) {
        self.namespace = namespace
        self.inode = inode
    }
}

/// The processes that hold sockets.
package struct SocketOwners: Sendable {
    private var owners: [SocketOwner] = []
    /// The place among the owners of that of each socket: one process may hold most of them.
    private var places: [SocketID: Int32] = [:]
    /// Why an owner may not be known; `nil` where every process answered.
    package private(set) var problem: String?

    /// Finds the owner of each socket among the processes of its own network namespace.
    ///
    /// If several hold one, the lowest PID is the owner. Looking into the processes of others
    /// needs `CAP_SYS_PTRACE` and `CAP_DAC_READ_SEARCH`; a process that may not be looked into owns
    /// nothing here.
    ///
    /// - Parameters:
    ///   - sockets: The sockets.
    ///   - visits: Who looks, and gives up where that hangs.
    package init(of sockets: Set<SocketID>, by visits: ProcessVisits = ProcessVisits()) {
        if sockets.isEmpty { return }
        var missing = Dictionary(grouping: sockets, by: \.namespace).mapValues {
            Set($0.map(\.inode))
        }
        let pids: [Int32]
        do throws(Errno) {
            pids = try listProcesses()
        } catch {
            problem =
                "cannot list processes in '/proc': \(error), so the process that holds a connection"
                + " is unknown; run again"
            return
        }
        // Here it is only taken note of; the copy that visits has a set of its own.
        var seen = missing
        var unread: Unread?
        let outcome = visits.run(pids) {
            take($0, missing: &missing, &unread)
            seen = missing
        } visit: { pid, tell in
            Self.visit(pid, isStuck: visits.isStuck(at: pid), missing: &seen, tell)
            return !seen.isEmpty
        }
        // A process that hangs since an earlier search is not asked for its Pod again.
        let stuck = owners.map(\.pid).filter(visits.isStuck)
        let silent = Set(outcome.unanswered + stuck).sorted()
        if let pid = silent.first {
            let others = silent.count - 1 + outcome.left
            problem =
                "cannot look into process \(pid)" + (others > 0 ? " and \(others) more" : "")
                + ": no answer, so the process that holds a connection may be unknown; end that"
                + " process"
        } else if let unread {
            problem =
                "cannot look into process \(unread.pid)"
                + (unread.count > 1 ? " and \(unread.count - 1) more" : "")
                + ": \(unread.error), so the process that holds a connection may be unknown; run"
                + " again"
        }
    }

    /// The owner of a socket, if it is known to have one.
    package func owner(of socket: SocketID) -> SocketOwner? {
        places[socket].map { owners[Int($0)] }
    }

    /// Processes that could not be looked into, although they may be: how many, and the first.
    private struct Unread {
        var count = 0
        let pid: Int32
        let error: Errno
    }

    /// Looks for sockets among those that a process holds.
    private static func visit(
        _ pid: Int32,
        isStuck: Bool,
        missing: inout [UInt64: Set<UInt32>],
        _ tell: ([String]) -> Void
    ) {
        do throws(Errno) {
            let process = try ProcessFolder(pid)
            let namespace = try process.inode("ns/net")
            guard let wanted = missing[namespace] else { return }
            let found = try process.sockets(among: wanted)
            if found.isEmpty { return }
            let name = try process.name()
            let inodes = found.map { "\($0)" }
            // First what cannot hang.
            tell(["\(pid)", name, "", "", "\(namespace)"] + inodes)
            let left = wanted.subtracting(found)
            missing[namespace] = left.isEmpty ? nil : left
            if !isStuck, let pod = ProcessEnvironment(try process.read("environ")).pod {
                tell(["\(pid)", name, pod.namespace, pod.name, "\(namespace)"] + inodes)
            }
        } catch {
            // It has ended, or is another user's.
            if [ENOENT, ESRCH, EACCES, EPERM].contains(error.code) { return }
            tell(["\(pid)", "\(error.code)"])
        }
    }

    private mutating func take(
        _ words: [String],
        missing: inout [UInt64: Set<UInt32>],
        _ unread: inout Unread?
    ) {
        guard let pid = words.first.flatMap({ Int32($0) }) else { return }
        if words.count == 2, let code = Int32(words[1]) {
            unread = unread ?? Unread(pid: pid, error: Errno(code: code))
            unread?.count += 1
        }
        guard words.count > 5, let namespace = UInt64(words[4]) else { return }
        let pod = words[3].isEmpty ? nil : PodName(namespace: words[2], name: words[3])
        owners.append(SocketOwner(pid: pid, command: words[1], pod: pod))
        for inode in words[5...].compactMap({ UInt32($0) }) {
            places[SocketID(namespace: namespace, inode: inode)] = Int32(owners.count - 1)
            missing[namespace]?.remove(inode)
        }
        if missing[namespace]?.isEmpty == true { missing[namespace] = nil }
    }
}

extension ProcessFolder {
    /// Which of the given sockets the process holds.
    fileprivate func sockets(among wanted: Set<UInt32>) throws(Errno) -> Set<UInt32> {
        var found: Set<UInt32> = []
        for number in try numbers(in: "fd") {
            let target: String
            do throws(Errno) { target = try link("fd/\(number)") } catch {
                // It was closed meanwhile.
                if error.code == ENOENT { continue }
                throw error
            }
            guard target.hasPrefix("socket:["),
                let inode = UInt32(target.dropFirst("socket:[".count).dropLast()),
                wanted.contains(inode)
            else { continue }
            found.insert(inode)
            if found.count == wanted.count { break }
        }
        return found
    }

    /// The name of its program.
    fileprivate func name() throws(Errno) -> String {
        String(decoding: try read("comm").prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
    }
}
