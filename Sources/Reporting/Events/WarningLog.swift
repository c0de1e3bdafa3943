/// The warnings of scan after scan, of which only the new ones are news.
package struct WarningLog: Sendable {
    private var known: Set<String>?

    /// A log before the first scan.
    package init() {}

    /// Takes in the warnings of a scan.
    ///
    /// A warning whose numbers alone have changed, such as an age, is the same.
    ///
    /// - Returns: Those that the scan before did not have, and whether any came or went; both hold
    ///   for the first scan.
    package mutating func update(_ warnings: [String]) -> (news: [String], isChanged: Bool) {
        let kinds = warnings.map { $0.filter { !$0.isNumber } }
        let old = known
        known = Set(kinds)
        let news = zip(warnings, kinds).filter { old?.contains($0.1) != true }.map(\.0)
        return (news, known != old)
    }
}
