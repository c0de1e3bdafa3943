import Model
import TestSupport

/// Tells what the Pods of a node went through: who had which of its few addresses when.
struct NodeStory {
    /// A Pod that wants an address, and when.
    private struct Request {
        var moment: WallTime
        var pod: ModelPod
        /// The slot of the node that it runs in, one workload each.
        var slot: Int
        var ends: WallTime
    }

    private static let slots = 5
    private static let addresses = 8

    let index: Int
    let node: ModelNode
    let begins: WallTime
    let ends: WallTime
    let hasCondition: Bool
    private var requests: [Request] = []
    private var freeSince: [WallTime]
    private var names = 0
    private(set) var pods: [ModelPod] = []

    init(
        _ index: Int,
        _ node: ModelNode,
        from begins: WallTime,
        to ends: WallTime,
        hasCondition: Bool,
        _ random: inout SeededGenerator
    ) {
        self.index = index
        self.node = node
        self.begins = begins
        self.ends = ends
        self.hasCondition = hasCondition
        freeSince = [WallTime](repeating: begins - .minutes(10), count: Self.addresses)
        for slot in 0..<Self.slots {
            create(slot, random.moment(begins - .seconds(30), begins + .seconds(300)), &random)
        }
        while let next = requests.indices.min(by: { requests[$0].moment < requests[$1].moment }) {
            var request = requests.remove(at: next)
            if request.moment >= ends { continue }
            if let address = takeAddress(&request, &random) { live(request, address, &random) }
        }
    }

    /// A new Pod asks for an address when its volumes are there.
    private mutating func create(
        _ slot: Int,
        _ moment: WallTime,
        _ random: inout SeededGenerator
    ) {
        names += 1
        let created = moment
        // A kubelet that is away takes up nothing; one that was asked before may finish later.
        let taken = node.attended(created + random.span(0...2))
        let volumes =
            random.chance(percent: 8) ? random.span(20...200) : random.span(0.1...3)
        let identity = PodIdentity(
            namespace: slot % 2 == 0 ? "shop" : "bank",
            name: "\(node.name)-\(slot)-\(names)",
            uid: "\(node.cluster)-\(node.name)-\(slot)-\(names)",
            node: node.name
        )
        let isJob = slot == 0 || random.chance(percent: 10)
        var end = ModelPod.End.deletion
        if isJob {
            end = .completion
        } else if random.chance(percent: 3) {
            end = .stuckDeletion
        } else if random.chance(percent: 4) {
            end = .forcedDeletion
        } else if random.chance(percent: 3) {
            end = .eviction
        }
        let length =
            switch Int.random(in: 0..<10, using: &random) {
            case 0..<2: random.span(5...60)
            case 2..<7: random.span(60...600)
            default: random.span(600...3600)
            }
        let pod = ModelPod(
            identity: identity,
            node: index,
            end: end,
            created: created,
            taken: taken,
            initializes: random.chance(percent: 25)
        )
        requests.append(
            Request(
                moment: taken + volumes,
                pod: pod,
                slot: slot,
                ends: taken + volumes + length
            )
        )
    }

    /// A free address; with none, or with the node away, the request is asked again later.
    private mutating func takeAddress(
        _ request: inout Request,
        _ random: inout SeededGenerator
    ) -> Int? {
        let attended = node.attended(request.moment)
        // What the kubelet could not tell before a partition would be told too late.
        if case .partition(let from, let back) = node.outage,
            from - .seconds(10) <= request.moment, request.moment < back
        {
            return retry(&request, at: back + random.span(0.5...3))
        }
        if attended > request.moment { return retry(&request, at: attended) }
        let free = freeSince.indices.filter { freeSince[$0] <= request.moment }
        guard let address = free.randomElement(using: &random) else {
            let soonest = freeSince.min() ?? ends
            return retry(&request, at: soonest)
        }
        return address
    }

    private mutating func retry(_ request: inout Request, at moment: WallTime) -> Int? {
        request.ends = request.ends + (moment - request.moment)
        request.moment = moment
        requests.append(request)
        return nil
    }

    /// The Pod has its address and runs until its end, or until its node is rebooted.
    private mutating func live(
        _ request: Request,
        _ address: Int,
        _ random: inout SeededGenerator
    ) {
        var pod = request.pod
        let up = request.moment
        begin(&pod, at: up, address, &random)
        let lastStart = pod.starts.last ?? up
        let end = max(request.ends, lastStart + .seconds(3))
        if case .reboot(let reboot, let back) = node.outage, up <= reboot,
            reboot < end + .seconds(70)
        {
            return reboots(pod, request, reboot, back, address, &random)
        }
        restart(&pod, until: end, &random)
        finish(&pod, at: end, &random)
        let down = pod.networks[pod.networks.count - 1].down
        freeSince[address] = down + random.span(random.chance(percent: 40) ? 0...0.1 : 0...60)
        pod.report(node, &random)
        pods.append(pod)
        succeed(pod, request.slot, &random)
    }

    /// The Pod's network comes up, then its containers.
    private func begin(
        _ pod: inout ModelPod,
        at up: WallTime,
        _ address: Int,
        _ random: inout SeededGenerator
    ) {
        let isLate = random.chance(percent: 35)
        pod.networks.append(
            ModelPod.Network(
                address: node.podAddress(address + 10),
                up: up,
                noticed: up + random.span(isLate ? 1...4.5 : 0.1...1),
                down: ends + .minutes(60),
                lossNoticed: ends + .minutes(60)
            )
        )
        var start = up
        if pod.initializes {
            let started = up + random.span(0.2...2)
            start = started + random.span(0.5...20)
            pod.initializations.append((started, start))
        }
        let pull = random.chance(percent: 10) ? random.span(20...150) : random.span(0.2...4)
        pod.starts.append(start + pull)
        pod.readyDelay = random.span(0.5...12)
    }

    /// Its container may crash and start again.
    private func restart(
        _ pod: inout ModelPod,
        until end: WallTime,
        _ random: inout SeededGenerator
    ) {
        guard random.chance(percent: 20), let first = pod.starts.last else { return }
        var starts: [WallTime] = []
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            starts.append(random.moment(first + .seconds(2), end - .seconds(1)))
        }
        pod.starts += starts.filter { $0 > first }.sorted()
    }

    /// A rebooted node's Pod that was ending is gone; any other asks for an address once more.
    private mutating func reboots(
        _ pod: ModelPod,
        _ request: Request,
        _ reboot: WallTime,
        _ back: WallTime,
        _ address: Int,
        _ random: inout SeededGenerator
    ) {
        var (pod, request) = (pod, request)
        pod.networks[pod.networks.count - 1].down = reboot
        pod.networks[pod.networks.count - 1].lossNoticed = back + random.span(0.1...3)
        pod.starts = pod.starts.filter { $0 < reboot }
        pod.initializations = pod.initializations.filter { $0.finished < reboot }
        freeSince[address] = back
        request.moment = back + random.span(4...25)
        request.ends = max(request.ends, request.moment) + random.span(30...600)
        request.pod = pod
        requests.append(request)
    }

    /// The Pod ends in its way.
    private func finish(
        _ pod: inout ModelPod,
        at end: WallTime,
        _ random: inout SeededGenerator
    ) {
        pod.hasFailed = pod.end == .eviction || random.chance(percent: 20)
        pod.reportsPhase = true
        // A node that is away acts on nothing before it is back.
        let acts = node.attended(end)
        switch pod.end {
        case .deletion, .stuckDeletion:
            pod.deletionRequested = end
            pod.grace = random.chance(percent: 70) ? .seconds(30) : .seconds(5)
            pod.reportsPhase = random.chance(percent: 50)
            let used = random.span(0.2...max(0.3, pod.grace.seconds))
            lose(
                &pod,
                finished: acts + (random.chance(percent: 30) ? pod.grace : used),
                0...5,
                &random
            )
            let down = pod.networks[pod.networks.count - 1].lossNoticed
            pod.removed =
                node.attended(down) + random.span(pod.end == .deletion ? 0.2...3 : 60...900)
        case .forcedDeletion:
            pod.deletionRequested = end
            pod.grace = .zero
            pod.removed = end
            lose(&pod, finished: end + random.span(0...4), 0...5, &random)
        case .completion:
            lose(&pod, finished: end, 0...30, &random)
            if random.chance(percent: 60) { delete(&pod, &random) }
        case .eviction:
            if !hasCondition { pod.evictionAnnounced = acts }
            lose(&pod, finished: acts + random.span(1...30), 0...20, &random)
            if random.chance(percent: 50) { delete(&pod, &random) }
        }
    }

    /// The containers end, then the network.
    private func lose(
        _ pod: inout ModelPod,
        finished: WallTime,
        _ later: ClosedRange<Double>,
        _ random: inout SeededGenerator
    ) {
        let down = finished + random.span(later)
        pod.finished = finished
        pod.networks[pod.networks.count - 1].down = down
        pod.networks[pod.networks.count - 1].lossNoticed = down + random.span(0...2)
    }

    /// A Pod that has ended is tidied away some time.
    private func delete(_ pod: inout ModelPod, _ random: inout SeededGenerator) {
        let down = pod.networks[pod.networks.count - 1].lossNoticed
        let requested = node.attended(down) + random.span(20...900)
        pod.deletionRequested = requested
        pod.grace = .zero
        pod.removed = requested + random.span(0...1)
    }

    private mutating func succeed(
        _ pod: ModelPod,
        _ slot: Int,
        _ random: inout SeededGenerator
    ) {
        let ended = pod.finished ?? ends
        let moment =
            switch pod.end {
            case .completion: ended + random.span(0...150)
            case .deletion where random.chance(percent: 40):
                (pod.removed ?? ended) + random.span(0.1...90)
            default: (pod.deletionRequested ?? ended) + random.span(0.1...2)
            }
        create(slot, moment, &random)
    }
}

extension ModelPod {
    /// Draws when each change of the Pod's status is told.
    ///
    /// An address is shown within 9.5 s of its first use: noticed within 4.5 s, told within 5 s.
    fileprivate mutating func report(_ node: ModelNode, _ random: inout SeededGenerator) {
        var changes = [taken] + starts + starts.map { $0 + readyDelay }
        changes += initializations.flatMap { [$0.started, $0.finished] }
        changes += networks.flatMap { [$0.noticed, $0.lossNoticed] }
        changes += [finished, evictionAnnounced].compactMap { $0 }
        let isSlow = random.chance(percent: 50)
        var shown = WallTime.distantPast
        for change in changes.sorted() {
            let told = node.attended(change)
            shown = max(shown, told + random.span(isSlow ? 0.5...5 : 0.05...0.8))
            reports.append(Report(known: told, shown: shown))
        }
    }
}
