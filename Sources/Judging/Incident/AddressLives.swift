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
        /// `R`, else `R*`: by when it surely had its network.
        package var network: WallTime?
        /// When its network was surely gone, if it finished.
        package var end: WallTime?
        /// The number of its cluster.
        var cluster: Int
        /// The first and the last document that list it, by the order of the documents.
        var documents: ClosedRange<Int>
        /// When the last was read at the earliest: it was there until then.
        var seenUntil: WallTime
        /// Whether it was being deleted when it was last listed.
        var isBeingDeleted: Bool
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

    /// A document that lists all Pods of its cluster.
    struct WholeListing: Sendable {
        /// Its place in the order of the documents.
        var document: Int
        var cluster: Int
        /// Between these two it was read.
        var readNotBefore: WallTime
        var readBy: WallTime
    }

    private(set) var lives: [IPAddress: [Life]] = [:]
    private(set) var wholeListings: [WholeListing] = []
    /// The clusters of which a document lists Pods.
    private(set) var clusters: Set<Int> = []
    let skew: TimeSpan

    /// The lives that documents list.
    ///
    /// - Parameters:
    ///   - contents: What the documents say.
    ///   - skew: The difference to tolerate between any two clocks.
    package init(_ contents: [SnapshotContents], skew: TimeSpan) {
        self.skew = skew
        let ordered = contents.sorted { $0.document.readNotBefore < $1.document.readNotBefore }
        let union = SnapshotUnion(ordered)
        var seen: [String: Int] = [:]
        for (index, content) in ordered.enumerated() {
            // What ztunnel says has no times.
            if content.document.listsWorkloads || content.pods.count == 0 { continue }
            let cluster = union.clusters[index]
            clusters.insert(cluster)
            if content.isBelievedWhole(skew: skew) {
                let (from, by) = (content.document.readNotBefore, content.document.completion)
                wholeListings.append(
                    WholeListing(
                        document: index,
                        cluster: cluster,
                        readNotBefore: from,
                        readBy: max(from, by)
                    )
                )
            }
            content.pods.forEach { pod in
                add(pod, of: content.document, index, cluster: cluster, &seen)
            }
        }
    }

    /// Adds a Pod that a document lists; what an earlier one says of it counts no more.
    ///
    /// - Parameter seen: Where in the lives at its address each Pod stands.
    private mutating func add(
        _ pod: Pod,
        of document: SnapshotDocument,
        _ index: Int,
        cluster: Int,
        _ seen: inout [String: Int]
    ) {
        guard !pod.life.isHostNetwork, !pod.life.isMirror else { return }
        for address in pod.addresses {
            var life = Life(
                pod: pod.identity,
                start: pod.life.plausibleStart(skew: skew),
                network: pod.life.networkReady ?? pod.life.networkReadyByContainers,
                end: pod.life.isTerminal ? pod.life.networkGone(skew: skew) : nil,
                cluster: cluster,
                documents: index...index,
                seenUntil: min(document.readNotBefore, document.completion),
                isBeingDeleted: pod.life.deletion != nil
            )
            let key = "\(pod.identity.uid)/\(address)"
            if let known = seen[key], !pod.identity.uid.isEmpty {
                let first = lives[address]?[known].documents.lowerBound ?? index
                life.documents = first...index
                lives[address]?[known] = life
            } else {
                lives[address, default: []].append(life)
                seen[key] = (lives[address]?.count ?? 1) - 1
            }
        }
    }

    /// The Pods that had an address, in the order in which they started.
    func lives(at address: IPAddress) -> [Life] {
        (lives[address] ?? []).sorted {
            ($0.start ?? .distantPast) < ($1.start ?? .distantPast)
        }
    }

    // MARK: What is not listed

    /// Whether a listing that does not have a Pod shows that it was gone.
    ///
    /// Another cluster's does not, nor does one from before the API was sure to list the Pod.
    func shows(_ listing: WholeListing, isGone life: Life) -> Bool {
        guard let start = life.start else { return false }
        return listing.cluster == life.cluster && listing.document > life.documents.upperBound
            && listing.readNotBefore >= start + Policy.settle + skew
    }

    /// Whether a Pod is known to have been gone by a moment.
    func isGone(_ life: Life, by moment: WallTime) -> Bool {
        if let end = life.end { return end <= moment }
        return wholeListings.contains { shows($0, isGone: life) && $0.readBy <= moment }
    }

    /// The times in which an address had no owner, as far as the snapshots show.
    ///
    /// - Parameters:
    ///   - address: The address.
    ///   - heard: When somebody at the address was heard: the owner of that time was still there.
    func gaps(at address: IPAddress, heard: [WallTime]) -> [Gap] {
        let all = lives(at: address)
        // What is free in one cluster may be taken in another.
        guard Set(all.map(\.cluster)).count == 1 else { return [] }
        let known = all.filter { $0.start != nil }
        return known.indices.compactMap { index in
            let stays = known[..<index].contains { $0.mayOutlast(known[index]) }
            return stays ? nil : gap(after: index, of: known, heard: heard)
        }
    }

    private func gap(after index: Int, of all: [Life], heard: [WallTime]) -> Gap? {
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
        let free = wholeListings.filter { listing in
            shows(listing, isGone: life)
                && !all.contains { $0.documents.contains(listing.document) }
                && listing.readBy > last && next.map { listing.readBy < $0 } ?? true
        }.map(\.readBy).min()
        guard free != nil || next.map({ last < $0 }) ?? false else { return nil }
        return Gap(previous: life.pod, lastOwned: last, knownFree: free, end: next)
    }
}

extension AddressLives.Life {
    /// Whether it may be there after a later one at the same address has gone.
    fileprivate func mayOutlast(_ later: AddressLives.Life) -> Bool {
        if let end, let other = later.end { return end > other }
        return end == nil && documents.upperBound >= later.documents.lowerBound
    }
}

extension SnapshotContents {
    /// Whether it lists every Pod of its cluster as of the time that it claims.
    fileprivate func isBelievedWhole(skew: TimeSpan) -> Bool {
        guard isWholePodList, !document.isStatedTooLate(skew: skew) else { return false }
        // Nodes that were not heard for so long before show a list that is older than that.
        let heartbeat = nodes.compactMap(\.heartbeat).max()?.wallTime
        return heartbeat.map { document.readNotBefore - $0 <= Premises.heartbeatInterval } ?? true
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
