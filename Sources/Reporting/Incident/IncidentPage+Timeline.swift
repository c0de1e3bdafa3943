import Judging
import Model

extension IncidentReport {
    /// The table below the lanes has all of them.
    private static let mostConnections = 8

    /// What happened at each address, as a picture and as a table.
    func writeTimelines(to page: inout HTMLWriter) {
        let shown = timelines.filter { $0.extent != nil }
        if shown.isEmpty { return }
        page.raw("<section aria-labelledby=\"timelines\">\n<h2 id=\"timelines\">Timelines</h2>\n")
        for timeline in shown {
            guard let scale = TimelineScale(timeline) else { continue }
            page.raw("<figure>\n")
            page.element("figcaption", timeline.address.description)
            page.raw("<div aria-hidden=\"true\">\n")
            writeLanes(of: timeline, scale, to: &page)
            page.raw("<div class=\"ends\">")
            page.element("span", (scale.hidesEarlier ? "… " : "") + scale.first.rfc3339)
            page.element("span", scale.last.rfc3339 + (scale.hidesLater ? " …" : ""))
            page.raw("</div>\n</div>\n<details>\n")
            page.element("summary", "The timeline as a table")
            page.table("Timeline of \(timeline.address)", ["From", "To", "What"], timeline.rows)
            page.raw("</details>\n</figure>\n")
        }
        page.raw("</section>\n")
    }

    private func writeLanes(
        of timeline: AddressTimeline,
        _ scale: TimelineScale,
        to page: inout HTMLWriter
    ) {
        page.lane("Pods", timeline.pods.map { ($0, "pod") }, scale)
        let free =
            timeline.perhapsFree.map { ($0, "perhaps") } + timeline.free.map { ($0, "free") }
        page.lane("Address free", free, scale)
        // They overlap: each has a lane of its own.
        for connection in timeline.connections.prefix(Self.mostConnections) {
            page.lane("Connection", [(connection, "connection")], scale)
        }
        page.lane("Resets", timeline.resets, scale)
        page.lane("Failed requests", timeline.failures, scale)
    }
}

extension AddressTimeline {
    /// Everything of the timeline in the order of time.
    fileprivate var rows: [[String]] {
        var rows: [(start: WallTime?, end: WallTime?, what: String)] = []
        rows += pods.map { ($0.start, $0.end, "Pod \($0.name)") }
        rows += connections.map { ($0.start, $0.end, $0.name) }
        rows += free.map { ($0.start, $0.end, "no Pod has the address") }
        rows += perhapsFree.map {
            ($0.start, $0.end, "the Pod goes at some moment; the address is free from then on")
        }
        rows += resets.map { ($0.time, nil, $0.name) }
        rows += failures.map { ($0.time, nil, "failed: \($0.name)") }
        rows.sort { $0.start ?? $0.end ?? .distantPast < $1.start ?? $1.end ?? .distantPast }
        return rows.map { [$0.start?.rfc3339 ?? "unknown", $0.end?.rfc3339 ?? "-", $0.what] }
    }

    /// The part of the timeline to show: what failed, and the change of owner before it.
    ///
    /// A Pod may have lived for days before an incident of seconds.
    fileprivate var window: (first: WallTime, last: WallTime)? {
        guard let (first, last) = extent else { return nil }
        let marks = (resets + failures).map(\.time)
        guard let begin = marks.min(), let end = marks.max() else { return (first, last) }
        var story = begin
        let changes = (pods.compactMap(\.start) + (free + perhapsFree).compactMap(\.start))
            .filter { $0 <= begin }
        if let change = changes.max(), hasAnything(before: change) { story = change }
        var length = max(end - story, .seconds(10))
        // The time between two owners belongs to it, unless it makes the rest too small to see.
        let gaps = (free + perhapsFree).filter { ($0.end ?? end) >= story }.compactMap(\.start)
        if let gap = gaps.min(), gap < story, story - gap <= length + length + length + length {
            story = gap
            length = max(end - story, .seconds(10))
        }
        return (max(first, story - length), min(last, end + length))
    }

    private func hasAnything(before moment: WallTime) -> Bool {
        (pods + connections + free + perhapsFree).contains { ($0.start ?? .distantPast) < moment }
    }
}

/// Where moments stand between the ends of a timeline's picture.
struct TimelineScale {
    /// The beginning of the picture.
    let first: WallTime
    /// The end of the picture.
    let last: WallTime
    /// Whether something of the timeline lies before or after the picture.
    let (hidesEarlier, hidesLater): (Bool, Bool)

    /// The scale of a timeline; `nil` if nothing in it has a time.
    init?(_ timeline: AddressTimeline) {
        guard let extent = timeline.extent, let window = timeline.window else { return nil }
        first = window.first
        // What happens last is not at the very edge.
        last = window.last + TimeSpan(milliseconds: (window.last - first).milliseconds / 32)
        (hidesEarlier, hidesLater) = (extent.first < first, extent.last > last)
    }

    /// Whether anything of a stretch of time is in the picture.
    func shows(_ span: AddressTimeline.Span) -> Bool {
        span.start ?? first <= last && span.end ?? last >= first
    }

    /// The place of a moment, as a percentage with two decimals.
    func place(_ moment: WallTime) -> String { Self.percentage(part(moment)) }

    /// The width of a stretch of time; one without an end goes on.
    func width(of span: AddressTimeline.Span) -> String {
        Self.percentage(part(span.end ?? last) - part(span.start ?? first))
    }

    /// The place of a moment in hundredths of a percent.
    private func part(_ moment: WallTime) -> Int64 {
        let length = max(1, (last - first).milliseconds)
        return min(max(0, (moment - first).milliseconds), length) * 10_000 / length
    }

    private static func percentage(_ hundredths: Int64) -> String {
        "\(hundredths / 100).\(hundredths % 100 / 10)\(hundredths % 10)%"
    }
}
