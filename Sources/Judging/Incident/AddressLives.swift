import Model

/// Who had which address when, by snapshots from before and after an incident.
///
/// Unlike the owners of a scan, Pods that a later snapshot no longer lists count: the question is who
/// had an address at the time of a request.
package struct AddressLives: Sendable {
    /// A Pod's time at an address.
    package struct Life: Hashable, Sendable {
        package var pod: PodIdentity
        /// `S`: the earliest moment it can have existed on its node.
        package var start: WallTime?
        /// When its network was surely gone, if it finished.
        package var end: WallTime?
        /// Whether a snapshot listed it as live, and when that was taken.
        package var lastListed: WallTime?
    }

    /// A change of owner.
    package struct Change: Hashable, Sendable {
        package var previous: Life?
        package var present: Life
    }

    private var lives: [IPAddress: [Life]] = [:]
    private let skew: TimeSpan

    /// The lives that documents list.
    ///
    /// - Parameters:
    ///   - contents: What the documents say.
    ///   - skew: The difference to tolerate between any two clocks.
    package init(_ contents: [SnapshotContents], skew: TimeSpan) {
        self.skew = skew
        var seen: [String: (IPAddress, Int)] = [:]
        for content in contents.sorted(by: { $0.document.readNotBefore < $1.document.readNotBefore }
        ) {
            // What ztunnel says has no times.
            if content.document.listsWorkloads { continue }
            let listed = content.document.claimedReadTime
            content.pods.forEach { pod in
                guard !pod.life.isHostNetwork, !pod.life.isMirror else { return }
                for address in pod.addresses {
                    let life = Life(
                        pod: pod.identity,
                        start: pod.life.plausibleStart(skew: skew),
                        end: pod.life.isTerminal ? pod.life.networkGone(skew: skew) : nil,
                        lastListed: listed
                    )
                    let key = "\(pod.identity.uid)/\(address)"
                    if let (known, index) = seen[key], !pod.identity.uid.isEmpty {
                        lives[known]?[index] = life
                    } else {
                        lives[address, default: []].append(life)
                        seen[key] = (address, (lives[address]?.count ?? 1) - 1)
                    }
                }
            }
        }
    }

    /// The Pods that had an address, in the order in which they started.
    func lives(at address: IPAddress) -> [Life] {
        (lives[address] ?? []).sorted {
            ($0.start ?? .distantPast) < ($1.start ?? .distantPast)
        }
    }

    /// Whether anything is known of any address.
    package var isEmpty: Bool { lives.isEmpty }

    /// The Pod that had an address at a moment, if the snapshots show only one that could.
    package func owner(of address: IPAddress, at moment: WallTime) -> Life? {
        guard let all = lives[address] else { return nil }
        let begun = all.filter { $0.start.map { $0 <= moment + skew } ?? false }
        let latest = begun.max { ($0.start ?? .distantPast) < ($1.start ?? .distantPast) }
        guard let latest, latest.end.map({ $0 > moment }) ?? true else { return nil }
        return latest
    }

    /// The change of owner of an address between two moments, if the snapshots prove one.
    ///
    /// - Parameters:
    ///   - address: The address.
    ///   - heard: When the peer was last heard, or a connection to it made.
    ///   - moment: When the connection was used.
    package func change(of address: IPAddress, after heard: WallTime, before moment: WallTime)
        -> Change?
    {
        guard
            let present = owner(of: address, at: moment), let start = present.start,
            heard < start - skew, start <= moment + skew
        else { return nil }
        let previous = lives[address]?.filter { $0.pod != present.pod }
            .filter { ($0.start ?? .distantPast) < start }
            .max { ($0.start ?? .distantPast) < ($1.start ?? .distantPast) }
        // Two that live at once, as in two clusters, tell nothing.
        let others = lives[address]?.contains {
            $0.pod != present.pod && $0.end == nil && $0.lastListed == present.lastListed
                && ($0.start.map { $0 <= heard + skew } ?? true)
        }
        return others == true ? nil : Change(previous: previous, present: present)
    }

    /// The Pod that had an address at a moment, and the one before it, whether or not that proves
    /// anything.
    package func owners(of address: IPAddress, at moment: WallTime) -> (Life?, previous: Life?) {
        let present = owner(of: address, at: moment)
        let previous = lives[address]?.filter { $0.pod != present?.pod }
            .filter { life in
                life.start.map { start in start < (present?.start ?? moment) } ?? false
            }
            .max { ($0.start ?? .distantPast) < ($1.start ?? .distantPast) }
        return (present, previous)
    }

    /// The node of the Pod that had an address at a moment.
    package func node(of address: IPAddress, at moment: WallTime) -> String? {
        owner(of: address, at: moment).map(\.pod.node).flatMap { $0.isEmpty ? nil : $0 }
    }
}

extension PodLife {
    /// `S`, unless the Pod's own times contradict each other.
    fileprivate func plausibleStart(skew: TimeSpan) -> WallTime? {
        guard let start = earliestExistence else { return nil }
        if let creation = creation?.wallTime, start < creation - skew { return nil }
        let later = [networkReady, runningSince?.wallTime].compactMap { $0 }
        return later.contains { start > $0 + skew } ? nil : start
    }
}
