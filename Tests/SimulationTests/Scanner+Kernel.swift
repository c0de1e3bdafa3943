import Judging
import Model
import TestSupport

extension World {
    /// What the scanner's machine calls its boot, which was when the world began.
    func epoch(at now: WallTime) -> ClockEpoch {
        ClockEpoch(bootID: "boot", bootedAt: scanner.reckoned(Self.begins, at: now))
    }
}

extension Scanner {
    /// Both clocks of the scanner's machine.
    func readClocks(at now: WallTime) -> ClockReading {
        ClockReading(wall: world.scanner.reading(now), steady: now - World.begins)
    }

    /// The namespace of a proxy, as the scanner finds it.
    func target(_ number: Int, at now: WallTime) -> ScanTarget {
        let proxy = world.proxies[number]
        let name = MeshProxy(
            role: "waypoint",
            namespace: proxy.identity.namespace,
            pod: proxy.identity.name
        )
        let identity = ProxyIdentity(
            pod: ProxyIdentity.PodName(namespace: name.namespace, name: name.pod),
            startedAt: world.scanner.reckoned(proxy.processStarted, at: now)
        )
        return ScanTarget(
            inode: proxy.namespace,
            path: nil,
            pid: namesProxies ? Int32(number + 1) : nil,
            proxy: namesProxies ? name : nil,
            identity: namesProxies ? identity : ProxyIdentity(),
            isComplete: true
        )
    }

    /// Hands over the ESTABLISHED sockets of a proxy, each with the clock that was read then.
    mutating func list(_ number: Int, at now: WallTime, _ body: (TCPSocket, WallTime) -> Void) {
        var first: [IPAddress: TCPInfo] = [:]
        for connection in connections
        where connection.proxy == number && connection.isEstablished(at: now) {
            var (socket, read) = read(connection, at: now)
            if setting.planted == .verdictPerAddress {
                socket.info = first[connection.peer] ?? socket.info
                first[connection.peer] = socket.info
            }
            body(socket, read)
        }
    }

    /// A socket as the kernel describes it, and the scanner's clock, which is read a moment later.
    mutating func read(_ connection: Connection, at now: WallTime) -> (TCPSocket, WallTime) {
        if connection.wire != nil {
            return (
                readWire(connection, at: now), world.scanner.reading(now) + random.span(0...0.02)
            )
        }
        let heard = connection.heard(by: now)
        func age(_ moment: WallTime) -> UInt32 {
            // The kernel counts in ticks of 4 ms.
            UInt32(max(0, (now - moment).milliseconds / 4 * 4))
        }
        let waits = connection.waits.map { $0 <= now } ?? false
        var socket = socket(of: connection)
        socket.timer = waits ? .retransmit : .none
        socket.info = TCPInfo(
            lastDataReceived: age(heard.data),
            lastAckReceived: age(heard.ack),
            unackedSegments: waits ? 1 : 0
        )
        return (socket, world.scanner.reading(now) + random.span(0...0.02))
    }

    /// A socket of a mesh, with what its kernel counts.
    private func readWire(_ connection: Connection, at now: WallTime) -> TCPSocket {
        guard let state = connection.wire?.state(at: now) else { return socket(of: connection) }
        // The kernel stamps in ticks of 4 ms: what happens in one happens at once.
        func age(_ moment: WallTime) -> UInt32 {
            UInt32(max(0, now.milliseconds / 4 * 4 - moment.milliseconds / 4 * 4))
        }
        var socket = socket(of: connection)
        socket.timer = state.unacknowledged > 0 ? .retransmit : .none
        socket.retransmits = state.retransmits
        socket.unreadBytes = state.unread
        socket.info = TCPInfo(
            lastDataReceived: age(state.dataReceived),
            lastAckReceived: age(state.ackReceived),
            lastDataSent: age(state.dataSent),
            unackedSegments: state.unacknowledged,
            retransmits: state.retransmits,
            backoff: state.retransmits,
            bytesReceived: UInt64(state.bytesReceived),
            traffic: TrafficCounters(
                bytesReceived: state.bytesReceived,
                bytesAcknowledged: state.bytesAcknowledged,
                segmentsSent: state.segmentsSent,
                dataSegmentsReceived: state.dataSegmentsReceived,
                dataSegmentsSent: state.dataSegmentsSent
            )
        )
        return socket
    }

    private func socket(of connection: Connection) -> TCPSocket {
        let local = world.proxies[connection.proxy].address
        let isIPv4 = connection.peer.isIPv4
        return TCPSocket(
            family: isIPv4 ? .ipv4 : .ipv6,
            local: Endpoint(address: isIPv4 ? local : local.sixth, port: connection.port),
            peer: Endpoint(address: connection.peer, port: 15008),
            cookie: connection.cookie,
            info: TCPInfo(lastDataReceived: 0, lastAckReceived: 0)
        )
    }

    /// The connection that has the addresses of a socket in the namespace of a proxy now.
    func established(_ socket: TCPSocket, of number: Int, at now: WallTime) -> Int? {
        connections.firstIndex {
            $0.proxy == number && $0.port == socket.local.port && $0.peer == socket.peer.address
                && $0.isEstablished(at: now)
        }
    }
}
