import Foundation
import Reporting
import Testing

private let words = [
    ("pods.json", "pods.json"),
    ("@1795255451", "@1795255451"),
    ("", "''"),
    ("my pods.json", "'my pods.json'"),
    ("it's", #"'it'\''s'"#),
    ("$(id)`id`\\", #"'$(id)`id`\'"#),
    ("~/x*", "'~/x*'"),
    ("a=b", "'a=b'"),
    ("pod-ä-日本", "'pod-ä-日本'"),
    ("a\u{1B}[2J\n'\\", #"$'a\x1b[2J\x0a\'\\'"#),
    ("\u{202E}x", #"$'\xe2\x80\xaex'"#),
]

@Test(arguments: words)
func `A word is quoted where a shell would read it otherwise`(word: String, quoted: String) {
    #expect(word.shellWord == quoted)
}

@Test func `A shell reads every quoted word as it was`() throws {
    let script = "printf '%s|' " + words.map(\.0.shellWord).joined(separator: " ")
    let (process, pipe) = (Process(), Pipe())
    process.executableURL = URL(filePath: "/bin/bash")
    process.arguments = ["-c", script]
    process.standardOutput = pipe
    try process.run()
    let output = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    #expect(String(decoding: output, as: UTF8.self) == words.map { $0.0 + "|" }.joined())
}
