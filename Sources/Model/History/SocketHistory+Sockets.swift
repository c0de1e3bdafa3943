extension SocketHistory {
    /// Calls `body` with the peer of each socket, when a scan first saw it, and the Pod that the
    /// evidence bound it to.
    package func forEachSocket(
        _ body: (_ peer: Endpoint, _ firstSeenAt: WallTime, _ boundTo: PodIdentity?) -> Void
    ) {
        for record in records {
            let pod = record.pod < 0 ? nil : pods[Int(record.pod)].identity
            body(record.peer, record.firstSeenAt, pod)
        }
    }
}
