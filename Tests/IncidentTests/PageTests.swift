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

    private static func page(
        of requests: [ExplainedRequest],
        timelines: [AddressTimeline] = [],
        problems: [String] = []
    ) -> String {
        let report = IncidentReport(
            version: "1",
            generatedAt: noon,
            port: 15008,
            inputs: [],
            snapshots: [],
            requests: requests,
            timelines: timelines,
            problems: problems
        )
        var bytes: [UInt8] = []
        report.render(.html) { bytes += $0 }
        return String(decoding: bytes, as: UTF8.self)
    }

    @Test(arguments: [
        ([], "No request failed"), (["a log is cut"], "Incomplete: what failed is unknown"),
    ])
    func `A page without a request does not claim more than is known`(
        _ problems: [String],
        _ text: String
    ) {
        let page = Self.page(of: [], problems: problems)
        #expect(page.contains("<p>\(text)</p>"), "\(page)")
    }

    @Test(arguments: [(1000, nil), (1001, "1 more request"), (1200, "200 more requests")])
    func `A page shows a thousand requests, and counts the others`(_ count: Int, _ more: String?) {
        let request = ExplainedRequest(subject: .request, start: Self.noon, end: Self.noon)
        let page = Self.page(of: Array(repeating: request, count: count))
        #expect(page.components(separatedBy: "<h3>").count - 1 == min(count, 1000))
        let sentence = more.map { "<p>\($0): see the output of -o json</p>" }
        #expect(page.contains("see the output of -o json") == (more != nil))
        #expect(sentence.map(page.contains) ?? true)
    }

    @Test(arguments: [
        (true, "owner shop/new, before it shop/old"), (false, "last owner shop/old"),
    ])
    func `A page names the owners of the address`(_ hasOwner: Bool, _ text: String) {
        func pod(_ name: String) -> PodIdentity {
            PodIdentity(namespace: "shop", name: name, uid: name, node: "n")
        }
        var request = ExplainedRequest(subject: .request, start: Self.noon, end: Self.noon)
        request.owner = hasOwner ? pod("new") : nil
        request.previousOwner = pod("old")
        #expect(Self.page(of: [request]).contains(text))
    }

    @Test func `Each connection has a lane of its own, up to eight`() {
        var request = ExplainedRequest(subject: .request, start: Self.noon, end: Self.noon)
        request.peer = Endpoint("10.244.1.7:15008")
        var timeline = AddressTimeline(address: CauseTests.address ?? IPAddress(high: 0, low: 0))
        timeline.failures = [.init(name: "unknown", time: Self.noon)]
        for number in 1...9 {
            timeline.connections.append(
                .init(
                    name: "connection [C\(number)]",
                    start: Self.noon - .seconds(Int64(number)),
                    end: Self.noon
                )
            )
        }
        let page = Self.page(of: [request], timelines: [timeline])
        #expect(page.components(separatedBy: "bar connection").count - 1 == 8)
        #expect(page.contains("connection [C8]"))
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
