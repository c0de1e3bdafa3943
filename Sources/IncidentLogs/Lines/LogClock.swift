import Model

/// Reads the times of a log, most of which lie in the same second as the one before.
struct LogClock {
    /// `2026-11-21T10:04:11.250Z`, as Envoy writes it.
    private static let length = 24
    private static let secondLength = 19

    /// The text of the last time to the second, and what it means.
    private var text: [UInt8] = []
    private var second = WallTime(milliseconds: 0)

    /// The moment that a text is, as RFC 3339; `nil` if it is none.
    mutating func time(_ stamp: Span<UInt8>) -> WallTime? {
        guard
            stamp.count == Self.length, stamp[19] == UInt8(ascii: "."),
            stamp[23] == UInt8(ascii: "Z"), let fraction = stamp.extracting(20..<23).decimal
        else { return stamp.wallTime }
        let span = TimeSpan(milliseconds: Int64(fraction))
        if isSameSecond(stamp) { return second + span }
        guard let time = stamp.wallTime else { return nil }
        text.removeAll(keepingCapacity: true)
        text.append(stamp.extracting(first: Self.secondLength))
        second = time - span
        return time
    }

    private func isSameSecond(_ stamp: Span<UInt8>) -> Bool {
        guard text.count == Self.secondLength else { return false }
        let known = text.span
        // The end differs first.
        var index = Self.secondLength
        while index > 0 {
            index -= 1
            if known[index] != stamp[index] { return false }
        }
        return true
    }
}
