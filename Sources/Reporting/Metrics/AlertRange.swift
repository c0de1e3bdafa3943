/// A range of numbers that do not cause an alert, as the Monitoring Plugins guidelines write
/// it: `10` (0 to 10), `10:`, `~:10`, `10:20`, and `@10:20` for all but those.
///
/// See monitoring-plugins.org/doc/guidelines.html, "Threshold and ranges".
package struct AlertRange: Hashable, Sendable, CustomStringConvertible {
    /// The range as it was written, for performance data.
    package let description: String
    private let bounds: ClosedRange<Double>
    private let isInverted: Bool

    /// Reads a range; `nil` when the text is none.
    package init?(_ text: String) {
        description = text
        isInverted = text.hasPrefix("@")
        let ends = text.dropFirst(isInverted ? 1 : 0)
            .split(separator: ":", omittingEmptySubsequences: false)
        guard ends.count <= 2, let last = ends.last else { return nil }
        let start = ends.count == 1 ? 0 : ends[0] == "~" ? -.infinity : Self.number(ends[0])
        let end = ends.count == 2 && last.isEmpty ? .infinity : Self.number(last)
        guard let start, let end, start <= end else { return nil }
        bounds = start...end
    }

    /// A decimal number; `Double` would read `inf` and hexadecimal digits, too.
    private static func number(_ text: Substring) -> Double? {
        let isDecimal = text.utf8.allSatisfy {
            ("0"..."9").contains(Unicode.Scalar($0)) || $0 == UInt8(ascii: ".")
                || $0 == UInt8(ascii: "-")
        }
        return isDecimal ? Double(text) : nil
    }

    /// Whether the number is a reason for an alert.
    package func alerts(on number: Int) -> Bool {
        bounds.contains(Double(number)) == isInverted
    }
}
