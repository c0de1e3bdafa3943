import Foundation
import TestSupport
import Testing

/// `scripts/release` in a copy of the project that is a repository of its own.
@Suite struct ReleaseScript {
    /// A repository with the project's files, a changelog of version 9.8.7 and one manifest.
    private struct Clone: ~Copyable {
        let folder: TemporaryFolder

        init() throws {
            let folder = try TemporaryFolder()
            let setUp = try Self.run(
                """
                project=$PWD/project && mkdir project && cd '\(Command.root.path)'
                git ls-files -z scripts CHANGELOG.md README.md Sources/HalfopenCommands/Options |
                    xargs -0 cp --parents -t "$project"
                """,
                in: folder
            )
            try #require(setUp.status == 0, "\(setUp.errors)")
            let commit = try Self.run(
                """
                cd project && git init -q
                mkdir scripts/manifests
                printf 'image: @IMAGE@\\nurl: @BASE_URL@/x\\n' >scripts/manifests/daemonset.yaml
                sed -i '0,/^## / s/^## .*/## 9.8.7 (unreleased)/' CHANGELOG.md
                git add -A && git commit -q -m 'First'
                """,
                in: folder
            )
            try #require(commit.status == 0, "\(commit.errors)")
            self.folder = folder
        }

        /// Runs a script of bash in the folder that holds the repository.
        func run(_ script: String) throws -> Command { try Self.run(script, in: folder) }

        private static func run(
            _ script: String,
            in folder: borrowing TemporaryFolder
        ) throws -> Command {
            var environment = ProcessInfo.processInfo.environment
            environment["HOME"] = folder.url.path
            for who in ["AUTHOR", "COMMITTER"] {
                environment["GIT_\(who)_NAME"] = "Tester"
                environment["GIT_\(who)_EMAIL"] = "tester@halfopen.example"
            }
            return try Command(
                "/bin/bash",
                ["-e", "-c", "cd '\(folder.url.path)'\n\(script)"],
                environment: environment,
                in: folder
            )
        }

        func release(_ arguments: String) throws -> Command {
            try run("cd project && scripts/release \(arguments)")
        }
    }

    private static let all =
        "9.8.7 --image registry.example/halfopen --base-url https://h.example/d"

    @Test func `A release has its version and its places everywhere, and a tag`() throws {
        let clone = try Clone()
        let release = try clone.release(Self.all)
        #expect(release.status == 0, "\(release.errors)")
        let released = try clone.run(
            """
            cd project && git checkout -q v9.8.7
            cat scripts/manifests/daemonset.yaml Sources/HalfopenCommands/Options/Version.swift
            grep -h '^## 9' CHANGELOG.md
            grep -ho 'halfopen[-_:]9.8.7[-a-z]*' README.md
            grep -h '^base_url=' scripts/package
            git tag -l --format='%(contents:subject)' v9.8.7
            """
        )
        #expect(released.status == 0, "\(released.errors)")
        let text = released.output
        #expect(text.contains("image: registry.example/halfopen:9.8.7\n"))
        #expect(text.contains("url: https://h.example/d/x\n"))
        #expect(text.contains("let halfopenVersion = \"9.8.7\"\n"))
        #expect(text.contains(/\n## 9\.8\.7 \([0-9]{4}-[0-9]{2}-[0-9]{2}\)\n/))
        for name in [
            "halfopen_9.8.7-", "halfopen-9.8.7-linux-", "halfopen-9.8.7-oci-", "halfopen:9.8.7",
        ] {
            #expect(text.contains("\n\(name)"))
        }
        #expect(text.contains("base_url='https://h.example/d'\n"))
        #expect(text.hasSuffix("halfopen 9.8.7\n"))

        let after = try clone.run(
            """
            cd project && git checkout -q -
            cat scripts/manifests/daemonset.yaml; grep -h '^base_url=' scripts/package
            git status --porcelain
            """
        )
        #expect(after.output == "image: @IMAGE@\nurl: @BASE_URL@/x\nbase_url='@BASE_URL@'\n")
        let again = try clone.release(Self.all)
        #expect(again.status == 1)
        #expect(again.errors == "release: the tag v9.8.7 exists\n")
    }

    @Test(arguments: [
        ("true", "9.8.7 --base-url https://h.example", "give --image"),
        ("true", "9.8.7 --image i.example/h", "give --base-url"),
        ("true", "9.8.8", "CHANGELOG.md has no heading '## 9.8.8 (unreleased)'"),
        ("echo >>README.md", all, "there are uncommitted changes"),
        ("touch new", all, "there are uncommitted changes"),
        ("git tag v9.8.7", all, "the tag v9.8.7 exists"),
        (
            "echo '- no type' >>CHANGELOG.md && git commit -q -a -m x", all,
            "entries without a type"
        ),
        (
            "echo '## 9.8.7 (unreleased)' >CHANGELOG.md && git commit -q -a -m x", all,
            "has no entry for 9.8.7"
        ),
        (
            "sed -i s/halfopenVersion/v/ Sources/*/*/Version.swift && git commit -q -a -m x", all,
            "no version in"
        ),
    ])
    func `What is not ready is refused, and nothing is changed`(
        preparation: String,
        arguments: String,
        message: String
    ) throws {
        let clone = try Clone()
        let state = "git rev-parse HEAD; git status --porcelain; git tag"
        let before = try clone.run("cd project && \(preparation) && { \(state); }")
        try #require(before.status == 0, "\(before.errors)")
        let answer = try clone.release(arguments)
        #expect(answer.status == 1)
        #expect(answer.errors.hasPrefix("release: "))
        #expect(answer.errors.contains(message), "\(answer.errors)")
        #expect(try clone.run("cd project && { \(state); }").output == before.output)
    }

    @Test(arguments: [
        "", "1.2", "v1.2.3", "1.2.3-rc1", "01.2.3", "1.2.3 4", "1.2.3 --image 'a b'",
        "1.2.3 --base-url ftp://x", "1.2.3 --unknown",
    ])
    func `A wrong command line is refused`(arguments: String) throws {
        let answer = try Command(
            "/bin/bash",
            [
                "-c",
                "scripts/release \(arguments)".replacing(
                    "scripts",
                    with: "\(Command.root.path)/scripts"
                ),
            ],
            in: TemporaryFolder()
        )
        #expect(answer.status == 64)
        #expect(answer.errors.hasPrefix("release: "))
        #expect(answer.errors.contains("--help") || answer.errors.contains("is not"))
    }
}
