/// A moment of wall-clock time: milliseconds since 1970-01-01T00:00:00Z, leap seconds not counted.
@usableFromInline package struct WallTime: Hashable, Comparable, Sendable {
    /// Milliseconds since the epoch.
    @usableFromInline package let milliseconds: Int64

    /// The moment so many milliseconds after the epoch.
    @usableFromInline package init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    /// The moment so many whole seconds after the epoch.
    @usableFromInline package init(epochSeconds: Int64) {
        self.init(milliseconds: epochSeconds * 1000)
    }

    /// A file's time as stat(2) has it; one beyond the year 9999, which a file system may hold, is
    /// that year's last second.
    ///
    /// - Parameters:
    ///   - seconds: Seconds since the epoch, of any value.
    ///   - nanoseconds: The rest, less than a second.
    package init(fileTime seconds: Int, nanoseconds: Int) {
        let last: Int64 = 253_402_300_799
        self.init(
            milliseconds: min(max(Int64(seconds), -last), last) * 1000
                + Int64(nanoseconds / 1_000_000)
        )
    }

    /// A moment before every moment that can be observed: what is known of a time when nothing is.
    ///
    /// Far enough from the ends of `Int64` that spans can be added to it.
    package static let distantPast = WallTime(milliseconds: .min / 4)

    /// A moment after every moment that can be observed, by the same measure.
    package static let distantFuture = WallTime(milliseconds: .max / 4)

    /// Whether the left moment is the earlier one.
    @usableFromInline package static func < (left: WallTime, right: WallTime) -> Bool {
        left.milliseconds < right.milliseconds
    }

    /// The moment so long after.
    @usableFromInline package static func + (moment: WallTime, span: TimeSpan) -> WallTime {
        WallTime(milliseconds: moment.milliseconds + span.milliseconds)
    }

    /// The moment so long before.
    @usableFromInline package static func - (moment: WallTime, span: TimeSpan) -> WallTime {
        WallTime(milliseconds: moment.milliseconds - span.milliseconds)
    }

    /// How long after the right moment the left one is.
    @usableFromInline package static func - (later: WallTime, earlier: WallTime) -> TimeSpan {
        TimeSpan(milliseconds: later.milliseconds - earlier.milliseconds)
    }
}

/// A time of the Kubernetes API: whole seconds since the epoch, floored (`metav1.Time`).
///
/// Four bytes, because a cluster's snapshot holds hundreds of thousands of them. It spans 1970 to
/// 2106; a document that names any other year is not believed.
@usableFromInline package struct APITime: Hashable, Comparable, Sendable {
    /// Whole seconds since 1970-01-01T00:00:00Z.
    package let epochSeconds: UInt32
}

extension APITime {
    /// The second in which the moment lies, or `nil` outside 1970 to 2106.
    package init?(_ moment: WallTime) {
        guard moment.milliseconds >= 0, let seconds = UInt32(exactly: moment.milliseconds / 1000)
        else { return nil }
        epochSeconds = seconds
    }

    /// Reads an RFC 3339 date-time, cut to the second; `nil` outside 1970 to 2106 as well.
    package init?(rfc3339 text: Span<UInt8>) {
        if let moment = WallTime(apiTime: text) {
            self.init(moment)
        } else if let moment = unsafe text.withUnsafeBufferPointer({
            unsafe WallTime(rfc3339: $0)
        }) {
            self.init(moment)
        } else {
            return nil
        }
    }

    /// The first moment of this second.
    @usableFromInline package var wallTime: WallTime {
        WallTime(epochSeconds: Int64(epochSeconds))
    }

    /// Whether the left second is the earlier one.
    @usableFromInline package static func < (left: APITime, right: APITime) -> Bool {
        left.epochSeconds < right.epochSeconds
    }
}
