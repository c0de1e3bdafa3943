import Foundation

/// Snapshots as clusters write them, in both forms.
struct SnapshotText {
    /// A Pod with the times that decide; those that it does not have are left out.
    struct Pod {
        var name: String
        var addresses: [String]
        var phase = "Running"
        var start: Date?
        var networkReady = true
        var networkTransition: Date?
        var firstStarted: Date?
        var lastFinished: Date?
        var deletion: Date?
        var isHostNetwork = false

        /// One that has been running for a year.
        static func old(_ name: String, _ addresses: String...) -> Pod {
            let start = Date(timeIntervalSinceNow: -365 * 86_400)
            return Pod(
                name: name,
                addresses: addresses,
                start: start,
                networkTransition: start.addingTimeInterval(1)
            )
        }
    }

    var capturedAt = Date()
    var scope = "cluster"
    var pods: [Pod] = [.old("web", "10.244.0.5")]
    /// The names of the Pods with the addresses that the connections of ``SocketNamespace`` are made
    /// from: a snapshot that does not list the scanned proxy is another cluster's.
    var proxies = ["proxy"]
    /// The block of Pod addresses of the one Node.
    var podCIDR = "10.244.0.0/24"
    var nodeAddress = "192.0.2.1"

    /// The compact form, `halfopen.snapshot/v1`.
    var compact: String {
        text([
            "schema": "halfopen.snapshot/v1",
            "capturedAt": capturedAt.ISO8601Format(.init(includingFractionalSeconds: true)),
            "scope": scope,
            "pods": (pods + proxyPods).map(\.compact),
            "nodes": [
                [
                    "name": "node-1", "addresses": [nodeAddress], "podCIDRs": [podCIDR],
                    "ready": true,
                ]
            ],
        ])
    }

    /// What `kubectl get pods,nodes -A -o json` prints; it does not say when it was taken.
    var list: String {
        let node: [String: Any] = [
            "kind": "Node", "metadata": ["name": "node-1"], "spec": ["podCIDRs": [podCIDR]],
            "status": [
                "addresses": [["type": "InternalIP", "address": nodeAddress]],
                "conditions": [["type": "Ready", "status": "True"]],
            ],
        ]
        return text(["kind": "List", "items": (pods + proxyPods).map(\.item) + [node]])
    }

    private var proxyPods: [Pod] { proxies.map { .old($0, "10.255.255.1", "fd00:255::1") } }

    private func text(_ object: [String: Any]) -> String {
        let data = try? JSONSerialization.data(withJSONObject: object, options: .sortedKeys)
        return String(decoding: data ?? Data(), as: UTF8.self)
    }
}

extension SnapshotText.Pod {
    fileprivate var compact: [String: Any] {
        present([
            "namespace": "shop", "name": name, "uid": "uid-\(name)", "ips": addresses,
            "node": "node-1", "phase": phase, "startTime": start?.apiTime,
            "networkReady": networkReady, "networkTransitionTime": networkTransition?.apiTime,
            "firstStartedTime": firstStarted?.apiTime, "lastFinishedTime": lastFinished?.apiTime,
            "deletionTime": deletion?.apiTime, "hostNetwork": isHostNetwork,
        ])
    }

    fileprivate var item: [String: Any] {
        let condition = present([
            "type": "PodReadyToStartContainers", "status": networkReady ? "True" : "False",
            "lastTransitionTime": networkTransition?.apiTime,
        ])
        let times = present([
            "startedAt": firstStarted?.apiTime, "finishedAt": lastFinished?.apiTime,
        ])
        let state: [String: Any] = [lastFinished == nil ? "running" : "terminated": times]
        return [
            "kind": "Pod",
            "metadata": present([
                "namespace": "shop", "name": name, "uid": "uid-\(name)",
                "deletionTimestamp": deletion?.apiTime,
            ]),
            "spec": ["nodeName": "node-1", "hostNetwork": isHostNetwork],
            "status": present([
                "phase": phase, "startTime": start?.apiTime, "podIPs": addresses.map { ["ip": $0] },
                "conditions": [condition], "containerStatuses": [["state": state]],
            ]),
        ]
    }

    private func present(_ fields: [String: Any?]) -> [String: Any] {
        fields.compactMapValues(\.self)
    }
}

extension Date {
    /// As the API writes times: whole seconds.
    fileprivate var apiTime: String { ISO8601Format() }
}
