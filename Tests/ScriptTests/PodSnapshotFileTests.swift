import Foundation
import TestSupport
import Testing

/// `scripts/cron/pod-snapshot-file` with a real kubectl and the stand-in API server, and with kubectls
/// that go wrong.
@Suite struct PodSnapshotFile {
    private static let kubectl = Command.root.appending(path: ".build/kubectl/usr/bin/kubectl").path

    /// A folder in which the file is kept, and the kubectl that is used.
    private struct Place: ~Copyable {
        let folder: TemporaryFolder
        var file: URL { folder.url.appending(path: "pods.json") }
        var lock: URL { folder.url.appending(path: "pods.json.lock") }
        var content: String? { try? String(contentsOf: file, encoding: .utf8) }
        var names: [String] {
            let names = try? FileManager.default.contentsOfDirectory(atPath: folder.url.path)
            return (names ?? []).filter { ![".kube", "bin", "output", "errors"].contains($0) }
                .sorted()
        }

        /// A place whose kubectl is a script of sh.
        init(kubectl script: String) throws {
            let folder = try TemporaryFolder()
            let bin = folder.url.appending(path: "bin")
            try FileManager.default.createDirectory(at: bin, withIntermediateDirectories: true)
            try Self.put("kubectl", script, in: bin)
            self.folder = folder
        }

        /// Puts a script of sh in the place of a program.
        func add(_ name: String, _ script: String) throws {
            try Self.put(name, script, in: folder.url.appending(path: "bin"))
        }

        private static func put(_ name: String, _ script: String, in bin: URL) throws {
            let program = bin.appending(path: name)
            try Data("#!/bin/sh\n\(script)\n".utf8).write(to: program)
            try FileManager.default.setAttributes(
                [.posixPermissions: 0o755],
                ofItemAtPath: program.path
            )
        }

        /// The lines of a file that such a script has written to its home.
        func lines(of name: String) throws -> [String] {
            let file = folder.url.appending(path: name)
            return try String(contentsOf: file, encoding: .utf8).split(separator: "\n")
                .map(String.init)
        }

        /// Makes the lock as a run before would have left it, or with another mode.
        func makeLock(mode: Int) throws {
            try FileManager.default.createDirectory(at: lock, withIntermediateDirectories: false)
            try FileManager.default.setAttributes(
                [.posixPermissions: mode],
                ofItemAtPath: lock.path
            )
        }

        /// Runs the script, with halfopen in the path unless told otherwise.
        func run(_ options: [String] = [], hasHalfopen: Bool = true) throws -> Command {
            let products = hasHalfopen ? ":\(Command.root.path)/.build/debug" : ""
            let path = "\(folder.url.path)/bin:/usr/bin:/bin\(products)"
            return try Command(
                "scripts/cron/pod-snapshot-file",
                options + [file.path],
                environment: ["PATH": path, "HOME": folder.url.path],
                in: folder
            )
        }
    }

    /// The kubectl of a cluster.
    private func working(_ server: borrowing APIServer) -> String {
        "exec \(Self.kubectl) --server \(server.address) \"$@\""
    }

    @Test(arguments: [true, false])
    func `A whole snapshot becomes the file, and nothing else is left`(hasHalfopen: Bool) throws {
        let server = try APIServer()
        let place = try Place(kubectl: working(server))
        let answer = try place.run(hasHalfopen: hasHalfopen)
        #expect(answer.status == 0, "\(answer.errors)")
        // One of the fixture's Pods has a condition twice, which only halfopen says.
        let told = answer.errors.split(separator: "\n")
        #expect(told.count == (hasHalfopen ? 1 : 0), "\(answer.errors)")
        #expect(told.allSatisfy { $0.contains("condition-of-both-names") })
        #expect(place.content?.hasPrefix(#"{"schema":"halfopen.snapshot/v1","#) == true)
        #expect(place.names == ["pods.json", "pods.json.lock"])
    }

    /// What a kubectl does to the list of Pods, and what is said of it.
    ///
    /// Only what hangs has a limit that ends it: a busy machine may take seconds for the rest.
    private static let faults = [
        ("exit 1", "pod-snapshot failed with status 1"),
        ("sleep 60", "no answer within 1 s"),
        // Not even SIGTERM ends it.
        ("trap '' TERM; sleep 60", "no answer within 1 s"),
        (#"real "$@" | head -c 700; exit 1"#, "pod-snapshot failed with status 1"),
        // It calls half a list a success.
        (#"real "$@" | head -c 700"#, "pod-snapshot failed with status 1"),
        ("printf ''", "pod-snapshot failed with status 1"),
    ]

    @Test(arguments: faults, [true, false])
    func `Whatever goes wrong, the last good file stays, and it is said`(
        fault: (does: String, message: String),
        hasHalfopen: Bool
    ) throws {
        let server = try APIServer()
        let place = try Place(
            kubectl: """
                real() { \(Self.kubectl) --server \(server.address) "$@"; }
                case $* in
                *'get pods'* | *' --raw /api/v1/pods') \(fault.does) ;;
                *) real "$@" ;;
                esac
                """
        )
        try Data("the last good one".utf8).write(to: place.file)
        let limit = fault.message.hasPrefix("no answer") ? "1" : "300"
        let answer = try place.run(["-t", limit, "-r", "2"], hasHalfopen: hasHalfopen)
        #expect(answer.status == 1)
        #expect(place.content == "the last good one")
        #expect(place.names == ["pods.json", "pods.json.lock"])
        for number in 1...2 {
            #expect(
                answer.errors.contains("pod-snapshot-file: try \(number) of 2: \(fault.message)\n"),
                "\(answer.errors)"
            )
        }
        #expect(answer.errors.hasSuffix("'\(place.file.path)' is unchanged\n"))
    }

    @Test func `A fault that passes is made good by the next try`() throws {
        let server = try APIServer()
        let place = try Place(
            kubectl: """
                [ -e "$HOME/tried" ] || { touch "$HOME/tried"; exit 1; }
                \(working(server))
                """
        )
        let answer = try place.run()
        #expect(answer.status == 0)
        #expect(answer.errors.contains("try 1 of 2: pod-snapshot failed with status 1\n"))
        #expect(place.content?.hasSuffix("\n]}\n") == true)
    }

    /// A file of so many Pods and so many minutes, or none; and the limits of two tries.
    private static let limits: [(file: (pods: Int, age: Int)?, options: [String], [String])] = [
        (nil, [], ["80", "300"]),
        ((0, 0), [], ["20", "80"]),
        ((3000, 0), [], ["50", "200"]),
        ((20_000, 0), [], ["220", "300"]),
        ((40_000, 0), [], ["300", "300"]),
        ((3000, 11), [], ["200", "300"]),
        ((3000, 0), ["-t", "7"], ["7", "7"]),
        (nil, ["-t", "400"], ["400", "400"]),
    ]

    @Test(arguments: limits)
    func `A try may take as long as the cluster's size asks for`(
        file: (pods: Int, age: Int)?,
        options: [String],
        limits: [String]
    ) throws {
        let place = try Place(kubectl: "exit 1")
        try place.add("timeout", #"echo "$2" >>"$HOME/limits"; exit 1"#)
        if let file {
            let pods = (0..<file.pods).map { #"{"namespace":"a","name":"b","uid":"\#($0)"}"# }
            try Data("[\n\(pods.joined(separator: ",\n"))\n]\n".utf8).write(to: place.file)
            try FileManager.default.setAttributes(
                [.modificationDate: Date(timeIntervalSinceNow: Double(-60 * file.age))],
                ofItemAtPath: place.file.path
            )
        }
        #expect(try place.run(options).status == 1)
        #expect(try place.lines(of: "limits") == limits)
    }

    @Test func `Machines begin at different seconds, each always at its own`() throws {
        let place = try Place(kubectl: "exit 1")
        try place.add("sleep", #"echo "$1" >>"$HOME/delays""#)
        try place.add("uname", #"read -r name <"$HOME/name" && echo "$name""#)
        for node in Array(0..<12) + Array(0..<12) {
            try Data("node-\(node).example\n".utf8)
                .write(to: place.folder.url.appending(path: "name"))
            #expect(try place.run(["-d", "50", "-r", "1"]).status == 1)
        }
        let delays = try place.lines(of: "delays").compactMap { Int($0) }
        try #require(delays.count == 24)
        #expect(delays[..<12] == delays[12...])
        #expect(delays.allSatisfy { (0..<50).contains($0) })
        #expect(Set(delays).count >= 8)
    }

    @Test func `Two runs do not ask the cluster at the same time`() throws {
        let place = try Place(kubectl: "exit 1")
        try place.makeLock(mode: 0o700)
        let answer = try Command(
            "/usr/bin/flock",
            [
                "\(place.file.path).lock", "scripts/cron/pod-snapshot-file", place.file.path,
            ],
            in: place.folder
        )
        #expect(answer.status == 75)
        #expect(answer.errors.contains("another run is writing it"))
    }

    @Test func `What others may open, and so hold, is no lock`() throws {
        let place = try Place(kubectl: "exit 1")
        try place.makeLock(mode: 0o755)
        let answer = try place.run()
        #expect(answer.status == 1)
        #expect(answer.errors.contains("'\(place.lock.path)' is not a folder of this user alone"))
    }

    /// What somebody else may have put where the script keeps its files: as arguments of ln and mkfifo.
    private static let traps = ["ln -s victim", "ln -s missing", "ln -s /dev/null", "mkfifo"]

    @Test(arguments: traps)
    func `No link and no FIFO at the lock's name is followed or waited for`(trap: String) throws {
        let place = try Place(kubectl: "exit 1")
        try Data("precious".utf8).write(to: place.folder.url.appending(path: "victim"))
        let planted = try Command(
            "/bin/sh",
            ["-c", "cd \"$1\" && \(trap) pods.json.lock", "sh", place.folder.url.path],
            in: place.folder
        )
        try #require(planted.status == 0)
        let answer = try place.run(["-t", "1", "-r", "1"])
        #expect(answer.status == 1)
        #expect(answer.errors.contains("'\(place.lock.path)' is not a folder of this user alone"))
        #expect(place.names == ["pods.json.lock", "victim"])
        let victim = try String(
            contentsOf: place.folder.url.appending(path: "victim"),
            encoding: .utf8
        )
        #expect(victim == "precious")
    }

    @Test func `The new file's name cannot be guessed, and a link at the file is not followed`()
        throws
    {
        let server = try APIServer()
        let place = try Place(kubectl: working(server))
        let victim = place.folder.url.appending(path: "victim")
        try Data("precious".utf8).write(to: victim)
        for name in ["pods.json", "pods.json.new"] {
            try FileManager.default.createSymbolicLink(
                at: place.folder.url.appending(path: name),
                withDestinationURL: victim
            )
        }
        let answer = try place.run()
        #expect(answer.status == 0, "\(answer.errors)")
        #expect(try String(contentsOf: victim, encoding: .utf8) == "precious")
        #expect(place.content?.hasPrefix("{") == true)
        #expect(place.names == ["pods.json", "pods.json.lock", "pods.json.new", "victim"])
    }

    @Test func `Who may read the file is for the umask to say`() throws {
        let server = try APIServer()
        let place = try Place(kubectl: working(server))
        try #require(try place.run().status == 0)
        let attributes = try FileManager.default.attributesOfItem(atPath: place.file.path)
        #expect((attributes[.posixPermissions] as? Int).map { $0 & 0o444 } == 0o444)
    }

    @Test func `A kubectl that hangs on does not keep the next run out`() throws {
        let server = try APIServer()
        let place = try Place(kubectl: "setsid sleep 5 >/dev/null 2>&1 & \(working(server))")
        #expect(try place.run().status == 0)
        #expect(try place.run().status == 0)
    }

    @Test func `Whoever reads the file finds a whole one`() throws {
        let server = try APIServer()
        let place = try Place(kubectl: working(server))
        try #require(try place.run().status == 0)
        let answer = try Command(
            "/bin/bash",
            [
                "-c",
                """
                for _ in 1 2 3; do scripts/cron/pod-snapshot-file "$1"; done & writer=$!
                while kill -0 "$writer" 2>/dev/null; do
                    [ "$(tail -n 1 "$1")" = ']}' ] || echo cut
                done
                """,
                "bash", place.file.path,
            ],
            environment: [
                "PATH": "\(place.folder.url.path)/bin:/usr/bin:/bin", "HOME": "/",
            ],
            in: place.folder
        )
        #expect(answer.output == "")
    }

    @Test(arguments: [[], ["-x", "f"], [""], ["-t"]])
    func `What it cannot make sense of it refuses`(arguments: [String]) throws {
        let folder = try TemporaryFolder()
        let answer = try Command("scripts/cron/pod-snapshot-file", arguments, in: folder)
        #expect(answer.status == 64)
        #expect(answer.errors.contains("Usage: pod-snapshot-file"))
    }

    @Test func `The line of the cron table runs it, and cron would take the file`() throws {
        let server = try APIServer()
        let place = try Place(kubectl: working(server))
        try place.add("sleep", "exit 0")
        let table = try String(
            contentsOf: Command.root.appending(path: "scripts/cron/halfopen"),
            encoding: .utf8
        )
        let lines = table.split(separator: "\n").filter { !$0.hasPrefix("#") }
        let jobs = lines.filter { !$0.contains(/^[A-Z]+=/) }
        try #require(jobs.count == 1)
        let job = String(try #require(jobs[0].wholeMatch(of: /\* \* \* \* \* root (.*)/)?.output.1))
        // A percent sign would end the command, and an unknown user the table.
        #expect(!job.contains("%"))
        let state = "/var/lib/halfopen-snapshot"
        #expect(job.contains(state))
        let answer = try Command(
            "/bin/sh",
            ["-c", job.replacing(state, with: "\(place.folder.url.path)/kept")],
            environment: [
                "PATH":
                    "\(place.folder.url.path)/bin:\(Command.root.path)/scripts/cron:/usr/bin:/bin",
                "HOME": "/",
            ],
            in: place.folder
        )
        #expect(answer.status == 0, "\(answer.errors)")
        let kept = place.folder.url.appending(path: "kept/pods.json").path
        #expect(FileManager.default.fileExists(atPath: kept))
    }
}
