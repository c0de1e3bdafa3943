import Foundation
import TestSupport

/// What a user has at hand in a shell: the program on the path, and a folder that goes afterwards
/// with a snapshot in it, `good.json`.
///
/// Redirections, pipes and lost privileges are then written as a user writes them, and messages
/// name files as the test does.
struct Session: ~Copyable {
    private let folder: TemporaryFolder

    init() throws {
        let folder = try TemporaryFolder()
        var snapshot = SnapshotText()
        snapshot.proxies = Self.proxies
        try Data(snapshot.compact.utf8).write(to: folder.url.appending(path: "good.json"))
        self.folder = folder
    }

    /// The Pods of the proxies that the tests run.
    private static let proxies =
        (1...6).map { "waypoint-\($0)" }
        + ["gateway-7", "gateway-8", "edge-11", "a", "b", "waypoint-x2"]

    /// Writes a file of the folder.
    func write(_ text: String, to name: String) throws {
        try Data(text.utf8).write(to: folder.url.appending(path: name))
    }

    /// Writes a file of the folder.
    func write(_ bytes: [UInt8], to name: String) throws {
        try Data(bytes).write(to: folder.url.appending(path: name))
    }

    /// The path of a file of the folder.
    func path(_ name: String) -> String { folder.url.appending(path: name).path }

    /// Runs a script of bash in the folder, and ends it after so many seconds.
    ///
    /// There, `powerless COMMAND...` runs a command as a root who has no capability left: such a
    /// one may do what nobody may, and yet run a program in a folder that is closed to others.
    func run(_ script: String, within seconds: Int = 60) throws -> Command {
        var environment = ProcessInfo.processInfo.environment
        let path = environment["PATH"] ?? "/usr/sbin:/usr/bin:/sbin:/bin"
        environment["PATH"] = "\(Command.products.path):\(path)"
        let prelude = """
            cd '\(folder.url.path)' || exit
            powerless() { setpriv --bounding-set=-all --inh-caps=-all -- "$@"; }

            """
        // Signals are blocked in the threads that run tests, and so in what they start.
        return try Command(
            "/usr/bin/env",
            [
                "--default-signal", "timeout", "--kill-after=5", "\(seconds)",
                "/bin/bash", "-c", prelude + script,
            ],
            environment: environment,
            in: folder
        )
    }
}
