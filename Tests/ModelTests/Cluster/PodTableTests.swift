@testable import Model
import Testing

@Suite struct PodTableTests {
    @Test func `What is put in comes out`() {
        var table = PodTable()
        let lives = (0..<100).map { PodLife(start: api($0), phase: .running) }
        for (number, life) in lives.enumerated() {
            table.append(
                pod("web-\(number)", life, uid: "uid-\(number)", node: "node-\(number % 3)"),
                document: number % 5
            )
        }
        #expect(table.count == 100)
        for (number, life) in lives.enumerated() {
            #expect(table.life(number) == life)
            #expect(table.document(number) == number % 5)
            #expect(table.nodeName(number) == "node-\(number % 3)")
            #expect(
                table.identity(number)
                    == PodIdentity(
                        namespace: "shop",
                        name: "web-\(number)",
                        uid: "uid-\(number)",
                        node: "node-\(number % 3)"
                    )
            )
        }
    }

    static let names = [
        "", "a", "ünïcödé-✓", String(repeating: "x", count: 253),
        String(repeating: "y", count: 65_535),
    ]

    @Test(arguments: names)
    func `Names of every length keep apart`(name: String) {
        var table = PodTable()
        table.append(pod("before"))
        table.append(pod(name, uid: "uid of it", node: name))
        table.append(pod("after", uid: name))
        #expect(table.identity(0).name == "before")
        #expect(table.identity(1).name == name)
        #expect(table.identity(1).uid == "uid of it")
        #expect(table.identity(1).node == name)
        #expect(table.identity(2).name == "after")
        #expect(table.identity(2).uid == name)
    }

    @Test func `Thousands of Pods come out as they went in`() {
        var table = PodTable()
        let pods = (0..<2500).map { number in
            pod(
                "web-\(number)",
                PodLife(creation: api(number)),
                at: Array(["10.1.0.7", "fd00::7"].prefix(number % 3)),
                node: "node-\(number / 30)"
            )
        }
        for pod in pods { table.append(pod) }
        #expect(table.count == 2500)
        var seen: [Pod] = []
        table.forEach { seen.append($0) }
        #expect(seen == pods)
        #expect(table.life(2047).creation == api(2047))
        #expect(table.nodeName(1024) == "node-34")
    }

    @Test(arguments: [
        ("0b54c7f6-3f4e-4a59-9d0e-0d4f3ad5b0a1", false), ("", false),
        ("Kubernetes//Pod/shop/web", true),
    ])
    func `A UID that no API server gave is told by its slashes`(uid: String, hasSlash: Bool) {
        let identity = pod("web", uid: uid).identity
        #expect(PodNames(identity).hasSlashInUID == hasSlash)
        #expect(PodNames(identity).identity == identity)
    }

    @Test func `A name longer than any may be is cut and harms no other`() {
        var table = PodTable()
        table.append(pod(String(repeating: "é", count: 40_000), uid: "the uid"))
        table.append(pod("after"))
        #expect(table.identity(0).name.hasPrefix(String(repeating: "é", count: 32_767)))
        #expect(table.identity(0).uid == "the uid")
        #expect(table.identity(1).name == "after")
    }

    @Test func `Identities are ordered by namespace, name and UID`() {
        let ordered = [("a", "z", "9"), ("b", "a", "1"), ("b", "a", "2"), ("b", "b", "0")].map {
            PodIdentity(namespace: $0.0, name: $0.1, uid: $0.2, node: "n")
        }
        #expect(ordered.shuffled().sorted() == ordered)
        #expect(ordered[0].description == "a/z")
    }
}
