/// A few indices of Pods; the first lies in the value itself, because one owner is the rule and
/// this is made for each socket.
@usableFromInline package struct PodIndices: Sendable, Sequence {
    /// The first index, if there is any.
    @usableFromInline package private(set) var first: Int?
    private var others: [Int] = []

    /// The number of indices.
    @usableFromInline package var count: Int { first == nil ? 0 : 1 + others.count }

    /// Adds an index.
    package mutating func append(_ index: Int) {
        if first == nil { first = index } else { others.append(index) }
    }

    /// All indices, in the order of their addition.
    @usableFromInline package func makeIterator() -> Iterator {
        Iterator(first: first, others: others.makeIterator())
    }

    /// What comes next of the indices.
    @usableFromInline package struct Iterator: IteratorProtocol {
        fileprivate var first: Int?
        fileprivate var others: IndexingIterator<[Int]>

        @usableFromInline package mutating func next() -> Int? { first.take() ?? others.next() }
    }
}

/// The Pods that list an address, by what they are to it.
@usableFromInline package struct AddressClaims: Sendable {
    /// The owners: live Pods that are not on the host network.
    package var owners = PodIndices()
    /// The Pods that have finished: they may have held the address, and CNI may have released it.
    package var terminal = PodIndices()
    /// The Pods being deleted that have left the address to a later one.
    package var yielded = PodIndices()
    /// Whether a host-network Pod has the address, finished or not: it is then a node's.
    package var isHostNetwork = false
}

extension IPOwnership {
    /// The Pods that list the address, by what they are to it.
    package func claims(on address: IPAddress) -> AddressClaims {
        var claims = AddressClaims()
        forEachClaim(on: address) { index in
            let life = pods.life(index)
            if life.isHostNetwork {
                claims.isHostNetwork = true
            } else if !life.isTerminal {
                claims.owners.append(index)
            } else if !life.isMirror {
                claims.terminal.append(index)
            }
        }
        if claims.owners.count > 1 { yieldToSuccessors(&claims) }
        return claims
    }

    /// Takes from the owners each Pod being deleted beside which its document lists a later-started
    /// Pod with a network: a StatefulSet's stuck Pod and its successor.
    private func yieldToSuccessors(_ claims: inout AddressClaims) {
        let owners = Array(claims.owners)
        claims.owners = PodIndices()
        for index in owners {
            if owners.contains(where: { hasYielded(index, to: $0) }) {
                claims.yielded.append(index)
            } else {
                claims.owners.append(index)
            }
        }
    }

    private func hasYielded(_ index: Int, to other: Int) -> Bool {
        let (life, successor) = (pods.life(index), pods.life(other))
        guard
            life.deletion != nil, successor.deletion == nil,
            pods.document(index) == pods.document(other),
            successor.networkReady ?? successor.networkReadyByContainers != nil,
            let start = life.earliestExistence, let laterStart = successor.earliestExistence
        else { return false }
        return start < laterStart
    }
}
