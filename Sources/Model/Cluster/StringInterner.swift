/// Names that many Pods share (namespaces, nodes), each kept once and known by its number.
struct StringInterner: Sendable {
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
        while index + 8 <= name.count {
            hash = (hash ^ name.word(at: index)) &* factor
            hash ^= hash >> 32
            index += 8
        }
        while index < name.count {
            hash = (hash ^ UInt64(name[index])) &* factor
            hash ^= hash >> 32
            index += 1
        }
        return UInt32(truncatingIfNeeded: hash)
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
    /// Whether these are the same bytes, compared eight by eight.
    func isSame(_ other: Span<UInt8>) -> Bool {
        guard count == other.count else { return false }
        var index = 0
        while index + 8 <= count {
            if word(at: index) != other.word(at: index) { return false }
            index += 8
        }
        while index < count {
            if self[index] != other[index] { return false }
            index += 1
        }
        return true
    }

    /// Whether one of the bytes is the given one, looked for in eight at once.
    func holds(_ byte: UInt8) -> Bool {
        let ones: UInt64 = 0x0101_0101_0101_0101
        var index = 0
        while index + 8 <= count {
            // Subtraction takes the highest bit from no byte that lacks it but a zero.
            let differences = word(at: index) ^ (ones &* UInt64(byte))
            if (differences &- ones) & ~differences & (ones << 7) != 0 { return true }
            index += 8
        }
        while index < count {
            if self[index] == byte { return true }
            index += 1
        }
        return false
    }

    /// Eight bytes as one number.
    fileprivate func word(at index: Int) -> UInt64 {
        // Any eight bytes are a number, and that they are there is checked.
        unsafe bytes.unsafeLoadUnaligned(fromByteOffset: index, as: UInt64.self)
    }
}
