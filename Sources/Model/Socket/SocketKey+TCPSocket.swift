extension SocketKey {
    /// The key of a socket in the network namespace of an inode.
    package init(_ socket: TCPSocket, in namespace: UInt64) {
        self.init(
            namespace: namespace,
            cookie: socket.cookie,
            local: socket.local,
            peer: socket.peer
        )
    }
}
