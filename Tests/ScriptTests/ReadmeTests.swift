import Foundation
import TestSupport
import Testing

/// The blocks of README.md: each is run by a test, word by word.
@Suite struct Readme {
    /// A block that was run in a cluster.
    private struct Answer: Decodable {
        let block: String
        let status: Int32
        let output: String
        let errors: String
    }

    /// The indented blocks, as a reader would copy them.
    private func blocks() throws -> [String] {
        let text = try String(
            contentsOf: Command.root.appending(path: "README.md"),
            encoding: .utf8
        )
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        return lines.split { !$0.hasPrefix("    ") }.map { block in
            block.map { String($0.dropFirst(4)) }.joined(separator: "\n")
        }
    }

    /// What `scripts/test-fresh` runs on fresh systems.
    private func installation() throws -> [String: String] {
        let answer = try Command("scripts/test-fresh", ["--commands"], in: TemporaryFolder())
        return try JSONDecoder().decode([String: String].self, from: Data(answer.output.utf8))
    }

    /// Runs what needs a cluster in one made of namespaces.
    private func runInCluster() throws -> [Answer] {
        let kubectl = Command.root.appending(path: ".build/kubectl/usr/bin/kubectl").path
        let answer = try Command(
            "/usr/bin/env",
            [
                "--default-signal", "unshare", "--mount", "--pid", "--fork", "--kill-child",
                "--mount-proc", "--",
                Command.root.appending(path: "Tests/ScriptTests/Fixtures/readme-cluster").path,
                Command.products.appending(path: "halfopen").path,
                Command.products.appending(path: "stand-in").path, kubectl,
            ],
            in: TemporaryFolder()
        )
        try #require(answer.status == 0, "\(answer.errors)")
        return try JSONDecoder().decode([Answer].self, from: Data(answer.output.utf8))
    }

    @Test(.enabled(if: geteuid() == 0, "making network namespaces needs root"))
    func `Every block is the demo's, an installation's, or runs in a cluster`() throws {
        let answers = try runInCluster()
        let installation = try installation()
        #expect(installation.keys.sorted() == ["deb", "image", "source", "tarball"])
        for block in try blocks() where !block.hasPrefix("$ ") {
            let isRun =
                installation.values.contains(block) || answers.contains { $0.block == block }
                || KubectlPlugin.commandsOfReadme.contains(block)
            #expect(isRun, "no test runs:\n\(block)")
        }

        // Nothing is silent for long in so young a cluster.
        let alone = answers.filter { $0.block.hasSuffix("--discover") && !$0.block.contains("-s") }
        #expect(alone.map(\.status) == [0])
        #expect(alone.first?.errors.contains("no snapshot") == true)
        let explained = answers.filter { $0.block.contains("explain") }
        #expect(explained.map(\.status) == [1])
        #expect(explained.first?.output.contains("stale-connection") == true)
        let scans = answers.filter { $0.block.contains("-s -") && !$0.block.contains("reap") }
        #expect(scans.count == 3)
        for answer in scans {
            #expect(answer.status == 1, "\(answer.block)\n\(answer.errors)")
            #expect(answer.output.contains(#/\nreplaced +confirmed +10\.244\.1\.10 /#))
        }
        // The first run of two asks for the second.
        let reaps = answers.filter { $0.block.contains("reap") }
        #expect(reaps.map(\.status) == [2, 0])
        #expect(reaps.first?.output.contains("destroyed") == false)
        #expect(reaps.last?.output.contains("destroyed") == true)
    }
}
