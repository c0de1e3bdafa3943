import Foundation
import TestSupport
import Testing

extension ScanTests {
    /// What a scan prints, in each format.
    struct Formats {
        private let world: StaleWorld

        init() throws { world = try #require(StaleWorld.current) }

        @Test func `The table names each candidate, and below it why`() throws {
            let answer = try world.scan("")
            #expect(answer.status == 1)
            #expect(answer.output.masked.words == expectedTable.words)
            #expect(
                answer.errors.masked
                    == """
                    halfopen: 10 candidates (9 confirmed, 1 suspected) of 2016 connections to \
                    :15008; 1 terminating, 1 undetermined (oldest silent Ns), 3 exempt, 2001 \
                    current; snapshot Ns old
                    halfopen: to close the 9 confirmed ones: halfopen reap -s pods.json -N \
                    \(world.namespace.path) \(StaleWorld.options.masked) (dry run; add --yes to \
                    destroy)

                    """
            )
        }

        @Test(arguments: [80, 160])
        func `The table is as wide as the terminal`(columns: Int) throws {
            let session = try Session()
            try session.write(world.snapshot().compact, to: "pods.json")
            let answer = try session.run(
                """
                export COLUMNS=60
                script -qec "stty cols \(columns); halfopen -qs pods.json --color never \
                    -N \(world.namespace.path) \(StaleWorld.options)" /dev/null
                """
            )
            let lines = answer.output.split { $0.isNewline }
            let widest = lines.map(\.count).max() ?? 0
            #expect((columns - 12...columns).contains(widest), "\(answer.output)")
        }

        @Test func `The table has a heading for each of two targets`() throws {
            let answer = try world.scan("-p \(world.other.pid) --only replaced")
            #expect(answer.status == 1)
            let headings = answer.output.split(separator: "\n").filter { $0.hasPrefix("[") }
            try #require(headings.count == 2)
            #expect(headings[0].hasPrefix("[0] \(world.namespace.path) (netns "))
            #expect(headings[0].hasSuffix("): 2016 connections to :15008, 7 candidates"))
            #expect(headings[1].hasPrefix("[1] pid \(world.other.pid) (netns "))
            #expect(headings[1].hasSuffix("): 2 connections to :15008, 1 candidate"))
            #expect(
                answer.errors.contains(
                    " of 2018 connections to :15008 in 2 targets; 7 in \(world.namespace.path), 1"
                        + " in pid "
                )
            )
        }

        @Test func `Rows are coloured and left without a title when asked`() throws {
            let plain = try world.scan("")
            let colored = try world.scan("--no-header --color always -q")
            #expect(plain.output.hasPrefix("VERDICT "))
            #expect(!plain.output.contains("\u{1b}"))
            #expect(colored.output.hasPrefix("\u{1b}[31mreplaced "))
            #expect(colored.errors == "")
        }

        @Test func `A wide line for each candidate can be read by column`() throws {
            let answer = try world.scan("-o wide")
            let lines = answer.output.split(separator: "\n")
            let titles = try #require(lines.first).split(separator: " ").map(String.init)
            let rows = lines.dropFirst().map { line in
                let values = line.split(separator: " ", maxSplits: titles.count - 1)
                return Dictionary(uniqueKeysWithValues: zip(titles, values.map(String.init)))
            }
            #expect(rows.count == 10)
            #expect(rows.allSatisfy { $0.count == titles.count })
            #expect(rows.filter { $0["REASON"] == "heard-before-owner-existed" }.count == 7)
            #expect(rows.filter { $0["PEER"] == "[fd00:244::1]:15008" }.count == 2)
            #expect(rows.first?["PEER"] == "10.244.0.1:15008")
            #expect(rows.first?["OWNER"] == "shop/new-v4")
            #expect(rows.first?["NODE"] == "node-1")
        }

        @Test func `A line of NDJSON for each finding, then the summary`() throws {
            let answer = try world.scan("-o ndjson")
            #expect(answer.status == 1)
            #expect(answer.errors == "")
            struct Line: Decodable {
                var type: String
                var summary: ReadReport.Summary?
                var verdict: String?
            }
            let lines = try answer.output.split(separator: "\n").map {
                try JSONDecoder().decode(Line.self, from: Data($0.utf8))
            }
            #expect(lines.count == 11)
            #expect(lines.dropLast().allSatisfy { $0.type == "finding" && $0.verdict != nil })
            #expect(lines.last?.type == "summary")
            #expect(lines.last?.summary == world.summary)
        }

        @Test func `Reports of real scans are what the schema says`() throws {
            let session = try Session()
            try session.write(world.snapshot().compact, to: "pods.json")
            let answer = try session.run(
                """
                scan() { halfopen -s pods.json \(StaleWorld.options) -p \(world.other.pid) "$@"; }
                scan -o json -a -N \(world.namespace.path) >all.json
                scan -o json -N ./missing --max-age 1ms >incomplete.json 2>/dev/null
                scan -o ndjson -a >all.ndjson
                cd '\(Command.root.path)'
                check() {
                    /usr/bin/python3 Tests/ReportingTests/validate.py \
                        Sources/Reporting/JSON/report-v1.schema.json "$@"
                }
                check '#' "$OLDPWD"/{all,incomplete}.json && check '#/$defs/line' \
                "$OLDPWD/all.ndjson"
                """
            )
            #expect(answer.errors == "")
            #expect(answer.output == "")
            #expect(answer.status == 0)
        }

        @Test(arguments: ["json", "ndjson", "wide", "table"])
        func `Two runs over the same state differ in times alone`(_ format: String) throws {
            let snapshot = world.snapshot()
            let first = try world.scan("-a -o \(format)", snapshot)
            let second = try world.scan("-a -o \(format)", snapshot)
            #expect(first.output.split(separator: "\n").count > world.summary.sockets)
            #expect(first.output.masked == second.output.masked)
        }

        @Test func `With --verbose it is said what was read and where`() throws {
            let answer = try world.scan("-qv")
            #expect(
                answer.errors.masked.replacing(/\d+ ms/, with: "N ms").replacing(
                    /inode \d+/,
                    with: "inode N"
                )
                    == """
                    halfopen: snapshot 'pods.json': compact, scope cluster, captured TIME \
                    (document), surely not before TIME, items: 511, Pods: 510, Nodes: 1, other \
                    items: 0; read in N ms
                    halfopen: network namespace '\(world.namespace.path)' (inode N): 2016 sockets

                    """
            )
        }
    }
}

/// The table of the world's candidates; how it is laid out, and broken into lines, is tested with
/// sample reports.
private let expectedTable = """
    VERDICT   CONFIDENCE  PEER         LOCAL  SILENT  HEALTH  OWNER
    replaced  confirmed   10.244.0.1   :2048      Ns  idle    shop/new-v4
    replaced  confirmed   10.244.0.1   :2049      Ns  idle    shop/new-v4
    replaced  confirmed   10.244.0.1   :2050      Ns  idle    shop/new-v4
        10.244.0.1 now belongs to shop/new-v4, started at HH:MM:SSZ, but the peer was last heard at
        HH:MM:SSZ, so it was an earlier Pod: the next request on this connection will be reset
    replaced  confirmed   10.244.0.2   :2048      Ns  idle    shop/new-mapped
    replaced  confirmed   10.244.0.2   :2049      Ns  idle    shop/new-mapped
        10.244.0.2 now belongs to shop/new-mapped, started at HH:MM:SSZ, but the peer was last \
        heard at
        HH:MM:SSZ, so it was an earlier Pod: the next request on this connection will be reset
    replaced  confirmed   fd00:244::1  :2048      Ns  idle    shop/new-v6
    replaced  confirmed   fd00:244::1  :2049      Ns  idle    shop/new-v6
        fd00:244::1 now belongs to shop/new-v6, started at HH:MM:SSZ, but the peer was last heard at
        HH:MM:SSZ, so it was an earlier Pod: the next request on this connection will be reset
    deleted   confirmed   10.244.0.3   :2048      Ns  idle    -
        no Pod has 10.244.0.3, which is in a Pod CIDR, and nothing has been heard on this connection
        since HH:MM:SSZ: the next request on this connection will hang, or be reset once another Pod
        gets the address
    deleted   confirmed   10.244.0.4   :2048      Ns  idle    was shop/job
        shop/job had 10.244.0.4 and was last heard on this connection at HH:MM:SSZ, but has since
        finished and lost its network: the next request on this connection will hang, or be reset \
        once
        another Pod gets the address
    deleted   suspected   10.250.0.1   :2048      Ns  idle    -
        no Pod in the snapshot has 10.250.0.1, and nothing has been heard on this connection since
        HH:MM:SSZ: if it is a Pod address of this cluster (--pod-cidr), the next request on this
        connection will hang, or be reset once another Pod gets the address
    """

extension String {
    /// The text without what differs from run to run: moments and ages.
    var masked: String {
        replacing(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/, with: "TIME")
            .replacing(/(\d{4}-\d\d-\d\d )?\d\d:\d\d:\d\dZ/, with: "HH:MM:SSZ")
            .replacing(/\b(\d+m)?\d+s\b/, with: "Ns")
            .replacing(/("\w+Seconds":)[\d.]+/) { "\($0.1)N" }
    }

    /// The words, with a space between them.
    fileprivate var words: String { split(whereSeparator: \.isWhitespace).joined(separator: " ") }
}
