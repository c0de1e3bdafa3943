/// Names that many Pods share (namespaces, nodes), each kept once and known by its number.
struct StringInterner: Sendable {
    /// The number of the empty name.
    private static let empty = UInt32.max

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
        if number == Self.empty { return "" }
        let (start, end) = bounds(number)
        return String(decoding: text[start..<end], as: UTF8.self)
    }

    /// The number of a name, which is a new one if the name is.
    ///
    /// - Parameter last: The number that it may well be: the names of one Pod are often the next one's.
    mutating func number(of name: Span<UInt8>, expecting last: UInt32? = nil) -> UInt32 {
        if name.isEmpty { return Self.empty }
        if let last, last != Self.empty, isName(last, name) { return last }
        if entries.count * 2 >= slots.count { grow() }
        let hash = Self.hash(name)
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
        return text.span.extracting(start..<end).isSame(name)
    }

    /// A hash of words that are multiplied in turn: names are short, and there are many.
    private static func hash(_ name: Span<UInt8>) -> UInt32 {
        let factor: UInt64 = 0x9e37_79b9_7f4a_7c15
        var hash = UInt64(name.count)
        var index = 0
        while index + 8 < name.count {
            hash = (hash ^ name.number(at: index, as: UInt64.self)) &* factor
            hash ^= hash >> 32
            index += 8
        }
        hash = (hash ^ name.lastWord) &* factor
        return UInt32(truncatingIfNeeded: hash ^ hash >> 32)
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

extension Span<UInt8> {
    /// The last bytes as one number: eight, or all where there are fewer.
    fileprivate var lastWord: UInt64 {
        if count >= 8 { return number(at: count - 8, as: UInt64.self) }
        if count >= 4 {
            let (first, last) = (
                number(at: 0, as: UInt32.self), number(at: count - 4, as: UInt32.self)
            )
            return UInt64(first) << 32 | UInt64(last)
        }
        var word: UInt64 = 0
        for index in indices { word = word << 8 | UInt64(self[index]) }
        return word
    }
}
