import Glibc

/// A network namespace with ESTABLISHED TCP sockets and no peers, made by `netns-sockets`, which
/// see; it lives as long as this value.
public struct SocketNamespace: ~Copyable, Sendable {
    /// What went wrong; the helper says more on standard error.
    public struct Failure: Error {
        /// The step that failed.
        public var step: String
    }

    /// The process that holds the namespace and the sockets.
    public let pid: Int32
    private let connection: Int32

    /// The file that refers to the namespace.
    public var path: String { "/proc/\(pid)/ns/net" }

    /// Makes a namespace.
    ///
    /// - Parameters:
    ///   - sockets: `ADDRESS,PORT,COUNT[,PEERS]` each: COUNT sockets to PORT of PEERS consecutive
    ///     addresses.
    ///   - ownTable: The buckets of a hash table of the namespace's own; the machine's without.
    /// - Throws: ``Failure``.
    public init(_ sockets: [String], ownTable: Int? = nil) throws {
        let table = ownTable.map { ["--own-table", String($0)] } ?? []
        // Close-on-exec from the start, lest another test's helper keeps this one from ending.
        var ends: [Int32] = [0, 0]
        let kind = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, kind, 0, &ends) == 0 else { throw Failure(step: "socketpair") }
        let pid = Self.spawn(table + sockets, standardStreams: ends[1])
        close(ends[1])
        guard let pid else {
            close(ends[0])
            throw Failure(step: "spawn \(Self.helperPath)")
        }
        var line = [UInt8](repeating: 0, count: 64)
        guard read(ends[0], &line, line.count) > 0, line.starts(with: "ready ".utf8) else {
            Self.end(pid, ends[0])
            throw Failure(step: "wait for 'ready'")
        }
        self.pid = pid
        connection = ends[0]
    }

    deinit {
        Self.end(pid, connection)
    }

    private static func end(_ pid: Int32, _ connection: Int32) {
        close(connection)
        while waitpid(pid, nil, 0) < 0, errno == EINTR {}
    }

    private static func spawn(_ arguments: [String], standardStreams: Int32) -> Int32? {
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        defer { posix_spawn_file_actions_destroy(&actions) }
        posix_spawn_file_actions_adddup2(&actions, standardStreams, STDIN_FILENO)
        posix_spawn_file_actions_adddup2(&actions, standardStreams, STDOUT_FILENO)
        var strings = ([helperPath] + arguments).map { strdup($0) }
        defer { strings.forEach { free($0) } }
        strings.append(nil)
        var pid: pid_t = 0
        return posix_spawn(&pid, helperPath, &actions, nil, strings, environ) == 0 ? pid : nil
    }

    /// The helper is built beside the test bundle.
    private static var helperPath: String {
        let program =
            realpath("/proc/self/exe", nil).map { path in
                defer { free(path) }
                return String(cString: path)
            } ?? ""
        let directory = program.lastIndex(of: "/").map { program[..<$0] } ?? "."
        return directory + "/netns-sockets"
    }
}

/// Whether tests that make network namespaces run here.
public enum KernelTests {
    /// What they need, for the reason of a skipped test.
    public static let requirement = "needs root and network namespaces"

    /// As root in continuous integration they always run, so that they fail where they cannot work.
    public static let canRun: Bool = {
        guard geteuid() == 0 else { return false }
        if let value = getenv("CI"), String(cString: value) == "true" { return true }
        return (try? SocketNamespace([])) != nil
    }()
}
