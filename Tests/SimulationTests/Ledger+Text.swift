import Judging
import Model

extension Sighting {
    /// The whole story of one judgement, in seconds of the world's time.
    var story: String {
        func second(_ moment: WallTime) -> String { "\((moment - World.begins).seconds)" }
        var text =
            "HALFOPEN_SEED=\(world.seed) swift test --filter SimulationTests: at \(second(now)):"
            + " \(words); \(connection.peer) opened \(second(connection.opened))"
            + " heard \(second(heard)) (read as \(second(heardAt)))"
            + " snapshot \(second(snapshot.began)) condition \(world.hasCondition)"
        if let server = connection.server { text += " \(story(of: server, second))" }
        let pods = Set((world.holders[connection.peer.fourth] ?? []).map(\.pod)).sorted()
        for pod in pods {
            let pod = world.pods[pod]
            text += "\n    \(pod.identity) \(pod.end) created \(second(pod.created))"
            text += " taken \(second(pod.taken))"
            for network in pod.networks {
                text += " network \(network.address) \(second(network.up))-\(second(network.down))"
            }
            text += " starts \(pod.starts.map(second)) finished \(pod.finished.map(second) ?? "-")"
            text += " deletion \(pod.deletionRequested.map(second) ?? "-")"
            text += " removed \(pod.removed.map(second) ?? "-")"
        }
        return text
    }

    /// What its server and the way to it go through.
    private func story(of server: Connection.Server, _ second: (WallTime) -> String) -> String {
        func spans(_ spans: [Range<WallTime>]) -> String {
            spans.map { "\(second($0.lowerBound))-\(second($0.upperBound))" }
                .joined(separator: " ")
        }
        let tunnel = world.tunnels[server.tunnel]
        return "\(silence?.rawValue ?? "") \(server.shape) pings \(server.pings)"
            + " drained \(server.drained.map(second) ?? "-") mute \(second(server.mute))"
            + " gone \(connection.dies.map(second) ?? "-")"
            + " stalls \(spans(tunnel.stalls)) cuts \(spans(tunnel.cuts))"
            + " losses \(spans(tunnel.losses.map(\.when))) pauses \(spans(server.pauses))"
    }
}

extension Ledger {
    /// The figures, for people.
    var text: String {
        func percent(_ part: Int, _ whole: Int) -> String {
            let tenths = whole == 0 ? 0 : (part * 1000 + whole / 2) / whole
            return "\(tenths / 10).\(tenths % 10) %"
        }
        func share(_ recall: Recall) -> String {
            "\(recall.found) of \(recall.asked) (\(percent(recall.found, recall.asked)))"
        }
        var lines = [
            "\(scanned) connections, \(stale) stale, \(confirmed) confirmed,"
                + " \(falseConfirmed.count) of them false, \(doomed) of a Pod deleted by force"
                + " or finished",
            scans.text
                + excused.sorted { $0.key < $1.key }
                .map { "; alive and confirmed, for \($0.key): \($0.value)" }.joined(),
            "replaced, silent 10 s before the owner existed: \(share(replaced))",
            "deleted, Pod gone for 30 s:                     \(share(deleted))",
            "proved by memory alone:                         \(share(remembered))",
            "silent between owner and its network, suspected: \(share(betweenOwners))",
            "living and suspected: "
                + falseSuspected.sorted { $0.value > $1.value }
                .map { "\($0.key.rawValue) \($0.value)" }.joined(separator: ", "),
            "stale, by verdict, and by the time since the Pod was gone ("
                + Tally.bounds.map(\.name).joined(separator: " ") + "):",
        ]
        for (words, tally) in stories.sorted(by: {
            ($1.value.total, $0.key) < ($0.value.total, $1.key)
        }) {
            let counts = tally.counts.map(String.init).joined(separator: " ")
            lines.append("    \(percent(tally.total, stale)) \(words): \(tally.total) (\(counts))")
        }
        return lines.joined(separator: "\n")
    }
}

extension Scans {
    fileprivate var text: String {
        let reasons = contradicted.sorted { $0.key.rawValue < $1.key.rawValue }
            .map { "\($0.key) \($0.value)" }.joined(separator: ", ")
        return "\(all) scans, \(incomplete) incomplete, \(wrong) by what is wrong; contradicted:"
            + " \(reasons.isEmpty ? "none" : reasons), \(believed) of them believed"
    }
}

extension Ledger {
    /// What is wrong with what was found, and how to see it again; empty when nothing is.
    func faults(_ floors: Floors?) -> [String] {
        var faults = falseConfirmed.prefix(3).map { "alive, and confirmed: \($0)" }
        if falseConfirmed.count > 3 { faults.append("\(falseConfirmed.count) such in all") }
        if counted.wrongly > 0 { faults.append("\(counted) runs on end were counted") }
        guard let floors, scanned > 10_000 else { return faults }
        if replaced.share < floors.replaced {
            faults.append("replaced: \(replaced.share) is under \(floors.replaced)")
        }
        if deleted.share < floors.deleted {
            faults.append("deleted: \(deleted.share) is under \(floors.deleted)")
        }
        if betweenOwners.share < floors.betweenOwners {
            faults.append("between owners: \(betweenOwners.share) is under \(floors.betweenOwners)")
        }
        if remembered.asked > 10, remembered.share < floors.remembered {
            faults.append("remembered: \(remembered.share) is under \(floors.remembered)")
        }
        // The five seconds of that row are more than a kubelet takes to write the condition.
        if let number = falseSuspected[.heardBeforeOwnerNetwork] {
            faults.append("\(number) living suspected by their owner's network")
        }
        return faults
    }
}
