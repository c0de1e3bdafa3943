import Judging
@testable import Model
import TestSupport

extension Scenario {
    /// A scenario in which anything may be the case, also what no cluster would write.
    static func random(_ random: inout SeededGenerator) -> Scenario {
        var scenario = Scenario()
        let count = random.chance(5) ? 2 : 1
        for number in 0..<count { scenario.documents.append(.random(&random, number)) }
        scenario.skew = [1, 2, 10].randomElement(using: &random) ?? 2
        scenario.podCIDRs = random.chance(2) ? ["10.1.0.0/16"] : []
        return scenario
    }

    /// Moments near those that matter, and any others, up to the scan.
    func moments(_ count: Int, _ random: inout SeededGenerator) -> [Double] {
        let lives = documents.flatMap(\.pods).map(\.life)
        let marks = [2000.0] + lives.flatMap(\.observed).map { ($0.wallTime - at(0)).seconds }
        return (0..<count).map { _ in
            let near =
                (marks.randomElement(using: &random) ?? 0) + .random(in: -75...75, using: &random)
            return min(random.chance(3) ? .random(in: 0...2010, using: &random) : near, 2010)
        }
    }

    /// This scenario with all times so many seconds later.
    func later(_ seconds: Int) -> Scenario {
        var scenario = self
        scenario.now += Double(seconds)
        for index in documents.indices {
            scenario.documents[index].stated? += Double(seconds)
            scenario.documents[index].modified? += Double(seconds)
            for pod in documents[index].pods.indices {
                scenario.documents[index].pods[pod].life =
                    documents[index].pods[pod].life.later(seconds)
            }
            for node in documents[index].nodes.indices {
                for time in [\Node.readyTransition, \Node.heartbeat] {
                    let moment = documents[index].nodes[node][keyPath: time]
                    scenario.documents[index].nodes[node][keyPath: time] = moment.map {
                        APITime(epochSeconds: $0.epochSeconds + UInt32(seconds))
                    }
                }
            }
        }
        return scenario
    }
}

extension Document {
    fileprivate static func random(_ random: inout SeededGenerator, _ number: Int) -> Document {
        var document = Document()
        document.stated = random.chance(3) ? nil : 2000
        // Always a file: a pipe's end of reading is no part of what a test moves.
        // Not before a stated moment, which would leave no proof to test.
        document.modified = document.stated == nil && random.chance(4) ? 1950 : 2000
        document.scope =
            [.cluster, .cluster, .unknown, .partial].randomElement(using: &random) ?? .cluster
        document = document.pod("other\(number)", .running, at: ["10.1.0.99"])
        for pod in 0..<Int.random(in: 0...3, using: &random) {
            document = document.pod("p\(number)\(pod)", .random(&random))
        }
        if random.chance(5) {
            document = document.node(
                Node(
                    name: "node-1",
                    isReady: random.chance(4),
                    readyTransition: random.chance(4)
                        ? nil : api(.random(in: 500...2000, using: &random)),
                    heartbeat: random.chance(2)
                        ? nil : api(.random(in: 500...2000, using: &random))
                )
            )
        }
        return document
    }
}

extension PodLife {
    fileprivate static func random(_ random: inout SeededGenerator) -> PodLife {
        let creation = Int.random(in: 100...1900, using: &random)
        let start = creation + .random(in: random.chance(8) ? -20...0 : 0...20, using: &random)
        let network = start + .random(in: random.chance(8) ? -20...0 : 0...20, using: &random)
        let container = network + .random(in: 0...10, using: &random)
        let finished = container + .random(in: 0...300, using: &random)
        var life = PodLife(
            creation: random.chance(10) ? nil : api(creation),
            start: random.chance(10) ? nil : api(start),
            networkTransition: random.chance(10) ? nil : api(network),
            firstStarted: random.chance(10) ? nil : api(container),
            ready: random.chance(3) ? nil : api(container + 2),
            deletion: random.chance(4) ? api(finished) : nil,
            network: [.ready, .ready, .absent, .notReady].randomElement(using: &random) ?? .ready,
            phase: [.running, .running, .pending, .unknown].randomElement(using: &random)
                ?? .running,
            isHostNetwork: random.chance(20),
            isMirror: random.chance(20)
        )
        // Late where a container was started anew, early where the condition was dated anew.
        if random.chance(2) {
            let since = container + .random(in: -30...300, using: &random)
            life.runningSince = api(min(since, 2000))
        }
        if random.chance(3) {
            life.phase = random.chance(2) ? .succeeded : .failed
            life.lastFinished = random.chance(8) ? nil : api(finished)
            if life.network == .notReady { life.networkTransition = api(finished + 2) }
        }
        return life
    }
}

extension SeededGenerator {
    /// Once in so many times.
    mutating func chance(_ times: Int) -> Bool { Int.random(in: 0..<times, using: &self) == 0 }
}

extension TimeSpan {
    fileprivate var seconds: Double { Double(milliseconds) / 1000 }
}
