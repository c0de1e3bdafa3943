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
        /// The list of the beginning, told as if it were of now.
        case beginnings
        /// A day ago other Pods ran, on the same addresses; the file was copied just now, and some
        /// say that it was made just now.
        case yesterdays(isStated: Bool)
        /// The same addresses are other Pods' there.
        case anotherClusters
        /// So many of a hundred Pods are not listed.
        case partGone(percent: Int)
        /// So many seem to have started when it was taken.
        case partRestarted(percent: Int)
    }

    /// What it says of the proxy's address.
    enum Proxy: Sendable {
        /// What it says of all; nothing where it lists others.
        case likewise
        /// The truth, which a wrong one hardly says.
        case truth
        /// It is another Pod's.
        case anothers
        /// It is a Pod's of the same name, as where two clusters are made alike.
        case namesakes
    }

    var name: String
    var kind: Kind
    var proxy = Proxy.likewise
    /// Whether it lists Nodes.
    var listsNodes = true
    /// How many of a hundred snapshots are such.
    var percent = 100
    /// Whether but one scan uses such a one.
    var isOnce = false

    /// What such a snapshot says instead.
    func told(of snapshot: ModelSnapshot, in world: World, _ setting: Setting) -> [SnapshotContents]
    {
        snapshot.contents.map { contents in
            var told =
                switch kind {
                case .yesterdays, .anotherClusters: others(of: snapshot, than: world, in: contents)
                case .beginnings: beginnings(of: world, setting, in: contents)
                default: falsify(contents, world, at: snapshot.began)
                }
            if !listsNodes {
                told.document.items -= told.nodes.count
                told.nodes = []
            }
            return told
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
            let isProxy = world.isProxy(pod)
            if isProxy, proxy == .truth { return told.add(pod) }
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
            case .captureOff, .beginnings, .yesterdays, .anotherClusters: break
            }
            told.add(pod)
        }
        if case .captureOff(let error) = kind { told.state(error) }
        return told
    }

    private func beginnings(
        of world: World,
        _ setting: Setting,
        in contents: SnapshotContents
    ) -> SnapshotContents {
        var random = SeededGenerator(seed: world.seed)
        let old = ModelAPI(world: world, setting: setting)
            .snapshot(began: World.begins + random.span(0...120), &random)
        var told = old.contents[0]
        told.take(timesOf: contents.document)
        return told
    }

    /// What another world lists, as if it were this one's.
    private func others(
        of snapshot: ModelSnapshot,
        than world: World,
        in contents: SnapshotContents
    ) -> SnapshotContents {
        var told = contents.withoutPods
        var random = SeededGenerator(seed: world.seed)
        let setting = Setting.withoutHistory.with { $0.dualStack = world.isDualStack ? 100 : 0 }
        let other = World(seed: ~world.seed, setting)
        let (days, isStated): (Int64, Bool) =
            if case .yesterdays(let isStated) = kind { (1, isStated) } else { (0, true) }
        let listed = ModelAPI(world: other, setting: setting)
            .snapshot(began: snapshot.began, &random).contents[0]
        listed.pods.forEach { pod in
            var pod = pod
            if other.isProxy(pod) {
                guard rename(&pod) else { return }
            }
            pod.life.move(by: .minutes(-days * 24 * 60))
            told.add(pod)
        }
        contents.pods.forEach { pod in
            if world.isProxy(pod), proxy == .truth { told.add(pod) }
        }
        told.document.items += listed.nodes.count - told.nodes.count
        told.nodes = listed.nodes.map { $0.moved(by: .minutes(-days * 24 * 60)) }
        if !isStated { told.document.statedReadTime = nil }
        return told
    }

    /// Makes of another world's proxy what stands at this one's address; nothing if none does.
    private func rename(_ pod: inout Pod) -> Bool {
        pod.identity.uid += "-there"
        switch proxy {
        case .likewise, .truth: return false
        case .namesakes: return true
        case .anothers:
            pod.identity.namespace = "other"
            pod.identity.name = "web"
            return true
        }
    }
}

extension World {
    func isProxy(_ pod: Pod) -> Bool {
        proxies.contains { $0.identity.uid == pod.identity.uid }
    }
}

extension SnapshotContents {
    fileprivate mutating func state(_ error: TimeSpan) {
        guard let (time, source) = document.statedReadTime else { return }
        document.statedReadTime = (time + error, source)
        // The file's time is by the same clock.
        document.modified = document.modified.map { $0 + error }
    }

    /// Says of itself what another document says.
    fileprivate mutating func take(timesOf other: SnapshotDocument) {
        document.statedReadTime = other.statedReadTime
        document.modified = other.modified
        document.readingBegan = other.readingBegan
        document.readingEnded = other.readingEnded
    }
}

extension Node {
    fileprivate func moved(by span: TimeSpan) -> Node {
        var node = self
        node.readyTransition = readyTransition.flatMap { APITime($0.wallTime + span) }
        node.heartbeat = heartbeat.flatMap { APITime($0.wallTime + span) }
        return node
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
