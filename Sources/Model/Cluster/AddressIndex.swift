/// The newest claim on each address, by open addressing: it is asked for each socket.
struct AddressIndex: Sendable {
    /// Claims by their position in the table, -1 where a slot is free.
    ///
    /// At most half are taken.
    private var slots: [Int32]
    private let shift: UInt64
    /// The number of claims in it.
    let count: Int

    /// The index of no claims.
    init() {
        var none: [PodTable.Claim] = []
        self.init(&none)
    }

    /// The index of the claims; each is told of the one on its address that came before it.
    init(_ claims: inout [PodTable.Claim]) {
        var bits: UInt64 = 4
        while 1 << bits < claims.count * 2 { bits += 1 }
        slots = [Int32](repeating: -1, count: 1 << bits)
        shift = 64 - bits
        count = claims.count
        for index in claims.indices {
            let slot = slot(of: claims[index].address, in: claims)
            claims[index].previous = slots[slot]
            slots[slot] = Int32(index)
        }
    }

    /// The newest claim on an address; -1 where there is none.
    func newest(on address: IPAddress, in claims: [PodTable.Claim]) -> Int32 {
        slots[slot(of: address, in: claims)]
    }

    /// The slot of an address, or the free one where it would be.
    private func slot(of address: IPAddress, in claims: [PodTable.Claim]) -> Int {
        // Fibonacci hashing: Pods' addresses are near each other, and this spreads them best.
        let mixed = (address.low ^ (address.high &* 0xff51_afd7_ed55_8ccd)) &* 0x9e37_79b9_7f4a_7c15
        var slot = Int(mixed >> shift)
        while slots[slot] >= 0, claims[Int(slots[slot])].address != address {
            slot = (slot + 1) & (slots.count - 1)
        }
        return slot
    }
}
