import Foundation
@testable import Model
import Reporting
import Testing

@testable import Judging

/// The page for a post-mortem.
struct PageTests {
    private static let noon = WallTime(epochSeconds: 1_795_000_000)

    private static func page(_ text: String) -> String {
        var request = ExplainedRequest(subject: .request, start: noon, end: noon)
        request.cause = .staleConnection
        request.confidence = .confirmed
        request.peer = Endpoint("10.244.1.7:15008")
        (request.path, request.authority, request.requestID) = (text, text, text)
        request.owner = PodIdentity(namespace: text, name: text, uid: "u", node: "n")
        request.evidence = [IncidentEvidence(.accessLog, text, at: LogPlace(input: 0, line: 1))]
        var timeline = AddressTimeline(address: IPAddress(high: 0, low: 0))
        timeline.pods = [.init(name: text, start: noon - .seconds(10), end: nil)]
        timeline.free = [.init(name: text, start: noon - .seconds(3), end: noon)]
        timeline.perhapsFree = [.init(name: text, start: noon - .seconds(5), end: noon)]
        timeline.resets = [.init(name: text, time: noon)]
        let report = IncidentReport(
            version: "1",
            generatedAt: noon,
            port: 15008,
            inputs: [.init(kind: "access-log", source: text)],
            snapshots: [text],
            requests: [request],
            timelines: [timeline],
            problems: [text]
        )
        var bytes: [UInt8] = []
        report.render(.html) { bytes += $0 }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test(arguments: [
        "<script>alert(1)</script>", "\" onmouseover=\"x", "' onfocus='x", "</style><b>",
        "&lt;img src=x>", "\u{202E}gnp.exe", "\u{1B}]0;title\u{7}", "<!--", "]]>",
    ])
    func `Text from outside is shown and does nothing`(_ text: String) {
        let plain = Self.page("TEXT")
        let page = Self.page(text)
        // The markup is the same whatever the text is.
        #expect(page.count(where: { $0 == "<" }) == plain.count(where: { $0 == "<" }))
        #expect(page.count(where: { $0 == "\"" }) == plain.count(where: { $0 == "\"" }))
        #expect(
            !page.unicodeScalars.contains("\u{202E}") && !page.unicodeScalars.contains("\u{1B}")
        )
    }

    @Test
    func `A page needs nothing but itself, and has landmarks, headings and tables with names`() {
        let page = Self.page("cart")
        for absent in ["http:", "https:", "<script", "<link", "<img", "@import", "url("] {
            #expect(!page.contains(absent), "\(absent)")
        }
        for present in [
            "Address free", "no Pod has the address",
            "the Pod goes at some moment; the address is free from then on",
            "<html lang=\"en\">", "<main>", "<h1>", "scope=\"col\"", "aria-labelledby=\"causes\"",
            "prefers-color-scheme:dark", "@media print", "name=\"viewport\"", "tabindex=\"0\"",
        ] {
            #expect(page.contains(present), "\(present)")
        }
    }
}
