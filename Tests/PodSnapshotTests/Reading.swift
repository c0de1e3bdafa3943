import Model
import PodSnapshot
import Testing

/// When the documents of the tests are read.
let readingTime = WallTime(epochSeconds: 1_795_000_000)

/// Reads a document in chunks of the given size; `nil` is one chunk.
func read(_ document: some Collection<UInt8>, chunk: Int? = nil) throws(SnapshotError)
    -> SnapshotContents
{
    var reader = try SnapshotReader(source: "test", modified: nil, readingBegan: readingTime)
    let bytes = Array(document)
    var start = 0
    while start < bytes.count {
        let end = min(bytes.count, start + (chunk ?? bytes.count))
        try reader.feed(bytes.span.extracting(start..<end))
        start = end
    }
    return try reader.finish(readingEnded: readingTime)
}

func read(_ document: String, chunk: Int? = nil) throws(SnapshotError) -> SnapshotContents {
    try read(document.utf8, chunk: chunk)
}

/// Why a document is refused; `nil` when it is not.
func refusal(_ document: some Collection<UInt8>, chunk: Int? = nil) -> String? {
    do {
        _ = try read(document, chunk: chunk)
        return nil
    } catch {
        return error.description
    }
}

func refusal(_ document: String) -> String? { refusal(document.utf8) }

/// A list with the given items, as kubectl writes it: keys sorted, so that the kind comes late.
func list(_ items: String..., kind: String = "List") -> String {
    #"{"apiVersion":"v1","items":[\#(items.joined(separator: ","))],"kind":"\#(kind)"}"#
}

/// A small Pod with further members of its status, or in place of it.
func pod(metadata: String = "", spec: String = "", status: String = "") -> String {
    """
    {"apiVersion":"v1","kind":"Pod",
     "metadata":{"name":"cart-1","namespace":"shop","uid":"u-1"\(metadata)},
     "spec":{"nodeName":"node-a"\(spec)},
     "status":{"phase":"Running","podIP":"10.1.0.7"\(status)}}
    """
}

/// The second of the day 2026-11-20 at the given time of day.
func time(_ clock: String) -> APITime? {
    WallTime(rfc3339: "2026-11-20T\(clock)Z".utf8).flatMap(APITime.init)
}

extension SnapshotContents {
    /// The first Pod.
    var pod: (identity: PodIdentity, life: PodLife)? {
        pods.count > 0 ? (pods.identity(0), pods.life(0)) : nil
    }

    /// The addresses that the Pods own, with the names of the Pods.
    func owners(of addresses: String...) -> [String] {
        let ownership = IPOwnership([self])
        return addresses.map { text in
            var names: [String] = []
            if let address = IPAddress(text) {
                ownership.forEachClaim(on: address) { names.append(pods.identity($0).name) }
            }
            return names.sorted().joined(separator: ",")
        }
    }

    var problems: [String] { document.problems.map(\.message) }
}
