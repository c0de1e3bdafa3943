import Judging
import Model

/// Appends HTML to a buffer.
///
/// Text from outside goes through ``element(_:_:class:)`` or
/// ``table(_:_:_:)``, which escape it.
struct HTMLWriter {
    /// What was written so far; the caller may take it away at any time.
    var bytes: [UInt8] = []

    /// Appends markup as it is.
    mutating func raw(_ markup: String) { bytes.append(contentsOf: markup.utf8) }

    /// Appends an element with a text.
    mutating func element(_ name: String, _ text: String, class style: String? = nil) {
        raw("<\(name)\(style.map { " class=\"\($0)\"" } ?? "")>")
        escape(text)
        raw("</\(name)>\n")
    }

    /// Appends a table that scrolls by itself where it is too wide, also by keyboard.
    mutating func table(_ name: String, _ columns: [String], _ rows: [[String]]) {
        raw("<div class=\"scroll\" role=\"region\" tabindex=\"0\" aria-label=\"")
        escape(name)
        raw("\">\n<table>\n<thead><tr>")
        for column in columns {
            raw("<th scope=\"col\">")
            escape(column)
            raw("</th>")
        }
        raw("</tr></thead>\n<tbody>\n")
        for row in rows {
            raw("<tr>")
            for cell in row {
                raw("<td>")
                escape(cell)
                raw("</td>")
            }
            raw("</tr>\n")
        }
        raw("</tbody>\n</table>\n</div>\n")
    }

    /// Appends a lane of a timeline with stretches of time, each in a style.
    mutating func lane(
        _ name: String,
        _ bars: [(span: AddressTimeline.Span, style: String)],
        _ scale: TimelineScale
    ) {
        let shown = bars.filter { scale.shows($0.span) }
        if shown.isEmpty { return }
        beginLane(name)
        for (span, style) in shown {
            let (left, width) = (scale.place(span.start ?? scale.first), scale.width(of: span))
            raw("<span class=\"bar \(style)\" style=\"left:\(left);width:\(width)\" title=\"")
            escape("\(span.name): \(span.start?.rfc3339 ?? "?") to \(span.end?.rfc3339 ?? "?")")
            raw("\">")
            escape(span.name)
            raw("</span>")
        }
        raw("</span></div>\n")
    }

    /// Appends a lane of a timeline with moments.
    mutating func lane(_ name: String, _ marks: [AddressTimeline.Mark], _ scale: TimelineScale) {
        if marks.isEmpty { return }
        beginLane(name)
        for mark in marks {
            raw("<span class=\"mark\" style=\"left:\(scale.place(mark.time))\" title=\"")
            escape("\(mark.time.rfc3339) \(mark.name)")
            raw("\"></span>")
        }
        raw("</span></div>\n")
    }

    private mutating func beginLane(_ name: String) {
        raw("<div class=\"lane\">")
        element("span", name)
        raw("<span class=\"track\">")
    }

    /// Appends a text for content or an attribute in quotes; controls and characters that turn the
    /// direction of reading are written out.
    private mutating func escape(_ text: String) {
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": raw("&amp;")
            case "<": raw("&lt;")
            case ">": raw("&gt;")
            case "\"": raw("&quot;")
            case "'": raw("&#39;")
            case _ where scalar.steersTerminal: raw("\\u{\(String(scalar.value, radix: 16))}")
            default: bytes.append(contentsOf: UTF8.encode(scalar) ?? .init())
            }
        }
    }
}
