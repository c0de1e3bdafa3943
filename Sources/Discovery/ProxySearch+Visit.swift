import Glibc
import LinuxSystem

extension ProxySearch {
    /// What a visit tells of a process.
    enum Remark {
        /// It has ended.
        case absent(Int32)
        /// It runs the node's containers.
        case nodeAgent
        /// Its command line may not be read.
        case unreadable(Int32, Errno)
        /// It is a proxy; once more with its labels.
        case proxy(ProxyProcess)
        /// It is a proxy whose environment may not be read.
        case environmentUnread(Int32, Errno)
        /// It is a proxy whose labels hang since an earlier search.
        case labelsUnread(Int32)

        /// The remark as words, and back.
        var words: [String] {
            switch self {
            case .absent(let pid): ["absent", "\(pid)"]
            case .nodeAgent: ["nodeAgent"]
            case .unreadable(let pid, let error): ["unreadable", "\(pid)", "\(error.code)"]
            case .proxy(let proxy): ["proxy"] + proxy.words
            case .environmentUnread(let pid, let error):
                ["environmentUnread", "\(pid)", "\(error.code)"]
            case .labelsUnread(let pid): ["labelsUnread", "\(pid)"]
            }
        }

        init?(_ words: [String]) {
            let numbers = words.dropFirst().map { Int32($0) ?? 0 }
            switch (words.first, numbers.count) {
            case ("absent", 1): self = .absent(numbers[0])
            case ("nodeAgent", 0): self = .nodeAgent
            case ("unreadable", 2): self = .unreadable(numbers[0], Errno(code: numbers[1]))
            case ("proxy", _):
                guard let proxy = ProxyProcess(words.dropFirst()) else { return nil }
                self = .proxy(proxy)
            case ("environmentUnread", 2):
                self = .environmentUnread(numbers[0], Errno(code: numbers[1]))
            case ("labelsUnread", 1): self = .labelsUnread(numbers[0])
            default: return nil
            }
        }
    }

    /// A look at one process, which may hang.
    struct Visit {
        private let pid: Int32
        private let roles: Set<ProxyRole>
        private let isStuck: Bool
        private let tell: (Remark) -> Void

        /// A visit to a process.
        ///
        /// - Parameters:
        ///   - pid: Its number.
        ///   - roles: Which proxies are asked for.
        ///   - isStuck: Whether an earlier visit hangs still.
        ///   - tell: Called with what is seen.
        init(
            _ pid: Int32,
            _ roles: Set<ProxyRole>,
            isStuck: Bool,
            tell: @escaping (Remark) -> Void
        ) {
            self.pid = pid
            self.roles = roles
            self.isStuck = isStuck
            self.tell = tell
        }

        /// Looks at the process.
        func run() {
            do throws(Errno) {
                let process = try ProcessFolder(pid)
                let arguments = try process.arguments()
                if Self.isNodeAgent(arguments) { tell(.nodeAgent) }
                guard let role = ProxyRole(arguments: arguments), role.isAmong(roles) else {
                    return
                }
                try look(at: process, role)
            } catch {
                tell([ENOENT, ESRCH].contains(error.code) ? .absent(pid) : .unreadable(pid, error))
            }
        }

        /// Looks at a process whose command line is a proxy's, and may be none after all.
        private func look(at process: borrowing ProcessFolder, _ role: ProxyRole) throws(Errno) {
            var found = ProxyProcess(pid: pid, role: role)
            let program: String
            do throws(Errno) {
                program = try process.link("exe")
                found.namespaceInode = try process.inode("ns/net")
            } catch {
                if [EACCES, EPERM].contains(error.code) { return tell(.proxy(found)) }
                throw error
            }
            var unread: Errno?
            do throws(Errno) {
                let environment = ProcessEnvironment(try process.read("environ"))
                found.apply(
                    environment,
                    startedAt: try? process.startTicks(),
                    controlGroup: try? process.read("cgroup")
                )
            } catch {
                unread = error
            }
            guard
                Self.isProgram(program, role.program) || !found.proxy.pod.isEmpty || unread != nil
            else { return }
            // What has ended shows no more; nothing that was read of it before counts.
            guard try !process.arguments().isEmpty else { return }
            if let unread { tell(.environmentUnread(pid, unread)) }
            tell(.proxy(found))
            if found.proxy.workload == nil { readLabels(of: found, process) }
        }

        /// Adds the labels of the Pod; they lie where the Pod mounts what it likes.
        private func readLabels(of found: ProxyProcess, _ process: borrowing ProcessFolder) {
            if isStuck { return tell(.labelsUnread(pid)) }
            guard let labels = try? process.readInRoot("etc/istio/pod/labels", atMost: 1 << 16)
            else { return }
            var found = found
            found.apply(PodLabels(labels))
            tell(.proxy(found))
        }

        /// Whether a program is a proxy's; anybody may give a process a proxy's command line.
        ///
        /// Where another runs it, such as an emulator of its processor, its environment tells.
        private static func isProgram(_ program: String, _ name: String) -> Bool {
            let deleted = " (deleted)"
            let isDeleted = program.hasSuffix(deleted)
            let path = isDeleted ? String(program.dropLast(deleted.count)) : program
            return path.lastPathPart == name
        }

        /// Whether a process runs the node's containers: where it is seen, so are they, also on a
        /// node that is a container itself.
        private static func isNodeAgent(_ arguments: [String]) -> Bool {
            let name = arguments.first?.prefix { $0 != " " }
            return ["kubelet", "kubelite", "k3s"].contains(name.map { String($0).lastPathPart })
        }
    }
}
