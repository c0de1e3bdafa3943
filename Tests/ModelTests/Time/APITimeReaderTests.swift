@testable import Model
import Testing

/// A reader that remembers a date reads what one reads that remembers nothing.
@Suite struct APITimeReaderTests {
    @Test(arguments: [
        ["2026-11-21T10:04:11Z", "2026-11-21T00:00:00Z", "2026-11-21T23:59:59Z"],
        ["2026-11-21T23:59:60Z", "2026-11-21T23:59:61Z", "2026-11-22T00:00:00Z"],
        ["2026-11-21T10:04:11Z", "2026-11-21T24:00:00Z", "2026-11-21T10:60:00Z"],
        // What the API server does not write is read all the same, before and after.
        ["2026-11-21T10:04:11.5Z", "2026-11-21T10:04:12Z", "2026-11-21t10:04:13z"],
        ["2026-11-21T10:04:11Z", "2026-11-21T10:04:11+02:00", "2026-11-21T10:04:11Z"],
        // What is no date is none, whatever was read before.
        ["2026-02-28T10:04:11Z", "2026-02-30T10:04:11Z", "2026-02-28T10:04:12Z"],
        ["2026-02-30T10:04:11Z", "2026-02-30T10:04:12Z", "2026-02-28T10:04:12Z"],
        ["2026-11-21T10:04:11Z", "", "2026-11-21", "2026-11-21T10:04:1Z", "2026-11-21 10:04:11Z"],
        // Nothing is remembered before there was a date.
        ["\0\0\0\0\0\0\0\0\0\0T10:04:11Z", "2026-11-21T10:04:11Z"],
        // The first and the last second of the API.
        ["1970-01-01T00:00:00Z", "1970-01-01T00:00:01Z", "1969-12-31T23:59:59Z"],
        // A leap second is the second after, here the first of all: its day began before that.
        ["1969-12-31T23:59:60Z", "1969-12-31T00:00:01Z", "1969-12-31T23:59:60Z"],
        ["2106-02-07T06:28:15Z", "2106-02-07T06:28:16Z", "2106-02-07T00:00:00Z"],
    ])
    func `Times that follow each other are read as each alone`(texts: [String]) {
        var reader = APITimeReader()
        for text in texts + texts.reversed() {
            let bytes = Array(text.utf8)
            #expect(reader.time(bytes.span) == APITime(rfc3339: bytes.span), "\(text)")
            #expect(reader.time(bytes.span) == alone(bytes), "\(text)")
        }
    }

    @Test(arguments: 8..<20)
    func `Any byte in any place of a time is read as it is alone`(place: Int) {
        let good = Array("2026-11-21T10:04:11Z".utf8)
        var reader = APITimeReader()
        for byte in UInt8.min...UInt8.max {
            var bytes = good
            bytes[place] = byte
            #expect(reader.time(good.span) == APITime(rfc3339: good.span))
            #expect(reader.time(bytes.span) == APITime(rfc3339: bytes.span), "\(byte)")
            #expect(reader.time(bytes.span) == alone(bytes), "\(byte)")
        }
    }

    /// The time by the reader of all forms, which shares nothing with the quick one.
    private func alone(_ text: [UInt8]) -> APITime? {
        WallTime(rfc3339: text).flatMap { APITime($0) }
    }
}
