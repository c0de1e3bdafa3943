import Judging
import LinuxSystem
import Model
import Reporting
import SockDiag

/// The sockets of all targets, judged as they stream by; only what will be shown is kept.
struct Scan {
    private let request: ScanRequest
    private let judge: Judge
    /// The counts of the target that is scanned.
    private var summary = ScanSummary()
    private(set) var findings: [Finding] = []
    private(set) var targets: [ScanReport.Target] = []
    /// Why sockets may not have been seen: one sentence each.
    private(set) var gaps: [String] = []
    /// What is remembered, if anything is; the sockets are added as they are judged.
    var history: SocketHistory?
    /// Whether the snapshots can be the truth, if anybody asks.
    private(set) var survey: PeerSurvey?

    init(
        _ request: ScanRequest,
        judge: Judge,
        history: consuming SocketHistory?,
        survey: PeerSurvey? = nil
    ) {
        self.request = request
        self.judge = judge
        self.history = history
        self.survey = survey
    }

    /// Lists and judges the sockets of a target; what it cannot see becomes a gap.
    mutating func scan(_ target: OpenTarget) {
        let port = request.port
        scan(target.facts) { body in
            do throws(SockDiagError) {
                return try target.withSocket { socket throws(SockDiagError) in
                    try socket.dump(remotePort: port, clock: systemTime, body: body).gaps
                        .map { "\(target.name): \($0)" }
                }
            } catch {
                return [error.description]
            }
        }
    }

    /// Judges the sockets of a target as they are listed.
    ///
    /// - Parameters:
    ///   - target: The target, without the counts.
    ///   - list: Hands over each socket with the moment after the kernel described it, and returns
    ///     why there may be more.
    mutating func scan(
        _ target: ScanReport.Target,
        list: ((TCPSocket, WallTime) -> Void) -> [String]
    ) {
        var facts = target
        let index = targets.count
        let missed = list {
            count($0, target: index, namespace: facts.inode ?? 0, now: $1)
        }
        gaps += missed
        facts.summary = summary
        summary = ScanSummary()
        facts.isComplete = missed.isEmpty
        targets.append(facts)
    }

    /// Adds a gap that is no target's.
    mutating func note(_ gap: String) { gaps.append(gap) }

    private mutating func count(
        _ socket: TCPSocket,
        target: Int,
        namespace: UInt64,
        now: WallTime
    ) {
        let judgement =
            history == nil
            ? judge.judge(socket, heardAt: now - socket.silence)
            : judgeAndRemember(socket, SocketKey(socket, in: namespace), now: now)
        survey?.note(socket, judgement, heardAt: now - socket.silence)
        let isUnresponsive = judgement.isUnresponsive(
            health: Health(of: socket),
            silence: socket.silence
        )
        let isCandidate = judgement.verdict.isCandidate
        let isAskedFor = isCandidate && request.policy.asked.contains(judgement.verdict)
        summary.count(
            judgement,
            silence: socket.silence,
            isUnresponsive: isUnresponsive,
            isCandidate: isAskedFor
        )
        let isShown =
            isCandidate
            ? isAskedFor : request.showsAll || (request.showsUnresponsive && isUnresponsive)
        guard isShown else { return }
        keep(socket, judgement, SocketKey(socket, in: namespace), target: target, now: now)
    }

    // Neither of these is for every socket: apart, so that those who need them not pay nothing.

    @inline(never)
    private mutating func judgeAndRemember(
        _ socket: TCPSocket,
        _ key: SocketKey,
        now: WallTime
    ) -> Judgement {
        let heardAt = now - socket.silence
        let past = history?.past(of: key)
        let judgement = judge.judge(socket, heardAt: heardAt, history: past)
        let sighting = SocketSighting(
            seenAt: now,
            heardAt: heardAt,
            isCandidate: judgement.verdict.isCandidate,
            binding: judge.binding(
                of: socket,
                judgement,
                heardAt: heardAt,
                known: past?.binding
            )
        )
        history?.remember(key, sighting)
        return judgement
    }

    @inline(never)
    private mutating func keep(
        _ socket: TCPSocket,
        _ judgement: Judgement,
        _ key: SocketKey,
        target: Int,
        now: WallTime
    ) {
        var finding = judge.finding(
            for: socket,
            judgement,
            target: target,
            now: now,
            history: history?.past(of: key)
        )
        finding.candidacy = history?.candidacy(of: key)
        findings.append(finding)
    }
}
