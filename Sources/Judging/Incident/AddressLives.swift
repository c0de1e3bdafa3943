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
        /// The last document that lists it, by the order of the documents.
        fileprivate var lastDocument: Int
        /// When that was read at the earliest: it was there until then.
        fileprivate var seenUntil: WallTime
    }

    /// A time without an owner.
    package struct Gap: Hashable, Sendable {
        /// The owner before it.
        package var previous: PodIdentity
        /// The last moment at which that is known to have been there.
        package var lastOwned: WallTime
        /// The first moment at which nobody is known to have had the address.
        package var knownFree: WallTime?
        /// When the next owner began; `nil` if there is none.
        package var end: WallTime?
    }

    /// A change of owner.
    package struct Change: Hashable, Sendable {
        package var previous: Life?
        package var present: Life
    }

    private var lives: [IPAddress: [Life]] = [:]
    /// The documents that list all Pods: their place in the order, and when each was surely read.
    private var wholeListings: [(document: Int, readBy: WallTime)] = []
    private let skew: TimeSpan

    /// The lives that documents list.
    ///
    /// - Parameters:
    ///   - contents: What the documents say.
    ///   - skew: The difference to tolerate between any two clocks.
    package init(_ contents: [SnapshotContents], skew: TimeSpan) {
        self.skew = skew
        var seen: [String: (IPAddress, Int)] = [:]
        let ordered = contents.sorted { $0.document.readNotBefore < $1.document.readNotBefore }
        for (document, content) in ordered.enumerated() {
            // What ztunnel says has no times.
            if content.document.listsWorkloads { continue }
            let listed = content.document.claimedReadTime
            if content.document.scope == .cluster {
                wholeListings.append((document, content.document.completion))
            }
            content.pods.forEach { pod in
                guard !pod.life.isHostNetwork, !pod.life.isMirror else { return }
                for address in pod.addresses {
                    let life = Life(
                        pod: pod.identity,
                        start: pod.life.plausibleStart(skew: skew),
                        end: pod.life.isTerminal ? pod.life.networkGone(skew: skew) : nil,
                        lastListed: listed,
                        lastDocument: document,
                        seenUntil: content.document.readNotBefore
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

    /// The times in which an address had no owner, as far as the snapshots show.
    ///
    /// - Parameters:
    ///   - address: The address.
    ///   - heard: When somebody at the address was heard: the owner of that time was still there.
    func gaps(at address: IPAddress, heard: [WallTime]) -> [Gap] {
        let all = lives(at: address).filter { $0.start != nil }
        return all.indices.compactMap { index in
            let (life, next) = (all[index], all[(index + 1)...].first?.start)
            if let end = life.end {
                guard next.map({ end < $0 }) ?? true else { return nil }
                return Gap(previous: life.pod, lastOwned: end, knownFree: end, end: next)
            }
            let seen = heard.filter { moment in
                moment >= life.start ?? moment && next.map { moment < $0 - skew } ?? true
            }
            let listed = max(life.seenUntil, life.start ?? life.seenUntil)
            let last = seen.reduce(listed, max)
            let listings = wholeListings.filter { $0.document > life.lastDocument }.map(\.readBy)
            let free = listings.filter { listing in
                listing > last && next.map { listing < $0 } ?? true
            }.min()
            guard free != nil || next.map({ last < $0 }) ?? false else { return nil }
            return Gap(previous: life.pod, lastOwned: last, knownFree: free, end: next)
        }
    }

    /// Whether anything is known of any address.
    package var isEmpty: Bool { lives.isEmpty }

    /// The Pod that had an address at a moment, if the snapshots show only one that could.
    ///
    /// One that a whole listing from before the moment no longer has did not.
    package func owner(of address: IPAddress, at moment: WallTime) -> Life? {
        guard let all = lives[address] else { return nil }
        let begun = all.filter { $0.start.map { $0 <= moment + skew } ?? false }
        let latest = begun.max { ($0.start ?? .distantPast) < ($1.start ?? .distantPast) }
        guard let latest, latest.end.map({ $0 > moment }) ?? true else { return nil }
        let isGone = wholeListings.contains { listing in
            listing.document > latest.lastDocument && listing.readBy <= moment
        }
        return isGone ? nil : latest
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
