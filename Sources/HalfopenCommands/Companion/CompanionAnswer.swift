import Discovery
import Judging
import LinuxSystem
import Model

/// What the companion answers; a message of some kinds brings a descriptor.
package enum CompanionAnswer: Sendable {
    /// The facts of a target, with its netlink socket where that could be opened.
    case target(TargetFacts)
    /// Why a target may be missing, or an owner not be known.
    case problem(String)
    /// What was searched, for `--verbose`.
    case info(String)
    /// The place of a socket in the question, and who holds it.
    case owner(UInt32, SocketOwner)
    /// The kernel's error number for each socket that was to be destroyed.
    case destroyed([Int32])
    /// None of the sockets was destroyed: it was too long since the look at them.
    case late
    /// The ztunnel, with a connection to its admin server.
    case ztunnel(ZtunnelProcess)
    /// A file, open, or a connection.
    case file
    /// There is no such file.
    case absent
    /// A new name.
    case name(String)
    /// A file could not be opened.
    case unreadable(Errno)
    /// A file could not be locked, replaced or renamed.
    case fault(StateFileError)
    /// It is done, or the list of answers ends here.
    case done

    /// What is known of a target beside its socket.
    package struct TargetFacts: Sendable {
        /// What the report shows.
        package var info: ScanTarget
        /// Why it could not be opened.
        package var failure: String?
        /// Whether the one who opened it could not go back.
        package var isStranded: Bool
        /// How many dumps show every socket.
        package var rounds: UInt8
    }
}

extension CompanionAnswer {
    private enum Kind: UInt8 {
        case target, problem, info, owner, destroyed, file, absent, name, unreadable, fault, done
        case ztunnel, late
    }

    /// The message that answers this.
    package var bytes: [UInt8] {
        var writer = MessageWriter()
        writer.put(kind.rawValue)
        switch self {
        case .target(let facts): writer.put(facts)
        case .problem(let text), .info(let text), .name(let text): writer.put(text)
        case .owner(let place, let owner):
            writer.put(place)
            writer.put(owner.pid)
            writer.put(owner.command)
            writer.put(owner.pod?.namespace)
            writer.put(owner.pod?.name)
        case .destroyed(let codes):
            writer.put(UInt16(clamping: codes.count))
            for code in codes { writer.put(code) }
        case .ztunnel(let process):
            writer.put(process.pid)
            writer.put(process.namespaceInode)
            writer.put(process.adminPort)
        case .unreadable(let error): writer.put(error.code)
        case .fault(let error): writer.put(error)
        case .file, .absent, .late, .done: break
        }
        return writer.bytes
    }

    /// The answer that a message is; `nil` where it is none.
    package init?(_ bytes: [UInt8]) {
        do throws(MalformedMessage) { try self.init(reading: bytes) } catch { return nil }
    }

    private init(reading bytes: [UInt8]) throws(MalformedMessage) {
        var reader = MessageReader(bytes)
        guard let kind = Kind(rawValue: try reader.number()) else { throw MalformedMessage() }
        switch kind {
        case .target: self = .target(try reader.target())
        case .problem: self = .problem(try reader.text())
        case .info: self = .info(try reader.text())
        case .owner:
            let place: UInt32 = try reader.number()
            var owner = SocketOwner(pid: try reader.number(), command: try reader.text(), pod: nil)
            if let namespace = try reader.optionalText(), let name = try reader.optionalText() {
                owner.pod = PodName(namespace: namespace, name: name)
            } else {
                guard try !reader.flag() else { throw MalformedMessage() }
            }
            self = .owner(place, owner)
        case .destroyed:
            let count: UInt16 = try reader.number()
            var codes: [Int32] = []
            for _ in 0..<count { codes.append(try reader.number()) }
            self = .destroyed(codes)
        case .ztunnel:
            self = .ztunnel(
                ZtunnelProcess(
                    pid: try reader.number(),
                    namespaceInode: try reader.number(),
                    adminPort: try reader.number()
                )
            )
        case .late: self = .late
        case .file: self = .file
        case .absent: self = .absent
        case .name: self = .name(try reader.text())
        case .unreadable: self = .unreadable(Errno(code: try reader.number()))
        case .fault: self = .fault(try reader.fault())
        case .done: self = .done
        }
        try reader.finish()
    }

    private var kind: Kind {
        switch self {
        case .target: .target
        case .problem: .problem
        case .info: .info
        case .owner: .owner
        case .destroyed: .destroyed
        case .ztunnel: .ztunnel
        case .late: .late
        case .file: .file
        case .absent: .absent
        case .name: .name
        case .unreadable: .unreadable
        case .fault: .fault
        case .done: .done
        }
    }
}

extension MessageWriter {
    fileprivate mutating func put(_ facts: CompanionAnswer.TargetFacts) {
        put(facts.info.inode)
        put(facts.info.path)
        put(facts.info.pid)
        put(facts.info.isDiscovered)
        put(facts.info.proxy != nil)
        if let proxy = facts.info.proxy {
            put(proxy.role)
            put(proxy.namespace)
            put(proxy.pod)
            put(proxy.workload)
            put(proxy.cluster)
        }
        let identity = facts.info.identity
        put(identity.pod != nil)
        if let pod = identity.pod {
            put(pod.namespace)
            put(pod.name)
        }
        put(identity.podUID)
        put(identity.address?.high)
        put(identity.address?.low)
        put(identity.startedAt?.milliseconds)
        put(identity.isInHostNetwork)
        put(facts.failure)
        put(facts.isStranded)
        put(facts.rounds)
    }

    fileprivate mutating func put(_ error: StateFileError) {
        switch error {
        case .file(.cannot(let step, let path, let errno)):
            put(0 as UInt8)
            put(step)
            put(path)
            put(errno.code)
        case .file(.notRegular(let path)):
            put(1 as UInt8)
            put(path)
        case .file(.unattended(let path)):
            put(4 as UInt8)
            put(path)
        case .locked(let path, let holder):
            put(2 as UInt8)
            put(path)
            put(holder)
        case .lockIsForeign(let path, let owner):
            put(3 as UInt8)
            put(path)
            put(owner)
        }
    }
}

extension MessageReader {
    fileprivate mutating func target() throws(MalformedMessage) -> CompanionAnswer.TargetFacts {
        var info = ScanTarget(
            inode: try optionalNumber(),
            path: try optionalText(),
            pid: try optionalNumber(),
            isDiscovered: try flag(),
            isComplete: false
        )
        if try flag() {
            info.proxy = MeshProxy(
                role: try text(),
                namespace: try text(),
                pod: try text(),
                workload: try optionalText(),
                cluster: try optionalText()
            )
        }
        if try flag() {
            info.identity.pod = .init(namespace: try text(), name: try text())
        }
        info.identity.podUID = try optionalText()
        let (high, low): (UInt64?, UInt64?) = (try optionalNumber(), try optionalNumber())
        if let high, let low { info.identity.address = IPAddress(high: high, low: low) }
        let startedAt: Int64? = try optionalNumber()
        info.identity.startedAt = startedAt.map { WallTime(milliseconds: $0) }
        info.identity.isInHostNetwork = try flag()
        return CompanionAnswer.TargetFacts(
            info: info,
            failure: try optionalText(),
            isStranded: try flag(),
            rounds: try number()
        )
    }

    fileprivate mutating func fault() throws(MalformedMessage) -> StateFileError {
        switch try number(UInt8.self) {
        case 0:
            .file(
                .cannot(try text(), path: try text(), Errno(code: try number()))
            )
        case 1: .file(.notRegular(path: try text()))
        case 2: .locked(path: try text(), holder: try optionalNumber())
        case 3: .lockIsForeign(path: try text(), owner: try number())
        case 4: .file(.unattended(path: try text()))
        default: throw MalformedMessage()
        }
    }
}
