import Model

extension Explanation {
    /// What is said of a connection on which pings are missed.
    var ofMissedPings: String {
        switch judgement.reason {
        case .silentSinceBeforeOwnerNetwork:
            "\(address) now belongs to \(ownerNames), whose network was ready by \(networkTime),"
                + " but \(silence), \(evidence): \(premise("that was an earlier Pod"))"
                + nextWithOwner
        case .unownedAndSilent:
            "no Pod in the snapshot has \(address), and \(silence), \(evidence):"
                + " \(premise("its Pod is gone"))\(nextWithoutOwner)"
        default: "\(subject)\(silence), \(evidence): \(nextWithoutPeer)"
        }
    }

    private var subject: String {
        if !owners.isEmpty { return "\(address) belongs to \(ownerNames), but " }
        return exemption.map { "\(address) is the address of \($0.kind) \($0.name), but " } ?? ""
    }

    /// Why silence means that the other end is gone, or may be.
    private var evidence: String {
        switch judgement.witness {
        case .atAddress: "while \(address) is still heard on another connection"
        case .onNode: "while another Pod of its node is still heard"
        case .elsewhere: "while other servers are still heard"
        case nil: "although an HBONE server pings every 10 seconds"
        }
    }

    /// On which condition the rest is true; nothing where it is proved, or over.
    private func premise(_ condition: String) -> String {
        judgement.confidence == .confirmed || ending != nil ? "" : "if \(condition), "
    }

    /// What happens next where it is unknown who is missing.
    private var nextWithoutPeer: String {
        if let ending { return ending }
        let state =
            judgement.confidence == .confirmed
            ? "its other end is gone" : "its other end may be gone, cut off or hanging"
        return switch health {
        case .idle:
            "\(state), and the next request on this connection "
                + (judgement.confidence == .confirmed ? "will" : "may") + " hang or be reset"
        case .retransmitting: "\(state), and requests on this connection hang"
        case .probing: "\(state), and probes are not answered"
        }
    }

    /// What is said where no snapshot tells whose the address is.
    var ofTheConnectionAlone: String {
        switch judgement.reason {
        case .heardNow: "the peer was last heard at \(heard): this connection is alive"
        case .pingsNotSeen:
            "\(silence), but nothing shows that its server sends pings: give a snapshot (-s), or"
                + " let earlier scans be remembered (--state, watch)"
        default:
            isUnread
                ? "\(silence), but the proxy has not read all that was received, so the peer may"
                    + " be waiting for it"
                : "the peer was last heard at \(heard), not long enough ago to have missed its"
                    + " pings: scan again in a minute"
        }
    }
}
