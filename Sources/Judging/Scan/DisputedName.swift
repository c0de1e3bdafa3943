import Model

/// A Pod's name that the proxies of several network namespaces of one machine claim: a Pod has one.
package struct DisputedName: Hashable, Sendable {
    /// The Pod that all of them say they are.
    package var name: ProxyIdentity.PodName
    /// The inodes of their network namespaces, in the order of the targets.
    package var namespaces: [UInt64]

    /// What the user must know: one sentence, without a full stop.
    package var sentence: String {
        let list = namespaces.map(String.init).joined(separator: ", ")
        return "\(namespaces.count) network namespaces (\(list)) claim to be Pod \(name): at most"
            + " one of them is; they are counted apart, in metrics with the label proxy_netns"
    }
}

extension ScanTarget {
    /// The Pod that its proxy says it is.
    package var claimedName: ProxyIdentity.PodName? {
        guard let proxy, !proxy.pod.isEmpty else { return nil }
        return ProxyIdentity.PodName(namespace: proxy.namespace, name: proxy.pod)
    }
}

extension [ScanTarget] {
    /// The names that several namespaces claim, in the order in which they first appear.
    ///
    /// Two captures of one namespace are of one proxy.
    package var disputedNames: [DisputedName] {
        var claims: [DisputedName] = []
        for target in self {
            guard let name = target.claimedName, let inode = target.inode else { continue }
            if let index = claims.firstIndex(where: { $0.name == name }) {
                if !claims[index].namespaces.contains(inode) {
                    claims[index].namespaces.append(inode)
                }
            } else {
                claims.append(DisputedName(name: name, namespaces: [inode]))
            }
        }
        return claims.filter { $0.namespaces.count > 1 }
    }
}
