import Foundation
import KernelTestSupport
@testable import Model
import TestSupport
import Testing

/// `halfopen reap` with the real program and the kernel, in namespaces of their own.
@Suite(.enabled(if: KernelTests.canRun, Comment(rawValue: KernelTests.requirement)))
struct ReapTests {
    @Test func `A dry run shows what would be destroyed, and destroys nothing`() async throws {
        let world = try await ReapedWorld()
        let answer = try world.run("reap -o json")
        #expect(answer.status == 1)
        let report = try ReapReport(answer.output)
        #expect(report.reap == .init(dryRun: true, planned: 5))
        #expect(report.findings.map(\.action) == .init(repeating: "would-destroy", count: 5))
        #expect(report.findings.allSatisfy { $0.result == nil })
        let table = try world.run("reap")
        #expect(table.output.contains("would-destroy"))
        #expect(
            table.errors.contains("dry run: 5 connections would be destroyed; add --yes to destroy")
        )
        #expect(try world.sockets() == world.all)
    }

    @Test func `What is proven is destroyed, and nothing else`() async throws {
        let world = try await ReapedWorld()
        let answer = try world.run("reap --yes -o json")
        #expect(answer.errors == "")
        #expect(answer.status == 0)
        let report = try ReapReport(answer.output)
        #expect(report.reap == .init(planned: 5, destroyed: 5))
        #expect(Set(report.findings.map(\.peer.address)) == Set(ReapedWorld.stale))
        #expect(report.findings.allSatisfy { $0.action == "destroy" && $0.result == "destroyed" })
        #expect(try world.sockets() == world.all - 5)

        let again = try world.run("reap --yes")
        #expect(again.status == 0)
        #expect(again.errors.contains("halfopen: nothing to destroy"))
    }

    @Test func `No more is destroyed than --max says, and the rest is told`() async throws {
        let world = try await ReapedWorld()
        let answer = try world.run("reap --yes --max 2")
        #expect(answer.status == 1)
        #expect(answer.errors.contains("3 candidates stay open: more than --max allows"))
        #expect(answer.errors.contains("2 of 2 connections destroyed; 3 left for another run"))
        #expect(try world.sockets() == world.all - 2)
    }

    @Test func `Without CAP_NET_ADMIN the kernel refuses, and the capability is named`()
        async throws
    {
        let world = try await ReapedWorld()
        let answer = try world.run(
            "reap --yes -o json",
            with: "setpriv --bounding-set=-net_admin --inh-caps=-net_admin --"
        )
        #expect(answer.status == 2)
        #expect(try ReapReport(answer.output).reap == .init(planned: 5, refused: 5))
        // Said once, not for each.
        #expect(answer.errors.split(separator: "\n").count == 1)
        #expect(answer.errors.contains("EPERM (Operation not permitted); it needs CAP_NET_ADMIN"))
        #expect(try world.sockets() == world.all)
    }

    @Test(arguments: ReapedWorld.Lie.allCases)
    fileprivate func `By a snapshot that cannot be right nothing is destroyed`(
        lie: ReapedWorld.Lie
    ) async throws {
        // That somebody is gone can be said when the API has had 10 s to show it.
        let world = try await ReapedWorld(age: 12)
        let answer = try world.run("reap --yes --yes -o json", lie: lie)
        #expect(answer.status == 2, "\(answer.errors)")
        let report = try ReapReport(answer.output)
        #expect(report.reap?.refusal?.contains("nothing is destroyed") == true)
        #expect(report.reap?.planned == 0)
        #expect(report.findings.allSatisfy { $0.action == nil && $0.result == nil })
        #expect(try world.sockets() == world.all)
    }

    @Test func `Where the companion is stopped before a connection's end, the connection stays`()
        async throws
    {
        let world = try await ReapedWorld()
        let answer = try world.run(
            """
            reap --yes <pipe >out 2>err & program=$!
            exec 8>pipe
            head -c 300000 /dev/zero | tr '\\0' ' ' >&8
            helper=$(pgrep -x halfopen-helper --parent $program)
            kill -STOP $helper
            cat pods.json >&8
            exec 8>&-
            # It has asked for the connections' end when its question lies in the other's queue.
            until ss -xp | grep "pid=$helper," | awk '$3 > 0' | grep -q .; do sleep 0.01; done
            sleep 1.1
            kill -CONT $helper
            wait $program
            echo "status $?"
            grep 'not destroyed' err
            grep -wc skipped out
            """,
            with: "mkfifo pipe;",
            snapshot: "-"
        )
        #expect(
            answer.output == """
                status 1
                halfopen: 5 connections are not destroyed: the program was stopped for more than \
                1 s after its second look; another run tries again
                5

                """
        )
        #expect(try world.sockets() == world.all)
    }

    @Test func `A target that cannot be read stops nothing in the others`() async throws {
        let world = try await ReapedWorld()
        let answer = try world.run("reap --yes --yes -N nowhere")
        #expect(answer.status == 2)
        #expect(answer.errors.contains("cannot open network namespace 'nowhere'"))
        #expect(answer.errors.contains("5 of 5 connections destroyed"))
        #expect(try world.sockets() == world.all - 5)
    }

    @Test func `With few peers a second run by a newer snapshot must agree`() async throws {
        let world = try await ReapedWorld(live: 3)
        let reap = "reap --yes --state state -o json"
        for _ in 0..<2 {
            // The second time by the same snapshot, which is no second witness.
            let answer = try world.run(reap)
            #expect(answer.status == 2)
            let refusal = try ReapReport(answer.output).reap?.refusal
            #expect(refusal?.contains("run again with a snapshot that states a later time") == true)
        }
        #expect(try world.sockets() == world.all)

        try await Task.sleep(for: .milliseconds(10))
        try world.takeSnapshot()
        let answer = try world.run(reap)
        #expect(answer.status == 0, "\(answer.errors)")
        #expect(try world.sockets() == world.all - 5)
    }

    @Test func `With few peers --yes twice does without a second run`() async throws {
        let world = try await ReapedWorld(live: 3)
        let refused = try world.run("reap --yes")
        #expect(refused.status == 2)
        #expect(
            refused.errors.contains("run again with --state and a snapshot that states a later")
        )
        #expect(try world.sockets() == world.all)
        #expect(try world.run("reap --yes --yes").status == 0)
        #expect(try world.sockets() == world.all - 5)
    }

    @Test func `A watch destroys what it finds, and tells so once`() async throws {
        let world = try await ReapedWorld()
        let answer = try world.run(
            """
            watch --interval 100ms --reap --yes --metrics-file metrics.prom >out &
            watch=$!
            for _ in $(seq 300); do
                [ "$(grep -c cleared out)" = 5 ] && break
                sleep 0.1
            done
            kill $watch && wait $watch
            """
        )
        #expect(answer.status == 0)
        #expect(answer.errors == "")
        let events = try world.session.run("cat out").output.split(separator: "\n")
        let destroyed = events.filter { $0.contains(#""action":"destroy","result":"destroyed""#) }
        #expect(destroyed.count { $0.contains(#""type":"appeared""#) } == 5)
        #expect(destroyed.count { $0.contains(#""type":"cleared""#) } == 5)
        let metrics = try world.session.run("cat metrics.prom").output
        #expect(
            metrics.contains(#"halfopen_reaped_connections_total{result="destroyed"} 5"# + "\n")
        )
        #expect(try world.sockets() == world.all - 5)
    }

    @Test(arguments: [
        ("watch --yes", "option --yes needs --reap; add that option"),
        ("watch --reap --max-age 0", "option --max-age: '0' (no limit) is not allowed"),
        ("reap --max-age 0", "option --max-age: '0' (no limit) is not allowed"),
        ("reap --yes --max 0", "option --max: '0' is not a number of connections, 1 or more"),
        ("reap --max-fraction 1.5", "option --max-fraction: '1.5' is not a fraction of the peers"),
        ("reap --max-fraction -0", "option --max-fraction: '-0' is not a fraction of the peers"),
        ("reap --max-fraction ''", "option --max-fraction: '' is not a fraction of the peers"),
        ("reap --min-owner-age 5", "option --min-owner-age: '5' is not a duration"),
        ("list --yes", "'list' does not take option --yes"),
    ])
    func `A command line that could destroy by mistake is refused`(
        words: String,
        message: String
    ) throws {
        let answer = try Session().run("halfopen -s good.json \(words)")
        #expect(answer.status == 64)
        #expect(answer.errors.contains(message), "\(answer.errors)")
    }
}

/// The part of a report that reap has a hand in.
private struct ReapReport: Decodable {
    struct Reap: Decodable, Equatable {
        var dryRun = false
        var refusal: String?
        var planned = 0
        var destroyed = 0
        var gone = 0
        var skipped = 0
        var refused = 0
        var left = 0
    }

    struct Finding: Decodable {
        var peer: ReadReport.Endpoint
        var action: String?
        var result: String?
    }

    var reap: Reap?
    var findings: [Finding]

    init(_ json: String) throws {
        self = try JSONDecoder().decode(Self.self, from: Data(json.utf8))
    }
}

/// A proxy's namespace: five connections, of every family, to Pods that have been replaced since,
/// and some to Pods that live.
private final class ReapedWorld {
    /// What can be wrong with a snapshot of it.
    enum Lie: CaseIterable {
        /// The proxy is not in it, nor anybody else.
        case anotherCluster
        /// All Pods but the proxy are gone.
        case everybodyGone
        /// All Pods but the proxy have just started.
        case everybodyNew
        /// It is six minutes old.
        case old
        /// It says that it is a part.
        case partial
        /// It holds nothing.
        case empty
    }

    static let stale = ["10.244.0.1", "fd00:244::1", "10.244.0.2", "10.244.0.3"]

    let session: Session
    let all: Int
    private let live: Int
    private let namespace: SocketNamespace
    private let heard: Date

    init(live: Int = 12, age: Double = 3.5) async throws {
        self.live = live
        all = 5 + live
        heard = Date()
        namespace = try SocketNamespace([
            "10.244.0.1,15008,2", "fd00:244::1,15008,1", "::ffff:10.244.0.2,15008,1",
            "10.244.0.3,15008,1", "10.245.0.1,15008,\(live),\(live)",
        ])
        session = try Session()
        try await Task.sleep(for: .seconds(age))
        try takeSnapshot()
    }

    /// Writes what the cluster is now, or what somebody believes.
    func takeSnapshot(_ lie: Lie? = nil) throws {
        var snapshot = SnapshotText()
        snapshot.podCIDR = "10.244.0.0/15"
        let newPods = Self.stale.enumerated().map { newPod("new-\($0)", $1) }
        let living = (1...live).map { ("live-\($0)", "10.245.0.\($0)") }
        let oldPods = living.map { SnapshotText.Pod.old($0.0, $0.1) }
        snapshot.pods = newPods + oldPods
        switch lie {
        case .anotherCluster:
            snapshot.pods = [.old("web", "10.99.0.5")]
            snapshot.proxies = []
        case .everybodyGone: snapshot.pods = []
        case .everybodyNew: snapshot.pods = newPods + living.map { newPod($0.0, $0.1) }
        case .old: snapshot.capturedAt = Date(timeIntervalSinceNow: -360)
        case .partial: snapshot.scope = "partial"
        case .empty:
            snapshot.pods = []
            snapshot.proxies = []
        case nil: break
        }
        try session.write(snapshot.compact, to: "pods.json")
    }

    /// Started after the old Pod was heard for the last time.
    private func newPod(_ name: String, _ address: String) -> SnapshotText.Pod {
        let start = heard.addingTimeInterval(3)
        return SnapshotText.Pod(
            name: name,
            addresses: [address],
            start: start,
            networkTransition: start
        )
    }

    /// Runs the program on the namespace, as an argument of another if need be.
    func run(
        _ words: String,
        with wrapper: String = "",
        lie: Lie? = nil,
        snapshot: String = "pods.json"
    ) throws -> Command {
        if let lie { try takeSnapshot(lie) }
        return try session.run(
            "\(wrapper) halfopen -s \(snapshot) -N \(namespace.path) --clock-skew 1s \(words)"
        )
    }

    /// The connections that there are.
    func sockets() throws -> Int {
        let answer = try session.run("nsenter --net=\(namespace.path) ss -Htn state established")
        return answer.output.split(separator: "\n").count
    }
}
