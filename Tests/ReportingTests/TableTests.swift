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

private let widestFindings = [
    widest(longestIPv6, name: "a", explanation: long),
    widest(longestIPv6, name: long, explanation: ""),
    widest(longestIPv6, name: long, explanation: String(repeating: "word ", count: 100)),
    widest("fd00:10:244::1", name: long, explanation: long + " " + long),
    widest("10.0.0.1", name: long, explanation: "\u{1B}[2J\u{202E}" + long),
    widest("10.0.0.1", name: String(repeating: "日本🐙", count: 40), explanation: "日 本 🐙"),
    widest("10.0.0.1", name: "\u{9B}" + long, explanation: String(repeating: "日", count: 300)),
]

@Test(arguments: widestFindings, [40, 80, 100, 160])
func `A table fits the width but for rows and words that are longer, and cuts nothing`(
    finding: Finding,
    width: Int
) {
    var report = report(targets: 3, [finding])
    report.targets[0].inode = .max
    for _ in 0..<62 { report.targets[0].summary.add(report.targets[0].summary) }
    report.targets[0].isComplete = false
    report.targets[0].proxy = MeshProxy(role: "waypoint", namespace: long, pod: long)
    report.targets[1].pid = nil
    report.targets[1].path = "/run/netns/" + long
    let lines = report.lines(.table, style: TableStyle(width: width))
    #expect(lines.count >= 5)
    let row = lines.first { $0.hasPrefix("undetermined") } ?? ""
    for line in lines where line.columns > width {
        let isWord = !line.drop { $0 == " " }.contains(" ")
        #expect(isWord || (width < 80 && (line == row || line == lines[0])), "\(line)")
    }
    #expect(lines.allSatisfy { !$0.hasSuffix(" ") })
    let words = lines.joined(separator: " ").split(separator: " ")
    #expect(words.contains(Substring(finding.socket.peer.address.description)))
    #expect(row.contains(" :65535"))
    let name = finding.owners[0].identity.description.terminalSafe
    #expect(words.contains { $0.hasPrefix(name) })
    #expect(words.contains { $0.hasPrefix("\(long)/\(long)") })
    #expect(!lines.joined().unicodeScalars.contains { $0.steersTerminal })
}

/// Finds of one replaced Pod with a name of so many characters after `shop/`.
private func replaced(nameLength: Int, health: Health = .idle) -> Finding {
    let name = String("cart-7d9f8c6b5-x2x4k-and-more-of-it-than-anybody-wants".prefix(nameLength))
    return finding(
        .replaced,
        .confirmed,
        .heardBeforeOwnerExisted,
        health: health,
        peer: "10.244.1.7",
        localPort: 40112,
        silentMilliseconds: 192_214,
        owners: [pod(name)],
        "Now shop/\(name)'s."
    )
}

@Test(arguments: [
    // All others take 58 columns, and without HEALTH 50.
    (80, 17, "VERDICT   CONFIDENCE  PEER        LOCAL   SILENT  HEALTH  OWNER", 1),
    (80, 18, "VERDICT   CONFIDENCE  PEER        LOCAL   SILENT  OWNER", 1),
    (80, 25, "VERDICT   CONFIDENCE  PEER        LOCAL   SILENT  OWNER", 1),
    (80, 26, "VERDICT   CONFIDENCE  PEER        LOCAL   SILENT  HEALTH", 1),
    (100, 26, "VERDICT   CONFIDENCE  PEER        LOCAL   SILENT  HEALTH  OWNER", 1),
    (40, 26, "VERDICT  CONFIDENCE PEER       LOCAL  SILENT", 2),
])
func `Columns make room for the owner before it moves below its row`(
    width: Int,
    nameLength: Int,
    header: String,
    lines: Int
) {
    let finding = replaced(nameLength: nameLength)
    let printed = report([finding]).lines(.table, style: TableStyle(width: width))
    #expect(printed[0] == header)
    #expect(printed.count == 2 + lines)
    let isBeside = header.hasSuffix("OWNER")
    #expect(printed[1].hasSuffix(" \(finding.owners[0].identity)") == isBeside)
    #expect(printed.dropFirst(2).joined().contains("\(finding.owners[0].identity)"))
}

@Test func `Only the owner without room stands below its row`() {
    var findings = [replaced(nameLength: 7), replaced(nameLength: 40, health: .retransmitting)]
    findings[1].explanation = "Nobody is named here."
    let lines = report(findings).lines(.table, style: TableStyle(width: 80))
    #expect(lines[0].hasSuffix("HEALTH          OWNER"))
    #expect(lines[1].hasSuffix("idle            shop/cart-7d"))
    #expect(lines[3].hasSuffix("retransmitting  (below)"))
    let name = findings[1].owners[0].identity.description
    #expect(lines[4] == "    owner \(name): Nobody is named here.")
}

@Test func `What has no column of its own is told below the row`() {
    var findings = [replaced(nameLength: 20, health: .retransmitting)]
    findings[0].explanation = "Nobody is named here."
    let lines = report(findings).lines(.table, style: TableStyle(width: 80))
    #expect(lines[0].hasSuffix("SILENT  OWNER"))
    #expect(lines[2] == "    retransmitting: Nobody is named here.")
}

@Test func `An owner that finds no room in any row is named below it`() {
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
    #expect(titles.count == 24 && titles.last == "EXPLANATION")
    let values = lines[1].split(separator: " ", maxSplits: 23)
    #expect(values[6] == #"shop/a\u{20}b\\c"#)
    #expect(values[23].drop { $0 == " " } == #"a  b\u{a}c"#)
    #expect(lines[3].split(separator: " ")[6...8] == ["-", "shop/job-29311", "-"])
}

@Test func `On a terminal, wide leaves out what says nothing in any row`() {
    let all = report(sampleFindings).lines(.wide)[0].split(separator: " ")
    let alike = report([sampleFindings[0]]).lines(.wide)[0].split(separator: " ")
    #expect(all == alike)
    var first = sampleFindings[0]
    first.socket.uid = 0
    let lines = report([first]).lines(.wide, style: TableStyle(width: 200))
    #expect(
        lines[0].split(separator: " ").joined(separator: " ") == """
            VERDICT CONFIDENCE PEER LOCAL SILENT HEALTH OWNER NODE REASON LAST-HEARD RTT COOKIE \
            INODE UID EXPLANATION
            """
    )
    #expect(lines.count == 2)
    var second = sampleFindings[1]
    second.target = 1
    let both = report(targets: 2, [first, second]).lines(.wide, style: TableStyle(width: 80))
    let added = Set(both[0].split(separator: " ")).subtracting(lines[0].split(separator: " "))
    #expect(added == ["TIMER", "UNACKED", "RETRANS", "TARGET"])
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
    ("", []),
    ("one two three", ["one two", "three"]),
    ("abcdefghijklmnopqrstu", ["abcdefghijklmnopqrstu"]),
    ("ab abcdefghijk cd", ["ab", "abcdefghijk", "cd"]),
    ("abcdefgh abcdefgh", ["abcdefgh", "abcdefgh"]),
    ("日本日本日", ["日本日本日"]),
    ("日本 日本", ["日本", "日本"]),
    ("日本 日a", ["日本 日a"]),
])
func `A sentence is broken at spaces, and a longer word stands alone and whole`(
    text: String,
    lines: [String]
) {
    #expect(text.wrapped(to: 8) == lines)
}

@Test(arguments: [
    ("short enough", ["short enough"]),
    ("one two three four five seven", ["one two three", "    four five", "    seven"]),
])
func `A heading is broken where it must be, and indented below`(text: String, lines: [String]) {
    #expect(text.wrapped(to: 17, indent: 4) == lines)
}
