import Model

/// What happened at an address, in the order of time: who had it, which connections led to it, and
/// when requests failed.
package struct AddressTimeline: Hashable, Sendable {
    /// A stretch of time with a name.
    package struct Span: Hashable, Sendable {
        /// What it is: a Pod, or a connection.
        package var name: String
        /// When it began; `nil` where that is not known.
        package var start: WallTime?
        /// When it ended; `nil` where it did not, or that is not known.
        package var end: WallTime?
    }

    /// A moment with a name.
    package struct Mark: Hashable, Sendable {
        /// What happened.
        package var name: String
        /// When.
        package var time: WallTime
    }

    /// The address.
    package var address: IPAddress
    /// The Pods that had it, as far as snapshots tell.
    package var pods: [Span] = []
    /// When no Pod had it.
    package var free: [Span] = []
    /// When no Pod had it from some time on, which no snapshot shows.
    package var perhapsFree: [Span] = []
    /// The connections to it that broke, from when they were made or their peer was last heard.
    package var connections: [Span] = []
    /// The resets in captures.
    package var resets: [Mark] = []
    /// The requests that failed.
    package var failures: [Mark] = []

    /// The earliest and the latest moment of it that is known.
    package var extent: (first: WallTime, last: WallTime)? {
        let times =
            (pods + free + perhapsFree + connections)
            .flatMap { [$0.start, $0.end].compactMap(\.self) }
            + (resets + failures).map(\.time)
        guard let first = times.min(), let last = times.max() else { return nil }
        return (first, last)
    }
}

extension Incident {
    /// More addresses than this are no picture.
    private static let mostTimelines = 50
    private static let mostMarks = 500

    /// The timelines of the addresses at which requests failed, those of stale connections first.
    package func timelines(of requests: [ExplainedRequest]) -> [AddressTimeline] {
        var found: [IPAddress: AddressTimeline] = [:]
        var order: [IPAddress] = []
        for request in requests.filter(\.isStale) + requests.filter({ !$0.isStale }) {
            guard let address = request.peer?.address else { continue }
            if found[address] == nil {
                if order.count == Self.mostTimelines { continue }
                order.append(address)
                found[address] = AddressTimeline(address: address)
            }
            guard found[address]?.failures.count ?? 0 < Self.mostMarks else { continue }
            let name = request.cause.rawValue + (request.isHidden ? " (hidden)" : "")
            found[address]?.failures.append(.init(name: name, time: request.end))
        }
        addConnections(to: &found)
        return order.compactMap { address in
            guard var timeline = found[address] else { return nil }
            addOwners(to: &timeline)
            return timeline
        }
    }

    /// Adds the Pods that had an address, and the times between them.
    private func addOwners(to timeline: inout AddressTimeline) {
        let address = timeline.address
        let heard =
            packets.events.filter { $0.server.address == address }.compactMap(\.heard)
            + (recorded[address] ?? []).map(\.heardAt)
            + timeline.connections.compactMap(\.start)
        let gaps = lives.gaps(at: address, heard: heard)
        timeline.pods = lives.lives(at: address).map { life in
            // A Pod that no snapshot sees end was there as long as it was seen.
            let gap = gaps.first { $0.previous == life.pod }
            return .init(
                name: life.pod.description,
                start: life.start,
                end: life.end ?? gap?.lastOwned
            )
        }
        for gap in gaps {
            if let free = gap.knownFree {
                timeline.free.append(.init(name: "free", start: free, end: gap.end))
            }
            let unknownEnd = gap.knownFree ?? gap.end
            if unknownEnd != gap.lastOwned {
                timeline.perhapsFree.append(
                    .init(name: "becomes free", start: gap.lastOwned, end: unknownEnd)
                )
            }
        }
    }

    private func addConnections(to found: inout [IPAddress: AddressTimeline]) {
        for failure in proxyLogs.failures {
            guard case .broke(let broken) = failure.tunnel, let start = broken.connectedAt,
                found[broken.peer.address]?.connections.count ?? .max < Self.mostMarks
            else { continue }
            let span = AddressTimeline.Span(
                name: "connection [C\(broken.connection)]",
                start: start,
                end: broken.brokenAt
            )
            if found[broken.peer.address]?.connections.contains(span) == false {
                found[broken.peer.address]?.connections.append(span)
            }
        }
        for event in packets.events where !event.isSilence {
            let address = event.server.address
            guard found[address]?.resets.count ?? .max < Self.mostMarks else { continue }
            let reset = AddressTimeline.Mark(
                name: event.isUnknown
                    ? "reset: unknown connection" : "the peer ended a connection",
                time: event.to
            )
            // Several captures may show it.
            if found[address]?.resets.contains(reset) == false {
                found[address]?.resets.append(reset)
            }
            if event.isUnknown, let heard = event.heard {
                found[address]?.connections.append(
                    .init(name: "connection from \(event.client)", start: heard, end: event.to)
                )
            }
        }
    }
}
