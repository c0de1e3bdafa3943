import Glibc
@testable import Model
import TestSupport
import Testing

@Suite struct RFC3339Tests {
    @Test(arguments: [
        ("1970-01-01T00:00:00Z", 0),
        ("1970-01-01T00:00:00.001Z", 1),
        ("1969-12-31T23:59:59.999Z", -1),
        ("2026-11-21T10:00:00Z", 1_795_255_200_000),
        ("2026-11-21t10:00:00z", 1_795_255_200_000),
        // Fractions: one digit, three, nine, and cut rather than rounded.
        ("2026-11-21T10:00:00.2Z", 1_795_255_200_200),
        ("2026-11-21T10:00:00.25Z", 1_795_255_200_250),
        ("2026-11-21T10:00:00.999999999Z", 1_795_255_200_999),
        ("2026-11-21T10:00:00.000000000000000000000001Z", 1_795_255_200_000),
        // Offsets, also across midnight.
        ("2026-11-21T11:00:00+01:00", 1_795_255_200_000),
        ("2026-11-21T04:30:00-05:30", 1_795_255_200_000),
        ("2026-11-22T00:00:00+14:00", 1_795_255_200_000),
        ("2026-11-21T10:00:00-00:00", 1_795_255_200_000),
        // Leap days, of a century too.
        ("2024-02-29T00:00:00Z", 1_709_164_800_000),
        ("2000-02-29T00:00:00Z", 951_782_400_000),
        ("2100-02-28T23:59:59Z", 4_107_542_399_000),
        ("2100-03-01T00:00:00Z", 4_107_542_400_000),
        // A leap second is the second after.
        ("2016-12-31T23:59:60Z", 1_483_228_800_000),
        ("9999-12-31T23:59:59.999Z", 253_402_300_799_999),
        ("0001-01-01T00:00:00Z", -62_135_596_800_000),
        ("0000-02-29T00:00:00Z", -62_162_121_600_000),
    ])
    func `A date-time is read to the millisecond`(text: String, milliseconds: Int64) {
        #expect(WallTime(rfc3339: text.utf8)?.milliseconds == milliseconds)
        let time = APITime(rfc3339: text.utf8Span.span)
        #expect(time == APITime(WallTime(milliseconds: milliseconds)))
    }

    @Test(arguments: [
        "", "Z", "2026", "2026-11-21", "2026-11-21T10:00:00", "2026-11-21 10:00:00Z",
        "2026-11-21T10:00:00Z ", " 2026-11-21T10:00:00Z", "2026-11-21T10:00:00ZZ",
        "2026-11-21T10:00Z", "2026-11-21T10:00:00.Z", "2026-11-21T10:00:00,5Z",
        "2026-11-21T10:00:00+0100", "2026-11-21T10:00:00+01", "2026-11-21T10:00:00+24:00",
        "2026-11-21T10:00:00+01:60", "2026-11-21T10:00:00 01:00",
        "2026-00-21T10:00:00Z", "2026-13-21T10:00:00Z", "2026-11-00T10:00:00Z",
        "2026-11-31T10:00:00Z", "2026-02-29T10:00:00Z", "2100-02-29T10:00:00Z",
        "2026-11-21T24:00:00Z", "2026-11-21T10:60:00Z", "2026-11-21T10:00:61Z",
        "26-11-21T10:00:00Z", "+026-11-21T10:00:00Z", "-026-11-21T10:00:00Z",
        "2026-1-21T10:00:00Z", "2026-11-21T1:00:00Z", "20261121T100000Z", "1795255200", "null",
        "12026-11-21T10:00:00Z", "２０２６-11-21T10:00:00Z", "2026-11-21T10:00:00Z\0",
    ])
    func `What is not exactly one date-time of the calendar is refused`(text: String) {
        #expect(WallTime(rfc3339: text.utf8) == nil)
        #expect(APITime(rfc3339: text.utf8Span.span) == nil)
    }

    @Test func `A date-time cut at any byte is refused`() {
        let whole = Array("2026-11-21T10:00:00.250+01:00".utf8)
        for length in 0..<whole.count {
            #expect(WallTime(rfc3339: whole.prefix(length)) == nil, "cut at \(length)")
        }
    }

    @Test(arguments: [
        (Int64(0), "1970-01-01T00:00:00.000Z"),
        (1_795_255_200_250, "2026-11-21T10:00:00.250Z"),
        (-1, "1969-12-31T23:59:59.999Z"),
        // The last day of 1967: a year that 366-day steps from 1970 overshoot.
        (-63_158_400_000, "1968-01-01T00:00:00.000Z"),
        (-63_158_400_001, "1967-12-31T23:59:59.999Z"),
        (951_782_400_000, "2000-02-29T00:00:00.000Z"),
        (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
        (-62_135_596_800_000, "0001-01-01T00:00:00.000Z"),
    ])
    func `A moment is written in UTC with milliseconds`(milliseconds: Int64, text: String) {
        #expect(WallTime(milliseconds: milliseconds).rfc3339 == text)
    }

    @Test(arguments: UInt64(1)...4)
    func `What is written reads back as the same moment`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<5000 {
            // The years 0 to 9999, which have four digits.
            let range: ClosedRange<Int64> = -62_167_219_200_000...253_402_300_799_999
            let moment = WallTime(milliseconds: .random(in: range, using: &random))
            #expect(WallTime(rfc3339: moment.rfc3339.utf8) == moment, "\(moment.milliseconds)")
        }
    }

    @Test(arguments: UInt64(1)...4)
    func `Dates are those of the C library`(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        for _ in 0..<2000 {
            let second = Int64.random(in: -60_000_000_000...250_000_000_000, using: &random)
            var clock = time_t(second)
            var parts = tm()
            gmtime_r(&clock, &parts)
            let moment = WallTime(epochSeconds: second)
            let date = moment.dateText.split(separator: "-").compactMap { Int32($0) }
            let time = moment.clockText.split(separator: ":").compactMap { Int32($0) }
            #expect(date == [parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday], "\(second)")
            #expect(time == [parts.tm_hour, parts.tm_min, parts.tm_sec], "\(second)")
        }
    }

    @Test(arguments: [
        (253_402_300_799, "9999-12-31"), (253_402_300_800, "10000-01-01"),
        (-62_167_219_200, "0000-01-01"), (-62_167_219_201, "-1-12-31"),
    ])
    func `A year of more or fewer than four digits is written as it is`(
        _ second: Int64,
        _ date: String
    ) {
        #expect(WallTime(epochSeconds: second).dateText == date)
    }

    @Test func `Random bytes never trap`() {
        var random = SeededGenerator(seed: 7)
        let alphabet = Array("0123456789-:T.Zz+ é".utf8)
        for _ in 0..<20_000 {
            let length = Int.random(in: 0...40, using: &random)
            let bytes = (0..<length).map { _ in
                alphabet[Int.random(in: 0..<alphabet.count, using: &random)]
            }
            _ = WallTime(rfc3339: bytes)
        }
    }

    @Test func `The API's form is written and read back, whatever the second`() {
        var random = SeededGenerator(seed: 1)
        for _ in 0..<5000 {
            let time = APITime(epochSeconds: .random(in: 0 ... .max, using: &random))
            var bytes: [UInt8] = []
            time.wallTime.appendAPITime(to: &bytes)
            #expect(bytes.count == 20)
            #expect(APITime(rfc3339: bytes.span) == time)
            // One byte changed: what is then a time or none is so in general, too.
            bytes[.random(in: 0..<20, using: &random)] = .random(in: 0x2b...0x5b, using: &random)
            #expect(APITime(rfc3339: bytes.span) == WallTime(rfc3339: bytes).flatMap(APITime.init))
        }
    }
}
