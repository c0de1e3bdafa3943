import Judging
import Model
import TestSupport

/// What may happen to a socket between its judgement and its end.
enum Race: CaseIterable {
    /// Its peer sends data, which it would not if the judgement were right.
    case speaks
    /// Its peer acknowledges.
    case acknowledges
    /// It closes.
    case closes
    /// It closes, and another connection has its addresses.
    case isSucceeded

    func happen(to connection: inout Connection, at moment: WallTime) {
        switch self {
        case .speaks where connection.wire != nil:
            let event = Wire.Event.received(bytes: 39, segments: 1, isRead: true)
            connection.wire?.cut(event, at: moment)
        case .acknowledges where connection.wire != nil:
            connection.wire?.cut(.heard, at: moment)
        case .speaks: connection.data = connection.data.filter { $0 <= moment } + [moment]
        case .acknowledges: connection.acks = connection.acks.filter { $0 <= moment } + [moment]
        case .closes: connection.closed = moment
        case .isSucceeded: connection.cookie += 1 << 40
        }
    }
}

extension Scanner {
    /// Destroys what the loop has it destroy, one after the other; some come to life just before.
    mutating func reap(
        _ result: ScanResult,
        _ view: ScanView,
        by policy: ReapPolicy,
        isOfOneClock: Bool
    ) {
        var moment = view.now + random.span(0.005...1)
        let peers = Set(
            result.findings.filter { $0.judgement.verdict != .exempt }.map(\.socket.peer.address)
        ).count
        let outcome = ReapLoop(policy, isDryRun: false).run(result, isOfOneClock: isOfOneClock) {
            target,
            sockets,
            isStillMeant,
            report in
            for (index, socket) in sockets.enumerated() {
                moment = moment + random.span(0...0.05)
                let end = end(
                    of: socket,
                    in: view,
                    of: view.proxies[target],
                    at: moment,
                    peers: peers
                ) {
                    isStillMeant(index, $0, $1)
                }
                report(index, end)
            }
            return nil
        }
        guard let outcome else { return }
        reapLedger.record(outcome, peers: peers)
        if view.falsehood != nil {
            let living = connections.count {
                $0.isEstablished(at: view.now) && !$0.isStale(at: view.now)
            }
            reapLedger.recordFalsehood(outcome, living: living)
        }
    }

    /// Looks at a socket again, and destroys it if it is still meant.
    private mutating func end(
        of socket: TCPSocket,
        in view: ScanView,
        of proxy: Int,
        at moment: WallTime,
        peers: Int,
        isStillMeant: (TCPSocket, WallTime) -> Bool
    ) -> Destruction {
        guard let place = established(socket, of: proxy, at: view.now) else {
            reapLedger.recordMisdirection()
            return .gone
        }
        var connection = connections[place]
        let race = random.chance(percent: 20) ? Race.allCases.randomElement(using: &random) : nil
        race?.happen(
            to: &connection,
            at: random.moment(view.now + TimeSpan(milliseconds: 4), moment)
        )
        var isMeant = false
        if connection.isEstablished(at: moment) {
            let (found, clock) = read(connection, at: moment)
            isMeant = isStillMeant(found, clock)
        }
        if race != nil {
            reapLedger.record(raceIsLost: isMeant)
            return .skipped
        }
        guard isMeant else {
            let heard = (connection.heard(by: view.now), connection.heard(by: moment))
            let clock = (world.scanner.error(at: view.now), world.scanner.error(at: moment))
            let isUnchanged =
                connection.isEstablished(at: moment) && heard.0 == heard.1 && clock.0 == clock.1
            reapLedger.recordSkip(isUnchanged: isUnchanged)
            return .skipped
        }
        reapLedger.recordEnd(
            of: connection,
            at: moment,
            in: world,
            peers: peers,
            excuse: memory.taint
                ?? world.excuse(for: connection, lateNodes: view.lateNodes, at: moment)
        )
        connections[place].closed = moment
        return .destroyed
    }
}
