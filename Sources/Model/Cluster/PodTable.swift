/// The Pods of a snapshot, packed: about 200 bytes each with the address index, because a cluster
/// has hundreds of thousands and a node little memory to spare.
///
/// They lie in chunks, so that a growing table is never copied: to touch fresh memory costs more
/// than to fill it. Names lie end to end in one array of bytes, those that repeat (namespaces,
/// nodes) once.
package struct PodTable: Sendable {
    private struct Row: Sendable {
        var life: PodLife
        var document: UInt16
        var nameLength: UInt16
        var uidLength: UInt16
        var nameOffset: UInt32
        var namespace: UInt32
        var node: UInt32
        var network: UInt32

        /// Where in the chunk's text the name is.
        var nameRange: Range<Int> { Int(nameOffset)..<Int(nameOffset) + Int(nameLength) }
    }

    /// An address that a Pod lists.
    struct Claim: Sendable {
        var address: IPAddress
        var pod: Int32
        /// The claim on the same address that came before, or -1; known once they are indexed.
        var previous: Int32
    }

    /// So many Pods, the last one fewer.
    private struct Chunk: Sendable {
        static let size = 1024
        var rows: [Row] = []
        var text: [UInt8] = []
    }

    private var chunks: [Chunk] = []
    private var repeated = StringInterner()
    private(set) var claims: [Claim] = []
    private var index = AddressIndex()

    /// The number of Pods.
    package private(set) var count = 0

    /// The number of addresses that the Pods list; one that several list counts for each.
    package var addressCount: Int { claims.count }

    /// Adds a Pod of the document with the given index.
    package mutating func append(_ pod: Pod, document: Int = 0) {
        var names = PodNames(pod.identity)
        names.set(.network, pod.network.utf8Span.span)
        append(names, pod.addresses, pod.life, document: document)
    }

    /// Adds a Pod of the given names, addresses and times.
    ///
    /// Names longer than 65,535 bytes are cut: the API allows 253. An address that the Pod lists
    /// twice, as IPv4 and mapped into IPv6, counts once.
    package mutating func append(
        _ names: PodNames,
        _ addresses: [IPAddress],
        _ life: PodLife,
        document: Int = 0
    ) {
        let source = names.text.span
        let name = source.extracting(names.range(.name)).extracting(first: Int(UInt16.max))
        let uid = source.extracting(names.range(.uid)).extracting(first: Int(UInt16.max))
        if count % Chunk.size == 0 {
            var chunk = Chunk()
            chunk.rows.reserveCapacity(Chunk.size)
            chunk.text.reserveCapacity(Chunk.size * 64)
            chunks.append(chunk)
        }
        let last = chunks.count - 1
        let before = chunks[last].rows.last
        chunks[last].rows.append(
            Row(
                life: life,
                document: UInt16(document),
                nameLength: UInt16(name.count),
                uidLength: UInt16(uid.count),
                nameOffset: UInt32(chunks[last].text.count),
                namespace: repeated.number(
                    of: source.extracting(names.range(.namespace)),
                    expecting: before?.namespace
                ),
                node: repeated.number(
                    of: source.extracting(names.range(.node)),
                    expecting: before?.node
                ),
                network: repeated.number(
                    of: source.extracting(names.range(.network)),
                    expecting: before?.network
                )
            )
        )
        chunks[last].text.append(name)
        chunks[last].text.append(uid)
        for (index, address) in addresses.enumerated()
        where !addresses[..<index].contains(address) {
            // Memory that is not touched costs nothing, and each growth copies all.
            if claims.count == claims.capacity { claims.reserveCapacity(max(64, claims.count * 4)) }
            claims.append(Claim(address: address, pod: Int32(count), previous: -1))
        }
        count += 1
    }

    /// Makes an index of the claims, unless there is one that has them all.
    ///
    /// While nobody else has the table, the claims are not copied for that.
    package mutating func indexClaims() {
        if index.count != claims.count { index = AddressIndex(&claims) }
    }

    /// The newest claim on an address, among those that are indexed; -1 where there is none.
    func newestClaim(on address: IPAddress) -> Int32 { index.newest(on: address, in: claims) }

    /// Keeps those of the claims that are to be kept, by their position, and indexes them.
    mutating func keepClaims(where isKept: (Int, Claim) -> Bool) {
        claims = claims.enumerated().filter(isKept).map(\.element)
        index = AddressIndex(&claims)
    }

    /// The times of the Pod at an index.
    package func life(_ index: Int) -> PodLife { row(index).life }

    /// The document of the Pod at an index.
    package func document(_ index: Int) -> Int { Int(row(index).document) }

    /// The documents that have Pods in the table.
    var documents: Set<Int> {
        var documents: Set<Int> = []
        var last: UInt16?
        for chunk in chunks {
            for row in chunk.rows where row.document != last {
                last = row.document
                documents.insert(Int(row.document))
            }
        }
        return documents
    }

    /// The names of the Pod at an index.
    package func identity(_ index: Int) -> PodIdentity {
        let row = row(index)
        return PodIdentity(
            namespace: repeated.name(row.namespace),
            name: String(decoding: text(of: index)[row.nameRange], as: UTF8.self),
            uid: uid(index),
            node: nodeName(index)
        )
    }

    /// The addresses that the Pod at an index lists.
    package func addresses(_ index: Int) -> [IPAddress] {
        // The claims are in the order of their Pods.
        var (low, high) = (0, claims.count)
        while low < high {
            let middle = (low + high) / 2
            if Int(claims[middle].pod) < index { low = middle + 1 } else { high = middle }
        }
        return claims[low...].prefix { Int($0.pod) == index }.map(\.address)
    }

    /// The UID of the Pod at an index.
    func uid(_ index: Int) -> String {
        String(decoding: text(of: index)[uidRange(index)], as: UTF8.self)
    }

    /// Whether the Pod at an index has a UID.
    func hasUID(_ index: Int) -> Bool { row(index).uidLength > 0 }

    /// Whether the Pods at two indices have the same namespace and name.
    func areNamesakes(_ index: Int, _ other: Int) -> Bool {
        let (row, otherRow) = (row(index), row(other))
        guard row.namespace == otherRow.namespace, row.nameLength == otherRow.nameLength else {
            return false
        }
        let (text, otherText) = (text(of: index), text(of: other))
        return text.span.extracting(row.nameRange)
            .isSame(otherText.span.extracting(otherRow.nameRange))
    }

    /// Whether the Pod at an index has a given name; no string is made of its own.
    func isNamed(_ namespace: String, _ name: String, index: Int) -> Bool {
        let row = row(index)
        guard Int(row.nameLength) == name.utf8.count else { return false }
        let text = text(of: index)
        return text.span.extracting(row.nameRange).isSame(name.utf8Span.span)
            && repeated.name(row.namespace) == namespace
    }

    /// The name of the network of the Pod at an index.
    func network(_ index: Int) -> String { repeated.name(row(index).network) }

    /// Whether the Pod at an index has a given UID; no string is made of its own.
    package func isUID(_ uid: String, of index: Int) -> Bool {
        let text = text(of: index)
        return text.span.extracting(uidRange(index)).isSame(uid.utf8Span.span)
    }

    private func uidRange(_ index: Int) -> Range<Int> {
        let row = row(index)
        return row.nameRange.upperBound..<row.nameRange.upperBound + Int(row.uidLength)
    }

    private func text(of index: Int) -> [UInt8] { chunks[index / Chunk.size].text }

    /// The name of the node of the Pod at an index.
    package func nodeName(_ index: Int) -> String { repeated.name(row(index).node) }

    /// The number that stands for that name.
    func nodeNumber(_ index: Int) -> UInt32 { row(index).node }

    /// The name of such a number.
    func name(ofNode number: UInt32) -> String { repeated.name(number) }

    private func row(_ index: Int) -> Row {
        chunks[index / Chunk.size].rows[index % Chunk.size]
    }

    /// Calls `body` with each Pod, in the order of their addition.
    package func forEach<Failure>(_ body: (Pod) throws(Failure) -> Void) throws(Failure) {
        var claim = 0
        for index in 0..<count {
            var addresses: [IPAddress] = []
            while claim < claims.count, claims[claim].pod == index {
                addresses.append(claims[claim].address)
                claim += 1
            }
            try body(
                Pod(
                    identity: identity(index),
                    addresses: addresses,
                    life: life(index),
                    network: network(index)
                )
            )
        }
    }
}
