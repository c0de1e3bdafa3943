import Judging
import Model
import TestSupport

/// What one scan hands to the plan.
struct ReapRun {
    let policy: ReapPolicy
    let judge: Judge
    let agreement: ReapPlan.Agreement
    /// Whether the snapshot is wrong on purpose.
    let isFalse: Bool
    private(set) var survey: PeerSurvey
    private(set) var findings: [Finding] = []
    /// The peers that are judged.
    private(set) var peers: Set<IPAddress> = []
    /// The connection of each candidate, and what was remembered of it.
    private var sources: [UInt64: (connection: Int, past: SocketPast?)] = [:]

    init(
        _ policy: ReapPolicy,
        _ ownership: IPOwnership,
        _ judge: Judge,
        agreement: ReapPlan.Agreement,
        isFalse: Bool
    ) {
        self.isFalse = isFalse
        self.policy = policy
        self.judge = judge
        self.agreement = agreement
        survey = PeerSurvey(of: ownership, skew: .seconds(2))
    }

    mutating func note(
        _ connection: Int,
        _ socket: TCPSocket,
        _ judgement: Judgement,
        _ heardAt: WallTime,
        past: SocketPast?,
        _ candidacy: Candidacy?
    ) {
        survey.note(socket, judgement, heardAt: heardAt)
        if judgement.verdict != .exempt { peers.insert(socket.peer.address) }
        guard judgement.verdict.isCandidate else { return }
        let now = heardAt + socket.silence
        var finding = judge.finding(for: socket, judgement, target: 0, now: now, history: past)
        finding.candidacy = candidacy
        findings.append(finding)
        sources[socket.cookie] = (connection, past)
    }

    func source(of victim: Finding) -> (connection: Int, past: SocketPast?)? {
        sources[victim.socket.cookie]
    }
}

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
        case .speaks: connection.data = connection.data.filter { $0 <= moment } + [moment]
        case .acknowledges: connection.acks = connection.acks.filter { $0 <= moment } + [moment]
        case .closes: connection.closed = moment
        case .isSucceeded: connection.cookie += 1 << 40
        }
    }
}

extension Scanner {
    /// Destroys what the plan says, one after the other; some come to life just before.
    mutating func reap(_ run: ReapRun, isComplete: Bool, at now: WallTime) {
        let plan = ReapPlan(
            findings: run.findings,
            survey: run.survey,
            isSound: isComplete,
            completeTargets: [0],
            agreement: run.agreement,
            policy: run.policy
        )
        reapLedger.record(plan, peers: run.peers.count)
        if run.isFalse {
            let living = connections.count { $0.isEstablished(at: now) && !$0.isStale(at: now) }
            reapLedger.recordFalsehood(plan, living: living)
        }
        var moment = now + random.span(0.005...1)
        for victim in plan.victims {
            moment = moment + random.span(0...0.05)
            guard let (index, past) = run.source(of: victim) else { continue }
            var connection = connections[index]
            let race =
                random.chance(percent: 20) ? Race.allCases.randomElement(using: &random) : nil
            race?.happen(
                to: &connection,
                at: random.moment(now + TimeSpan(milliseconds: 4), moment)
            )
            let socket = connection.isEstablished(at: moment) ? read(connection, at: moment) : nil
            let recheck = run.policy.recheck(
                victim,
                now: socket?.0,
                at: socket.map { $1 + $0.silence } ?? moment,
                by: run.judge,
                history: past
            )
            if race != nil {
                reapLedger.record(race: recheck)
            } else if recheck == .destroy {
                reapLedger.recordEnd(
                    of: connection,
                    victim,
                    at: moment,
                    in: world,
                    peers: run.peers.count
                )
                connections[index].closed = moment
            } else {
                reapLedger.recordSkip()
            }
        }
    }
}
