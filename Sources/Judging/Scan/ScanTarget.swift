import Model

/// A namespace that was scanned, or should have been.
package struct ScanTarget: Sendable {
    /// The network namespace's inode; `nil` when it could not be opened.
    package var inode: UInt64?
    /// The path by which it was opened; `nil` for the namespace that the program runs in.
    package var path: String?
    /// The process by which it was named.
    package var pid: Int32?
    /// The proxy in it; `nil` where it is not known.
    package var proxy: MeshProxy?
    /// Whether it was found by a search, and so is a proxy's namespace for sure.
    package var isDiscovered: Bool
    /// What tells which Pod the proxy in it is, to hold the snapshots against.
    package var identity: ProxyIdentity
    /// The capture that it comes from; `nil` where the kernel was asked.
    package var replay: Replay?
    /// The counts over its sockets.
    package var summary: ScanSummary
    /// Whether every socket of it was seen, and nothing in it contradicts the snapshots.
    package var isComplete: Bool
    /// Whether it has so few peers that a ``ReapLoop`` asks for a second snapshot that agrees.
    package var hasFewPeers = false

    /// The sockets that were judged in it.
    package var sockets: Int { summary.sockets }

    /// What a person calls it: the proxy, or else how it was named.
    package var title: String {
        let name = proxy?.title ?? pid.map { "pid \($0)" } ?? path
        let names = [replay?.source, name].compactMap(\.self)
        return names.isEmpty ? "this network namespace" : names.joined(separator: ", ")
    }

    /// What a sentence about it begins with.
    var subject: String {
        let place = path.map { "network namespace '\($0)'" } ?? "the current network namespace"
        guard let replay else { return proxy?.title ?? place }
        let known = proxy?.title ?? path.map { _ in place }
        return "capture '\(replay.source)'" + (known.map { ", \($0)" } ?? "")
    }

    /// A target of the given facts.
    package init(
        inode: UInt64?,
        path: String?,
        pid: Int32?,
        proxy: MeshProxy? = nil,
        isDiscovered: Bool = false,
        identity: ProxyIdentity = ProxyIdentity(),
        replay: Replay? = nil,
        summary: ScanSummary = ScanSummary(),
        isComplete: Bool
    ) {
        self.inode = inode
        self.path = path
        self.pid = pid
        self.proxy = proxy
        self.isDiscovered = isDiscovered
        self.identity = identity
        self.replay = replay
        self.summary = summary
        self.isComplete = isComplete
    }
}
