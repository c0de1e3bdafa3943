import Foundation
import TestSupport
import Testing

/// SECURITY.md names the tests that hold what it says.
@Suite struct SecurityPageTests {
    private static let page = Command.root.appending(path: "SECURITY.md")

    /// The rows of the table, but for its heading.
    private func rows() throws -> [[Substring]] {
        try String(contentsOf: Self.page, encoding: .utf8).split(separator: "\n")
            .filter { $0.hasPrefix("| ") }.dropFirst()
            .map {
                $0.dropFirst().dropLast().split(separator: "|", omittingEmptySubsequences: false)
            }
    }

    /// The names of all tests.
    private func tests() throws -> Set<String> {
        let folder = Command.root.appending(path: "Tests")
        var names: Set<String> = []
        let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
        for case let file as URL in try #require(files) where file.pathExtension == "swift" {
            let text = try String(contentsOf: file, encoding: .utf8)
            names.formUnion(text.matches(of: /func\s+`([^`]+)`/).map { String($0.output.1) })
        }
        return names
    }

    @Test func `Every row names tests, and every test that it names is there`() throws {
        let (rows, tests) = (try rows(), try tests())
        #expect(rows.count >= 12)
        for row in rows {
            try #require(row.count == 4, "\(row)")
            let cited = row[3].matches(of: /`([^`]+)`/).map { String($0.output.1) }
            #expect(!cited.isEmpty, "\(row[1])")
            for name in cited where !tests.contains(name) {
                Issue.record("SECURITY.md names a test that is not there: \(name)")
            }
        }
    }

    @Test func `It fits a page`() throws {
        let text = try String(contentsOf: Self.page, encoding: .utf8)
        #expect(text.split(separator: "\n", omittingEmptySubsequences: false).count <= 60)
    }
}
