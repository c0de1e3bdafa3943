import Judging
import Model

extension IncidentReport {
    /// More requests than this are too many for a page.
    private static let mostRequests = 1000

    /// One page for a post-mortem, which needs nothing but itself: no script, font or picture.
    func renderPage<Failure: Error>(
        to sink: ([UInt8]) throws(Failure) -> Void
    ) throws(Failure) {
        var page = HTMLWriter()
        page.raw(
            "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
                + "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                + "<meta name=\"color-scheme\" content=\"light dark\">\n"
        )
        page.element("title", "Why requests failed: \(timeText)")
        page.raw("\n<style>\(Self.style)</style>\n</head>\n<body>\n<header>\n")
        page.element("h1", "Why requests failed")
        page.element("p", timeText)
        page.element("p", summaryLine)
        for problem in problems { page.element("p", "Incomplete: \(problem)", class: "problem") }
        page.raw("\n</header>\n<main>\n")
        writeCauses(to: &page)
        writeTimelines(to: &page)
        try page.bytes.flush(to: sink)
        try writeRequests(to: &page, sink)
        writeInputs(to: &page)
        page.raw("</main>\n<footer>")
        page.element("p", "halfopen \(version), \(generatedAt.rfc3339)")
        page.raw("</footer>\n</body>\n</html>\n")
        try sink(page.bytes)
    }

    /// From the first failure to the last.
    private var timeText: String {
        guard let first = requests.first?.end, let last = requests.last?.end else {
            return isComplete ? "No request failed" : "Incomplete: what failed is unknown"
        }
        return first == last ? first.rfc3339 : "\(first.rfc3339) to \(last.rfc3339)"
    }

    private func writeCauses(to page: inout HTMLWriter) {
        page.raw("<section aria-labelledby=\"causes\">\n<h2 id=\"causes\">Causes</h2>\n")
        page.table(
            "Causes by address",
            ["Cause", "Confidence", "Address", "Requests", "Hidden", "First", "Last", "Next"],
            requests.groups.map {
                [
                    "\($0.cause.rawValue): \($0.cause.meaning)", $0.confidence?.rawValue ?? "-",
                    $0.address?.description ?? "-", "\($0.count)", "\($0.hidden)",
                    $0.first.rfc3339, $0.last.rfc3339, $0.cause.nextStep,
                ]
            }
        )
        page.raw("</section>\n")
    }

    private func writeRequests<Failure: Error>(
        to page: inout HTMLWriter,
        _ sink: ([UInt8]) throws(Failure) -> Void
    ) throws(Failure) {
        page.raw(
            "<section aria-labelledby=\"requests\">\n<h2 id=\"requests\">Requests</h2>\n<ol>\n"
        )
        for request in requests.prefix(Self.mostRequests) {
            let tone = request.isStale ? request.confidence?.rawValue ?? "other" : "other"
            page.raw("<li class=\"request \(tone)\">\n")
            page.element("h3", request.title)
            page.element("p", request.line)
            page.raw("<ul>\n")
            for evidence in request.evidence where !evidence.text.isEmpty {
                let place = evidence.place.map { " (\(text(of: $0)))" } ?? ""
                page.element("li", "\(evidence.source.rawValue): \(evidence.text)\(place)")
            }
            page.raw("</ul>\n</li>\n")
            try page.bytes.flush(to: sink)
        }
        page.raw("</ol>\n")
        if requests.count > Self.mostRequests {
            let left = counted(requests.count - Self.mostRequests, "more request")
            page.element("p", "\(left): see the output of -o json")
        }
        page.raw("</section>\n")
    }

    private func writeInputs(to page: inout HTMLWriter) {
        page.raw("<section aria-labelledby=\"inputs\">\n<h2 id=\"inputs\">Inputs</h2>\n")
        page.table(
            "Inputs",
            ["Kind", "File", "Lines or packets", "Recognized", "Relevant"],
            inputs.map {
                [$0.kind, $0.source, "\($0.lines)", "\($0.recognized)", "\($0.relevant)"]
            } + snapshots.map { ["snapshot", $0, "-", "-", "-"] }
        )
        page.raw("</section>\n")
    }

    private static let style = """
        :root{--ink:#1b1f24;--paper:#fff;--soft:#57606a;--line:#d0d7de;--red:#b3261e;--amber:#8a5300;\
        --pod:#0b6bcb;--conn:#5b7083}
        @media(prefers-color-scheme:dark){:root{--ink:#e6edf3;--paper:#0d1117;--soft:#9aa4af;\
        --line:#30363d;--red:#ff8a80;--amber:#f2b84b;--pod:#58a6ff;--conn:#8b9db0}}
        *{box-sizing:border-box}
        body{margin:0 auto;max-width:80rem;padding:1rem;background:var(--paper);color:var(--ink);\
        font:1rem/1.5 system-ui,sans-serif;overflow-wrap:anywhere}
        h1{font-size:1.6rem;margin:0}h2{font-size:1.25rem;margin:2rem 0 .5rem}h3{font-size:1rem;margin:0}
        header p,footer p{color:var(--soft);margin:.25rem 0}.problem{color:var(--red)!important}
        .scroll{overflow-x:auto}.scroll:focus{outline:2px solid var(--pod);outline-offset:2px}
        table{border-collapse:collapse;width:100%;font-size:.875rem;overflow-wrap:normal}
        td:first-child:nth-last-child(n+6){min-width:9rem}td:last-child:nth-child(n+6){min-width:14rem}
        td:nth-child(6):not(:last-child),td:nth-child(7){white-space:nowrap}
        th,td{text-align:left;vertical-align:top;padding:.35rem .6rem;border-bottom:1px solid var(--line)}
        ol{list-style:none;padding:0}
        .request{border-left:4px solid var(--line);padding:.25rem 0 .25rem .75rem;margin:.75rem 0}
        .confirmed{border-color:var(--red)}.suspected{border-color:var(--amber)}
        .request p{margin:.1rem 0}.request ul{margin:.25rem 0;padding-left:1.1rem;font-size:.875rem;\
        color:var(--soft)}
        figure{margin:1rem 0;padding:.75rem;border:1px solid var(--line);border-radius:.4rem}
        figcaption{font-weight:600;margin-bottom:.5rem}
        .lane{display:grid;grid-template-columns:7rem 1fr;gap:.5rem;align-items:center;margin:.2rem 0;\
        font-size:.8rem}
        .track{position:relative;height:1.25rem;background:color-mix(in srgb,var(--line) 40%,transparent)}
        .bar,.mark{position:absolute;top:.1rem;bottom:.1rem;min-width:2px}
        .bar{overflow:hidden;white-space:nowrap;text-overflow:ellipsis;font-size:.7rem;\
        line-height:1.05rem;padding-left:.3rem;color:var(--paper);border-right:1px solid var(--paper)}
        .bar.pod{background:var(--pod)}.bar.connection{background:var(--conn)}
        .bar.free,.bar.perhaps{color:var(--ink);border:1px solid var(--soft)}
        .bar.free{background:repeating-linear-gradient(-45deg,transparent 0 4px,\
        color-mix(in srgb,var(--soft) 20%,transparent) 4px 6px)}.bar.perhaps{border-style:dotted}
        .mark{width:3px;margin-left:-1px;background:var(--red);top:0;bottom:0}
        .ends{display:flex;justify-content:space-between;font-size:.75rem;color:var(--soft);\
        margin-left:7.5rem;flex-wrap:wrap}
        summary{cursor:pointer;font-size:.85rem}
        @media(max-width:30rem){.lane{grid-template-columns:1fr;gap:0}.ends{margin-left:0}}
        @media print{body{max-width:none}figure,.request{break-inside:avoid}.scroll{overflow:visible}\
        .bar,.mark{print-color-adjust:exact}}
        """
}

extension ExplainedRequest {
    /// What failed, when and why.
    fileprivate var title: String {
        let sure = confidence.map { ", \($0.rawValue)" } ?? ""
        let hidden = isHidden ? ", hidden by a retry" : ""
        return "\(end.rfc3339): \(cause.rawValue)\(sure)\(hidden)"
    }

    /// What was asked for, of whom.
    fileprivate var line: String {
        let request = [method, authority + path].filter { !$0.isEmpty }.joined(separator: " ")
        var parts = [request.isEmpty ? "A connection" : request]
        if status > 0 { parts.append("status \(status)") }
        if !requestID.isEmpty { parts.append("request \(requestID)") }
        if let peer { parts.append("peer \(peer)") }
        if let owner { parts.append("owner \(owner)") }
        if let previousOwner {
            parts.append((owner == nil ? "last owner " : "before it ") + "\(previousOwner)")
        }
        return parts.joined(separator: ", ")
    }
}
