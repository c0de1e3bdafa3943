import Discovery
import Model
import SockDiag

/// What the program may ask of its companion, which has the privileges: nothing names a path, a port
/// or a process, all of which are the command line's.
package enum CompanionRequest: Hashable, Sendable {
    /// A file that is replaced as a whole.
    package enum Output: UInt8, CaseIterable, Sendable {
        /// `--state`.
        case state
        /// `--metrics-file`.
        case metrics
        /// `--output-file`.
        case capture
    }

    /// Opens the targets of the command line once more.
    case openTargets
    /// Closes them.
    case closeTargets
    /// Destroys sockets of a target, by its place among those that were opened last; the time since
    /// boot says when the program looked at them.
    case destroy(target: UInt16, lookedAt: TimeSpan, [TCPSocket])
    /// Tells which processes hold sockets; the last part of a question that has several gets the
    /// answer.
    case findOwners([SocketID], isLast: Bool)
    /// Connects to the node's ztunnel.
    case openZtunnel
    /// Opens a snapshot again, by its place on the command line.
    case openSnapshot(UInt16)
    /// Locks the state file.
    case lockState
    /// Opens the state file.
    case openState
    /// Gives the state file another name, because it is not believed.
    case setStateAside(HistoryFault)
    /// Unlocks the state file.
    case unlockState
    /// Makes the file that takes the place of another.
    case create(Output)
    /// Gives the new file its name.
    case finish
    /// Removes the new file.
    case abandon

    /// The sockets that one message asks about.
    static let mostOwners = 4096
}

extension CompanionRequest {
    /// The message that asks this.
    package var bytes: [UInt8] {
        var writer = MessageWriter()
        writer.put(kind.rawValue)
        switch self {
        case .destroy(let target, let lookedAt, let sockets):
            writer.put(target)
            writer.put(lookedAt.milliseconds)
            writer.put(UInt16(clamping: sockets.count))
            for socket in sockets { writer.put(addressesOf: socket) }
        case .findOwners(let sockets, let isLast):
            writer.put(isLast)
            writer.put(UInt16(clamping: sockets.count))
            for socket in sockets {
                writer.put(socket.namespace)
                writer.put(socket.inode)
            }
        case .openSnapshot(let place): writer.put(place)
        case .setStateAside(let fault): writer.put(fault.number)
        case .create(let output): writer.put(output.rawValue)
        case .openTargets, .closeTargets, .openZtunnel, .lockState, .openState, .unlockState,
            .finish, .abandon:
            break
        }
        return writer.bytes
    }

    /// The request that a message asks; `nil` where it is none.
    package init?(_ bytes: [UInt8]) {
        do throws(MalformedMessage) { try self.init(reading: bytes) } catch { return nil }
    }

    private init(reading bytes: [UInt8]) throws(MalformedMessage) {
        var reader = MessageReader(bytes)
        guard let kind = Kind(rawValue: try reader.number()) else { throw MalformedMessage() }
        switch kind {
        case .openTargets: self = .openTargets
        case .closeTargets: self = .closeTargets
        case .destroy:
            let target: UInt16 = try reader.number()
            let lookedAt = TimeSpan(milliseconds: try reader.number())
            guard lookedAt >= .zero else { throw MalformedMessage() }
            let count: UInt16 = try reader.number()
            guard count <= DiagSocket.largestBatch else { throw MalformedMessage() }
            var sockets: [TCPSocket] = []
            for _ in 0..<count { sockets.append(try reader.socket()) }
            self = .destroy(target: target, lookedAt: lookedAt, sockets)
        case .findOwners:
            let isLast = try reader.flag()
            let count: UInt16 = try reader.number()
            guard count <= Self.mostOwners else { throw MalformedMessage() }
            var sockets: [SocketID] = []
            for _ in 0..<count {
                sockets.append(
                    SocketID(namespace: try reader.number(), inode: try reader.number())
                )
            }
            self = .findOwners(sockets, isLast: isLast)
        case .openZtunnel: self = .openZtunnel
        case .openSnapshot: self = .openSnapshot(try reader.number())
        case .lockState: self = .lockState
        case .openState: self = .openState
        case .setStateAside:
            guard let fault = HistoryFault(number: try reader.number()) else {
                throw MalformedMessage()
            }
            self = .setStateAside(fault)
        case .unlockState: self = .unlockState
        case .create:
            guard let output = Output(rawValue: try reader.number()) else {
                throw MalformedMessage()
            }
            self = .create(output)
        case .finish: self = .finish
        case .abandon: self = .abandon
        }
        try reader.finish()
    }

    private enum Kind: UInt8 {
        case openTargets, closeTargets, destroy, findOwners, openSnapshot, lockState, openState
        case setStateAside, unlockState, create, finish, abandon, openZtunnel
    }

    private var kind: Kind {
        switch self {
        case .openTargets: .openTargets
        case .closeTargets: .closeTargets
        case .destroy: .destroy
        case .findOwners: .findOwners
        case .openZtunnel: .openZtunnel
        case .openSnapshot: .openSnapshot
        case .lockState: .lockState
        case .openState: .openState
        case .setStateAside: .setStateAside
        case .unlockState: .unlockState
        case .create: .create
        case .finish: .finish
        case .abandon: .abandon
        }
    }
}

extension HistoryFault {
    fileprivate static let all: [Self] = [.foreign, .newer, .damaged]

    fileprivate var number: UInt8 { UInt8(Self.all.firstIndex(of: self) ?? 0) }

    fileprivate init?(number: UInt8) {
        guard Self.all.indices.contains(Int(number)) else { return nil }
        self = Self.all[Int(number)]
    }
}

extension MessageWriter {
    /// What the kernel finds a socket by.
    fileprivate mutating func put(addressesOf socket: TCPSocket) {
        put(socket.family == .ipv6)
        for end in [socket.local, socket.peer] {
            put(end.address.high)
            put(end.address.low)
            put(end.port)
        }
        put(socket.interface)
        put(socket.cookie)
    }
}

extension MessageReader {
    fileprivate mutating func socket() throws(MalformedMessage) -> TCPSocket {
        TCPSocket(
            family: try flag() ? .ipv6 : .ipv4,
            local: try endpoint(),
            peer: try endpoint(),
            interface: try number(),
            cookie: try number(),
            info: TCPInfo(lastDataReceived: 0, lastAckReceived: 0)
        )
    }

    private mutating func endpoint() throws(MalformedMessage) -> Endpoint {
        let address = IPAddress(high: try number(), low: try number())
        return Endpoint(address: address, port: try number())
    }
}
