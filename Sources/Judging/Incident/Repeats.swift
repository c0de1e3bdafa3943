import Model

// Inputs that were given twice, or that overlap: what they both tell counts once.

extension Array {
    /// Takes away, from an index on, what stands before it, too: each thing as often as it does there.
    ///
    /// - Parameters:
    ///   - start: Where the things of the latest input begin.
    ///   - facts: What of a thing is equal wherever it stands.
    /// - Returns: How many were taken away.
    mutating func dropRepeats<Facts: Hashable>(
        from start: Int,
        by facts: (Element) -> Facts
    ) -> Int {
        if start == 0 || start == count { return 0 }
        var known: [Facts: Int] = [:]
        for thing in self[..<start] { known[facts(thing), default: 0] += 1 }
        let kept = self[start...].filter { thing in
            let key = facts(thing)
            guard let left = known[key], left > 0 else { return true }
            known[key] = left - 1
            return false
        }
        let dropped = count - start - kept.count
        replaceSubrange(start..., with: kept)
        return dropped
    }

    /// Whether, from an index on, something stands that stands before it, too.
    func hasRepeats<Facts: Hashable>(
        from start: Int,
        where isMeant: (Element) -> Bool,
        by facts: (Element) -> Facts
    ) -> Bool {
        if start == 0 || start == count { return false }
        let known = Set(self[..<start].lazy.filter(isMeant).map(facts))
        return self[start...].contains { isMeant($0) && known.contains(facts($0)) }
    }
}

extension AccessLogEntry {
    /// The line, wherever it stands.
    var withoutPlace: AccessLogEntry {
        var entry = self
        entry.place = LogPlace.nowhere
        return entry
    }

    /// Whether no other proxy could have written the same line.
    var isIdentified: Bool { !requestID.isEmpty }
}

extension ProxyLogTrace.Failure {
    /// The failure, wherever it stands.
    var withoutPlace: ProxyLogTrace.Failure {
        var failure = self
        failure.place = LogPlace.nowhere
        if case .broke(var found) = failure.tunnel {
            found.place = LogPlace.nowhere
            failure.tunnel = .broke(found)
        }
        return failure
    }

    /// Whether no other proxy could have logged the same.
    var isIdentified: Bool {
        if case .broke = tunnel { return true }
        return !headers.requestID.isEmpty
    }
}

extension PacketTrace.Event {
    /// The event, wherever it stands.
    var withoutPlace: PacketTrace.Event {
        var event = self
        event.place = LogPlace.nowhere
        return event
    }
}

extension LogPlace {
    fileprivate static let nowhere = LogPlace(input: 0, line: 0)
}
