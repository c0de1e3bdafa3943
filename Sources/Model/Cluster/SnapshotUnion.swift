/// Which documents of a run are of one cluster, and which of them count.
///
/// Lists of one cluster share UIDs, which no two clusters do. Of these the latest that shows the
/// whole cluster counts alone beside what is later still: what an earlier one lists besides is gone.
package struct SnapshotUnion {
    /// The documents that count, the one of the latest `C` first; of equal ones the last given.
    let latestFirst: [Int]
    /// The number of the cluster of each document; of one that lists no Pods by UIDs of the API a
    /// number of its own.
    package let clusters: [Int]

    /// The union of documents, in the order given.
    package init(_ contents: [SnapshotContents]) {
        let order = contents.indices.sorted { left, right in
            let (one, other) = (
                contents[left].document.readNotBefore, contents[right].document.readNotBefore
            )
            return one == other ? left > right : one > other
        }
        let clusters = contents.count == 1 ? [0] : Self.clusters(contents)
        var areShownWhole: Set<Int> = []
        latestFirst = order.filter { index in
            if areShownWhole.contains(clusters[index]) { return false }
            if contents[index].isWholePodList { areShownWhole.insert(clusters[index]) }
            return true
        }
        self.clusters = clusters
    }

    private static func clusters(_ contents: [SnapshotContents]) -> [Int] {
        var clusters = Array(contents.indices)
        var listedIn: [String: Int] = [:]
        for (index, content) in contents.enumerated() where !content.document.listsWorkloads {
            for pod in 0..<content.pods.count where content.pods.hasUID(pod) {
                let first = listedIn[content.pods.uid(pod), default: index]
                listedIn[content.pods.uid(pod)] = first
                let (joined, other) = (clusters[first], clusters[index])
                if joined == other { continue }
                for document in clusters.indices where clusters[document] == other {
                    clusters[document] = joined
                }
            }
        }
        return clusters
    }
}

extension SnapshotContents {
    /// Whether the document lists every Pod of its cluster by UIDs of the API.
    package var isWholePodList: Bool {
        document.scope == .cluster && document.gapCount == 0 && pods.count > 0
            && !document.listsWorkloads
    }
}
