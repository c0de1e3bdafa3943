import Model

extension Judge {
    /// What a report says of a judged socket; made only for the sockets that are shown.
    ///
    /// - Parameters:
    ///   - socket: The socket.
    ///   - judgement: What ``judge(_:heardAt:history:)`` said of it.
    ///   - target: The index of the target in which it was seen.
    ///   - now: The clock that was read after the kernel described it.
    ///   - history: What earlier scans say of it.
    /// - Returns: The judgement with the Pods that it is about and a sentence that explains it.
    package func finding(
        for socket: TCPSocket,
        _ judgement: Judgement,
        target: Int,
        now: WallTime,
        history: SocketPast? = nil
    ) -> Finding {
        let heardAt = now - socket.silence
        let health = Health(of: socket)
        let claims = ownership.claims(on: socket.peer.address)
        let owners = claims.owners.map(named).sorted { $0.identity < $1.identity }
        let previousOwner =
            boundOwner(history, besides: claims.owners, judgement.reason)
            ?? previousOwner(claims, judgement.reason, heardAt)
        var finding = Finding(
            target: target,
            judgement: judgement,
            health: health,
            socket: socket,
            heardAt: heardAt,
            firstSeenAt: history?.firstSeenAt,
            owners: owners,
            previousOwner: previousOwner,
            explanation: ""
        )
        finding.explanation = explanation(of: finding, claims)
        return finding
    }

    /// One sentence that explains a finding of this judge, with what a reap made of it.
    package func explanation(of finding: Finding) -> String {
        explanation(of: finding, ownership.claims(on: finding.socket.peer.address))
    }

    private func explanation(of finding: Finding, _ claims: AddressClaims) -> String {
        let address = finding.socket.peer.address
        let explanation = Explanation(
            address: address,
            judgement: finding.judgement,
            health: finding.health,
            heardAt: finding.heardAt,
            now: finding.heardAt + finding.silence,
            owners: finding.owners,
            previousOwner: finding.previousOwner,
            previousOwnerMovedTo: finding.previousOwner.flatMap { boundPods[$0.identity.uid] }
                .map(ownership.pods.addresses),
            previousOwnerKeepsSilent: finding.previousOwner.map { keepsSilent($0.life) } ?? false,
            firstSeenAt: finding.firstSeenAt,
            exemption: ownership.exemption(of: address),
            isNodeMissing: claims.owners.contains {
                ownership.lostNode(ofPod: $0)?.isMissing ?? false
            },
            claimedReadTime: ownership.claimedReadTime,
            isOlderThanClaimed: timesAreSound && !provesAbsence,
            isClusterWide: ownership.isClusterWide,
            isUnread: finding.socket.unreadBytes > 0,
            end: finding.reaping?.result
        )
        return explanation.text
    }

    /// The Pod that history binds the socket to, unless it owns the address yet or another decided
    /// the judgement; with no times, if the snapshot shows it no more.
    private func boundOwner(
        _ history: SocketPast?,
        besides owners: PodIndices,
        _ reason: Reason
    ) -> NamedPod? {
        guard
            let pod = usable(history?.binding)?.pod,
            reason != .heardFromFinishedPod, reason != .previousOwnerTerminal,
            !owners.contains(where: { ownership.mayBe(pod, $0) })
        else { return nil }
        return NamedPod(identity: pod, life: PodLife())
    }

    /// Among the Pods that the snapshot still shows to have held the address, the last to start of
    /// those that can have been heard; where one of them decided the judgement, that one.
    private func previousOwner(
        _ claims: AddressClaims,
        _ reason: Reason,
        _ heardAt: WallTime
    ) -> NamedPod? {
        let candidates =
            switch reason {
            case .heardFromFinishedPod: claims.terminal.filter { wasHeard($0, at: heardAt) }
            case .previousOwnerTerminal: claims.terminal.filter { mayStillLive($0, heardAt) }
            default:
                (Array(claims.terminal) + Array(claims.yielded)).filter {
                    mayHaveBeenHeard(ownership.pods.life($0), heardAt)
                }
            }
        return candidates.map(named).max {
            let (left, right) = ($0.life.earliestExistence, $1.life.earliestExistence)
            return (left ?? .distantPast, $0.identity) < (right ?? .distantPast, $1.identity)
        }
    }

    /// Whether a later snapshot shows no better when a finished Pod's network was gone.
    ///
    /// One whose condition is still True may show it False soon. Where the end lies before this
    /// snapshot already, a later one changes nothing: the Pod's times contradict each other.
    private func keepsSilent(_ life: PodLife) -> Bool {
        guard let gone = life.networkGone(skew: policy.skew) else {
            return life.network != .ready
        }
        return gone <= ownership.readNotBefore
    }

    private func named(_ index: Int) -> NamedPod {
        NamedPod(identity: ownership.pods.identity(index), life: ownership.pods.life(index))
    }
}
