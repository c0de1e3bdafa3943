import Model
import Testing

@Suite struct AddressClaimsTests {
    static let kinds: [(PodLife, owner: Bool, terminal: Bool, host: Bool)] = [
        (PodLife(phase: .running), true, false, false),
        (PodLife(phase: .pending), true, false, false),
        (PodLife(phase: .unknown), true, false, false),
        (PodLife(deletion: api(1), phase: .running), true, false, false),
        (PodLife(network: .notReady, phase: .running), true, false, false),
        (PodLife(phase: .running, isMirror: true), true, false, false),
        (PodLife(phase: .succeeded), false, true, false),
        (PodLife(phase: .failed), false, true, false),
        (PodLife(deletion: api(1), phase: .failed), false, true, false),
        (PodLife(phase: .failed, isMirror: true), false, false, false),
        (PodLife(phase: .running, isHostNetwork: true), false, false, true),
        (PodLife(phase: .succeeded, isHostNetwork: true), false, false, true),
        (PodLife(phase: .running, isHostNetwork: true, isMirror: true), false, false, true),
    ]

    @Test(arguments: kinds)
    func `What a Pod is to its address`(
        _ kind: (PodLife, owner: Bool, terminal: Bool, host: Bool)
    ) throws {
        let claims = IPOwnership([contents(pod("a", kind.0))]).claims(on: try address("10.1.0.7"))
        #expect(claims.owners.count == (kind.owner ? 1 : 0))
        #expect(claims.terminal.count == (kind.terminal ? 1 : 0))
        #expect(claims.isHostNetwork == kind.host)
        #expect(claims.yielded.count == 0)
    }

    @Test(arguments: [0, 1, 2, 3, 500])
    func `Any number of Pods may claim an address`(count: Int) throws {
        var all = contents(pod("other", at: ["10.1.0.8", "fd00::8"]))
        for number in 0..<count {
            all.pods.append(pod("p\(number)"))
            all.pods.append(pod("t\(number)", PodLife(phase: .failed)))
        }
        let ownership = IPOwnership([all])
        let claims = ownership.claims(on: try address("10.1.0.7"))
        #expect(ownership.names(claims.owners) == (0..<count).map { "p\($0)" }.sorted())
        #expect(ownership.names(claims.terminal) == (0..<count).map { "t\($0)" }.sorted())
        #expect(claims.owners.count == count)
        #expect((claims.owners.first == nil) == (count == 0))
        let others = ownership.claims(on: try address("fd00::8"))
        #expect(ownership.names(others.owners) == ["other"])
    }

    @Test func `A Pod that lists an address twice owns it once`() throws {
        let twice = pod("a", at: ["10.1.0.7", "::ffff:10.1.0.7", "fd00::7", "10.1.0.7"])
        let ownership = IPOwnership([contents(twice)])
        #expect(ownership.names(ownership.claims(on: try address("10.1.0.7")).owners) == ["a"])
        #expect(ownership.names(ownership.claims(on: try address("fd00::7")).owners) == ["a"])
    }

    static let stuck = PodLife(start: api(100), deletion: api(900), phase: .running)
    static let successor = PodLife(
        start: api(1000),
        networkTransition: api(1001),
        network: .ready,
        phase: .running
    )

    static let successors: [(String, @Sendable (inout PodLife) -> Void, Bool)] = [
        ("with R", { _ in }, true),
        (
            "with R*",
            {
                $0.network = .absent
                $0.firstStarted = api(1002)
            }, true
        ),
        ("without R and R*", { $0.networkTransition = nil }, false),
        ("without a network", { $0.network = .notReady }, false),
        ("being deleted too", { $0.deletion = api(2000) }, false),
        ("started in the same second", { $0.start = api(100) }, false),
        ("started a second later", { $0.start = api(101) }, true),
        ("started before", { $0.start = api(99) }, false),
        ("of unknown start", { $0.start = nil }, false),
        ("a mirror Pod", { $0.isMirror = true }, false),
        ("finished", { $0.phase = .succeeded }, false),
        ("on the host network", { $0.isHostNetwork = true }, false),
    ]

    @Test(arguments: successors)
    func `A Pod being deleted yields only to a later Pod with a network`(
        _ row: (String, @Sendable (inout PodLife) -> Void, Bool)
    ) throws {
        var life = Self.successor
        row.1(&life)
        for order in [[0, 1], [1, 0]] {
            let pods = [pod("stuck", Self.stuck), pod("next", life)]
            var document = contents()
            for index in order { document.pods.append(pods[index]) }
            let ownership = IPOwnership([document])
            let claims = ownership.claims(on: try address("10.1.0.7"))
            #expect(ownership.names(claims.yielded) == (row.2 ? ["stuck"] : []), "\(row.0)")
            #expect(ownership.names(claims.owners).contains("stuck") == !row.2, "\(row.0)")
        }
    }

    @Test func `A Pod being deleted yields nothing to another document's Pod`() throws {
        let ownership = IPOwnership([
            contents(pod("stuck", Self.stuck)), contents(pod("next", Self.successor)),
        ])
        let claims = ownership.claims(on: try address("10.1.0.7"))
        #expect(ownership.names(claims.owners) == ["next", "stuck"])
    }

    @Test func `A Pod that lives on yields nothing`() throws {
        var living = Self.stuck
        living.deletion = nil
        let ownership = IPOwnership([contents(pod("old", living), pod("next", Self.successor))])
        let claims = ownership.claims(on: try address("10.1.0.7"))
        #expect(ownership.names(claims.owners) == ["next", "old"])
    }
}
