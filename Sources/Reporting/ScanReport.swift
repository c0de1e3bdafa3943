import Judging
import Model

/// All that a scan found: what every output format prints.
package struct ScanReport: Sendable {
    /// A namespace that was scanned, or should have been.
    package struct Target: Sendable {
        /// The Istio proxy whose namespace it is, as Kubernetes knows it.
        package struct Proxy: Hashable, Sendable {
            /// What it is for: `waypoint`, `gateway` or `sidecar`.
            package var role: String
            /// The namespace of its Pod; empty where it is not known.
            package var namespace: String
            /// The name of its Pod; empty where it is not known.
            package var pod: String
            /// The Deployment or Gateway that made the Pod.
            package var workload: String?
            /// The cluster, as Istio names it.
            package var cluster: String?

            /// `waypoint shop/waypoint-x2x4k`, or as much of it as is known.
            var title: String {
                let name = pod.isEmpty ? workload ?? "" : "\(namespace)/\(pod)"
                return name.isEmpty ? role : "\(role) \(name)"
            }

            /// A proxy of the given names.
            package init(
                role: String,
                namespace: String,
                pod: String,
                workload: String? = nil,
                cluster: String? = nil
            ) {
                self.role = role
                self.namespace = namespace
                self.pod = pod
                self.workload = workload
                self.cluster = cluster
            }
        }

        /// The network namespace's inode; `nil` when it could not be opened.
        package var inode: UInt64?
        /// The path by which it was opened; `nil` for the namespace that the program runs in.
        package var path: String?
        /// The process by which it was named.
        package var pid: Int32?
        /// The proxy in it; `nil` where it is not known.
        package var proxy: Proxy?
        /// The capture that it comes from; `nil` where the kernel was asked.
        package var replay: Replay?
        /// The counts over its sockets.
        package var summary: ScanSummary
        /// Whether every socket of it was seen.
        package var isComplete: Bool

        /// The sockets that were judged in it.
        package var sockets: Int { summary.sockets }

        /// What a person calls it: the proxy, or else how it was named.
        var title: String {
            let name = proxy?.title ?? pid.map { "pid \($0)" } ?? path
            let names = [replay?.source, name].compactMap(\.self)
            return names.isEmpty ? "this network namespace" : names.joined(separator: ", ")
        }

        /// A target of the given facts.
        package init(
            inode: UInt64?,
            path: String?,
            pid: Int32?,
            proxy: Proxy? = nil,
            replay: Replay? = nil,
            summary: ScanSummary = ScanSummary(),
            isComplete: Bool
        ) {
            self.inode = inode
            self.path = path
            self.pid = pid
            self.proxy = proxy
            self.replay = replay
            self.summary = summary
            self.isComplete = isComplete
        }
    }

    /// The program's version.
    package var version: String
    /// The machine's host name.
    package var host: String
    /// The remote port of the sockets.
    package var port: UInt16
    /// When the scan ended.
    package var generatedAt: WallTime
    /// How long the scan took, without reading the snapshots.
    package var duration: TimeSpan
    /// Whether the scan saw all it was asked for; when not, ``warnings`` say why.
    package var isComplete: Bool
    /// The snapshot documents.
    package var snapshots: [Snapshot]
    /// The namespaces.
    package var targets: [Target]
    /// The counts over all sockets.
    package var summary: ScanSummary
    /// The findings to print, in report order.
    package var findings: [Finding]
    /// What the reader must know: one sentence each.
    package var warnings: [String]
    /// What reap did with the findings; `nil` where nobody asked it to.
    package var reap: Reap?

    /// A snapshot document with what it holds.
    package struct Snapshot: Hashable, Sendable {
        /// The document.
        package var document: SnapshotDocument
        /// The number of its Pods.
        package var pods: Int
        /// The number of addresses that they list.
        package var addresses: Int

        /// A document and its counts.
        package init(document: SnapshotDocument, pods: Int, addresses: Int) {
            self.document = document
            self.pods = pods
            self.addresses = addresses
        }
    }

    /// When the oldest snapshot claims to be from; `nil` where one came through a pipe and does not
    /// say.
    var oldestCapture: WallTime? {
        let documents = snapshots.map(\.document)
        return documents.contains { $0.captureSource == .read }
            ? nil : documents.map(\.claimedCapture).min()
    }

    /// A report of the given parts.
    package init(
        version: String,
        host: String,
        port: UInt16,
        generatedAt: WallTime,
        duration: TimeSpan,
        isComplete: Bool,
        snapshots: [Snapshot],
        targets: [Target],
        summary: ScanSummary,
        findings: [Finding],
        warnings: [String]
    ) {
        self.version = version
        self.host = host
        self.port = port
        self.generatedAt = generatedAt
        self.duration = duration
        self.isComplete = isComplete
        self.snapshots = snapshots
        self.targets = targets
        self.summary = summary
        self.findings = findings
        self.warnings = warnings
    }
}
