/// A length of time in whole milliseconds, the unit of the kernel's TCP ages.
///
/// The standard library's `Duration` counts attoseconds in 128 bits, which a judgement per socket
/// need not pay for.
@usableFromInline package struct TimeSpan: Hashable, Comparable, Sendable {
    /// The length in milliseconds; negative when the later moment was given first.
    @usableFromInline package let milliseconds: Int64

    /// A length of time of the given milliseconds.
    @usableFromInline package init(milliseconds: Int64) {
        self.milliseconds = milliseconds
    }

    /// A length of time of whole seconds.
    @usableFromInline package static func seconds(_ count: Int64) -> TimeSpan {
        TimeSpan(milliseconds: count * 1000)
    }

    /// A length of time of whole minutes.
    @usableFromInline package static func minutes(_ count: Int64) -> TimeSpan {
        .seconds(count * 60)
    }

    /// No time at all.
    package static let zero = TimeSpan(milliseconds: 0)

    /// Whether the left span is the shorter one.
    @usableFromInline package static func < (left: TimeSpan, right: TimeSpan) -> Bool {
        left.milliseconds < right.milliseconds
    }

    /// Both spans, one after the other.
    @usableFromInline package static func + (left: TimeSpan, right: TimeSpan) -> TimeSpan {
        TimeSpan(milliseconds: left.milliseconds + right.milliseconds)
    }

    /// What the left span is longer than the right one.
    @usableFromInline package static func - (left: TimeSpan, right: TimeSpan) -> TimeSpan {
        TimeSpan(milliseconds: left.milliseconds - right.milliseconds)
    }
}

extension TimeSpan {
    private static let units: [(suffix: String, milliseconds: Int64)] = [
        ("ms", 1), ("s", 1000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
    ]

    /// The longest span that the command line takes: a hundred years.
    private static let longest: Int64 = 100 * 365 * 86_400_000

    /// Reads a duration such as `90s`, `5m`, `1h30m` or `250ms`; a bare number is accepted only
    /// when it is `0`.
    ///
    /// - Returns: `nil` when the text is anything else, repeats a unit, or is over a hundred years.
    package init?(durationText text: String) {
        if text == "0" {
            self = .zero
            return
        }
        var total: Int64 = 0
        var largestAllowed = Int64.max
        var rest = text[...]
        while !rest.isEmpty {
            let digits = rest.prefix { ("0"..."9").contains($0) }
            rest = rest[digits.endIndex...]
            let suffix = rest.prefix { !("0"..."9").contains($0) }
            rest = rest[suffix.endIndex...]
            guard
                let unit = Self.units.first(where: { $0.suffix == suffix }),
                unit.milliseconds < largestAllowed,
                let count = Int64(digits), count <= Self.longest / unit.milliseconds
            else { return nil }
            largestAllowed = unit.milliseconds
            total += count * unit.milliseconds
        }
        guard !text.isEmpty, total <= Self.longest else { return nil }
        self.init(milliseconds: total)
    }

    /// The span in its two largest units, cut and never rounded up: `47s`, `3m12s`, `2h05m`.
    ///
    /// Under a second it is `0s`; a negative span is written with a leading minus.
    package var shortText: String {
        let seconds = abs(milliseconds) / 1000
        let sign = milliseconds <= -1000 ? "-" : ""
        func pair(_ large: Int64, _ largeUnit: String, _ small: Int64, _ smallUnit: String)
            -> String
        {
            "\(sign)\(large)\(largeUnit)\(small < 10 ? "0" : "")\(small)\(smallUnit)"
        }
        return switch seconds {
        case ..<60: "\(sign)\(seconds)s"
        case ..<3600: pair(seconds / 60, "m", seconds % 60, "s")
        case ..<86_400: pair(seconds / 3600, "h", seconds / 60 % 60, "m")
        default: pair(seconds / 86_400, "d", seconds / 3600 % 24, "h")
        }
    }
}
