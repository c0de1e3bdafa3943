import Foundation
import KernelTestSupport
import TestSupport
import Testing

/// A waypoint's namespace whose connections were last heard when they were made, and a cluster in
/// which their peers have fared differently since.
///
/// It takes twelve seconds to grow: nobody's address is proof only after the time that the API
/// takes to list one, 10 s, and the skew.
final class StaleWorld: Sendable {
    /// What the verdict of a connection must be.
    struct Expected: Hashable, Codable {
        var peer: String
        var sockets: Int
        var verdict: String
        var confidence: String?
        var reason: String
        /// The owner, or who was it before.
        var pod: String?
    }

    /// The namespace with the sockets.
    let namespace: Namespace
    /// Another one, with two connections of the same kinds.
    let other: Namespace
    /// When every peer was last heard, to within the time that making the sockets took.
    let heard: Date

    /// The options that make every scan of it judge alike.
    ///
    /// However slow the machine is: what was silent for long is tried elsewhere.
    static let options = "--clock-skew 1s --exclude 10.244.0.7 --silent-after 1h"

    /// How many connections there are to old Pods that nothing is wrong with; a dump of them takes
    /// many messages of the kernel.
    static let healthy = 2000

    init() async throws {
        heard = Date()
        namespace = try Namespace([
            "10.244.0.1,15008,3", "fd00:244::1,15008,2", "::ffff:10.244.0.2,15008,2",
            "10.244.0.3,15008,1", "10.244.0.4,15008,1", "10.250.0.1,15008,1",
            "10.244.0.5,15008,1", "10.244.0.6,15008,1", "10.244.0.7,15008,1",
            "10.244.0.8,15008,1", "192.0.2.1,15008,1", "10.244.0.9,15008,1",
            "10.245.0.1,15008,\(Self.healthy),500",
            // Other ports, that must not show.
            "10.244.0.1,443,5", "fd00:244::1,15009,5", "::ffff:10.244.0.2,8080,5",
        ])
        other = try Namespace(["10.244.0.1,15008,1", "10.245.0.1,15008,1"])
        try await Task.sleep(for: .seconds(12))
    }

    /// A namespace that can be shared.
    final class Namespace: Sendable {
        private let sockets: SocketNamespace

        init(_ specifications: [String]) throws { sockets = try SocketNamespace(specifications) }

        var pid: Int32 { sockets.pid }
        var path: String { sockets.path }
    }
}

// MARK: - The cluster

extension StaleWorld {
    /// The cluster as it is at the given time, now unless told.
    func snapshot(_ capturedAt: Date = Date()) -> SnapshotText {
        var snapshot = SnapshotText(capturedAt: capturedAt)
        let replaced = [
            replacement("new-v4", "10.244.0.1"), replacement("new-v6", "fd00:244::1"),
            replacement("new-mapped", "10.244.0.2"),
        ]
        var leaving = SnapshotText.Pod.old("leaving", "10.244.0.8")
        leaving.deletion = heard.addingTimeInterval(86400)
        var starting = SnapshotText.Pod.old("starting", "10.244.0.6")
        starting.start = heard.addingTimeInterval(-2)
        starting.networkTransition = heard
        snapshot.pods =
            replaced + [
                finished, leaving, starting, .old("web", "10.244.0.5"),
                .old("excluded", "10.244.0.7"),
            ]
        let last = Self.healthy / 4
        snapshot.pods += (1...last).map { .old("old-\($0)", Self.address($0)) }
        var hostPod = SnapshotText.Pod.old("host", "10.244.0.9")
        hostPod.isHostNetwork = true
        snapshot.pods.append(hostPod)
        return snapshot
    }

    /// The address at an index, from 1, of those that the healthy connections go to.
    private static func address(_ index: Int) -> String { "10.245.\(index / 256).\(index % 256)" }

    private func replacement(_ name: String, _ address: String) -> SnapshotText.Pod {
        SnapshotText.Pod(
            name: name,
            addresses: [address],
            start: heard.addingTimeInterval(6),
            networkTransition: heard.addingTimeInterval(7)
        )
    }

    /// One that ran while its connection was made, has ended since, and lost its network.
    private var finished: SnapshotText.Pod {
        var pod = SnapshotText.Pod.old("job", "10.244.0.4")
        pod.phase = "Succeeded"
        pod.firstStarted = pod.start?.addingTimeInterval(2)
        pod.lastFinished = heard.addingTimeInterval(5)
        pod.networkReady = false
        pod.networkTransition = heard.addingTimeInterval(6)
        return pod
    }

    /// Scans it with a snapshot, `pods.json`, after what the preparation did in a shell.
    func scan(
        _ options: String,
        _ snapshot: SnapshotText? = nil,
        after preparation: String = ""
    ) throws -> Command {
        let session = try Session()
        try session.write((snapshot ?? self.snapshot()).compact, to: "pods.json")
        return try session.run(
            """
            \(preparation)
            halfopen -s pods.json -N \(namespace.path) \(Self.options) \(options)
            """
        )
    }

    /// What the scan must say of the candidates.
    static let candidates = [
        Expected(
            peer: "10.244.0.1",
            sockets: 3,
            verdict: "replaced",
            confidence: "confirmed",
            reason: "heard-before-owner-existed",
            pod: "new-v4"
        ),
        Expected(
            peer: "10.244.0.2",
            sockets: 2,
            verdict: "replaced",
            confidence: "confirmed",
            reason: "heard-before-owner-existed",
            pod: "new-mapped"
        ),
        Expected(
            peer: "fd00:244::1",
            sockets: 2,
            verdict: "replaced",
            confidence: "confirmed",
            reason: "heard-before-owner-existed",
            pod: "new-v6"
        ),
        Expected(
            peer: "10.244.0.3",
            sockets: 1,
            verdict: "deleted",
            confidence: "confirmed",
            reason: "unowned-pod-address",
            pod: nil
        ),
        Expected(
            peer: "10.244.0.4",
            sockets: 1,
            verdict: "deleted",
            confidence: "confirmed",
            reason: "heard-from-finished-pod",
            pod: "job"
        ),
        Expected(
            peer: "10.250.0.1",
            sockets: 1,
            verdict: "deleted",
            confidence: "suspected",
            reason: "unowned-address",
            pod: nil
        ),
    ]

    /// What it must say of the others, but for the healthy ones.
    static let others = [
        Expected(
            peer: "10.244.0.8",
            sockets: 1,
            verdict: "terminating",
            confidence: "confirmed",
            reason: "owner-terminating",
            pod: "leaving"
        ),
        Expected(
            peer: "10.244.0.6",
            sockets: 1,
            verdict: "undetermined",
            confidence: nil,
            reason: "heard-around-owner-start",
            pod: "starting"
        ),
        Expected(
            peer: "10.244.0.7",
            sockets: 1,
            verdict: "exempt",
            confidence: nil,
            reason: "excluded",
            pod: "excluded"
        ),
        Expected(
            peer: "10.244.0.9",
            sockets: 1,
            verdict: "exempt",
            confidence: nil,
            reason: "not-a-pod",
            pod: nil
        ),
        Expected(
            peer: "192.0.2.1",
            sockets: 1,
            verdict: "exempt",
            confidence: nil,
            reason: "not-a-pod",
            pod: nil
        ),
        Expected(
            peer: "10.244.0.5",
            sockets: 1,
            verdict: "current",
            confidence: "confirmed",
            reason: "heard-from-owner",
            pod: "web"
        ),
    ]
}

// MARK: - One for all tests

/// Makes the world before the tests of a suite and ends it after them.
struct InStaleWorld: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test,
        testCase: Test.Case?,
        performing body: @Sendable () async throws -> Void
    ) async throws {
        try await StaleWorld.$current.withValue(StaleWorld()) { try await body() }
    }
}

extension StaleWorld {
    /// The world of the suite that runs.
    @TaskLocal static var current: StaleWorld?
}
