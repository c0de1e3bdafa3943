import Model

/// What a process was started with, environ(7); only the variables that Istio sets are kept.
struct ProcessEnvironment {
    private static let names: Set<String> = [
        "POD_NAME", "POD_NAMESPACE", "INSTANCE_IP",
        "ISTIO_META_WORKLOAD_NAME", "ISTIO_META_CLUSTER_ID",
        // Of agentgateway.
        "GATEWAY", "CLUSTER_ID",
    ]
    private var values: [String: String] = [:]

    /// Reads the form of `/proc/PID/environ`: `NAME=value`, each ended by a zero byte.
    ///
    /// If a name is there twice, the first counts, as for getenv(3).
    init(_ bytes: [UInt8]) {
        for entry in bytes.split(separator: 0) {
            guard let sign = entry.firstIndex(of: UInt8(ascii: "=")) else { continue }
            let name = String(decoding: entry[..<sign], as: UTF8.self)
            guard Self.names.contains(name), values[name] == nil else { continue }
            values[name] = String(decoding: entry[(sign + 1)...], as: UTF8.self)
        }
    }

    /// The value of a variable; `nil` where it is empty or not set.
    subscript(name: String) -> String? {
        values[name].flatMap { $0.isEmpty ? nil : $0 }
    }

    /// The Pod that the container runs in, as Istio and many others pass it on.
    var pod: PodName? {
        guard let namespace = self["POD_NAMESPACE"], let name = self["POD_NAME"] else {
            return nil
        }
        return PodName(namespace: namespace, name: name)
    }

    /// The first address of that Pod, `status.podIP`, as Istio passes it on.
    var podAddress: IPAddress? { self["INSTANCE_IP"].flatMap { IPAddress($0) } }
}
