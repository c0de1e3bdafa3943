/// The warnings of scan after scan, of which only the new ones are news.
package struct WarningLog: Sendable {
    private var known: Set<String>?

    /// A log before the first scan.
    package init() {}

    /// Takes in the warnings of a scan.
    ///
    /// A warning in which only quantities have changed, such as an age, is the same; one with another
    /// name, such as another process, is another.
    ///
    /// - Returns: Those that the scan before did not have, and whether any came or went; both hold
    ///   for the first scan.
    package mutating func update(_ warnings: [String]) -> (news: [String], isChanged: Bool) {
        let kinds = warnings.map(Self.kind)
        let old = known
        known = Set(kinds)
        let news = zip(warnings, kinds).filter { old?.contains($0.1) != true }.map(\.0)
        return (news, known != old)
    }

    /// Words before a number that is a name.
    private static let namesNumber: Set<Substring> = ["process", "line", "byte", "(inode"]

    /// A warning without its quantities.
    private static func kind(of warning: String) -> String {
        var isQuoted = false
        var previous: Substring = ""
        let words = warning.split(separator: " ", omittingEmptySubsequences: false).map { word in
            defer {
                previous = word
                if !word.count(where: { $0 == "'" }).isMultiple(of: 2) { isQuoted.toggle() }
            }
            let isName = isQuoted || namesNumber.contains(previous) || !word.isQuantity
            return isName ? word : "#"
        }
        return words.joined(separator: " ")
    }
}

extension Substring {
    /// Whether the word is a count, a duration or a time, and no address: `12`, `(3.5s`, `1h30m,`,
    /// `2026-11-21T10:04:11.000Z`.
    fileprivate var isQuantity: Bool {
        let bytes = utf8.drop { $0 == UInt8(ascii: "(") }
        guard let first = bytes.first, (0x30...0x39).contains(first) else { return false }
        let digits = bytes.prefix { (0x30...0x39).contains($0) || $0 == UInt8(ascii: "-") }
        if digits.count == 10, bytes.dropFirst(10).first == UInt8(ascii: "T") { return true }
        return bytes.count { $0 == UInt8(ascii: ".") } <= 1
            && bytes.allSatisfy { (0x30...0x39).contains($0) || ".dhms%,;:)".utf8.contains($0) }
    }
}
