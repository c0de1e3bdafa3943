extension SocketHistory {
    /// Calls `body` with the peer of each socket, when a scan first saw it, when the last scan of its
    /// namespace did, if that saw it, and the Pod that the evidence bound it to.
    package func forEachSocket(
        _ body: (
            _ peer: Endpoint, _ firstSeenAt: WallTime, _ openAt: WallTime?, _ boundTo: PodIdentity?
        ) -> Void
    ) {
        for record in records {
            let pod = record.pod < 0 ? nil : pods[Int(record.pod)].identity
            let isOpen = record.absences == 0 && record.misses == 0
            let openAt = isOpen ? looks[record.key.namespace]?.at : nil
            body(record.peer, record.firstSeenAt, openAt, pod)
        }
    }
}
