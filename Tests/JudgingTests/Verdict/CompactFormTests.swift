import Judging
@testable import Model
import PodSnapshot
import Reporting
import TestSupport
import Testing

/// What `halfopen snapshot` writes is judged like what it read, or with less confidence.
@Suite struct CompactFormTests {
    /// The documents as they are when they were written in the compact form and read again, from a
    /// file of the given second.
    private func compact(
        _ contents: [SnapshotContents],
        modified: Double = 2005
    ) throws -> SnapshotContents {
        var bytes: [UInt8] = []
        CompactSnapshot(contents).render { bytes += $0 }
        var reader = try SnapshotReader(
            source: "compact.json",
            modified: at(modified),
            readingBegan: at(2008)
        )
        try reader.feed(bytes.span)
        return try reader.finish(readingEnded: at(2009))
    }

    private func judge(_ contents: [SnapshotContents], like scenario: Scenario) -> Judge {
        Judge(
            ownership: IPOwnership(
                contents,
                podCIDRs: scenario.podCIDRs.compactMap { IPPrefix($0) }
            ),
            policy: scenario.policy,
            now: at(scenario.now)
        )
    }

    @Test(arguments: UInt64(1)...8)
    func `A document and its compact form give the same verdicts`(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<150 {
            var scenario = Scenario.random(&random)
            scenario.documents = [scenario.documents[0]]
            let contents = scenario.documents.map(\.contents)
            let once = try compact(contents)
            let twice = try compact([once], modified: 2007)
            let (original, again) = (scenario.judge, judge([once], like: scenario))
            let andAgain = judge([twice], like: scenario)
            for moment in scenario.moments(8, &random) {
                let expected = original.judge(try socket(), heardAt: at(moment))
                #expect(again.judge(try socket(), heardAt: at(moment)) == expected)
                #expect(andAgain.judge(try socket(), heardAt: at(moment)) == expected)
            }
        }
    }

    @Test(arguments: UInt64(1)...4)
    func `Documents joined confirm no candidate that they do not confirm apart`(
        seed: UInt64
    ) throws {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<150 {
            var scenario = Scenario.random(&random)
            var others = Scenario.random(&random).documents[0]
            others.pods = []
            scenario.documents = [scenario.documents[0], others]
            let joined = try compact(scenario.documents.map(\.contents))
            let (apart, together) = (scenario.judge, judge([joined], like: scenario))
            for moment in scenario.moments(8, &random) {
                let judgement = together.judge(try socket(), heardAt: at(moment))
                guard judgement.verdict.isCandidate, judgement.confidence == .confirmed else {
                    continue
                }
                let expected = apart.judge(try socket(), heardAt: at(moment))
                #expect(judgement == expected, "heard at \(moment)")
            }
        }
    }

    @Test func `A workload stays one, whatever its UID looks like, and keeps its network`() throws {
        var contents = Document(stated: 2000).contents
        contents.document.listsWorkloads = true
        contents.document.network = "east"
        for (name, network) in [("near", "east"), ("far", "west"), ("plain", "")] {
            let identity = PodIdentity(namespace: "shop", name: name, uid: name, node: "node-1")
            let address = try #require(IPAddress(usualAddress))
            contents.pods.append(
                Pod(identity: identity, addresses: [address], life: PodLife(), network: network)
            )
            contents.exempt.append(
                ExemptAddress(address: address, kind: "VM", name: name, network: network)
            )
        }
        let read = try compact([contents])
        #expect(read.document.listsWorkloads)
        #expect(read.document.network == "east")
        var pods: [Pod] = []
        read.pods.forEach { pods.append($0) }
        #expect(pods.map(\.network) == ["east", "west", ""])
        #expect(read.exempt == contents.exempt)
        #expect(try compact([Document().pod("web", .running).contents]).document.network == nil)
    }

    @Test func `A weak time is written as none that is stated`() throws {
        let document = Document(stated: nil, modified: 1950).pod("web", .running)
        let contents = try compact([document.contents])
        #expect(contents.document.statedReadTime == nil)
        #expect(contents.document.claimedReadTime == at(1950))
        #expect(contents.document.readNotBefore == document.contents.document.readNotBefore)
    }

    @Test func `Of two stated times the earlier one is written`() throws {
        let nodes = Document(stated: 1900).node(Node(name: "node-1"))
        let pods = Document(stated: 1990).pod("web", .running)
        #expect(
            try compact([pods.contents, nodes.contents]).document.statedReadTime?.time == at(1900)
        )
    }

    @Test func `With a time that is not stated, none is`() throws {
        let nodes = Document(stated: nil, modified: 1995).node(
            Node(name: "node-1", readyTransition: api(1800), heartbeat: api(1850))
        )
        let pods = Document(stated: 1990).pod("web", .running)
        let document = try compact([pods.contents, nodes.contents]).document
        #expect(document.statedReadTime == nil)
        #expect(document.readNotBefore == at(1820))
    }

    static let scopes: [([SnapshotScope], SnapshotScope)] = [
        ([.cluster], .cluster), ([.unknown], .unknown), ([.partial], .partial),
        ([.cluster, .cluster], .cluster), ([.cluster, .unknown], .unknown),
        ([.unknown, .partial], .partial), ([.cluster, .partial], .partial),
    ]

    @Test(arguments: scopes)
    func `The scope is the narrowest`(scopes: [SnapshotScope], expected: SnapshotScope) throws {
        let contents = scopes.enumerated().map { number, scope in
            let document = Document(scope: scope)
            return number == 0
                ? document.pod("web", .running).contents
                : document.node(Node(name: "node-1")).contents
        }
        #expect(try compact(contents).document.scope == expected)
    }

    @Test func `A document without an item is a part of nothing known`() throws {
        #expect(try compact([Document().contents]).document.scope == .partial)
    }

    @Test func `A Pod of 400 bytes has everything that a verdict reads`() throws {
        let name = "checkout-7d4b9c8f5d-x7k2p"
        let uid = "0b54c7f6-3f4e-4a59-9d0e-0d4f3ad5b0a1"
        let document = Document().pod(name, .finished, uid: uid, node: "ip-172-16-0-1.ec2.internal")
        var sizes: [Int] = []
        for contents in [document.contents, document.pod("\(name)2", .finished, uid: uid).contents]
        {
            var bytes = 0
            CompactSnapshot([contents]).render { bytes += $0.count }
            sizes.append(bytes)
        }
        #expect(sizes[1] - sizes[0] < 400)
    }
}
