import Judging

extension ScanReport {
    /// That a namespace may not be the proxy's, for each that holds no connection to the port: one
    /// sentence each.
    ///
    /// Namespaces that a search has found are a proxy's, however idle it is.
    package var doubts: [String] {
        doubtfulNames.map {
            "\($0) has no connection to port \(port): it may be the wrong network namespace; scan"
                + " the proxy's (-p PID, -N NAME or --discover)"
        }
    }
}

extension ScanReport {
    /// The namespaces that may not be the proxy's, as a person tells them from others.
    var doubtfulNames: [String] {
        targets.filter { $0.isComplete && $0.sockets == 0 && !$0.isDiscovered }.map(\.fullName)
    }
}

extension ScanTarget {
    /// The namespace with all that tells it from others.
    fileprivate var fullName: String {
        let place = path.map { "network namespace '\($0)'" } ?? "the current network namespace"
        let source = replay.map { "capture '\($0.source)': " }
        return (source ?? "") + (source != nil && path == nil ? "its network namespace" : place)
            + (inode.map { " (inode \($0))" } ?? "")
    }
}
