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
        guard let second = text.secondOfDayInAPITime else { return APITime(rfc3339: text) }
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
}
