@testable import Model
import Testing

/// Ztunnel's workloads beside lists of Pods, and those of another network.
@Suite struct WorkloadSurveyTests {
    private func workload(
        _ name: String = "web",
        at addresses: [String] = ["10.1.0.7"],
        uid: String? = nil,
        network: String = ""
    ) -> Pod {
        pod(name, PodLife(), at: addresses, uid: uid ?? "K//Pod/shop/\(name)", network: network)
    }

    /// A document of ztunnel's workloads.
    private func dump(
        _ pods: Pod...,
        network: String? = nil,
        exempt: [ExemptAddress] = []
    ) -> SnapshotContents {
        var all = contents(exempt: exempt) {
            $0.listsWorkloads = true
            $0.network = network
        }
        for pod in pods { all.pods.append(pod) }
        return all
    }

    private func owners(
        _ documents: SnapshotContents...,
        of text: String = "10.1.0.7"
    ) throws -> [String] {
        let ownership = IPOwnership(documents)
        return ownership.names(ownership.claims(on: try address(text)).owners)
    }

    private static let lives: [(PodLife, owners: Int, terminal: Int, isHostNetwork: Bool)] = [
        (PodLife(start: api(1), phase: .running), 1, 0, false),
        (PodLife(phase: .succeeded), 0, 1, false), (PodLife(phase: .failed), 0, 1, false),
        (PodLife(phase: .running, isHostNetwork: true), 0, 0, true),
        (PodLife(phase: .failed, isHostNetwork: true), 0, 0, true),
        (PodLife(phase: .failed, isMirror: true), 0, 0, false),
    ]

    @Test(arguments: lives, [nil, "web"])
    func `What a list says of a Pod holds, and not that ztunnel lists it`(
        _ row: (PodLife, owners: Int, terminal: Int, isHostNetwork: Bool),
        uid: String?
    ) throws {
        let list = contents(pod("web", row.0))
        for documents in [[list, dump(workload(uid: uid))], [dump(workload(uid: uid)), list]] {
            let ownership = IPOwnership(documents)
            let claims = ownership.claims(on: try address("10.1.0.7"))
            #expect(claims.owners.count == row.owners)
            #expect(claims.terminal.count == row.terminal)
            #expect(claims.isHostNetwork == row.isHostNetwork)
            if let owner = claims.owners.first {
                #expect(ownership.pods.life(owner) == row.0)
                #expect(ownership.hasUniqueUID(owner))
            }
        }
    }

    @Test func `A Pod of another name or address is the list's no more than before`() throws {
        let list = contents(pod("web", PodLife(phase: .failed)), pod("other", at: ["10.1.0.8"]))
        #expect(try owners(list, dump(workload("old"))) == ["old"])
        #expect(try owners(list, dump(workload("other"))) == ["other"])
        #expect(try owners(list, dump(workload(at: ["10.1.0.9"])), of: "10.1.0.9") == ["web"])
        let elsewhere = PodIdentity(namespace: "test", name: "web", uid: "", node: "")
        let namesake = Pod(identity: elsewhere, addresses: workload().addresses, life: PodLife())
        #expect(try owners(list, dump(namesake)) == ["web"])
    }

    @Test func `Two of ztunnel's documents do not silence each other`() throws {
        #expect(try owners(dump(workload()), dump(workload(uid: "another"))) == ["web", "web"])
        // The same UID is the same workload, of which the later document knows more.
        let moved = workload(at: ["10.1.0.8"])
        #expect(try owners(dump(workload()), dump(moved)) == [])
    }

    @Test func `A string that is a Pod's UID in a list is not in a dump`() throws {
        let list = contents(pod("web", at: ["10.1.0.8"], uid: "u"))
        let dump = dump(workload("old", uid: "u"))
        #expect(try owners(list, dump) == ["old"])
        #expect(try owners(list, dump, of: "10.1.0.8") == ["web"])
        #expect(try owners(dump, list) == ["old"])
    }

    /// The network that a dump states, those of two workloads at two addresses, and which of them
    /// own something.
    private static let networks: [(stated: String?, networks: [String], owners: [String])] = [
        ("east", ["east", "west"], ["near"]), ("west", ["east", "west"], ["far"]),
        ("east", ["east", ""], ["near", "far"]), ("", ["", "west"], ["near"]),
        ("", ["", ""], ["near", "far"]),
        // A ztunnel that was not told which network it is in.
        ("", ["east", "west"], ["near", "far"]), ("north", ["east", "west"], ["near", "far"]),
        (nil, ["east", "west"], ["near", "far"]), (nil, ["", "west"], ["near", "far"]),
    ]

    @Test(arguments: networks)
    func `A workload of another network owns nothing here`(
        _ row: (stated: String?, networks: [String], owners: [String])
    ) throws {
        let exempt = try [
            ExemptAddress(
                address: address("10.1.0.10"),
                kind: "VM",
                name: "near",
                network: row.networks[0]
            ),
            ExemptAddress(
                address: address("10.1.0.11"),
                kind: "VM",
                name: "far",
                network: row.networks[1]
            ),
        ]
        let ownership = IPOwnership([
            dump(
                workload("near", at: ["10.1.0.8"], network: row.networks[0]),
                workload("far", at: ["10.1.0.9"], network: row.networks[1]),
                network: row.stated,
                exempt: exempt
            )
        ])
        for (name, pod, machine) in [
            ("near", "10.1.0.8", "10.1.0.10"), ("far", "10.1.0.9", "10.1.0.11"),
        ] {
            let owners = ownership.claims(on: try address(pod)).owners
            #expect(ownership.names(owners) == (row.owners.contains(name) ? [name] : []))
            let isExempt = ownership.exemption(of: try address(machine)) != nil
            #expect(isExempt == row.owners.contains(name))
        }
    }

    @Test func `Whose network a ztunnel's is shows in a list of its Pods`() throws {
        let near = workload("near", at: ["10.1.0.8"], network: "east")
        let far = workload("far", network: "west")
        let list = contents(pod("near", at: ["10.1.0.8"]))
        #expect(try owners(list, dump(near, far)) == [])
        #expect(try owners(dump(near, far), list, of: "10.1.0.8") == ["near"])
        // Beside a list of both networks, or of neither, nobody can tell.
        let both = contents(pod("near", at: ["10.1.0.8"]), pod("far"))
        #expect(try owners(both, dump(near, far)) == ["far"])
        #expect(try owners(contents(pod("near", at: ["10.1.0.9"])), dump(near, far)) == ["far"])
    }

    @Test func `No UID of a workload is unique, and a name may be the same Pod`() throws {
        let ownership = IPOwnership([
            contents(pod("a", at: ["10.1.0.8"])), dump(workload(uid: "0b54-4a59")),
        ])
        let listed = try #require(ownership.claims(on: try address("10.1.0.8")).owners.first)
        let known = try #require(ownership.claims(on: try address("10.1.0.7")).owners.first)
        #expect(ownership.hasUniqueUID(listed))
        #expect(!ownership.hasUniqueUID(known))
        let renamed = PodIdentity(namespace: "shop", name: "a", uid: "another", node: "")
        #expect(!ownership.mayBe(renamed, listed))
        #expect(ownership.mayBe(pod("x", uid: "a").identity, listed))
        #expect(ownership.mayBe(pod("web", uid: "another").identity, known))
        #expect(!ownership.mayBe(pod("x", uid: "0b54-4a59").identity, known))
    }
}
