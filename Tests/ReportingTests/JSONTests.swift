import Foundation
@testable import Model
import Reporting
import Testing

/// The first finding of the sample with another explanation, as one line of NDJSON.
private func line(explaining text: String) -> String {
    var finding = sampleFindings[0]
    finding.explanation = text
    return report([finding]).lines(.ndjson)[0]
}

@Test(arguments: [
    ("", ""),
    ("plain ASCII, with / and ~", "plain ASCII, with / and ~"),
    ("a \"quoted\" \\ path", #"a \"quoted\" \\ path"#),
    ("line\nfeed\r\ttab", #"line\nfeed\r\ttab"#),
    ("\u{0}\u{1}\u{1F}\u{7F}", #"\u0000\u0001\u001f\u007f"#),
    ("\u{1B}[31m", #"\u001b[31m"#),
    ("\u{85}\u{9B}2J", #"\u0085\u009b2J"#),
    ("\u{2028}\u{2029}", #"\u2028\u2029"#),
    ("\u{202E}\u{2066}\u{200F}\u{FEFF}", #"\u202e\u2066\u200f\ufeff"#),
    // A format character beyond the first plane takes two escapes.
    ("\u{E0041}", #"\udb40\udc41"#),
    ("pod-ä-日本-🐙", "pod-ä-日本-🐙"),
])
func `A string is escaped for JSON and for the terminal that shows it`(
    text: String,
    escaped: String
) throws {
    let line = line(explaining: text)
    #expect(line.contains(#""explanation":"\#(escaped)","local""#))
    let object = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
    #expect(object?["explanation"] as? String == text)
}

@Test(arguments: [
    (0, "0.000"), (5, "0.005"), (73_214, "73.214"), (73_200, "73.200"), (60_000, "60.000"),
    (UInt32.max, "4294967.295"),
])
func `Ages are seconds with three decimals and nothing more`(age: UInt32, seconds: String) {
    var finding = sampleFindings[0]
    finding.socket.info.lastAckReceived = age
    finding.socket.info.lastDataReceived = .max
    finding.socket.info.lastDataSent = age
    let line = report([finding]).lines(.ndjson)[0]
    #expect(line.contains(#""lastHeardSeconds":\#(seconds),"#))
    #expect(line.contains(#""lastSentSeconds":\#(seconds),"#))
}

@Test func `A snapshot from the future has a negative age`() {
    let line = report(snapshots: [snapshot(age: -3)], []).lines(.ndjson)[0]
    #expect(line.contains(#""ageSeconds":-3.000,"#))
}

@Test(arguments: [
    (0, "0x0"), (255, "0xff"), (UInt64.max, "0xffffffffffffffff"),
])
func `A cookie is a hexadecimal string`(cookie: UInt64, text: String) {
    var finding = sampleFindings[0]
    finding.socket.cookie = cookie
    #expect(report([finding]).lines(.ndjson)[0].contains(#""cookie":"\#(text)","#))
}

@Test func `A timer that does not run has no time to fire`() {
    var finding = sampleFindings[0]
    finding.socket.timer = .none
    finding.socket.timerExpires = 77
    #expect(
        report([finding]).lines(.ndjson)[0].contains(
            #""timer":"none","timerExpiresMilliseconds":null}"#
        )
    )
}

@Test func `The lines of NDJSON are the findings, and at last the summary`() {
    let lines = sampleReport.lines(.ndjson)
    #expect(lines.count == sampleFindings.count + 1)
    #expect(
        lines.dropLast().allSatisfy {
            $0.hasPrefix(#"{"type":"finding","schema":"halfopen.report/v1","#)
        }
    )
    #expect(lines.last?.hasPrefix(#"{"type":"summary","schema":"halfopen.report/v1","#) == true)
    #expect(report([]).lines(.ndjson).count == 1)
}

/// What a line says of its place: the network namespace, the role and the Pod.
private struct Place: Decodable, Equatable {
    struct Namespace: Decodable, Equatable { var inode: Int? }
    struct Pod: Decodable, Equatable { var namespace, name: String }

    var schema, host: String
    var netns: Namespace?
    var role: String?
    var pod: Pod?

    init(_ line: String) throws {
        self = try JSONDecoder().decode(Place.self, from: Data(line.utf8))
    }
}

@Test func `Each line stands alone, of two proxies and of one`() throws {
    var findings = [sampleFindings[0], sampleFindings[1]]
    findings[1].target = 1
    var report = report(targets: 2, findings)
    let proxies = [
        MeshProxy(role: "waypoint", namespace: "shop", pod: "waypoint-0"),
        MeshProxy(role: "gateway", namespace: "istio-system", pod: "east-0"),
    ]
    for (index, proxy) in proxies.enumerated() { report.targets[index].proxy = proxy }
    let lines = try report.lines(.ndjson).map { try Place($0) }
    #expect(lines.map(\.schema) == Array(repeating: "halfopen.report/v1", count: 3))
    #expect(lines.map(\.host) == Array(repeating: "node-1", count: 3))
    #expect(lines.map(\.netns?.inode) == [4_026_532_201, 4_026_532_202, nil])
    #expect(lines.map(\.role) == ["waypoint", "gateway", nil])
    let pods: [Place.Pod?] = [
        .init(namespace: "shop", name: "waypoint-0"),
        .init(namespace: "istio-system", name: "east-0"), nil,
    ]
    #expect(lines.map(\.pod) == pods)

    report.targets.removeLast()
    report.findings.removeLast()
    let single = try report.lines(.ndjson).map { try Place($0) }
    #expect(single.count == 2)
    #expect(single[0] == single[1])
    #expect(single[1] == lines[0])
}

@Test func `What history knows of a connection stands after its ages`() {
    var finding = sampleFindings[0]
    finding.firstSeenAt = now - .seconds(120)
    finding.candidacy = Candidacy(since: now - .seconds(60), runs: 2)
    let fields = #"""
        "firstSeenAt":"2026-11-21T09:58:00.500Z","candidateSince":"2026-11-21T09:59:00.500Z",\#
        "candidateRuns":2,"tcp"
        """#
    #expect(report([finding]).lines(.ndjson)[0].contains(fields))
}
