import Model

// What several rules look for, and the sentences about what they find.
extension IncidentRules {
    /// Whether the address changed hands between the connection's last packet and the request.
    func ownerChanged(_ one: Case, _ evidence: inout [IncidentEvidence]) -> Finding? {
        guard let address = one.peer?.address else { return nil }
        let known = (incident.recorded[address] ?? []).filter { connection in
            connection.recordedAt <= one.end && connection.openAt.map { $0 <= one.end } ?? true
        }
        guard let latest = known.map(\.recordedAt).max() else { return nil }
        let newest = known.filter { $0.recordedAt == latest }
        // What failed is one of these only while they can explain all that failed since.
        guard
            newest.contains(where: \.isRemembered) || one.end - latest <= Self.idleTimeout,
            failedTunnels.count(to: address, after: latest, upTo: one.end) <= newest.count
        else { return nil }
        var found: (Incident.RecordedConnection, AddressLives.Change)?
        for connection in newest {
            guard
                let change = incident.lives.change(
                    of: address,
                    after: connection.heardAt,
                    before: one.end
                )
            else { return nil }
            found = (connection, change)
        }
        guard let (connection, change) = found else { return nil }
        evidence.append(
            IncidentEvidence(
                .connections,
                "the recorded connections to \(address) were last heard at"
                    + " \(connection.heardAt.rfc3339)"
            )
        )
        evidence.append(note(of: change, address))
        return .confirmed(.staleConnection)
    }

    func noteOwner(_ one: Case, _ evidence: inout [IncidentEvidence]) {
        guard
            let address = one.peer?.address,
            case (let present?, let previous) = incident.lives.owners(of: address, at: one.end),
            let start = present.start
        else { return }
        let before = previous.map { ", before it \($0.pod)" } ?? ""
        evidence.append(
            IncidentEvidence(
                .ownership,
                "\(address) belonged to \(present.pod) since \(start.rfc3339)\(before)"
            )
        )
    }

    func restartOrClosed(_ one: Case, _ evidence: inout [IncidentEvidence]) -> Finding {
        if let event = one.packets.first(where: { $0.kind == .endedByPeer }) {
            evidence.append(packet(event))
        }
        return manyAtOnce(one, &evidence) ?? .suspected(.tunnelClosed)
    }

    func manyAtOnce(_ one: Case, _ evidence: inout [IncidentEvidence]) -> Finding? {
        let node = one.peer.flatMap { incident.lives.node(of: $0.address, at: one.end) }
        let count = restarts.addresses(around: one.end, node: node)
        guard count >= Restarts.addresses else { return nil }
        evidence.append(
            IncidentEvidence(
                node == nil ? .accessLog : .ownership,
                "the connections to \(count) addresses"
                    + (node.map { " on node \($0)" } ?? "")
                    + " ended at the same time"
            )
        )
        return .suspected(.ztunnelRestarted)
    }

    func note(of found: ProxyLogTrace.Break) -> IncidentEvidence {
        var text = "the connection [C\(found.connection)] to \(found.peer)"
        if let connectedAt = found.connectedAt { text += ", made at \(connectedAt.rfc3339)," }
        if found.reusedAt != nil { text += " was used again, and" }
        if let drainedAt = found.drainedAt {
            text += " was drained by the peer at \(drainedAt.rfc3339) (GOAWAY), and"
        }
        text += found.reason.isEmpty ? " was closed by the peer" : " broke: \(found.reason)"
        return IncidentEvidence(.envoyLog, text, at: found.place)
    }

    func note(of change: AddressLives.Change, _ address: IPAddress) -> IncidentEvidence {
        let since = change.present.start.map { " since \($0.rfc3339)" } ?? ""
        let before = change.previous.map { "; before it \($0.pod)" } ?? ""
        return IncidentEvidence(
            .ownership,
            "\(address) belonged to \(change.present.pod)\(since)\(before)"
        )
    }

    func packet(_ event: PacketTrace.Event) -> IncidentEvidence {
        let text =
            event.kind == .refused
            ? "\(event.server) answered a new connection by RST"
            : "\(event.server) ended a connection that it knew"
        return IncidentEvidence(.packets, text, at: event.place)
    }
}
