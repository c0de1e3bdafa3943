import Judging
import Model
import TestSupport
import Testing

/// A small world that keeps the premises: Pods follow each other on one address, their clocks are
/// off within the skew, the API lags, and a socket leads to one of them.
///
/// What was is known here, so that a verdict is right or wrong.
private struct ModelWorld {
    /// One Pod's true times, in seconds of the story.
    struct Life {
        var takenUp: Double
        var network: Double
        var container: Double
        var finished: Double
        var gone: Double
        /// When the API showed its address, and when it forgot the Pod.
        var listed: Double
        var forgotten: Double
        var isJob: Bool
        var clock: Double
    }

    var lives: [Life] = []
    var hasCondition: Bool
    var captured = 0.0
    var now = 0.0
    var scannerClock: Double

    init(_ random: inout SeededGenerator) {
        hasCondition = Bool.random(using: &random)
        // Two clocks differ by no more than the skew of 2 s.
        scannerClock = .random(in: -1...1, using: &random)
        var free = 100.0
        for _ in 0..<Int.random(in: 1...4, using: &random) {
            let network = free + .random(in: 0...(random.chance(2) ? 5 : 200), using: &random)
            let container = network + .random(in: 0...5, using: &random)
            let finished =
                container + .random(in: 1...(random.chance(3) ? 20 : 400), using: &random)
            let gone = finished + .random(in: 0...30, using: &random)
            let isJob = random.chance(3)
            lives.append(
                Life(
                    // The kubelet may take a Pod up before its predecessor's network is gone.
                    takenUp: network - .random(in: 0...8, using: &random),
                    network: network,
                    container: container,
                    finished: finished,
                    gone: gone,
                    listed: network + .random(in: 0...9, using: &random),
                    forgotten: isJob ? .infinity : gone + .random(in: 0...5, using: &random),
                    isJob: isJob,
                    clock: .random(in: -1...1, using: &random)
                )
            )
            free = gone
        }
        captured = .random(in: 100...(free + 300), using: &random)
        now = captured + .random(in: 0...(random.chance(2) ? 5 : 300), using: &random)
    }

    /// What the API tells of a Pod when the snapshot is read; `nil` while or when it does not.
    func life(_ life: Life) -> PodLife? {
        guard life.listed <= captured, captured < life.forgotten else { return nil }
        func told(_ moment: Double) -> APITime? {
            moment <= captured ? api(Int((moment + life.clock).rounded(.down))) : nil
        }
        let hasEnded = life.isJob && life.finished <= captured
        let isGone = life.gone <= captured
        return PodLife(
            creation: told(life.takenUp - 1),
            start: told(life.takenUp),
            networkTransition: hasCondition ? told(isGone ? life.gone : life.network) : nil,
            firstStarted: told(life.container),
            lastFinished: told(life.finished),
            deletion: !life.isJob && life.finished <= captured
                ? api(Int(life.finished) + 30) : nil,
            network: !hasCondition ? .absent : (isGone ? .notReady : .ready),
            phase: hasEnded ? .succeeded : .running
        )
    }

    /// The scan of this world; the snapshot states its moment by the API's clock, which is right.
    var scenario: Scenario {
        var document = Document(stated: captured)
            .pod("other", PodLife.running.with { $0.ready = nil }, at: ["10.1.0.99"])
        for index in document.pods.indices { document.pods[index].life = PodLife(start: api(1)) }
        for (number, life) in lives.enumerated() {
            if let told = self.life(life) { document = document.pod("p\(number)", told) }
        }
        var scenario = Scenario(document)
        scenario.podCIDRs = ["10.1.0.0/16"]
        scenario.now = now + scannerClock
        return scenario
    }
}

@Suite struct ModelWorldTests {
    @Test(arguments: UInt64(1)...8)
    func `While the premises hold no living connection is confirmed to be dead`(
        seed: UInt64
    ) throws {
        var random = SeededGenerator(seed: seed)
        var (stale, confirmed, called) = (0, 0, 0)
        for _ in 0..<400 {
            let world = ModelWorld(&random)
            let judge = world.scenario.judge
            for life in world.lives where life.network < world.now {
                for _ in 0..<4 {
                    let until = min(life.gone, world.now)
                    let opened = Double.random(in: life.network...until, using: &random)
                    let heard = Double.random(in: opened...until, using: &random)
                    let judgement = judge.judge(
                        try socket(),
                        heardAt: at(heard + world.scannerClock)
                    )
                    let isSure =
                        judgement.verdict.isCandidate && judgement.confidence == .confirmed
                    let isStale = life.gone <= world.now
                    #expect(isStale || !isSure, "\(judgement.words) of \(life) heard at \(heard)")
                    if isStale { stale += 1 }
                    if isStale, isSure { confirmed += 1 }
                    if isStale, judgement.words == "current confirmed heard-from-owner",
                        life.gone <= world.captured
                    {
                        called += 1
                    }
                }
            }
        }
        // It is no proof to confirm nothing: most of the stale are confirmed, and none that had
        // gone before the snapshot is surely called another's.
        #expect(confirmed > stale / 2, "\(confirmed) of \(stale)")
        #expect(called == 0, "\(called) of \(stale)")
    }
}
