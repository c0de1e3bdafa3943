@testable import Model
import Testing

@Suite struct PodLifeTests {
    @Test(arguments: [
        (PodPhase.pending, false), (.running, false), (.unknown, false), (.succeeded, true),
        (.failed, true),
    ])
    func `Only Pods that ended are terminal`(phase: PodPhase, isTerminal: Bool) {
        #expect(PodLife(phase: phase).isTerminal == isTerminal)
    }

    @Test(arguments: [
        (Int?.none, Int?.none, Int?.none), (999, nil, 999), (nil, 1000, 1000), (999, 1000, 1000),
    ])
    func `S is the start, else the creation`(creation: Int?, start: Int?, expected: Int?) {
        var life = PodLife(creation: creation.map(api), start: start.map(api))
        #expect(life.earliestExistence == expected.map(at))
        life.isMirror = true
        #expect(life.earliestExistence == nil)
    }

    @Test(arguments: [
        (NetworkCondition.ready, Int?.some(1010), Int?.none), (.notReady, nil, nil),
        (.absent, nil, 1012),
    ])
    func `R is the condition's when True, R* the containers' when it is absent`(
        network: NetworkCondition,
        ready: Int?,
        byContainers: Int?
    ) {
        var life = PodLife(
            networkTransition: api(1010),
            firstStarted: api(1012),
            ready: api(1014),
            network: network
        )
        #expect(life.networkReady == ready.map(at))
        #expect(life.networkReadyByContainers == byContainers.map(at))
        life.firstStarted = nil
        #expect(life.networkReadyByContainers == (network == .absent ? at(1014) : nil))
        life.ready = nil
        #expect(life.networkReadyByContainers == nil)
        life.isMirror = true
        #expect(life.networkReady == nil)
    }

    @Test(arguments: [
        // A kubelet that was upgraded in place dates the condition late.
        (NetworkCondition.ready, Int?.some(1010), Int?.some(1000), Int?.some(1000)),
        (.ready, 1010, 1010, 1010), (.ready, 1010, 1300, 1010), (.ready, 1010, nil, 1010),
        // A container restart moves it later, so that it stands for no transition.
        (.ready, nil, 1000, nil), (.notReady, 1010, 1000, nil), (.absent, nil, 1000, nil),
    ])
    func `R is no later than the start of a container that runs now`(
        network: NetworkCondition,
        transition: Int?,
        running: Int?,
        expected: Int?
    ) {
        var life = PodLife(
            networkTransition: transition.map(api),
            runningSince: running.map(api),
            network: network
        )
        #expect(life.networkReady == expected.map(at))
        life.isMirror = true
        #expect(life.networkReady == nil)
    }

    @Test(arguments: [
        (NetworkCondition.ready, Int?.some(1503), Int?.some(1500), Int?.none),
        (.notReady, 1503, 1500, 1503), (.notReady, 1503, nil, 1503), (.notReady, nil, 1500, nil),
        (.absent, nil, 1500, 1562), (.absent, nil, nil, nil),
    ])
    func `E is the condition's when False, else a minute and the skew after the end`(
        network: NetworkCondition,
        transition: Int?,
        finished: Int?,
        expected: Int?
    ) {
        let life = PodLife(
            networkTransition: transition.map(api),
            lastFinished: finished.map(api),
            network: network,
            phase: .succeeded
        )
        #expect(life.networkGone(skew: .seconds(2)) == expected.map(at))
    }

    @Test func `A life is a trivial value of 36 bytes, in which the epoch is no time`() {
        #expect(MemoryLayout<PodLife>.stride == 36)
        #expect(PodLife(creation: APITime(epochSeconds: 0)) == PodLife())
        #expect(PodLife(deletion: APITime(epochSeconds: 1)).deletion?.epochSeconds == 1)
        #expect(PodLife(start: APITime(epochSeconds: .max)).start?.epochSeconds == .max)
    }
}
