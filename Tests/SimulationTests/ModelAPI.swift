import Model
import TestSupport

/// A snapshot as a scan is given it, and when it was really taken.
struct ModelSnapshot {
    let contents: [SnapshotContents]
    let began: WallTime
    /// When the last of it was read.
    let ended: WallTime
    /// What it says of who owns what: the same for every scan that is judged by it, as in a watch.
    let ownership: IPOwnership

    init(contents: [SnapshotContents], began: WallTime, ended: WallTime) {
        self.contents = contents
        self.began = began
        self.ended = ended
        ownership = IPOwnership(contents)
    }
}

/// The API of a world: it shows the truth late, in pages, and by other people's clocks.
struct ModelAPI {
    let world: World
    let setting: Setting

    /// What a request lists that begins at a moment and is written to a file by another.
    ///
    /// - Parameters:
    ///   - began: When the request begins.
    ///   - written: When the file is last written; `nil` as soon as the answer is there.
    func snapshot(
        began: WallTime,
        written: WallTime? = nil,
        _ random: inout SeededGenerator
    ) -> ModelSnapshot {
        switch setting.manner {
        case .nothing: return ModelSnapshot(contents: [], began: began, ended: began)
        case .ztunnel: return workloads(at: began, &random)
        case .script, .plainFile: break
        }
        let isLimited = random.chance(percent: setting.limited)
        var (contents, ended) = ([SnapshotContents](), began)
        for cluster in 0..<world.clusters {
            let pages = pageTimes(began, &random)
            ended = max(ended, (pages.last ?? began) + random.span(0...0.3))
            contents.append(list(cluster, began, pages, written ?? ended, isLimited, &random))
            if random.chance(percent: setting.earlierToo) {
                let earlier = began - random.span(20...1200)
                let pages = pageTimes(earlier, &random)
                contents.append(
                    list(cluster, earlier, pages, earlier + .seconds(5), false, &random)
                )
                if random.chance(percent: 50) { contents.reverse() }
            }
        }
        return ModelSnapshot(contents: contents, began: began, ended: ended)
    }

    private func list(
        _ cluster: Int,
        _ began: WallTime,
        _ pages: [WallTime],
        _ written: WallTime,
        _ isLimited: Bool,
        _ random: inout SeededGenerator
    ) -> SnapshotContents {
        let modified = world.writer.reading(written)
        var document = SnapshotDocument(
            source: World.source(ofCluster: cluster),
            format: setting.manner == .script ? .compact : .kubernetesList,
            modified: modified,
            readingBegan: modified
        )
        document.readingEnded = modified
        state(&document, began, isLimited, &random)
        var contents = SnapshotContents(document: document)
        for (number, pod) in world.pods.enumerated()
        where world.nodes[pod.node].cluster == cluster {
            if isLimited, pod.identity.namespace != "shop" { continue }
            guard let listed = list(pod, at: pages[number % pages.count]) else { continue }
            contents.add(listed)
        }
        for proxy in world.proxies where proxy.node.cluster == cluster {
            if isLimited, proxy.identity.namespace != "shop" { continue }
            if let listed = list(proxy, at: began) { contents.add(listed) }
        }
        let cut = setting.cut.flatMap { random.chance(percent: $0.percent) ? $0.kind : nil }
        if let cut { contents.cutPods(cut, sparing: world.proxies.map(\.identity.uid), &random) }
        if setting.listsNodes || random.chance(percent: 30) {
            addNodes(to: &contents, cluster, at: pages[pages.count - 1], cut, &random)
        }
        return contents
    }

    /// When each page of a list is read: the API's own cache may be behind by a moment.
    private func pageTimes(_ began: WallTime, _ random: inout SeededGenerator) -> [WallTime] {
        var moment = began - random.span(0...0.4)
        return (0..<Int.random(in: 1...3, using: &random)).map { _ in
            defer { moment = moment + random.span(0.1...2) }
            return moment
        }
    }

    /// What the document says of itself.
    private func state(
        _ document: inout SnapshotDocument,
        _ began: WallTime,
        _ isLimited: Bool,
        _ random: inout SeededGenerator
    ) {
        switch setting.manner {
        case .script:
            document.scope = isLimited ? .partial : .cluster
            document.statedReadTime = world.writer.written(began).map { ($0.wallTime, .document) }
        case .ztunnel, .nothing: break
        case .plainFile:
            // Some say --cluster-wide, where it is true.
            if !isLimited, random.chance(percent: 50) { document.scope = .cluster }
            if setting.planted == .fileTimeStated, let modified = document.modified {
                document.statedReadTime = (modified, .option)
            }
        }
        if setting.planted == .scopeIgnored { document.scope = .cluster }
    }

    private func list(_ pod: ModelPod, at moment: WallTime) -> Pod? {
        let kubelet = world.nodes[pod.node].clock
        var listed = shown(pod, at: moment, kubelet)
        if setting.planted == .finishedPodsOwn, listed?.life.isTerminal ?? false {
            listed?.life.phase = .running
        }
        if setting.planted == .restartMovesNetwork, pod.starts.count > 1,
            let restarted = pod.starts.last(where: { $0 <= moment })
        {
            listed?.life.network = .ready
            listed?.life.networkTransition = kubelet.written(restarted)
        }
        return listed
    }

    private func list(_ proxy: ModelProxy, at moment: WallTime) -> Pod? {
        shown(proxy.pod, at: moment, proxy.node.clock)
    }

    func shown(_ pod: ModelPod, at moment: WallTime, _ kubelet: ModelClock) -> Pod? {
        var shown = pod.shown(
            at: moment,
            kubelet: kubelet,
            api: world.api,
            hasCondition: world.hasCondition
        )
        if world.isDualStack, !pod.isHostNetwork {
            let others = shown?.addresses.map(\.sixth) ?? []
            shown?.addresses += others
        }
        return shown
    }

    private func addNodes(
        to contents: inout SnapshotContents,
        _ cluster: Int,
        at moment: WallTime,
        _ cut: Cut.Kind?,
        _ random: inout SeededGenerator
    ) {
        let home = world.proxies.first.map { [$0.node] } ?? []
        for node in world.nodes + home where node.cluster == cluster {
            if case .nodes(let percent) = cut, random.chance(percent: percent) { continue }
            var shown = node.shown(at: moment, by: world.api, isDualStack: world.isDualStack)
            shown.heartbeat = node.clock.written(node.lastHeartbeat(by: moment))
            contents.nodes.append(shown)
            contents.document.items += 1
            for time in [shown.readyTransition, shown.heartbeat].compactMap({ $0 }) {
                contents.document.observe(time, node: node.name.utf8Span.span)
            }
        }
    }
}

extension SnapshotContents {
    /// Lists one Pod more.
    mutating func add(_ pod: Pod) {
        document.items += 1
        pods.append(pod)
        for time in pod.life.pastTimes {
            document.observe(time, node: pod.identity.node.utf8Span.span)
        }
    }
}

extension PodLife {
    /// The times that had passed when they were written.
    fileprivate var pastTimes: [APITime] {
        [creation, start, networkTransition, firstStarted, ready, lastFinished].compactMap { $0 }
    }
}
