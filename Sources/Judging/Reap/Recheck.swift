import Model

/// What a second look just before a socket is destroyed says.
enum Recheck: Hashable, Sendable {
    /// It is what it was: nothing has been heard on it.
    case destroy
    /// It is not, and stays.
    case skip(Change)

    /// What has happened to a socket since it was judged.
    enum Change: Hashable, Sendable {
        /// It is gone, or no longer ESTABLISHED.
        case closed
        /// Another connection has its addresses.
        case anotherConnection
        /// Its peer was heard.
        case cameToLife
        /// It seems to have been heard earlier than it was: somebody set the clock back.
        case clockMoved
        /// It is judged otherwise.
        case judgedOtherwise(Judgement)
    }
}

extension ReapPolicy {
    /// The difference between two readings of one moment: the kernel's ages are cut to its ticks,
    /// and the clock is read a moment after it answered.
    private static let jitter = TimeSpan(milliseconds: 250)

    /// Judges a socket that is to be destroyed once more, by what the kernel says of it now.
    ///
    /// A peer that was heard moves ``Finding/heardAt`` to after the scan; so does a clock that was
    /// set forward in between, which spares as much.
    ///
    /// - Parameters:
    ///   - victim: What the scan found.
    ///   - socket: The ESTABLISHED socket that has its addresses and cookie now, if there is one.
    ///   - now: The clock that was read after the kernel described it.
    ///   - judge: The judge of the scan.
    ///   - history: What was remembered of it when it was judged.
    /// - Returns: Whether it is still to be destroyed.
    func recheck(
        _ victim: Finding,
        now socket: TCPSocket?,
        at now: WallTime,
        by judge: Judge,
        history: SocketPast? = nil
    ) -> Recheck {
        guard let socket else { return .skip(.closed) }
        guard isSameConnection(victim.socket, socket) else { return .skip(.anotherConnection) }
        let heardAt = now - socket.silence
        if heardAt > victim.heardAt + Self.jitter { return .skip(.cameToLife) }
        if heardAt < victim.heardAt - Policy.smallestSkew { return .skip(.clockMoved) }
        if victim.judgement.reason.isHeartbeat {
            // Who still pings was seen a moment ago, and the table left it to its heartbeat.
            return judge.isSilent(socket) ? .destroy : .skip(.cameToLife)
        }
        let judgement = judge.judge(socket, heardAt: heardAt, history: history)
        guard judgement.verdict.isCandidate, objection(to: judgement) == nil else {
            return .skip(.judgedOtherwise(judgement))
        }
        return .destroy
    }

    private func isSameConnection(_ left: TCPSocket, _ right: TCPSocket) -> Bool {
        left.cookie == right.cookie && left.family == right.family
            && left.interface == right.interface
            && left.local == right.local && left.peer == right.peer
    }
}

extension Recheck.Change: CustomStringConvertible {
    /// What has happened, in a few words.
    var description: String {
        switch self {
        case .closed: "it has already closed"
        case .anotherConnection: "another connection has its addresses now"
        case .cameToLife: "its peer was heard again"
        case .clockMoved: "the clock was set in between"
        case .judgedOtherwise(let judgement):
            "it is \(judgement.verdict.rawValue) now (\(judgement.reason.rawValue))"
        }
    }
}
