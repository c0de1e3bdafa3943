import Judging
import Model

/// The counts over all targets that are one proxy's, or no known proxy's: two series must not have
/// the same labels.
///
/// A proxy's name is what its process says of itself. Where two network namespaces claim one name, at
/// most one of them is right, and each has its own series.
struct ProxySeries {
    private let proxy: MeshProxy?
    /// The network namespace, where another claims the same name.
    private let namespace: UInt64?
    /// The counts.
    private(set) var summary: ScanSummary

    /// Plain `namespace` and `pod` would collide with the labels of whom Prometheus scrapes.
    var labels: [PrometheusWriter.Label] {
        guard let proxy else { return [] }
        return [
            ("proxy_role", proxy.role), ("proxy_namespace", proxy.namespace),
            ("proxy_pod", proxy.pod),
        ] + (namespace.map { [("proxy_netns", String($0))] } ?? [])
    }

    /// In the order of the targets; of no target, one without a connection.
    static func all(of targets: [ScanTarget]) -> [ProxySeries] {
        let disputed = Dictionary(
            uniqueKeysWithValues: targets.disputedNames.map { ($0.name, $0.namespaces) }
        )
        var all: [ProxySeries] = []
        for target in targets {
            let namespace = target.claimedName.flatMap { disputed[$0] } == nil ? nil : target.inode
            let series = ProxySeries(
                proxy: target.proxy,
                namespace: namespace,
                summary: target.summary
            )
            if let index = all.firstIndex(where: { $0.labels.elementsEqual(series.labels, by: ==) })
            {
                all[index].summary.add(target.summary)
            } else {
                all.append(series)
            }
        }
        return all.isEmpty
            ? [ProxySeries(proxy: nil, namespace: nil, summary: ScanSummary())] : all
    }
}
