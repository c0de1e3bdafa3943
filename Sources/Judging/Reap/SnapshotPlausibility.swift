import Model

/// Whether the snapshots of a scan can be the truth, by all connections of a target together.
///
/// A wrong snapshot (of another cluster, of a part, of another time) contradicts most of what a
/// proxy does; and, before all, it does not know the proxy.
package struct SnapshotPlausibility: Sendable {
    private let ownership: IPOwnership
    private let skew: TimeSpan
    /// Whether some connection to the peer shows the snapshot to be right of it.
    private var isVouchedFor: [IPAddress: Bool] = [:]
    private var doubtful: Set<IPAddress> = []
    /// The addresses of the scanned proxies, and when the peer of one of its connections was first
    /// heard, of the moments that the kernel still knows.
    private var proxies: [IPAddress: WallTime] = [:]

    /// How old an owner must be to vouch for the snapshot by what was heard since: one in which all
    /// Pods seem to have started just now would vouch for itself.
    private static let maturity = TimeSpan.minutes(5)

    /// A survey before the first connection.
    ///
    /// - Parameters:
    ///   - ownership: The snapshots that the connections are judged by.
    ///   - skew: The tolerated difference between two clocks.
    init(of ownership: IPOwnership, skew: TimeSpan) {
        self.ownership = ownership
        self.skew = skew
    }

    /// Counts a connection.
    ///
    /// - Parameters:
    ///   - socket: Each ESTABLISHED socket of the target, whatever it was judged to be.
    ///   - judgement: Whose the other end is.
    ///   - heardAt: When its peer was last heard, as it was judged.
    package mutating func note(_ socket: TCPSocket, _ judgement: Judgement, heardAt: WallTime) {
        let proxy = socket.local.address
        proxies[proxy] = min(proxies[proxy] ?? heardAt, heardAt)
        if judgement.verdict == .exempt { return }
        let peer = socket.peer.address
        var isVouchedForNow = false
        switch judgement.verdict {
        case .current, .terminating:
            isVouchedForNow =
                judgement.confidence == .confirmed
                || hasMatureOwner(peer, at: heardAt + socket.silence)
        case .replaced, .deleted, .unlisted: doubtful.insert(peer)
        case .undetermined: isVouchedForNow = isWorkload(peer) && socket.isHeardNow
        case .exempt, .silent: break
        }
        isVouchedFor[peer] = isVouchedForNow || isVouchedFor[peer] ?? false
    }

    /// Whether the owner is a workload of ztunnel, which has no times that could be wrong: that it is
    /// listed where somebody pings is all that its document can show.
    private func isWorkload(_ address: IPAddress) -> Bool {
        ownership.claims(on: address).owners.contains {
            ownership.documents[ownership.pods.document($0)].listsWorkloads
        }
    }

    private func hasMatureOwner(_ address: IPAddress, at now: WallTime) -> Bool {
        ownership.claims(on: address).owners.contains {
            ownership.pods.life($0).earliestExistence.map { $0 + Self.maturity <= now } ?? false
        }
    }
}

extension TCPSocket {
    /// Whether its peer was heard no longer ago than one that is idle and pings.
    fileprivate var isHeardNow: Bool { silence <= Heartbeat.longestGap }
}

extension SnapshotPlausibility {
    /// How many distinct peers there are, but for those that are not judged.
    var peers: Int { isVouchedFor.count }

    /// How many of them some connection vouches for.
    var vouchedFor: Int { isVouchedFor.values.count { $0 } }

    /// How many of them the snapshot says to be gone, replaced or unknown, and none vouches for.
    var doubted: Int { doubtful.count { isVouchedFor[$0] == false } }

    /// Why the snapshots cannot be the scanned proxies': the first reason by address.
    ///
    /// A proxy is a Pod or runs on its node's network, it runs now, and it has run since before
    /// anybody was heard on its connections.
    var contradiction: ReapPlan.Refusal? {
        if ownership.documents.isEmpty { return nil }
        for (proxy, heardAt) in proxies.sorted(by: { $0.key < $1.key }) {
            let claims = ownership.claims(on: proxy)
            if claims.isHostNetwork || ownership.exemption(of: proxy) != nil { continue }
            let starts = claims.owners.map { ownership.pods.life($0).earliestExistence }
            guard !starts.isEmpty else { return .unknownProxy(proxy) }
            let latest = heardAt + skew
            if let start = starts.compactMap({ $0 }).min(),
                !starts.contains(where: { $0.map { $0 <= latest } ?? true })
            {
                return .youngProxy(proxy, started: start, heard: heardAt)
            }
        }
        return nil
    }
}
