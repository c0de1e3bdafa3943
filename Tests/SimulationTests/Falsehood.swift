import Model
import TestSupport

/// A way in which a snapshot is wrong, though it is well formed and says that it is fresh and whole.
struct Falsehood: Sendable {
    enum Kind: Sendable {
        /// No Pod is listed, but for other items.
        case allGone
        /// All Pods seem to have started when the snapshot was taken.
        case allRestarted
        /// Whoever wrote the Pods' times has a clock that is off.
        case podTimesOff(TimeSpan)
        /// Whoever wrote the time of the snapshot has.
        case captureOff(TimeSpan)
        /// A day ago other Pods ran, on the same addresses; the file was copied just now.
        case yesterdays
        /// The same addresses are other Pods' there.
        case anotherClusters
        /// So many of a hundred Pods are not listed.
        case partGone(percent: Int)
        /// So many seem to have started when it was taken.
        case partRestarted(percent: Int)
    }

    var name: String
    var kind: Kind
    /// Whether it is right of the proxy all the same, which a wrong one hardly is.
    var knowsProxy = false
    /// How many of a hundred snapshots are such.
    var percent = 100

    /// What such a snapshot says instead.
    func told(of snapshot: ModelSnapshot, in world: World) -> [SnapshotContents] {
        snapshot.contents.map { contents in
            switch kind {
            case .yesterdays, .anotherClusters: pods(of: snapshot, besides: world, in: contents)
            default: falsify(contents, world, at: snapshot.began)
            }
        }
    }

    private func falsify(
        _ contents: SnapshotContents,
        _ world: World,
        at began: WallTime
    ) -> SnapshotContents {
        var told = contents.withoutPods
        var random = SeededGenerator(seed: world.seed)
        contents.pods.forEach { pod in
            var pod = pod
            let isProxy = pod.identity.uid == world.waypoint.identity.uid
            if isProxy, knowsProxy { return told.add(pod) }
            switch kind {
            case .allGone: return
            case .partGone(let percent):
                if !isProxy, random.chance(percent: percent) { return }
            case .allRestarted: pod.life.restart(at: world.writer.reading(began))
            case .partRestarted(let percent):
                if !isProxy, random.chance(percent: percent) {
                    pod.life.restart(at: world.writer.reading(began))
                }
            case .podTimesOff(let error): pod.life.move(by: error)
            case .captureOff, .yesterdays, .anotherClusters: break
            }
            told.add(pod)
        }
        if case .captureOff(let error) = kind { told.state(error) }
        return told
    }

    /// What another world lists, as if it were this one's; a copied file does not say when it was
    /// made.
    private func pods(
        of snapshot: ModelSnapshot,
        besides world: World,
        in contents: SnapshotContents
    ) -> SnapshotContents {
        var told = contents.withoutPods
        var random = SeededGenerator(seed: world.seed)
        let other = ModelAPI(
            world: World(seed: ~world.seed, Setting.withoutHistory),
            setting: .withoutHistory
        )
        .snapshot(began: snapshot.began, &random)
        for listed in other.contents {
            listed.pods.forEach { pod in
                var pod = pod
                let isProxy = pod.identity.uid == world.waypoint.identity.uid
                if isProxy, !knowsProxy { return }
                if case .yesterdays = kind, !isProxy { pod.life.move(by: .minutes(-24 * 60)) }
                told.add(pod)
            }
        }
        if case .yesterdays = kind { told.document.statedCapture = nil }
        return told
    }
}

extension SnapshotContents {
    fileprivate var withoutPods: SnapshotContents {
        var contents = self
        contents.pods = PodTable()
        contents.document.items -= pods.count
        contents.document.newestTimes = NewestTimes()
        return contents
    }

    fileprivate mutating func state(_ error: TimeSpan) {
        guard let (time, source) = document.statedCapture else { return }
        document.statedCapture = (time + error, source)
        // The file's time is by the same clock.
        document.modified = document.modified.map { $0 + error }
    }
}

extension PodLife {
    fileprivate mutating func restart(at moment: WallTime) {
        change { $0 == nil ? nil : APITime(moment - .seconds(1)) }
    }

    fileprivate mutating func move(by span: TimeSpan) {
        change { $0.flatMap { APITime($0.wallTime + span) } }
    }

    private mutating func change(_ time: (APITime?) -> APITime?) {
        creation = time(creation)
        start = time(start)
        networkTransition = time(networkTransition)
        firstStarted = time(firstStarted)
        ready = time(ready)
        lastFinished = time(lastFinished)
    }
}

extension Falsehood {
    /// Snapshots that must not destroy anything.
    static let all = [
        Falsehood(name: "all Pods gone", kind: .allGone),
        Falsehood(name: "all Pods gone but the proxy", kind: .allGone, knowsProxy: true),
        Falsehood(name: "all Pods restarted now", kind: .allRestarted),
        Falsehood(
            name: "all Pods restarted now but the proxy",
            kind: .allRestarted,
            knowsProxy: true
        ),
        Falsehood(name: "Pods' clocks an hour fast", kind: .podTimesOff(.minutes(60))),
        Falsehood(name: "the snapshot's clock an hour fast", kind: .captureOff(.minutes(60))),
        Falsehood(name: "the snapshot's clock an hour slow", kind: .captureOff(.minutes(-60))),
        Falsehood(name: "yesterday's file copied", kind: .yesterdays),
        Falsehood(name: "yesterday's file copied, same proxy", kind: .yesterdays, knowsProxy: true),
        Falsehood(name: "another cluster's list", kind: .anotherClusters),
    ]
    /// Snapshots of which a part is right; now and then one of them comes between right ones.
    static let parts = [
        Falsehood(name: "40 % of the Pods gone", kind: .partGone(percent: 40), percent: 10),
        Falsehood(
            name: "40 % of the Pods restarted now",
            kind: .partRestarted(percent: 40),
            percent: 10
        ),
        Falsehood(
            name: "Pods' clocks an hour slow",
            kind: .podTimesOff(.minutes(-60)),
            percent: 10
        ),
        Falsehood(
            name: "another cluster's list, with a Pod at the proxy's address",
            kind: .anotherClusters,
            knowsProxy: true,
            percent: 10
        ),
    ]
}
