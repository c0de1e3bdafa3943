import Judging
import Model
import Testing

@testable import Reporting

private let longestIPv6 = "fd00:1234:1234:1234:1234:1234:1234:1234"

/// A finding with everything as wide as it gets.
private func widest(_ peer: String, name: String, explanation: String) -> Finding {
    finding(
        target: 2,
        .undetermined,
        .confirmed,
        .heardBeforeOwnerExisted,
        health: .retransmitting,
        peer: peer,
        localPort: 65_535,
        silentMilliseconds: .max - 40,
        owners: [pod(name), pod(name)],
        explanation
    )
}

private let long = String(repeating: "abcdefghi-", count: 30)

@Test(arguments: [
    widest(longestIPv6, name: "a", explanation: long),
    widest(longestIPv6, name: long, explanation: ""),
    widest(longestIPv6, name: long, explanation: String(repeating: "word ", count: 100)),
    widest("fd00:10:244::1", name: long, explanation: long + " " + long),
    widest("10.0.0.1", name: long, explanation: "\u{1B}[2J\u{202E}" + long),
    widest("10.0.0.1", name: String(repeating: "日本🐙", count: 40), explanation: "日 本 🐙"),
    widest("10.0.0.1", name: "\u{9B}" + long, explanation: String(repeating: "日", count: 300)),
])
func `No line of a table is wider than 100 columns, and no peer or verdict is cut`(
    finding: Finding
) {
    var report = report(targets: 3, [finding])
    report.targets[0].inode = .max
    for _ in 0..<62 { report.targets[0].summary.add(report.targets[0].summary) }
    report.targets[0].isComplete = false
    report.targets[0].proxy = MeshProxy(role: "waypoint", namespace: long, pod: long)
    report.targets[1].pid = nil
    report.targets[1].path = "/run/netns/" + long
    let lines = report.lines(.table)
    #expect(lines.count >= 5)
    #expect(lines.allSatisfy { $0.columns <= 100 }, "\(lines.map(\.columns))")
    #expect(lines.allSatisfy { !$0.hasSuffix(" ") })
    let row = lines.first { $0.hasPrefix("undetermined") } ?? ""
    #expect(row.contains(" \(finding.socket.peer.address) "))
    #expect(row.contains(" :65535 "))
    #expect(!lines.joined().unicodeScalars.contains { $0.steersTerminal })
}

@Test func `An owner that finds no room in its row is named below it`() {
    let lines = report([widest(longestIPv6, name: "cart-7d9f8c6b5-x2x4k", explanation: "Why.")])
        .lines(.table)
    #expect(!lines[0].contains("OWNER"))
    #expect(lines.last == "    owner shop/cart-7d9f8c6b5-x2x4k+1: Why.")
}

@Test func `Rows of the same explanation have it once, below the last`() {
    let rows = report(Array(sampleFindings[2...3])).lines(.table)
    #expect(
        rows.map { $0.prefix(7) } == ["VERDICT", "deleted", "deleted", "    no ", "    sin"]
    )
}

@Test(arguments: [ReportFormat.table, .wide])
func `Without findings a table is empty, header and all`(format: ReportFormat) {
    #expect(report(targets: 2, []).text(format) == "")
}

@Test func `One proxy that was searched for has its heading, too`() {
    var report = report([sampleFindings[0]])
    report.targets[0].pid = 812
    #expect(!report.text(.table).contains("[0]"))
    let proxies: [(MeshProxy, String)] = [
        (
            .init(role: "waypoint", namespace: "shop", pod: "waypoint-x2"),
            "waypoint shop/waypoint-x2"
        ),
        (.init(role: "gateway", namespace: "", pod: "", workload: "edge"), "gateway edge"),
        (.init(role: "sidecar", namespace: "", pod: ""), "sidecar"),
    ]
    for (proxy, title) in proxies {
        report.targets[0].proxy = proxy
        let heading = "[0] \(title) (pid 812): 1 connection to :15008, 1 candidate"
        #expect(report.lines(.table)[1] == heading)
    }
}

@Test func `A line of wide has its values where awk looks for them`() {
    var findings = sampleFindings
    findings[0].owners[0].identity.name = "a b\\c"
    findings[0].explanation = "a  b\nc"
    let lines = report(findings).lines(.wide)
    #expect(lines.count == findings.count + 1)
    let titles = lines[0].split(separator: " ")
    #expect(titles.count == 25 && titles.last == "EXPLANATION")
    let values = lines[1].split(separator: " ", maxSplits: 24)
    #expect(values[10] == #"shop/a\u{20}b\\c"#)
    #expect(values[24].drop { $0 == " " } == #"a  b\u{a}c"#)
    #expect(lines[3].split(separator: " ")[10...12] == ["-", "-", "shop/job-29311"])
}

@Test(arguments: [
    ("plain", "plain"),
    ("C:\\x", #"C:\\x"#),
    ("\u{1B}]0;title\u{7}", #"\u{1b}]0;title\u{7}"#),
    ("\u{9B}2J", #"\u{9b}2J"#),
    ("a\nb\r", #"a\u{a}b\u{d}"#),
    ("\u{202E}gnp.exe", #"\u{202e}gnp.exe"#),
    ("\u{200B}\u{E000}\u{E0041}", #"\u{200b}\u{e000}\u{e0041}"#),
    // What was no UTF-8 arrives as the replacement character, which is harmless.
    (String(decoding: [0x61, 0xFF, 0x1B] as [UInt8], as: UTF8.self), "a\u{FFFD}\\u{1b}"),
    ("pod-ä-日本-🐙", "pod-ä-日本-🐙"),
])
func `Text from outside cannot steer the terminal`(text: String, safe: String) {
    #expect(text.terminalSafe == safe)
}

@Test(arguments: [
    (11, "abcdefghijk"), (10, "abc...hijk"), (4, "...k"), (3, "..."), (2, ".."), (0, ""), (-5, ""),
])
func `A name too long is cut in its middle`(width: Int, text: String) {
    #expect("abcdefghijk".elided(to: width) == text)
}

@Test(arguments: [
    ("", []),
    ("one two three", ["one two", "three"]),
    ("abcdefghijklmnopqrstu", ["abcdefgh", "ijklmnop", "qrstu"]),
    ("ab abcdefghijk cd", ["ab", "abcdefgh", "ijk cd"]),
    ("abcdefgh abcdefgh", ["abcdefgh", "abcdefgh"]),
    ("日本日本日", ["日本日本", "日"]),
])
func `A sentence is broken at spaces, and a word only where it must`(
    text: String,
    lines: [String]
) {
    #expect(text.wrapped(to: 8) == lines)
}
