import Model

/// What speaks against a snapshot or against the scanner's clock where anybody may look: in the
/// snapshot, at the proxy, on the clock.
///
/// Whether the truth is otherwise it does not know; a wrong snapshot that nothing contradicts is
/// counted apart.
struct EvidenceAtHand {
    /// What is contradicted by what.
    enum Contradiction: String, CaseIterable {
        case proxyUnlisted = "the proxy's address is not listed"
        case proxyMisnamed = "the proxy is listed as another, or nowhere"
        case clockBehind =
            "the proxy's Pod, its process or the snapshot shows the clock to be behind"
        case clockAhead = "the proxy's Pod or Node shows the clock to be ahead"
        case oldHeartbeats = "the Nodes' heartbeats are older than the snapshot may be"
    }

    let proxy: ModelProxy
    /// Whether it is known which Pod it is, and what its process is.
    let isNamed: Bool
    let addresses: [IPAddress]
    /// The scanner's clock.
    let now: WallTime
    let processStarted: WallTime
    let maxAge: TimeSpan?
    private let skew = TimeSpan.seconds(2)

    init(_ world: World, _ proxy: ModelProxy, isNamed: Bool, at now: WallTime, maxAge: TimeSpan?) {
        self.proxy = proxy
        self.isNamed = isNamed
        addresses = [proxy.address, proxy.address.sixth]
        self.now = world.scanner.reading(now)
        processStarted = world.scanner.reckoned(proxy.processStarted, at: now)
        self.maxAge = maxAge
    }

    /// The first contradiction to what the snapshots say.
    func contradiction(to contents: [SnapshotContents]) -> Contradiction? {
        proxyContradiction(to: contents)
            ?? contents.lazy.compactMap(clockContradiction).first
            ?? (isOld(contents) ? .oldHeartbeats : nil)
    }

    private func proxyContradiction(to lists: [SnapshotContents]) -> Contradiction? {
        guard lists.contains(where: { $0.document.scope == .cluster }) else { return nil }
        // A proxy that started since is not listed yet, and that says nothing.
        let bound = lists.map(\.document.readNotBefore).min() ?? .distantPast
        if isNamed, processStarted > bound - .seconds(10) { return nil }
        let listing = lists.filter { $0.hasPod(where: isAtAddress) }
        if listing.isEmpty { return .proxyUnlisted }
        guard isNamed else { return nil }
        let naming = lists.filter { $0.hasPod { isAtAddress($0) && isNamesake($0) } }
        return naming.isEmpty ? .proxyMisnamed : nil
    }

    private func clockContradiction(to contents: SnapshotContents) -> Contradiction? {
        let stated = contents.document.statedReadTime?.time
        if let stated, now < stated - skew { return .clockBehind }
        var own: [Pod] = []
        contents.pods.forEach { pod in
            if isNamed ? isNamesake(pod) : isAtAddress(pod) { own.append(pod) }
        }
        guard own.count == 1, let pod = own.first else { return nil }
        let (creation, start) = (pod.life.creation?.wallTime, pod.life.start?.wallTime)
        if let creation {
            if let start, start < creation - skew { return .clockBehind }
            if isNamed, creation > processStarted + skew { return .clockBehind }
        }
        let node = contents.nodes.first { $0.name == pod.identity.node }
        let written = [start, node?.heartbeat?.wallTime].compactMap { $0 }
        let limit = min(stated.map { $0 + .seconds(90) } ?? now, now) + skew
        return written.contains { $0 > limit } ? .clockAhead : nil
    }

    private func isOld(_ contents: [SnapshotContents]) -> Bool {
        guard let maxAge else { return false }
        let newest = contents.flatMap { $0.nodes.compactMap { $0.heartbeat?.wallTime } }.max()
        return newest.map { now - $0 > maxAge + .minutes(10) } ?? false
    }

    private func isAtAddress(_ pod: Pod) -> Bool {
        pod.addresses.contains { addresses.contains($0) }
    }

    private func isNamesake(_ pod: Pod) -> Bool {
        pod.identity.namespace == proxy.identity.namespace
            && pod.identity.name == proxy.identity.name
    }
}

extension SnapshotContents {
    fileprivate func hasPod(where isRight: (Pod) -> Bool) -> Bool {
        var found = false
        pods.forEach { if isRight($0) { found = true } }
        return found
    }
}
