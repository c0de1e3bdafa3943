import CLinux
import Glibc
import LinuxSystem
import Model

extension NetlinkExchange where Transport: ~Copyable {
    /// Looks sockets up by their names; as ``DiagSocket/lookUp(_:remotePort:clock:body:)``.
    mutating func lookUp(
        _ keys: [SocketKey],
        clock: () -> WallTime,
        body: (TCPSocket, WallTime) -> Void
    ) throws(SockDiagError) {
        for start in stride(from: 0, to: keys.count, by: DiagSocket.largestBatch) {
            let batch = keys[start..<min(start + DiagSocket.largestBatch, keys.count)]
            var fault: SockDiagError?
            try ask(.lookUp, about: batch.map(SocketName.init)) { index, code, description in
                let now = clock()
                if code == ENOENT { return }
                guard code == 0 else { return fault = .cannotLookUp(Errno(code: code)) }
                let key = batch[start + index]
                do {
                    let socket = try TCPSocket(establishedIn: description, port: key.peer.port)
                    if let socket, SocketKey(socket, in: key.namespace) == key { body(socket, now) }
                } catch {
                    fault = .malformedReply
                }
            }
            if let fault { throw fault }
        }
    }

    /// Destroys those of the sockets that are still meant, batch by batch in their order; as
    /// ``DiagSocket/destroy(_:clock:isStillMeant:report:by:)``.
    mutating func destroy(
        _ sockets: [TCPSocket],
        clock: () -> WallTime,
        isStillMeant: (Int, TCPSocket, WallTime) -> Bool,
        report: (Int, Destruction) -> Void,
        by destroyer: BatchDestroyer? = nil
    ) throws(SockDiagError) {
        for start in stride(from: 0, to: sockets.count, by: DiagSocket.largestBatch) {
            let batch = Array(sockets[start..<min(start + DiagSocket.largestBatch, sockets.count)])
            var condemned: [Int] = []
            // Also where this process is stopped before it can ask for their end.
            let lookedAt = timeSinceBoot()
            try ask(.lookUp, about: batch.map(SocketName.init)) { index, code, description in
                let now = clock()
                if code != 0 {
                    report(start + index, Destruction(errorNumber: code))
                } else if let socket = batch[index].described(by: description),
                    isStillMeant(start + index, socket, now)
                {
                    condemned.append(index)
                } else {
                    report(start + index, .skipped)
                }
            }
            let victims = condemned.map { batch[$0] }
            if victims.isEmpty { continue }
            func tell(_ index: Int, _ code: Int32?) {
                let end =
                    switch code {
                    case nil: Destruction.late
                    case 0: Destruction.destroyed
                    case let code?: Destruction(errorNumber: code)
                    }
                report(start + condemned[index], end)
            }
            if let destroyer {
                let codes = try destroyer(victims, lookedAt)
                for index in victims.indices { tell(index, codes?[index]) }
            } else if isLate(lookedAt) {
                for index in victims.indices { tell(index, nil) }
            } else {
                try ask(.destroy, about: victims.map(SocketName.init)) { index, code, _ in
                    tell(index, code)
                }
            }
        }
    }

    /// Destroys the sockets of a batch; as ``DiagSocket/destroyBatch(_:lookedAt:)``.
    mutating func destroyBatch(
        _ sockets: [TCPSocket],
        lookedAt: TimeSpan
    ) throws(SockDiagError) -> [Int32]? {
        if isLate(lookedAt) { return nil }
        var codes = [Int32](repeating: 0, count: sockets.count)
        try ask(.destroy, about: sockets.map(SocketName.init)) { index, code, _ in
            codes[index] = code
        }
        return codes
    }

    /// Whether a look is too long ago for anything to be destroyed by it.
    private func isLate(_ lookedAt: TimeSpan) -> Bool {
        timeSinceBoot() - lookedAt > DiagSocket.longestDelay
    }

    /// Sends a request for each of the sockets at once, and hands over the answers as they come.
    ///
    /// - Parameters:
    ///   - request: What is asked.
    ///   - sockets: So few that the kernel has room to queue all answers.
    ///   - onAnswer: Called once for each socket: its index, the kernel's error number (0 where the
    ///     request was carried out) and, in answer to a look-up that was, the description.
    /// - Throws: ``SockDiagError``; of a socket without an answer nothing is known.
    private mutating func ask(
        _ request: SocketRequest,
        about sockets: [SocketName],
        onAnswer: (Int, Int32, RawSpan) -> Void
    ) throws(SockDiagError) {
        if sockets.isEmpty { return }
        let first = sequence &+ 1
        sequence &+= UInt32(sockets.count)
        try send(messages(request, about: sockets, firstSequence: first))
        var isAnswered = [Bool](repeating: false, count: sockets.count)
        var missing = sockets.count
        while missing > 0 {
            guard let byteCount = try receive() else { throw .cannotReceive(Errno(code: ENOBUFS)) }
            try forEachMessage(in: byteCount) { header, payload throws(SockDiagError) in
                let index = Int(header.nlmsg_seq &- first)
                guard index < sockets.count else {
                    throw .wrongSequence(expected: first, received: header.nlmsg_seq)
                }
                guard !isAnswered[index] else { throw .malformedReply }
                let code = try readAnswer(header, payload, to: request)
                isAnswered[index] = true
                missing -= 1
                onAnswer(index, code, payload)
            }
        }
    }

    private func messages(
        _ request: SocketRequest,
        about sockets: [SocketName],
        firstSequence: UInt32
    ) -> [UInt8] {
        // A description answers a look-up; that a socket was destroyed must be acknowledged.
        let flags = NLM_F_REQUEST | (request == .destroy ? NLM_F_ACK : 0)
        return sockets.indices.flatMap { index in
            netlinkMessage(
                type: request.messageType,
                flags: UInt16(flags),
                sequence: firstSequence &+ UInt32(index),
                payload: request.payload(for: sockets[index])
            )
        }
    }

    /// The kernel's error number, 0 where the request was carried out.
    private func readAnswer(
        _ header: nlmsghdr,
        _ payload: RawSpan,
        to request: SocketRequest
    ) throws(SockDiagError) -> Int32 {
        if request == .lookUp, header.nlmsg_type == request.messageType { return 0 }
        guard Int32(header.nlmsg_type) == NLMSG_ERROR else { throw .malformedReply }
        let code = try errorNumber(of: payload)
        guard code < 0 || (code == 0 && request == .destroy) else { throw .malformedReply }
        return 0 &- code
    }
}

extension Destruction {
    fileprivate init(errorNumber code: Int32) {
        self =
            code == ENOENT
            ? .gone : .refused(SockDiagError.cannotDestroy(Errno(code: code)).description)
    }
}

extension TCPSocket {
    /// The socket that an answer describes; `nil` where it is ESTABLISHED no more, or of another
    /// remote port.
    fileprivate init?(establishedIn message: RawSpan, port: UInt16) throws(InetDiagError) {
        guard try TCPSocket.isEstablished(diagMessage: message, remotePort: port) else {
            return nil
        }
        self = try TCPSocket(diagMessage: message)
    }

    /// This socket as the kernel describes it now; `nil` where it is ESTABLISHED no more, another,
    /// or cannot be read.
    fileprivate func described(by message: RawSpan) -> TCPSocket? {
        guard
            let socket = try? TCPSocket(establishedIn: message, port: peer.port),
            socket.family == family, socket.local == local, socket.peer == peer,
            socket.interface == interface, socket.cookie == cookie
        else { return nil }
        return socket
    }
}
