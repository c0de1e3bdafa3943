/// RFC 3339 date-times: what the Kubernetes API writes and what the reports print.
///
/// Read from bytes, without allocation: a snapshot holds about ten for each Pod.
extension WallTime {
    /// Reads an RFC 3339 date-time such as `2026-11-21T10:04:11Z` or `…:11.250+01:00`.
    ///
    /// Fractions below a millisecond are cut. A leap second (`:60`) reads as the second after.
    ///
    /// - Returns: `nil` when the text is not exactly one date-time that the calendar has.
    @specialized(where Text == UnsafeBufferPointer<UInt8>)
    package init?<Text: Collection<UInt8>>(rfc3339 text: Text) {
        var reader = DigitReader(bytes: text)
        guard
            let year = reader.number(digits: 4), reader.skip("-"),
            let month = reader.number(digits: 2), reader.skip("-"),
            let day = reader.number(digits: 2), reader.skip("T") || reader.skip("t"),
            let hour = reader.number(digits: 2), reader.skip(":"),
            let minute = reader.number(digits: 2), reader.skip(":"),
            let second = reader.number(digits: 2),
            let fraction = reader.millisecondFraction(),
            let offset = reader.zoneOffsetMinutes(),
            reader.isAtEnd,
            (1...12).contains(month), (1...daysIn(month: month, year: year)).contains(day),
            hour < 24, minute < 60, second <= 60
        else { return nil }
        let minutes = (daysFromEpoch(year: year, month: month, day: day) * 24 + hour) * 60 + minute
        self.init(milliseconds: ((minutes - offset) * 60 + second) * 1000 + fraction)
    }

    /// Reads what the API server writes, `2026-11-21T10:04:11Z`, and nothing else: a snapshot holds
    /// a million of these.
    init?(apiTime text: Span<UInt8>) {
        guard
            let second = text.secondOfDayInAPITime,
            text[4] == UInt8(ascii: "-"), text[7] == UInt8(ascii: "-")
        else { return nil }
        let century = text.twoDigits(at: 0)
        let year = century * 100 + text.twoDigits(at: 2)
        let (month, day) = (text.twoDigits(at: 5), text.twoDigits(at: 8))
        guard
            century >= 0, year >= century * 100, (1...12).contains(month),
            (1...daysIn(month: month, year: year)).contains(day)
        else { return nil }
        let days = daysFromEpoch(year: year, month: month, day: day)
        self.init(epochSeconds: days * 86_400 + Int64(second))
    }

    /// The moment in UTC with milliseconds: `2026-11-21T10:04:11.250Z`.
    ///
    /// The year has four digits for the years 0 to 9999.
    package var rfc3339: String { text(appendRFC3339) }

    /// Appends ``rfc3339`` in ASCII: a report may hold hundreds of thousands of moments.
    package func appendRFC3339(to text: inout [UInt8]) {
        appendDate(to: &text)
        text.append(UInt8(ascii: "T"))
        appendClock(to: &text)
        text.append(UInt8(ascii: "."))
        text.append(floorMod(milliseconds, 1000), width: 3)
        text.append(UInt8(ascii: "Z"))
    }

    /// The moment in UTC, cut to the second: `2026-11-21T10:04:11Z`, as the API server writes it.
    package func appendAPITime(to text: inout [UInt8]) {
        appendDate(to: &text)
        text.append(UInt8(ascii: "T"))
        appendClock(to: &text)
        text.append(UInt8(ascii: "Z"))
    }

    /// The calendar date in UTC: `2026-11-21`.
    package var dateText: String { text(appendDate) }

    /// Whether both moments have the same ``dateText``.
    package func isOnSameDay(as other: WallTime) -> Bool {
        dayNumber == other.dayNumber
    }

    private var dayNumber: Int64 { floorDiv(milliseconds, 86_400_000) }

    /// The time of day in UTC, cut to the second: `10:04:11`.
    package var clockText: String { text(appendClock) }

    private func appendDate(to text: inout [UInt8]) {
        let date = civilDate(daysFromEpoch: dayNumber)
        text.append(date.year, width: 4)
        text.append(UInt8(ascii: "-"))
        text.append(date.month, width: 2)
        text.append(UInt8(ascii: "-"))
        text.append(date.day, width: 2)
    }

    private func appendClock(to text: inout [UInt8]) {
        let second = floorMod(milliseconds, 86_400_000) / 1000
        text.append(second / 3600, width: 2)
        text.append(UInt8(ascii: ":"))
        text.append(second / 60 % 60, width: 2)
        text.append(UInt8(ascii: ":"))
        text.append(second % 60, width: 2)
    }

    private func text(_ append: (inout [UInt8]) -> Void) -> String {
        var bytes: [UInt8] = []
        append(&bytes)
        return String(decoding: bytes, as: UTF8.self)
    }
}

extension Span<UInt8> {
    /// The second of the day in what the API server writes, `2026-11-21T10:04:11Z`, whatever stands
    /// for the date; `nil` in any other text.
    @inline(__always)
    var secondOfDayInAPITime: UInt32? {
        guard count == 20, self[10] == UInt8(ascii: "T"), self[19] == UInt8(ascii: "Z") else {
            return nil
        }
        // All eight characters of `10:04:11` at once, the first in the lowest byte: the digits become
        // their values, and the colons 0.
        let clock = UInt64(littleEndian: number(at: 11, as: UInt64.self))
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

    /// The number that two digits make; -1 where they are none.
    fileprivate func twoDigits(at index: Int) -> Int64 {
        let (tens, ones) = (self[index] &- UInt8(ascii: "0"), self[index + 1] &- UInt8(ascii: "0"))
        return tens < 10 && ones < 10 ? Int64(tens) * 10 + Int64(ones) : -1
    }
}

extension [UInt8] {
    /// Appends a number in decimal digits, with zeros in front to the given width.
    fileprivate mutating func append(_ number: Int64, width: Int) {
        var weight: Int64 = 1
        for _ in 1..<width { weight *= 10 }
        guard number >= 0, number / weight < 10 else {
            append(contentsOf: String(number).utf8)
            return
        }
        while weight > 0 {
            append(UInt8(ascii: "0") + UInt8(number / weight % 10))
            weight /= 10
        }
    }
}

/// Walks the bytes of a date-time; each step says `nil` or `false` where the text is another.
private struct DigitReader<Bytes: Collection<UInt8>> {
    private let bytes: Bytes
    private var index: Bytes.Index

    init(bytes: Bytes) {
        self.bytes = bytes
        index = bytes.startIndex
    }

    var isAtEnd: Bool { index == bytes.endIndex }

    mutating func skip(_ character: Unicode.Scalar) -> Bool {
        guard !isAtEnd, bytes[index] == UInt8(ascii: character) else { return false }
        index = bytes.index(after: index)
        return true
    }

    mutating func digit() -> Int64? {
        guard !isAtEnd, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[index]) else {
            return nil
        }
        defer { index = bytes.index(after: index) }
        return Int64(bytes[index] - UInt8(ascii: "0"))
    }

    mutating func number(digits: Int) -> Int64? {
        var value: Int64 = 0
        for _ in 0..<digits {
            guard let digit = digit() else { return nil }
            value = value * 10 + digit
        }
        return value
    }

    /// The optional `.digits`, in milliseconds; 0 where there is none.
    mutating func millisecondFraction() -> Int64? {
        guard skip(".") else { return 0 }
        var value: Int64 = 0
        var weight: Int64 = 100
        guard var next = digit() else { return nil }
        while true {
            value += next * weight
            weight /= 10
            guard let digit = digit() else { return value }
            next = digit
        }
    }

    /// `Z`, or the offset east of UTC in minutes.
    mutating func zoneOffsetMinutes() -> Int64? {
        if skip("Z") || skip("z") { return 0 }
        let sign: Int64 = skip("+") ? 1 : (skip("-") ? -1 : 0)
        guard
            sign != 0, let hours = number(digits: 2), skip(":"),
            let minutes = number(digits: 2), hours < 24, minutes < 60
        else { return nil }
        return sign * (hours * 60 + minutes)
    }
}

private func floorDiv(_ value: Int64, _ divisor: Int64) -> Int64 {
    value % divisor < 0 ? value / divisor - 1 : value / divisor
}

private func floorMod(_ value: Int64, _ divisor: Int64) -> Int64 {
    let remainder = value % divisor
    return remainder < 0 ? remainder + divisor : remainder
}

private func daysIn(month: Int64, year: Int64) -> Int64 {
    switch month {
    case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
}

/// Days from 1970-01-01 in the proleptic Gregorian calendar.
///
/// Years are counted from March, so that the leap day is a year's last: the days before month `m`
/// are then `(153 m + 2) / 5`.
private func daysFromEpoch(year: Int64, month: Int64, day: Int64) -> Int64 {
    let marchYear = month > 2 ? year : year - 1
    let marchMonth = (month + 9) % 12
    let leapDays = floorDiv(marchYear, 4) - floorDiv(marchYear, 100) + floorDiv(marchYear, 400)
    return marchYear * 365 + leapDays + (153 * marchMonth + 2) / 5 + day - 1 - 719_468
}

/// The inverse of ``daysFromEpoch(year:month:day:)``.
///
/// The calendar repeats every 400 years, of 146,097 days. In such a cycle, counted from March, the
/// days before a year are those of the years and their leap days, so that a division finds the year
/// once the leap days before it are taken off.
private func civilDate(daysFromEpoch days: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let cycle = floorDiv(days + 719_468, 146_097)
    let dayOfCycle = floorMod(days + 719_468, 146_097)
    let leapDays = dayOfCycle / 1_460 - dayOfCycle / 36_524 + dayOfCycle / 146_096
    let yearOfCycle = (dayOfCycle - leapDays) / 365
    let dayOfYear = dayOfCycle - (yearOfCycle * 365 + yearOfCycle / 4 - yearOfCycle / 100)
    let marchMonth = (dayOfYear * 5 + 2) / 153
    let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
    let year = cycle * 400 + yearOfCycle + (month <= 2 ? 1 : 0)
    return (year, month, dayOfYear - (153 * marchMonth + 2) / 5 + 1)
}
