/// The labels of a Pod, as a volume of the downward API holds them: `key="value"` lines.
struct PodLabels {
    private var values: [String: String] = [:]

    /// Reads the file's bytes; what is no label is left out.
    init(_ bytes: [UInt8]) {
        for line in String(decoding: bytes, as: UTF8.self).split(separator: "\n") {
            let parts = line.split(separator: "=", maxSplits: 1)
            // A label's value needs no escapes: letters, digits, '-', '_' and '.'.
            guard parts.count == 2, parts[1].count > 2, parts[1].first == "\"",
                parts[1].last == "\""
            else { continue }
            values[String(parts[0])] = String(parts[1].dropFirst().dropLast())
        }
    }

    /// The Gateway that the Pod was made for, or else what Istio calls its workload.
    var workload: String? {
        values["gateway.networking.k8s.io/gateway-name"]
            ?? values["service.istio.io/canonical-name"]
    }
}
