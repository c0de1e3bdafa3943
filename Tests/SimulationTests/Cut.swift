@testable import Model
import TestSupport

/// What is taken out of a list on the way: by a filter, a merge, or a form that has no room for it.
struct Cut: Sendable {
    enum Kind: Sendable {
        /// All times of so many of a hundred Pods.
        case times(percent: Int)
        /// All IPv6 addresses: `podIP` is kept, `podIPs` is not.
        case family
        /// So many of a hundred Nodes.
        case nodes(percent: Int)
    }

    var kind: Kind
    /// How many of a hundred lists are cut.
    var percent = 100
}

extension SnapshotContents {
    /// Takes out what a cut takes of Pods; the times of the proxies with the given UIDs stay.
    mutating func cutPods(
        _ kind: Cut.Kind,
        sparing proxies: [String],
        _ random: inout SeededGenerator
    ) {
        switch kind {
        case .nodes: break
        case .times(let percent):
            change { pod in
                guard !proxies.contains(pod.identity.uid), random.chance(percent: percent) else {
                    return
                }
                pod.life.forgetTimes()
            }
        case .family:
            change { $0.addresses.removeAll { !$0.isIPv4 } }
        }
    }

    /// The rest of the list, before its Nodes are added.
    var withoutPods: SnapshotContents {
        var contents = self
        contents.pods = PodTable()
        contents.document.items -= pods.count
        contents.document.newestTimes = NewestTimes()
        return contents
    }

    private mutating func change(_ change: (inout Pod) -> Void) {
        let listed = pods
        self = withoutPods
        listed.forEach { pod in
            var pod = pod
            change(&pod)
            add(pod)
        }
    }
}

extension PodLife {
    fileprivate mutating func forgetTimes() {
        (creation, start, networkTransition) = (nil, nil, nil)
        (firstStarted, ready, lastFinished) = (nil, nil, nil)
    }
}
