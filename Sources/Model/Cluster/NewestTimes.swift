/// The newest times of a document that were in the past when it was written, by whose clock they
/// were written.
///
/// The clock of one node may be fast. What two nodes show to have passed has passed.
package struct NewestTimes: Hashable, Sendable {
    private struct NodeTime: Hashable {
        /// The node's name in UTF-8.
        var node: [UInt8] = []
        var time: WallTime

        init(_ time: WallTime, _ node: Span<UInt8>) {
            self.time = time
            self.node.append(node)
        }
    }

    /// The times of the node that shows the latest.
    private var latest: NodeTime?
    /// The times of the other node that shows the latest.
    private var second: NodeTime?
    /// The times of what is on no node, which the API server wrote.
    private var ofNoNode: WallTime?

    /// Takes a time in.
    ///
    /// - Parameters:
    ///   - time: A creation, start, transition, container or heartbeat time.
    ///   - node: The name in UTF-8 of the node of the Pod, or of the Node, that has it; empty where
    ///     there is none.
    package mutating func observe(_ time: WallTime, node: Span<UInt8>) {
        if let second, time <= second.time { return }
        if node.isEmpty {
            ofNoNode = max(ofNoNode ?? time, time)
        } else if let latest, latest.node.span.isSame(node) {
            self.latest?.time = max(latest.time, time)
        } else if let latest, time <= latest.time {
            second = NodeTime(time, node)
        } else {
            second = latest
            latest = NodeTime(time, node)
        }
    }

    /// The newest of all.
    package var newest: WallTime? { [latest?.time, ofNoNode].compactMap(\.self).max() }

    /// The newest that one fast clock cannot have made: of the second node, or of the API server.
    ///
    /// Where all is on one node there is no such other clock.
    package var corroborated: WallTime? { [second?.time, ofNoNode].compactMap(\.self).max() }

    /// The newest that tells how old the document is: one fast clock must not make it younger.
    var bound: WallTime? { second == nil ? newest : corroborated }

    /// The node that alone shows times later than a moment; `nil` where there is none, or others do,
    /// too.
    package func nodeAlone(after moment: WallTime) -> String? {
        guard let latest, latest.time > moment else { return nil }
        guard corroborated.map({ $0 <= moment }) ?? true else { return nil }
        return String(decoding: latest.node, as: UTF8.self)
    }
}
