@testable import Judging
import Model
import Testing

/// What connections bring to light of a list from which something was cut.
@Suite struct DocumentEvidenceTests {
    private func shortcomings(
        _ document: Document,
        _ peers: String...,
        history: SocketPast? = nil
    ) throws -> [String] {
        var scenario = Scenario(document)
        scenario.history = history
        var evidence = DocumentEvidence(of: scenario.ownership)
        for peer in peers {
            evidence.note(
                try #require(IPAddress(peer)),
                try scenario.judgement(heard: 1500, peer: peer)
            )
        }
        return evidence.shortcomings + evidence.endTarget()
    }

    static let timeless = PodLife(phase: .running)

    static let cuts: [(String, Document, isCut: Bool)] = [
        ("others have times", Document().pod("a", .running, at: ["10.1.0.1"]), true),
        (
            "others that have finished", Document().pod("a", .finished, at: ["10.1.0.1"]), true
        ),
        ("no Pod has any", Document().pod("a", timeless, at: ["10.1.0.1"]), false),
        ("there is no other", Document(), false),
        (
            "the others are mirrors",
            Document().pod("a", .running.with { $0.isMirror = true }, at: ["10.1.0.1"]), false
        ),
    ]

    @Test(arguments: cuts)
    func `An owner without times where other Pods have them`(
        _ row: (String, Document, isCut: Bool)
    ) throws {
        let document = row.1.pod("web", Self.timeless)
        let expected =
            "snapshot 'pods.json' has no start time for Pod shop/web, but has them for other"
            + " Pods: times were removed from it, and other data may be missing; take a"
            + " complete snapshot"
        #expect(try shortcomings(document, usualAddress) == (row.isCut ? [expected] : []))
        // Whoever nobody is connected to does not matter.
        #expect(try shortcomings(document, "10.1.0.1") == [])
    }

    @Test(arguments: [
        (PodLife.running, false), (timeless.with { $0.isMirror = true }, false),
        (timeless.with { $0.network = .notReady }, true),
        (timeless.with { $0.deletion = api(1000) }, true),
        (PodLife(creation: api(900), phase: .running), false),
    ])
    func `Whatever else is wrong with the owner`(life: PodLife, isCut: Bool) throws {
        let document = Document().pod("a", .running, at: ["10.1.0.1"]).pod("web", life)
        #expect(try shortcomings(document, usualAddress).count == (isCut ? 1 : 0))
        let bound = Scenario(document).remembering(boundTo: "old").history
        #expect(try shortcomings(document, usualAddress, history: bound).count == (isCut ? 1 : 0))
    }

    @Test func `A list beside one without any times is not cut`() throws {
        let byName = Document(listsWorkloads: true).pod("web", Self.timeless)
        var scenario = Scenario(byName, Document().pod("a", .running, at: ["10.1.0.1"]))
        scenario.now = 2010
        var evidence = DocumentEvidence(of: scenario.ownership)
        evidence.note(
            try #require(IPAddress(usualAddress)),
            try scenario.judgement(heard: 1500)
        )
        #expect(evidence.shortcomings == [])
    }

    @Test func `A Pod of which a field could not be read has no times, and none were cut`() throws {
        var document = Document().pod("a", .running, at: ["10.1.0.1"]).pod("web", PodLife())
        #expect(try shortcomings(document, usualAddress).count == 1)
        document.remarks = 1
        #expect(try shortcomings(document, usualAddress) == [])
        #expect(try shortcomings(document.pod("b", Self.timeless), usualAddress).count == 1)
    }

    static let families: [(String, Document, String, missing: String?)] = [
        ("IPv6 is listed", Document().pod("a", .running, at: ["fd00::1"]), "fd00::7", nil),
        ("IPv4 alone", Document().pod("a", .running, at: ["10.1.0.1"]), "fd00::7", "IPv6"),
        ("IPv6 alone", Document().pod("a", .running, at: ["fd00::1"]), "10.1.0.7", "IPv4"),
        ("IPv4 of one that has finished", Document().pod("a", .finished), "10.1.0.8", nil),
        (
            "a Node's own address",
            Document().pod("a", .running, at: ["10.1.0.1"])
                .node(Node(name: "node-1", addresses: ["fd00::7"].compactMap(IPAddress.init))),
            "fd00::7", nil
        ),
    ]

    @Test(arguments: families)
    func `A connection to a family of which no Pod is listed`(
        _ row: (String, Document, String, missing: String?)
    ) throws {
        let expected = row.missing.map {
            "no snapshot lists an \($0) address of a Pod, but there is a connection to \(row.2):"
                + " that family was removed from the snapshot; take a complete one"
        }
        #expect(try shortcomings(row.1, row.2) == (expected.map { [$0] } ?? []), "\(row.0)")
    }

    @Test func `A family that one target uses is missing in that target alone`() throws {
        let scenario = Scenario(Document().pod("a", .running, at: ["10.1.0.1"]))
        var evidence = DocumentEvidence(of: scenario.ownership)
        let peer = try #require(IPAddress("fd00::7"))
        evidence.note(peer, try scenario.judgement(heard: 1500, peer: "fd00::7"))
        #expect(evidence.endTarget().count == 1)
        #expect(evidence.endTarget() == [])
        #expect(evidence.shortcomings == [])
    }

    @Test func `Each cut is told once`() throws {
        let document = Document().pod("a", .running, at: ["10.1.0.1"])
            .pod("b", Self.timeless, at: ["10.1.0.2"]).pod("c", Self.timeless, at: ["10.1.0.3"])
        #expect(
            try shortcomings(document, "10.1.0.2", "10.1.0.3", "fd00::1", "fd00::2").count == 2
        )
    }
}
