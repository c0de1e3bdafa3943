import Model

// A proxy is a Pod of the cluster whose connections it holds, and what its node's kubelet wrote is
// by the clock of the machine that scans. Both can be checked against the snapshots.

extension Judge {
    /// Why the snapshots or this machine's clock cannot be right, by a target's own proxy.
    ///
    /// - Parameters:
    ///   - target: What its connections showed, all of them.
    ///   - name: What messages call the target.
    /// - Returns: `nil` where nothing speaks against them.
    func doubt(of target: TargetEvidence, named name: String) -> TargetDoubt? {
        if let contradiction = clockContradiction(target) ?? forgedName(target.proxy) {
            return .contradiction("\(name): \(contradiction)")
        }
        guard let contradiction = clusterContradiction(target) else { return nil }
        let capture = ownership.readNotBefore
        let settled = capture - Policy.settle
        // Who was heard on a connection before was heard by a proxy that ran then.
        let wasHeardBefore = target.earliestHeard.map { $0 < settled - policy.skew } ?? false
        guard let started = target.proxy.startedAt, started > settled, !wasHeardBefore else {
            return .contradiction("\(name): \(contradiction)")
        }
        return .tooYoung(
            "\(name): the proxy started at \(started.rfc3339) and is too young to be listed in a"
                + " snapshot of \(ownership.claimedReadTime.rfc3339): an address that is missing"
                + " there proves nothing here; take another snapshot"
        )
    }
}

// MARK: - Another Pod

extension Judge {
    /// Why the proxy is not the Pod that it says it is, by the Pod that its container belongs to.
    private func forgedName(_ proxy: ProxyIdentity) -> String? {
        guard let pod = proxy.pod, let uid = proxy.podUID,
            let owner = ownership.pod(withUID: uid).map(ownership.pods.identity),
            (owner.namespace, owner.name) != (pod.namespace, pod.name)
        else { return nil }
        return "the proxy says that it is Pod \(pod), but its container belongs to \(owner):"
            + " nothing is confirmed here; find out who runs it"
    }
}

// MARK: - Another cluster

extension Judge {
    /// Why no list that claims to show its whole cluster is of the proxy's.
    private func clusterContradiction(_ target: TargetEvidence) -> String? {
        let clusters = ownership.wholeClusters
        let addresses = target.ownAddresses.sorted()
        if clusters.isEmpty { return otherOwner(of: addresses, than: target.proxy.pod) }
        let areListed = addresses.contains {
            isListed($0, by: holders(of: $0, in: clusters))
        }
        if !addresses.isEmpty, !areListed {
            let list = addresses.prefix(3).map(\.description).joined(separator: ", ")
            return "no cluster-wide snapshot lists an address of the scanned proxy (\(list)):"
                + " the snapshot is from another cluster or incomplete; \(Self.clusterAdvice)"
        }
        guard let pod = target.proxy.pod else { return nil }
        let named = ownership.pods(namespace: pod.namespace, name: pod.name)
        var otherOwner: (address: IPAddress, index: Int)?
        for cluster in clusters {
            let owners = addresses.flatMap { address in
                holders(of: address, in: [cluster]).map { (address: address, index: $0) }
            }
            if owners.isEmpty {
                if named.contains(where: { ownership.cluster(ofPod: $0) == cluster }) { return nil }
            } else {
                if owners.contains(where: { named.contains($0.index) }) { return nil }
                otherOwner = otherOwner ?? owners[0]
            }
        }
        guard let otherOwner else {
            return "the proxy is Pod \(pod), but no cluster-wide snapshot lists it: the snapshot"
                + " is from another cluster or incomplete; \(Self.clusterAdvice)"
        }
        return complaint(pod, otherOwner.address, otherOwner.index)
    }

    /// Why lists of unknown scope are not of the proxy's cluster: they need not list it, but they
    /// must not give its address to another Pod.
    private func otherOwner(
        of addresses: [IPAddress],
        than pod: ProxyIdentity.PodName?
    ) -> String? {
        guard let pod else { return nil }
        let named = ownership.pods(namespace: pod.namespace, name: pod.name)
        let owners = addresses.flatMap { address in
            holders(of: address).map { (address: address, index: $0) }
        }
        guard let first = owners.first, !owners.contains(where: { named.contains($0.index) })
        else { return nil }
        return complaint(pod, first.address, first.index)
    }

    private func complaint(
        _ pod: ProxyIdentity.PodName,
        _ address: IPAddress,
        _ owner: Int
    ) -> String {
        "the proxy is Pod \(pod), but in the snapshot its address \(address) belongs to"
            + " \(ownership.pods.identity(owner)): the snapshot is from another cluster;"
            + " \(Self.clusterAdvice)"
    }

    private static var clusterAdvice: String {
        "nothing is confirmed here; give a snapshot of all namespaces of the proxy's cluster"
    }

    /// Whether the address is one of the given Pods', or of something else that the snapshots list.
    private func isListed(_ address: IPAddress, by holders: [Int]) -> Bool {
        ownership.exemption(of: address) != nil || !holders.isEmpty
    }

    /// The Pods of some clusters that have the address now.
    private func holders(of address: IPAddress, in clusters: Set<Int>) -> [Int] {
        holders(of: address).filter { clusters.contains(ownership.cluster(ofPod: $0)) }
    }

    /// The Pods of any Pod list that have the address now.
    private func holders(of address: IPAddress) -> [Int] {
        var holders: [Int] = []
        ownership.forEachClaim(on: address) { index in
            let isListed = !ownership.documents[ownership.pods.document(index)].listsWorkloads
            if isListed, !ownership.pods.life(index).isTerminal { holders.append(index) }
        }
        return holders
    }

    /// Whether the snapshots list the proxy of a target, so that they are of its cluster.
    ///
    /// Only then may a target's connections be bound to Pods of theirs: a binding outlives the
    /// snapshot, and one of another cluster would condemn living connections by the next right one.
    func lists(_ target: TargetEvidence) -> Bool {
        let addresses = target.ownAddresses
        if addresses.isEmpty { return true }
        if let pod = target.proxy.pod,
            !ownership.pods(namespace: pod.namespace, name: pod.name).isEmpty
        {
            return true
        }
        return addresses.contains { isListed($0, by: holders(of: $0)) }
    }
}

// MARK: - This machine's clock

extension Judge {
    /// How long a list of Pods takes: what is shown at its end may be that much later than the moment
    /// before the request.
    private static let listDuration = TimeSpan.seconds(90)

    /// Why this machine's clock, or that of the API server, cannot be right.
    private func clockContradiction(_ target: TargetEvidence) -> String? {
        guard let index = ownPod(of: target) else { return nil }
        let (life, skew) = (ownership.pods.life(index), policy.skew)
        guard !life.isMirror else { return nil }
        let subject = "the proxy's own Pod, \(ownership.pods.identity(index)),"
        let (start, creation) = (life.start?.wallTime, life.creation?.wallTime)
        if let start, let creation, start < creation - skew {
            return "\(subject) started at \(start.rfc3339) by this machine's clock, before it was"
                + " created at \(creation.rfc3339): the clock is behind; \(Self.clockAdvice)"
        }
        if let creation, let process = target.proxy.startedAt, creation > process + skew {
            return "\(subject) was created at \(creation.rfc3339), after its process had started"
                + " here at \(process.rfc3339): the clock is behind; \(Self.clockAdvice)"
        }
        let stated = ownership.documents[ownership.pods.document(index)].statedReadTime?.time
        let written = [
            start.map { ("\(subject) started", $0) },
            ownership.nodeHeartbeat(ofPod: index).map { ("the Node of \(subject) was heard", $0) },
        ]
        for (event, moment) in written.compactMap(\.self) {
            if let stated, moment > stated + Self.listDuration + skew {
                return
                    "\(event) at \(moment.rfc3339) by this machine's clock, after the snapshot was"
                    + " taken at \(stated.rfc3339): the clock is ahead; \(Self.clockAdvice)"
            }
            if moment > now + skew {
                return "\(event) at \(moment.rfc3339), but this machine's clock says"
                    + " \(now.rfc3339): the clock was set back, or the node uses another clock;"
                    + " \(Self.clockAdvice)"
            }
        }
        return nil
    }

    private static var clockAdvice: String {
        "nothing is confirmed here; compare the clocks of this node and of the API server"
    }

    /// The Pod of the proxy: the one that is known by name, else the only one that has an address of
    /// this end of a connection.
    private func ownPod(of target: TargetEvidence) -> Int? {
        let atAddress = Set(target.addresses.flatMap { Array(ownership.claims(on: $0).owners) })
        let candidates: Set<Int>
        if let pod = target.proxy.pod {
            let named = Set(
                ownership.pods(namespace: pod.namespace, name: pod.name)
                    .filter { !ownership.pods.life($0).isTerminal }
            )
            let both = named.intersection(atAddress)
            candidates = both.isEmpty ? named : both
        } else {
            candidates = atAddress
        }
        return candidates.count == 1 ? candidates.first : nil
    }
}
