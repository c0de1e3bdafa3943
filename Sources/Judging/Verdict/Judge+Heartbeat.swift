import Model

// Evidence that needs no snapshot: every HBONE server of Istio pings its clients, so a connection on
// which nothing is heard for long has lost its other end. ``Heartbeat`` has the numbers.

extension Judge {
    /// Whether a connection is silent for longer than one that lives and is pinged.
    ///
    /// What the proxy has not read yet keeps the peer from sending more.
    @inline(__always)
    func isSilent(_ socket: TCPSocket) -> Bool {
        guard let limit = policy.silentAfter else { return false }
        return socket.silence >= limit && socket.unreadBytes == 0
    }

    /// What is said of a connection without any snapshot, if its heartbeat does not say more.
    func judgeByConnectionAlone(_ socket: TCPSocket) -> Judgement {
        if isSilent(socket) { return Judgement(.undetermined, nil, .pingsNotSeen) }
        return socket.silence <= Heartbeat.longestGap
            ? Judgement(.current, .assumed, .heardNow)
            : Judgement(.undetermined, nil, .notSilentLongEnough)
    }

    /// What the table says of a connection that is not silent, or what its last sign of life does where
    /// the snapshot has no times.
    @inline(__always)
    func judgeHeard(_ judgement: Judgement, silence: TimeSpan) -> Judgement {
        guard
            judgement.reason == .ownerHasNoTimestamps, policy.silentAfter != nil,
            silence <= Heartbeat.longestGap
        else { return judgement }
        return Judgement(.current, .assumed, .heardNow)
    }

    /// Whether a judgement of the table is of an owner that the snapshots list.
    func listsOwner(_ judgement: Judgement) -> Bool {
        switch judgement.verdict {
        case .current, .terminating, .undetermined, .replaced: hasSnapshot
        case .exempt, .deleted, .silent, .unlisted: false
        }
    }

    /// Whether a silent connection stays a question that the snapshots would answer, were there any or
    /// had they times.
    func isUnanswered(_ judgement: Judgement) -> Bool {
        judgement.reason == .pingsNotSeen || judgement.reason == .ownerHasNoTimestamps
    }

    /// Why a scan that has so many of them is incomplete: one sentence each, without a full stop.
    func unanswered(silentConnections count: Int) -> [String] {
        if count == 0 { return [] }
        if hasSnapshot { return Premises.missingTimes(ownership, policy) }
        guard policy.asked.contains(.silent) else { return [] }
        let limit = policy.silentAfter.map(\.shortText) ?? ""
        return [
            (count == 1 ? "1 connection has" : "\(count) connections have")
                + " been silent for \(limit) or more, but nothing shows that their servers send"
                + " pings: give a snapshot (-s), or let earlier scans be remembered (--state, watch)"
        ]
    }

    /// Whether the table leaves a silent connection to its heartbeat.
    func leavesToHeartbeat(_ judgement: Judgement) -> Bool {
        if judgement.reason == .excluded { return false }
        return !judgement.verdict.isCandidate || judgement.confidence != .confirmed
    }

    /// Judges a silent connection by its heartbeat.
    ///
    /// - Parameters:
    ///   - silent: The connection, which the table left.
    ///   - past: What earlier scans say of it, and its look in this one.
    ///   - witnesses: The connections of its target.
    ///   - mostMissPings: Whether at least half of the target's silent connections miss pings.
    /// - Returns: The row of the heartbeat that holds, or what the table said.
    func judge(
        _ silent: SilentConnection,
        past: SocketPast?,
        _ witnesses: Witnesses,
        mostMissPings: Bool
    ) -> Judgement {
        let row = row(of: silent)
        if let past, let witness = witness(of: silent, in: row, past, witnesses) {
            return Judgement(row.verdict, .confirmed, row.reason, witness: witness)
        }
        let isSuspicious = mostMissPings || silent.socket.missesPings(past?.heartbeat ?? [])
        guard isSuspicious, !witnesses.isUnpinged(silent.socket.peer.address) else {
            return silent.judgement
        }
        return Judgement(row.verdict, .suspected, row.reason)
    }
}

// MARK: - Rows

extension Judge {
    /// A row of the heartbeat.
    private enum Row {
        case silentSinceBeforeOwnerNetwork
        case unownedAndSilent
        /// Nothing is known of who may have the address in the peer's place.
        case pingsMissed
        /// It is not certain that the peer is the owner of its address.
        case pingsMissedByWhomever

        var verdict: Verdict {
            switch self {
            case .silentSinceBeforeOwnerNetwork: .replaced
            case .unownedAndSilent: .deleted
            case .pingsMissed, .pingsMissedByWhomever: .silent
            }
        }

        var reason: Reason {
            switch self {
            case .silentSinceBeforeOwnerNetwork: .silentSinceBeforeOwnerNetwork
            case .unownedAndSilent: .unownedAndSilent
            case .pingsMissed, .pingsMissedByWhomever: .pingsMissed
            }
        }
    }

    private func row(of silent: SilentConnection) -> Row {
        guard hasSnapshot else { return .pingsMissed }
        let address = silent.socket.peer.address
        let claims = ownership.claims(on: address)
        let mayBeAnothers =
            claims.terminal.contains { mayStillLive($0, silent.heardAt) }
            || mayBeOfAnotherCluster(silent.heardAt)
        if mayBeAnothers { return .pingsMissedByWhomever }
        if claims.owners.count > 0 {
            let isOlder = claims.owners.allSatisfy { lacksNetwork($0, at: silent.heardAt) }
            if isOlder { return .silentSinceBeforeOwnerNetwork }
            return silent.judgement.verdict == .replaced ? .pingsMissedByWhomever : .pingsMissed
        }
        let isExempt = claims.isHostNetwork || ownership.exemption(of: address) != nil
        return !isExempt && silent.judgement.verdict == .deleted ? .unownedAndSilent : .pingsMissed
    }

    /// Whether the owner at an index had no network when the peer was heard.
    private func lacksNetwork(_ index: Int, at heardAt: WallTime) -> Bool {
        let life = ownership.pods.life(index)
        guard
            life.earliestExistence != nil, let ready = life.networkReady,
            !contradicts(index, life)
        else { return false }
        return heardAt < ready - .seconds(5) - policy.skew
    }
}

// MARK: - Proof

extension Judge {
    /// The witness that proves that a silent connection is half-open, if its server is known to ping.
    private func witness(
        of silent: SilentConnection,
        in row: Row,
        _ past: SocketPast,
        _ witnesses: Witnesses
    ) -> Witness? {
        let heartbeat = past.heartbeat
        let isUnanswered =
            silent.socket.isUnansweredForLong && heartbeat.contains(.everPinged)
        var isKnownToPing = heartbeat.contains(.isPinging) || isUnanswered
        // ztunnel does not list a Pod that has finished, whose network lives on for a while and
        // acknowledges what it is sent.
        if row == .unownedAndSilent, heartbeat.contains(.wasOwned),
            ownership.isClusterWide || heartbeat.contains(.everPinged)
                || silent.socket.isUnansweredForLong
        {
            isKnownToPing = true
        }
        guard isKnownToPing else { return nil }
        let address = silent.socket.peer.address
        if witnesses.speak(at: address) { return .atAddress }
        switch row {
        case .silentSinceBeforeOwnerNetwork, .pingsMissed:
            guard
                isOfSettledNode(firstSeenAt: past.firstSeenAt) || isBeforeReading(silent.heardAt),
                let node = node(of: address),
                witnesses.speak(on: node)
            else { return nil }
            return .onNode
        case .unownedAndSilent:
            guard
                // Else it may be no Pod at all: a virtual machine or a gateway, which no list has.
                heartbeat.contains(.wasOwned), ownership.showsWholeMesh, provesAbsence,
                silent.heardAt < readNotBefore - Policy.settle - policy.skew,
                witnesses.speakAnywhere
            else { return nil }
            return .elsewhere
        case .pingsMissedByWhomever: return nil
        }
    }

    /// The node of the only owner of an address.
    func node(of address: IPAddress) -> NodeID? {
        let owners = ownership.claims(on: address).owners
        guard owners.count == 1, let index = owners.first else { return nil }
        return ownership.nodeID(ofPod: index)
    }

    /// Whether a connection was there so long before the snapshot that this shows its Pod's node.
    func isOfSettledNode(firstSeenAt: WallTime) -> Bool {
        firstSeenAt < readNotBefore - Policy.settle - policy.skew
    }
}
