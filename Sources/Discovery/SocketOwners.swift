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
package enum SocketOwners {
    /// Finds the owner of each socket among the processes of its own network namespace.
    ///
    /// If several hold one, the lowest PID is the owner. Looking into the processes of others
    /// needs `CAP_SYS_PTRACE` and `CAP_DAC_READ_SEARCH`; a process that may not be looked into owns
    /// nothing here.
    package static func find(_ sockets: Set<SocketID>) -> [SocketID: SocketOwner] {
        var missing = Dictionary(grouping: sockets, by: \.namespace).mapValues {
            Set($0.map(\.inode))
        }
        var owners: [SocketID: SocketOwner] = [:]
        for pid in (try? listProcesses()) ?? [] where !missing.isEmpty {
            guard
                let process = try? ProcessFolder(pid),
                let namespace = try? process.inode("ns/net"),
                let wanted = missing[namespace]
            else { continue }
            let found = process.sockets(among: wanted)
            guard !found.isEmpty, let owner = try? process.owner(pid) else { continue }
            for inode in found {
                owners[SocketID(namespace: namespace, inode: inode)] = owner
            }
            let left = wanted.subtracting(found)
            missing[namespace] = left.isEmpty ? nil : left
        }
        return owners
    }
}

extension ProcessFolder {
    /// Which of the given sockets the process holds.
    fileprivate func sockets(among wanted: Set<UInt32>) -> Set<UInt32> {
        var found: Set<UInt32> = []
        for number in (try? numbers(in: "fd")) ?? [] {
            guard let target = try? link("fd/\(number)"), target.hasPrefix("socket:["),
                let inode = UInt32(target.dropFirst("socket:[".count).dropLast()),
                wanted.contains(inode)
            else { continue }
            found.insert(inode)
            if found.count == wanted.count { break }
        }
        return found
    }

    /// What a report says of the process.
    fileprivate func owner(_ pid: Int32) throws(Errno) -> SocketOwner {
        let name = String(
            decoding: try read("comm").prefix { $0 != UInt8(ascii: "\n") },
            as: UTF8.self
        )
        let environment = try? ProcessEnvironment(read("environ"))
        return SocketOwner(pid: pid, command: name, pod: environment?.pod)
    }
}
