import Model

// Who had an address at a moment, and whether it changed hands before.
extension AddressLives {
    /// The Pod that had an address at a moment, if the snapshots show only one that could.
    ///
    /// One that a whole listing from before the moment no longer has did not, and of two clusters'
    /// Pods either could.
    package func owner(of address: IPAddress, at moment: WallTime) -> Life? {
        guard let all = lives[address] else { return nil }
        var latest: [Int: Life] = [:]
        for life in all {
            guard let start = life.start, start <= moment + skew else { continue }
            if let known = latest[life.cluster]?.start, known >= start { continue }
            latest[life.cluster] = life
        }
        let present = latest.values.filter { !isGone($0, by: moment) }
        return present.count == 1 ? present.first : nil
    }

    /// The change of owner of an address between two moments, if the snapshots prove one.
    ///
    /// A Pod may be on its node long before it gets the address: only when its network was surely
    /// there was the address its own.
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
            heard < start - skew, let network = present.network, network <= moment - skew,
            !mayBeOfOthers(address, than: present, heard, moment)
        else { return nil }
        return Change(previous: previous(of: address, before: present), present: present)
    }

    /// Whether a connection to an address that was heard may have lived on at another Pod.
    private func mayBeOfOthers(
        _ address: IPAddress,
        than present: Life,
        _ heard: WallTime,
        _ moment: WallTime
    ) -> Bool {
        let others = (lives[address] ?? []).filter { life in
            life != present && life.start.map { $0 <= heard + skew } ?? true
        }
        if others.contains(where: { mayShare($0, with: present, at: moment) }) { return true }
        // Another cluster's Pod that no document lists may have been heard.
        return clusters.contains { cluster in
            cluster != present.cluster
                && !wholeListings.contains {
                    $0.cluster == cluster && $0.readBy <= moment
                        && $0.readNotBefore >= heard + Policy.settle + skew
                }
        }
    }

    /// Whether another Pod may have had the address at a moment, too.
    ///
    /// Within a cluster an address is given to one Pod after the other; but what one document lists
    /// at once may be there at once, unless the earlier is being deleted.
    private func mayShare(_ other: Life, with present: Life, at moment: WallTime) -> Bool {
        if isGone(other, by: moment) { return false }
        if other.cluster != present.cluster { return true }
        return !other.isBeingDeleted
            && other.documents.upperBound >= present.documents.lowerBound
    }

    /// The Pod that had an address at a moment, and the one before it, whether or not that proves
    /// anything.
    package func owners(of address: IPAddress, at moment: WallTime) -> (Life?, previous: Life?) {
        if let present = owner(of: address, at: moment) {
            return (present, previous(of: address, before: present))
        }
        let all = lives[address] ?? []
        guard Set(all.map(\.cluster)).count == 1 else { return (nil, nil) }
        let begun = all.filter { $0.start.map { $0 < moment } ?? false }
        return (nil, begun.max(by: startsEarlier))
    }

    /// The node of the Pod that had an address at a moment.
    package func node(of address: IPAddress, at moment: WallTime) -> String? {
        owner(of: address, at: moment).map(\.pod.node).flatMap { $0.isEmpty ? nil : $0 }
    }

    private func previous(of address: IPAddress, before present: Life) -> Life? {
        guard let start = present.start else { return nil }
        return lives[address]?.filter {
            $0.cluster == present.cluster && $0.pod != present.pod
                && ($0.start.map { $0 < start } ?? false)
        }.max(by: startsEarlier)
    }

    private func startsEarlier(_ one: Life, _ other: Life) -> Bool {
        (one.start ?? .distantPast) < (other.start ?? .distantPast)
    }
}
