/// Reads the times of a document.
///
/// Most are of the same day as the one before, which is then not worked out again: a snapshot holds
/// a million of them.
package struct APITimeReader: Sendable {
    /// The date that was read last: `2026-11-21` as two numbers.
    private var date: (UInt64, UInt16) = (0, 0)
    /// When it began; `nil` before there was one.
    private var midnight: UInt32?

    /// A reader that has read nothing yet.
    package init() {}

    /// Reads an RFC 3339 date-time, cut to the second; `nil` outside 1970 to 2106 as well.
    package mutating func time(_ text: Span<UInt8>) -> APITime? {
        // All other forms of a date-time are rare.
        guard let second = Self.secondOfDay(inAPITime: text) else { return APITime(rfc3339: text) }
        let date = (text.number(at: 0, as: UInt64.self), text.number(at: 8, as: UInt16.self))
        if let midnight, date == self.date {
            let (time, isTooLate) = midnight.addingReportingOverflow(second)
            return isTooLate ? nil : APITime(epochSeconds: time)
        }
        guard let time = APITime(rfc3339: text) else { return nil }
        // The leap second before 1970 reads as 1970, and its day began before.
        guard time.epochSeconds >= second else { return time }
        self.date = date
        midnight = time.epochSeconds - second
        return time
    }

    /// The second of the day in what the API server writes, `2026-11-21T10:04:11Z`, whatever stands
    /// for the date; `nil` in any other text.
    @inline(__always)
    private static func secondOfDay(inAPITime text: Span<UInt8>) -> UInt32? {
        guard
            text.count == 20, text[10] == UInt8(ascii: "T"), text[19] == UInt8(ascii: "Z")
        else { return nil }
        // All eight characters of `10:04:11` at once, the first in the lowest byte: the digits become
        // their values, and the colons 0.
        let clock = UInt64(littleEndian: text.number(at: 11, as: UInt64.self))
        let values = clock ^ 0x3030_3a30_303a_3030
        // The highest bit of a byte tells that it was no digit, or no colon.
        let excess = (values & 0x7f7f_7f7f_7f7f_7f7f) + 0x7676_7f76_767f_7676
        guard (values | excess) & 0x8080_8080_8080_8080 == 0 else { return nil }
        // The byte of the first digit of a pair then holds the number of both.
        let pairs = values * 10 + (values >> 8)
        let (hour, minute, second) = (pairs & 0xff, pairs >> 24 & 0xff, pairs >> 48 & 0xff)
        guard hour < 24, minute < 60, second <= 60 else { return nil }
        return UInt32((hour * 60 + minute) * 60 + second)
    }
}
