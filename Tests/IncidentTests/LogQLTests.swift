import Foundation
import TestSupport
import Testing

/// The query of `scripts/loki`, against recorded lines.
///
/// No Loki runs here: the stages that the query uses are carried out by what they are documented to
/// do, each in one line.
struct LogQLTests {
    private struct Query {
        var contains: String
        var matches: Regex<AnyRegexOutput>
        var extracts: Regex<AnyRegexOutput>

        init() throws {
            let file = Command.root.appending(path: "scripts/loki/stale-connections.logql")
            let text = try String(contentsOf: file, encoding: .utf8)
            func argument(of stage: String) throws -> String {
                let start = try #require(text.range(of: "\(stage) `")).upperBound
                let end = try #require(text[start...].firstIndex(of: "`"))
                return String(text[start..<end])
            }
            contains = try argument(of: "|=")
            matches = try Regex(argument(of: "|~"))
            // Go writes (?P<name>…), Swift (?<name>…).
            extracts = try Regex(argument(of: "| regexp").replacing("(?P<", with: "(?<"))
        }

        /// The peers of the lines that the query counts.
        func peers(in text: String) -> [String] {
            text.split(separator: "\n").filter { $0.contains(contains) && $0.contains(matches) }
                .compactMap { $0.firstMatch(of: extracts)?["peer"]?.substring.map(String.init) }
        }
    }

    @Test(arguments: [
        ("stale", ["10.244.1.11"]), ("stale-hidden", ["10.244.1.11"]),
        ("stale-stream", ["10.244.1.11"]), ("stale-kept", []), ("refused", []),
        ("tls-failure", []), ("connect-denied", []), ("connect-timeout", []),
        ("application-closes", []), ("restart", []),
    ])
    func `The query counts the tunnels that a stale connection failed, and no others`(
        _ incident: String,
        _ peers: [String]
    ) throws {
        let log = RecordedTests.folder.appending(path: "\(incident)/access.log")
        #expect(try Query().peers(in: String(contentsOf: log, encoding: .utf8)) == peers)
    }
}
