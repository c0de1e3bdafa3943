@testable import Model
import Testing

@testable import Judging
@testable import Reporting

/// Who had an address when, as the page of an incident draws it.
struct TimelineTests {
    /// A snapshot: when it was read, whether it lists all Pods, and its Pods by when they started.
    ///
    /// Times are seconds from noon. A name in capitals is of a Pod that has finished, at 0.
    private typealias Listing = (read: Int64, isWhole: Bool, pods: [(String, Int64)])

    private static func contents(_ listing: Listing) -> SnapshotContents {
        contents(listing, cluster: "one")
    }

    /// The same of a cluster, in which a Pod at another address stays; of none, nothing stays.
    private static func contents(_ listing: Listing, cluster: String?, node: Node? = nil)
        -> SnapshotContents
    {
        let read = CauseTests.noon + .seconds(listing.read)
        var document = SnapshotDocument(
            source: "pods.json",
            format: .compact,
            modified: read + .seconds(1),
            readingBegan: read + .seconds(1)
        )
        document.statedReadTime = (read, .document)
        document.scope = listing.isWhole ? .cluster : .unknown
        var contents = SnapshotContents(document: document)
        for (name, start) in listing.pods {
            let time = APITime(CauseTests.noon + .seconds(start))
            let isOver = name.allSatisfy(\.isUppercase)
            let life = PodLife(
                creation: time,
                start: time,
                networkTransition: isOver ? APITime(CauseTests.noon) : time,
                network: isOver ? .notReady : .ready,
                phase: isOver ? .succeeded : .running
            )
            contents.pods.append(
                Pod(
                    identity: PodIdentity(namespace: "", name: name, uid: name, node: "n"),
                    addresses: [CauseTests.address].compactMap(\.self),
                    life: life
                )
            )
        }
        if let cluster {
            let identity = PodIdentity(namespace: "", name: "stays", uid: cluster, node: "n")
            let life = PodLife(start: APITime(CauseTests.noon - .seconds(9000)), phase: .running)
            contents.pods.append(Pod(identity: identity, addresses: [], life: life))
        }
        contents.nodes = [node].compactMap(\.self)
        return contents
    }

    /// Seconds from noon, of spans: from and to, `nil` where that is open.
    private static func seconds(_ spans: [AddressTimeline.Span]) -> [String] {
        func text(_ moment: WallTime?) -> String {
            moment.map { "\(($0 - CauseTests.noon).milliseconds / 1000)" } ?? ""
        }
        return spans.map { "\(text($0.start))...\(text($0.end))" }
    }

    private static func timeline(_ listings: [Listing], heard: [Int64] = []) throws
        -> AddressTimeline
    {
        var incident = Incident(port: 15008, skew: .seconds(2))
        incident.lives = AddressLives(listings.map(contents), skew: .seconds(2))
        let address = try #require(CauseTests.address)
        incident.recorded[address] = heard.map {
            let heardAt = CauseTests.noon + .seconds($0)
            return .init(peer: address, heardAt: heardAt, recordedAt: CauseTests.noon)
        }
        _ = incident.take(CauseTests.request(at: 60_000))
        return try #require(incident.timelines(of: incident.explain()).first)
    }

    @Test(
        arguments: [
            ("one Pod", [(50, true, [("a", -90)])], [], ["-90..."], [], []),
            (
                "a Pod that another follows", [(-9, true, [("a", -90)]), (50, true, [("b", 30)])],
                [],
                ["-90...-9", "30..."], [], ["-9...30"]
            ),
            (
                "a Pod that was heard after it was listed",
                [(-9, true, [("a", -90)]), (50, true, [("b", 30)])], [-5, 40],
                ["-90...-5", "30..."], [], ["-5...30"]
            ),
            (
                "a Pod that nobody follows", [(-9, true, [("a", -90)]), (50, true, [])], [],
                ["-90...-9"], ["51..."], ["-9...51"]
            ),
            (
                "a Pod that another list does not have",
                [(-9, true, [("a", -90)]), (50, false, [])], [], ["-90..."], [], []
            ),
            (
                "a listing between two Pods",
                [(-9, true, [("a", -90)]), (10, true, []), (50, true, [("b", 30)])], [],
                ["-90...-9", "30..."], ["11...30"], ["-9...11"]
            ),
            (
                "a Pod that has finished", [(50, true, [("A", -90), ("b", 30)])], [],
                ["-90...0", "30..."], ["0...30"], []
            ),
            (
                "a Pod that is still there when the next has its address",
                [(50, true, [("a", -90), ("b", 30)])], [], ["-90...", "30..."], [], []
            ),
        ] as [(String, [Listing], [Int64], [String], [String], [String])]
    )
    func `An address is free between its owners, surely only where a snapshot shows it`(
        _ name: String,
        _ listings: [(read: Int64, isWhole: Bool, pods: [(String, Int64)])],
        _ heard: [Int64],
        _ pods: [String],
        _ free: [String],
        _ perhaps: [String]
    ) throws {
        let timeline = try Self.timeline(listings, heard: heard)
        #expect(Self.seconds(timeline.pods) == pods, "\(name)")
        #expect(Self.seconds(timeline.free) == free, "\(name)")
        #expect(Self.seconds(timeline.perhapsFree) == perhaps, "\(name)")
    }

    @Test func `A Pod that a whole list from before the request no longer has is not its owner`()
        throws
    {
        let address = try #require(CauseTests.address)
        let lists: [Listing] = [(-9, true, [("a", -90)]), (50, true, [])]
        let lives = AddressLives(lists.map(Self.contents), skew: .seconds(2))
        let before = lives.owners(of: address, at: CauseTests.noon + .seconds(50))
        #expect(before.0?.pod.name == "a")
        // It was completely written at 51.
        let after = lives.owners(of: address, at: CauseTests.noon + .seconds(51))
        #expect(after.0 == nil)
        #expect(after.previous?.pod.name == "a")
    }

    /// A whole listing at 60 that does not have the Pod that started at 0.
    private static let other = (60, true, []) as Listing

    @Test(arguments: [
        ("of the same cluster", contents(other), true),
        ("of another cluster", contents(other, cluster: "two"), false),
        ("of Nodes", contents(other, cluster: nil, node: Node(name: "n")), false),
        ("of nothing", contents(other, cluster: nil), false),
        ("of some Pods", contents((60, false, [])), false),
        ("from when the API may not have listed it", contents((11, true, [])), false),
        ("from when the API listed it", contents((12, true, [])), true),
        ("from before it", contents((3, true, [])), false),
        ("with a time after its file's", contents(other).modified(at: 50), false),
        (
            "with Nodes that were heard in time",
            contents(other, cluster: "one", node: node(heard: -540)), true
        ),
        (
            "with Nodes that were not heard for long",
            contents(other, cluster: "one", node: node(heard: -541)), false
        ),
    ])
    func `Only a whole list of the same cluster, from after a Pod began, shows that it is gone`(
        _ name: String,
        _ later: SnapshotContents,
        _ isGone: Bool
    ) throws {
        let address = try #require(CauseTests.address)
        let lists = [Self.contents((1, true, [("a", 0)])), later]
        let lives = AddressLives(lists, skew: .seconds(2))
        let owner = lives.owner(of: address, at: CauseTests.noon + .seconds(90))
        #expect((owner == nil) == isGone, "\(name)")
        let free = lives.gaps(at: address, heard: []).compactMap(\.knownFree)
        #expect(free.isEmpty == !isGone, "\(name)")
    }

    private static func node(heard: Int64) -> Node {
        Node(name: "n", heartbeat: APITime(CauseTests.noon + .seconds(heard)))
    }

    @Test(arguments: [
        ("none", [], true),
        ("one that nobody has the address in", [contents((-30, true, []), cluster: "two")], true),
        ("one that was listed too early", [contents((-49, true, []), cluster: "two")], false),
        ("one that was listed too late", [contents((0, true, []), cluster: "two")], false),
        ("one of which a part was listed", [contents((-30, false, []), cluster: "two")], false),
        (
            "one in which a Pod has the address",
            [contents((-30, true, [("x", -600)]), cluster: "two")], false
        ),
        (
            "one in which a Pod had the address",
            [
                contents((-300, true, [("x", -600)]), cluster: "two"),
                contents((-30, true, []), cluster: "two"),
            ], true
        ),
        ("Nodes alone", [contents(other, cluster: nil, node: Node(name: "n"))], true),
    ])
    func `A change of owner is proof only if no Pod of another cluster can have been heard`(
        _ name: String,
        _ others: [SnapshotContents],
        _ isProven: Bool
    ) throws {
        let address = try #require(CauseTests.address)
        let own: [Listing] = [(-300, true, [("a", -600)]), (70, true, [("b", -10)])]
        let lives = AddressLives(own.map(Self.contents) + others, skew: .seconds(2))
        let change = lives.change(
            of: address,
            after: CauseTests.noon - .seconds(60),
            before: CauseTests.noon
        )
        #expect((change?.present.pod.name == "b") == isProven, "\(name)")
        #expect(change == nil || change?.previous?.pod.name == "a", "\(name)")
    }

    /// A request that failed at noon, and what a debug log and captures show of its connection.
    private static func shown(
        heard: Int64? = nil,
        captures: Int = 1,
        ended isEnded: Bool = false
    ) throws -> AddressTimeline {
        var incident = Incident(port: 15008, skew: .seconds(2))
        _ = incident.take(CauseTests.request())
        for event in CauseTests.brokenTunnel(connectedAt: -60) { incident.proxyLogs.take(event) }
        for input in 0..<captures {
            incident.packets.begin(input: input)
            var segments = [CauseTests.data]
            if let heard {
                segments.insert(CauseTests.segment(heard * 1000, fromClient: false, .ack), at: 0)
            }
            segments.append(
                isEnded
                    ? CauseTests.segment(1, fromClient: false, [.fin, .ack]) : CauseTests.bareReset
            )
            for segment in segments {
                incident.packets.take(segment, captureBegan: CauseTests.noon - .seconds(100))
            }
            _ = incident.packets.end()
        }
        return try #require(incident.timelines(of: incident.explain()).first)
    }

    @Test func `A connection of the debug log is drawn from its beginning to its end`() throws {
        let timeline = try Self.shown(captures: 0)
        #expect(timeline.connections.map(\.name) == ["connection [C4]"])
        #expect(Self.seconds(timeline.connections) == ["-60...0"])
        #expect(timeline.resets.isEmpty)
    }

    @Test(arguments: [1, 2])
    func `A reset is drawn once, with the connection that the peer did not know`(captures: Int)
        throws
    {
        let timeline = try Self.shown(heard: -30, captures: captures)
        #expect(timeline.resets.map(\.name) == ["reset: unknown connection"])
        #expect(timeline.resets.map(\.time) == [CauseTests.noon + .milliseconds(1)])
        #expect(
            timeline.connections.map(\.name)
                == ["connection [C4]", "connection from 10.244.0.3:40000"]
        )
        #expect(Self.seconds(timeline.connections) == ["-60...0", "-30...0"])
    }

    @Test func `A peer that ended a connection in order is drawn as that`() throws {
        let timeline = try Self.shown(ended: true)
        #expect(timeline.resets.map(\.name) == ["the peer ended a connection"])
        #expect(timeline.connections.count == 1)
    }

    // MARK: The picture

    private static func scale(_ listings: [Listing]) throws -> [String] {
        let scale = try #require(try TimelineScale(timeline(listings)))
        let ends = seconds([.init(name: "", start: scale.first, end: scale.last)])
        return ends + (scale.hidesEarlier ? ["earlier"] : []) + (scale.hidesLater ? ["later"] : [])
    }

    @Test func `A picture shows what failed, and the change of owner before it`() throws {
        // The request fails 60 s after noon.
        #expect(try Self.scale([(70, true, [("a", -90_000)])]) == ["50...60", "earlier"])
        let replaced: [Listing] = [(-9, true, [("a", -90_000)]), (70, true, [("b", 30)])]
        #expect(try Self.scale(replaced) == ["-78...64", "earlier"])
        let longFree: [Listing] = [(-9_000, true, [("a", -90_000)]), (70, true, [("b", 30)])]
        #expect(try Self.scale(longFree) == ["0...61", "earlier"])
    }
}

extension SnapshotContents {
    /// The same from a file that was last modified at another time, in seconds from noon.
    fileprivate func modified(at seconds: Int64) -> SnapshotContents {
        var contents = self
        contents.document.modified = CauseTests.noon + .seconds(seconds)
        return contents
    }
}
