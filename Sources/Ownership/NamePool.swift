/// Names that many Pods share (namespaces, nodes), each kept once and known by its number.
struct NamePool: Sendable {
    private struct Entry: Sendable {
        var end: UInt32
        var hash: UInt32
    }

    private var text: [UInt8] = []
    private var entries: [Entry] = []
    /// The numbers by hash, open addressing.
    ///
    /// `UInt32.max` is a free slot; at most half are taken.
    private var slots: [UInt32] = []

    /// The name of a number that ``number(of:)`` gave.
    func name(_ number: UInt32) -> String {
        let (start, end) = bounds(number)
        return String(decoding: text[start..<end], as: UTF8.self)
    }

    /// The number of a name, which is a new one if the name is.
    mutating func number(of name: Span<UInt8>) -> UInt32 {
        if entries.count * 2 >= slots.count { grow() }
        var hasher = Hasher()
        unsafe name.withUnsafeBytes { unsafe hasher.combine(bytes: $0) }
        let hash = UInt32(truncatingIfNeeded: hasher.finalize())
        var slot = Int(hash) & (slots.count - 1)
        while slots[slot] != .max {
            let number = slots[slot]
            if entries[Int(number)].hash == hash, isName(number, name) { return number }
            slot = (slot + 1) & (slots.count - 1)
        }
        text.append(name)
        entries.append(Entry(end: UInt32(text.count), hash: hash))
        slots[slot] = UInt32(entries.count - 1)
        return slots[slot]
    }

    private func bounds(_ number: UInt32) -> (start: Int, end: Int) {
        (number == 0 ? 0 : Int(entries[Int(number) - 1].end), Int(entries[Int(number)].end))
    }

    private func isName(_ number: UInt32, _ name: Span<UInt8>) -> Bool {
        let (start, end) = bounds(number)
        guard end - start == name.count else { return false }
        for index in 0..<name.count where text[start + index] != name[index] { return false }
        return true
    }

    private mutating func grow() {
        slots = [UInt32](repeating: .max, count: max(64, slots.count * 2))
        for (number, entry) in entries.enumerated() {
            var slot = Int(entry.hash) & (slots.count - 1)
            while slots[slot] != .max { slot = (slot + 1) & (slots.count - 1) }
            slots[slot] = UInt32(number)
        }
    }
}
