import Judging

/// How a connection changed from one scan to the next.
package struct FindingEvent: Sendable {
    /// The kinds of it.
    package enum Kind: String, Sendable, CaseIterable {
        /// It was not among the findings before.
        case appeared
        /// It still is, judged otherwise, in another health, or with another owner; or something
        /// else was done about it.
        case changed
        /// It is not any more: closed, or no candidate.
        case cleared
    }

    /// How it changed.
    package var kind: Kind
    /// The connection as it is now; for ``Kind/cleared``, as it was seen last.
    package var finding: Finding
    /// What the last scan found of it; `nil` for ``Kind/appeared``.
    package var before: Finding?
    /// The target in which it was seen.
    package var target: ScanTarget

    /// An event of the given facts.
    init(_ kind: Kind, _ finding: Finding, before: Finding?, in target: ScanTarget) {
        self.kind = kind
        self.finding = finding
        self.before = before
        self.target = target
    }
}
