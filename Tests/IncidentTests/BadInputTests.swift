import Foundation
import TestSupport
import Testing

/// Inputs that are not right, and all that the program says of them.
struct BadInputTests {
    struct Case: Sendable, CustomTestStringConvertible {
        var name: String
        var option = "--access-log"
        var content: [UInt8]
        var status: Int32 = 2
        var message: String

        var testDescription: String { name }
    }

    private static let good = AccessLogTests.tunnel + "\n"
    private static let capture = CaptureTests.pcap(link: 101, CaptureTests.segment4)

    private static let json =
        #"{"start_time":"2026-11-26T10:00:00.1Z","response_code":200,"response_flags":"-"}"#

    static let cases = [
        Case(
            name: "an access log in gzip",
            content: [0x1F, 0x8B, 8, 0, 0, 0],
            message: "cannot read access log 'FILE': it is compressed with gzip; decompress it:"
                + " 'zcat FILE | halfopen explain --access-log -'"
        ),
        Case(
            name: "a capture as access log",
            content: capture,
            message: "cannot read access log 'FILE': it is a packet capture; give it with --pcap"
        ),
        Case(
            name: "a program as Envoy log",
            option: "--envoy-log",
            content: [0x7F, 0x45, 0x4C, 0x46, 0, 1],
            message: "cannot read Envoy log 'FILE': it is not text; give the lines of the log as"
                + " the proxy wrote them"
        ),
        Case(
            name: "an empty access log",
            content: [],
            message: "access log 'FILE' is empty; give one in Istio's default format, text or JSON"
        ),
        Case(
            name: "the log of another program as access log",
            content: Array("INFO starting\nINFO ready\n".utf8),
            message: "access log 'FILE' has no whole line of an access log: 2 lines read; give one"
                + " in Istio's default format, text or JSON"
        ),
        Case(
            name: "an access log whose last line is cut, with a request that a tunnel failed",
            content: Array((good + AccessLogTests.request.prefix(120)).utf8),
            status: 1,
            message: "access log 'FILE' ends within a line: it was cut, or is still being written"
        ),
        Case(
            name: "an access log with a line that is too long",
            content: Array((String(repeating: "x", count: 1 << 21) + "\n").utf8),
            message: "access log 'FILE': could not read 1 line (cut, or of another format); failed"
                + " requests may be missing"
        ),
        Case(
            name: "a text log with a line that is cut, among whole ones",
            content: Array(
                ("\(AccessLogTests.success)\n\(AccessLogTests.request.prefix(60))\n"
                    + "\(AccessLogTests.success)\n").utf8
            ),
            message: "access log 'FILE': could not read 1 line (cut, or of another format); failed"
                + " requests may be missing"
        ),
        Case(
            name: "a JSON log with a line that is cut, among whole ones",
            content: Array("\(json)\n\(json.prefix(50))\n\(json)\n".utf8),
            message: "access log 'FILE': could not read 1 line (cut, or of another format); failed"
                + " requests may be missing"
        ),
        Case(
            name: "a JSON log whose last line is cut and yet ends",
            content: Array("\(json)\n\(json.prefix(50))\n".utf8),
            message: "access log 'FILE' ends within a line: it was cut, or is still being written"
        ),
        Case(
            name: "a log whose last line a container runtime has split",
            content: Array(
                ("2026-11-26T10:00:00.123456789Z stdout F \(json)\n"
                    + "2026-11-26T10:00:00.123456789Z stdout P \(json.prefix(50))\n").utf8
            ),
            message: "access log 'FILE' ends within a line: it was cut, or is still being written"
        ),
        Case(
            name: "an empty Envoy log",
            option: "--envoy-log",
            content: [],
            message: "Envoy log 'FILE' is empty; give the log of the proxy's container"
        ),
        Case(
            name: "the log of another program as Envoy log",
            option: "--envoy-log",
            content: Array("INFO starting\n".utf8),
            message: "Envoy log 'FILE' has no message of Envoy: 1 line read; give the log of the"
                + " proxy's container, at level debug"
        ),
        Case(
            name: "an Envoy log in JSON with a line that is cut",
            option: "--envoy-log",
            content: Array("{\"time\":\"2026-11-26T10\n{\"a\":1}\n".utf8),
            message: "Envoy log 'FILE': could not read 1 line (cut, or of another format); failed"
                + " requests may be missing"
        ),
        Case(
            name: "an Envoy log at level info",
            option: "--envoy-log",
            content: Array(
                "2026-11-26T10:00:00.123456Z\tinfo\tenvoy main a.cc:1\tup\tthread=9\n".utf8
            ),
            message: "Envoy log 'FILE' has no message of the logger connection at level debug;"
                + " raise it: 'istioctl proxy-config log POD --level connection:debug,pool:debug,"
                + "router:debug,http:debug,client:debug'"
        ),
        Case(
            name: "an Envoy log without the pool's messages",
            option: "--envoy-log",
            content: Array(
                EnvoyLogTests.forms("connection", "connecting to 10.244.1.7:15008")[0].utf8
            ),
            message: "Envoy log 'FILE' has no message of the logger pool at level debug; raise it:"
                + " 'istioctl proxy-config log POD --level connection:debug,pool:debug,"
                + "router:debug,http:debug,client:debug'"
        ),
        Case(
            name: "text as capture",
            option: "--pcap",
            content: Array("10:00 IP a > b".utf8),
            message: "cannot read packet capture 'FILE': it is neither pcap nor pcapng; write it"
                + " with 'tcpdump -w FILE'"
        ),
        Case(
            name: "a capture that is cut",
            option: "--pcap",
            content: capture.dropLast(),
            message: "packet capture 'FILE' ends within a packet: it was cut, or is still being"
                + " written"
        ),
        Case(
            name: "a capture that is damaged",
            option: "--pcap",
            content: Array(capture.prefix(35)) + [0xFF] + Array(capture.dropFirst(36)),
            message:
                "packet capture 'FILE' is damaged at byte 24: what comes after it was not read;"
                + " capture again, or copy the file again"
        ),
        Case(
            name: "a capture of packets that are too short",
            option: "--pcap",
            content: CaptureTests.pcap(link: 101, Array(CaptureTests.segment4.prefix(30))),
            message: "packet capture 'FILE': skipped 1 packet cut before the end of the TCP header;"
                + " capture at least 96 bytes of each ('tcpdump -s 96')"
        ),
        Case(
            name: "a capture of USB",
            option: "--pcap",
            content: CaptureTests.pcap(link: 220, CaptureTests.segment4),
            message: "packet capture 'FILE': skipped 1 packet of a link type that is not supported;"
                + " capture on an interface with Ethernet, Linux cooked or raw IP"
        ),
    ]

    /// Files that every test reads, and none writes.
    private static let compressed = shared("halfopen-tests.gz", [0x1F, 0x8B, 8, 0])
    private static let empty = shared(
        "halfopen-tests-empty.json",
        Array(#"{"kind":"PodList","apiVersion":"v1","items":[]}"#.utf8)
    )

    private static func shared(_ name: String, _ content: [UInt8]) -> String {
        let file = FileManager.default.temporaryDirectory.appending(path: name)
        try? Data(content).write(to: file, options: .atomic)
        return file.path
    }

    @Test(arguments: cases)
    func `A bad input is named with what to do, and ends the program so`(_ bad: Case) throws {
        let folder = try TemporaryFolder()
        let file = try folder.makeFile("input")
        try Data(bad.content).write(to: file)
        let answer = try explain([bad.option, file.path], in: folder)
        #expect(answer.status == bad.status)
        let message = bad.message.replacing("'FILE'", with: "'\(file.path)'")
        #expect(answer.errors.contains("halfopen: \(message)\n"), "\(answer.errors)")
    }

    @Test(arguments: [
        ("access.json", 1152), ("access.log", 500), ("access.log", 600), ("access.log", 700),
        ("envoy.log", 3000),
    ])
    func `A log that ends within a line is no all-clear`(_ name: String, _ length: Int) throws {
        let folder = try TemporaryFolder()
        let file = try folder.makeFile("log")
        let whole = RecordedTests.folder.appending(path: "stale/\(name)")
        try Data(contentsOf: whole).prefix(length).write(to: file)
        let option = name == "envoy.log" ? "--envoy-log" : "--access-log"
        let program = Command.products.appending(path: "halfopen").path
        let answer = try Command(program, ["explain", option, file.path], in: folder)
        #expect(answer.status == 2)
        #expect(
            answer.errors.contains("' ends within a line: it was cut, or is still being written\n")
        )
        #expect(answer.errors.hasSuffix("; INCOMPLETE\n"))
    }

    @Test(arguments: [
        (["--access-log", "/nowhere"], "cannot read access log '/nowhere': ENOENT"),
        (["--pcap", "/nowhere"], "cannot read packet capture '/nowhere': ENOENT"),
        (["-s", "/nowhere"], "'/nowhere': ENOENT"),
        (["-s", "/dev/null"], "'/dev/null'"),
        (["-r", "/nowhere"], "'/nowhere': ENOENT"),
        (["-r", "/dev/null"], "'/dev/null'"),
        (["-r", compressed], "'zcat FILE > NEW'"),
        (["-s", compressed], "(zcat FILE > NEW)"),
        (["-s", empty], "has no items: an empty list proves nothing; check that it"),
        (["--state", "/nowhere"], "state file '/nowhere' does not exist; check the path"),
        (["--state", "/dev/null"], "'/dev/null'"),
    ])
    func `A file that cannot be read does not hide what the others tell`(
        _ bad: [String],
        _ message: String
    ) throws {
        let folder = try TemporaryFolder()
        let stale = RecordedTests.folder.appending(path: "stale/access.log").path
        let found = try explain(["--access-log", stale] + bad, in: folder)
        #expect(found.status == 1)
        #expect(found.output.contains("stale-connection"))
        #expect(found.errors.contains(message), "\(found.errors)")
        #expect(found.errors.count(where: { $0 == "\n" }) == 1, "\(found.errors)")
        let clear = try folder.makeFile("clear")
        try Data("\(AccessLogTests.success)\n".utf8).write(to: clear)
        #expect(try explain(["--access-log", clear.path] + bad, in: folder).status == 2)
    }

    @Test func `A file that is not there is named`() throws {
        let answer = try explain(["--access-log", "/nowhere"], in: TemporaryFolder())
        #expect(answer.status == 2)
        #expect(answer.output.isEmpty)
        #expect(
            answer.errors == "halfopen: cannot read access log '/nowhere': ENOENT (No such file or"
                + " directory); check the path\n"
        )
    }

    @Test(arguments: [
        (
            [],
            "no log: give one with --access-log FILE, --envoy-log FILE or --pcap FILE, or - for"
                + " standard input"
        ),
        (
            ["--access-log", "-", "--pcap", "-"],
            "standard input is named twice; it can be read once"
        ),
        (
            ["--access-log", "a", "-o", "wide"],
            "option --output: 'explain' prints table, json, ndjson or html, not wide"
        ),
    ])
    func `A question that cannot be asked is a usage error`(
        _ arguments: [String],
        _ message: String
    ) throws {
        let answer = try explain(arguments, in: TemporaryFolder())
        #expect(answer.status == 64)
        #expect(
            answer.errors == "halfopen: \(message) (see 'halfopen explain --help')\n"
        )
    }

    private func explain(
        _ arguments: [String],
        in folder: borrowing TemporaryFolder
    ) throws -> Command {
        let program = Command.products.appending(path: "halfopen").path
        return try Command(program, ["explain", "-q"] + arguments, in: folder)
    }
}

extension BadInputTests.Case {
    init(
        name: String,
        option: String = "--access-log",
        content: ArraySlice<UInt8>,
        status: Int32 = 2,
        message: String
    ) {
        self.init(
            name: name,
            option: option,
            content: Array(content),
            status: status,
            message: message
        )
    }
}
