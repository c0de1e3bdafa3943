/// Where in an array of records each socket's is, by open addressing: four bytes a slot, of which at
/// most half are taken.
struct SocketIndex: Sendable {
    /// Positions of records; -1 is a free slot.
    private var slots: [Int32]

    /// The index of no records, with room for so many.
    init(capacity: Int) {
        var bits = 6
        while 1 << bits < capacity * 2 { bits += 1 }
        slots = [Int32](repeating: -1, count: 1 << bits)
    }

    /// The index of records, each of another socket.
    init(of records: [SocketHistory.Record]) {
        self.init(capacity: records.count)
        for position in records.indices { add(position, of: records) }
    }

    /// The position of a socket's record, if there is one.
    func position(of key: SocketHistory.Key, in records: [SocketHistory.Record]) -> Int? {
        let position = slots[slot(of: key, in: records)]
        return position < 0 ? nil : Int(position)
    }

    /// Adds the last of the records, whose socket has no other.
    mutating func addLast(of records: [SocketHistory.Record]) {
        if records.count * 2 > slots.count {
            self = SocketIndex(of: records)
        } else {
            add(records.count - 1, of: records)
        }
    }

    private mutating func add(_ position: Int, of records: [SocketHistory.Record]) {
        slots[slot(of: records[position].key, in: records)] = Int32(position)
    }

    /// The slot of a socket, or the free one where it would be.
    private func slot(of key: SocketHistory.Key, in records: [SocketHistory.Record]) -> Int {
        // The kernel counts cookies upwards as it walks: sixteen neighbours share a cache line, and
        // multiplication by 2^64 / golden ratio spreads the lines.
        let line = (key.cookie >> 4 ^ key.namespace << 32) &* 0x9e37_79b9_7f4a_7c15
        let shift = UInt64(64 - slots.count.trailingZeroBitCount)
        var slot = Int(line >> shift) & ~15 | Int(key.cookie & 15)
        while slots[slot] >= 0, records[Int(slots[slot])].key != key {
            slot = (slot + 1) & (slots.count - 1)
        }
        return slot
    }
}
