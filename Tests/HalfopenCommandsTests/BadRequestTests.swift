import Glibc
import KernelTestSupport
import Testing

/// Command lines, streams and namespaces with which the program cannot do what it was asked to.
struct BadRequestTests {
    private static let usage = [
        Mistake(
            "nothing to judge by",
            "halfopen --silent-after 0s",
            64,
            "option --silent-after: '0' needs a snapshot, because connections are then not judged by"
                + " their pings; give one with -s FILE, such as the output of 'kubectl get pods -A -o"
                + " json', or -s - for standard input (see 'halfopen --help')"
        ),
        Mistake(
            "an unknown option",
            "halfopen -s good.json --nets waypoint",
            64,
            "unknown option '--nets'; did you mean '--netns'? (see 'halfopen --help')"
        ),
        Mistake(
            "an option without its value",
            "halfopen -s",
            64,
            "option --snapshot needs a value: --snapshot FILE (see 'halfopen --help')"
        ),
        Mistake(
            "a snapshot that the history would replace",
            "halfopen -s good.json --state good.json",
            64,
            "file 'good.json' is given to --state and --snapshot, and --state replaces it; give each"
                + " its own (see 'halfopen --help')"
        ),
        Mistake(
            "metrics in the place of the history",
            "halfopen watch -s good.json --state f --metrics-file f",
            64,
            "file 'f' is given to --state and --metrics-file, and --state replaces it; give each its"
                + " own (see 'halfopen watch --help')"
        ),
        Mistake(
            "a snapshot as the history of an incident",
            "halfopen explain --access-log a.log --state good.json -s good.json",
            64,
            "file 'good.json' is given to --state and --snapshot; it can be only one of them; give"
                + " each its own (see 'halfopen explain --help')"
        ),
        Mistake(
            "a log as the history of an incident",
            "halfopen explain --access-log a.log --state a.log",
            64,
            "file 'a.log' is given to --state and --access-log; it can be only one of them; give each"
                + " its own (see 'halfopen explain --help')"
        ),
        Mistake(
            "an impossible time",
            "halfopen -s good.json --captured-at 2026-02-30T00:00:00Z",
            64,
            "option --captured-at: '2026-02-30T00:00:00Z' is not a time such as"
                + " 2026-11-21T10:04:11Z or @1795255451 (seconds since 1970) (see 'halfopen"
                + " --help')"
        ),
        Mistake(
            "a snapshot in the place of a command",
            "halfopen pods.json",
            64,
            "unknown command 'pods.json'; give a snapshot with -s FILE (see 'halfopen --help')"
        ),
        Mistake(
            "too many snapshots",
            "halfopen $(printf -- '-s pods.json %.0s' {1..70000})",
            64,
            "option --snapshot is given 70000 times; at most 256 snapshots are read at once (see"
                + " 'halfopen --help')"
        ),
        Mistake(
            "an unknown command",
            "halfopen lst -s good.json",
            64,
            "unknown command 'lst'; did you mean 'list'? (see 'halfopen --help')"
        ),
        Mistake(
            "a word that is near no command",
            "halfopen xyzzyxyzzy -s good.json",
            64,
            "unknown command 'xyzzyxyzzy'; the commands are list, check, watch, reap, explain,"
                + " capture,"
                + " snapshot, completion, version, help (see 'halfopen --help')"
        ),
        Mistake(
            "help on no command",
            "halfopen help capure",
            64,
            "unknown command 'capure'; did you mean 'capture'? (see 'halfopen help --help')"
        ),
        Mistake(
            "a mistyped option of a command",
            "halfopen snapshot -s good.json --cluster-wise",
            64,
            "unknown option '--cluster-wise'; did you mean '--cluster-wide'? (see 'halfopen"
                + " snapshot --help')"
        ),
        Mistake(
            "what to destroy, where nothing is",
            "halfopen watch -s good.json --max 3",
            64,
            "option --max needs --reap; add that option (see 'halfopen watch --help')"
        ),
        Mistake(
            "the completions of no shell",
            "halfopen completion",
            64,
            "no shell: give one of: bash, zsh, fish (see 'halfopen completion --help')"
        ),
        Mistake(
            "the completions of an unknown shell",
            "halfopen completion ksh",
            64,
            "'ksh' is not one of: bash, zsh, fish (see 'halfopen completion --help')"
        ),
        Mistake(
            "a snapshot without -s",
            "halfopen list good.json",
            64,
            "unexpected argument 'good.json'; give a snapshot with -s FILE (see 'halfopen list"
                + " --help')"
        ),
        Mistake(
            "a log without its option",
            "halfopen explain waypoint",
            64,
            "unexpected argument 'waypoint'; give it with --access-log, --envoy-log or --pcap (see"
                + " 'halfopen explain --help')"
        ),
        Mistake(
            "a log in the place of a command",
            "halfopen access.log",
            64,
            "unknown command 'access.log'; give a log or a packet capture to 'halfopen explain' (see"
                + " 'halfopen --help')"
        ),
        Mistake(
            "help after a command",
            "halfopen list help",
            64,
            "unexpected argument 'help' (see 'halfopen list --help')"
        ),
        Mistake(
            "ztunnel's present answer about an incident",
            "halfopen explain --access-log access.log --ztunnel",
            64,
            "'explain' does not take option --ztunnel; 'list', 'check', 'watch', 'reap', 'snapshot'"
                + " do (see 'halfopen explain --help')"
        ),
        Mistake(
            "an option of another command",
            "halfopen snapshot -s good.json -N waypoint",
            64,
            "'snapshot' does not take option --netns; 'list', 'check', 'watch', 'reap', 'capture'"
                + " do (see 'halfopen snapshot --help')"
        ),
        Mistake(
            "a capture without a file",
            "halfopen capture",
            64,
            "no file: give one with --output-file FILE, or - for standard output (see 'halfopen"
                + " capture --help')"
        ),
        Mistake(
            "a capture of a capture",
            "halfopen -s good.json -r waypoint.capture -p 1",
            64,
            "option --replay cannot be combined with network namespaces; leave them out (see"
                + " 'halfopen --help')"
        ),
        Mistake(
            "a replay that shall be remembered",
            "halfopen -s good.json -r waypoint.capture --state state",
            64,
            "option --state: a replay keeps no history; leave it out (see 'halfopen --help')"
        ),
        Mistake(
            "a time of no dump",
            "halfopen -s good.json --dumped-at @1795255451",
            64,
            "option --dumped-at needs --replay FILE; add that option (see 'halfopen --help')"
        ),
        Mistake(
            "a snapshot and a capture through one pipe",
            "halfopen -s - -r - <good.json",
            64,
            "option --replay: standard input is named twice; it can be read once (see 'halfopen"
                + " --help')"
        ),
        Mistake(
            "a capture into a terminal",
            "script -qec 'halfopen capture --output-file - 2>said' /dev/null </dev/null"
                + " >/dev/null; status=$?; cat said >&2; exit $status",
            64,
            "option --output-file: standard output is a terminal; redirect it, or name a file"
                + " (see 'halfopen capture --help')"
        ),
        Mistake(
            "a terminal as snapshot",
            "script -qec 'halfopen -s - 2>said' /dev/null </dev/null; status=$?; cat said >&2;"
                + " exit $status",
            64,
            "option --snapshot: standard input is a terminal; pipe a snapshot into it, such as"
                + " the output of 'kubectl get pods -A -o json' (see 'halfopen --help')"
        ),
    ]

    @Test(arguments: usage)
    func `A command line that cannot be carried out is refused`(_ mistake: Mistake) throws {
        try mistake.check()
    }

    private static let streams = [
        Mistake(
            "a full disk",
            "halfopen -s good.json -o json >/dev/full",
            2,
            "cannot write standard output: ENOSPC (No space left on device); the output is"
                + " incomplete: free disk space or redirect it elsewhere"
        ),
        Mistake(
            "a full disk for the help",
            "halfopen --help >/dev/full",
            2,
            "cannot write standard output: ENOSPC (No space left on device); the output is"
                + " incomplete: free disk space or redirect it elsewhere"
        ),
        Mistake(
            "a full disk for the help of check",
            "halfopen check --help >/dev/full",
            3,
            "cannot write standard output: ENOSPC (No space left on device); the output is"
                + " incomplete: free disk space or redirect it elsewhere"
        ),
        Mistake(
            "a full disk for the version of check",
            "halfopen check --version >/dev/full",
            3,
            "cannot write standard output: ENOSPC (No space left on device); the output is"
                + " incomplete: free disk space or redirect it elsewhere"
        ),
        Mistake(
            "a closed standard output",
            "halfopen -s good.json -o json >&-",
            2,
            "cannot write standard output: EBADF (Bad file descriptor); it is closed: redirect it"
                + " to a file or a pipe"
        ),
        Mistake("a closed standard error", "halfopen -s pods.json 2>&-"),
        Mistake("a full disk for messages", "halfopen -s pods.json 2>/dev/full"),
        Mistake("every stream closed", "halfopen -s good.json -o json <&- >&- 2>&-"),
        // The report is not written into the snapshot, which is opened on the free descriptor.
        Mistake(
            "a snapshot where standard output was",
            "cp good.json copy.json; halfopen -s copy.json -o json <&- >&- 2>&-; cmp good.json"
                + " copy.json && exit 2"
        ),
    ]

    @Test(arguments: streams)
    func `A result that could not be delivered is no success`(_ mistake: Mistake) throws {
        try mistake.check()
    }

    @Test(arguments: ["-s good.json -o json", "-s good.json -o ndjson", "--help", "--version"])
    func `A closed pipe is no error, and nothing is said of it`(_ arguments: String) throws {
        try Mistake(
            "a reader that is gone",
            "{ sleep 0.2; halfopen \(arguments); echo $? >status; } | true; exit $(cat status)",
            0
        ).check()
    }

    @Test func `The reader of a pipe that does not block is waited for`() throws {
        let nonblocking = """
            import fcntl, os, sys
            os.set_blocking(1, False)
            fcntl.fcntl(1, fcntl.F_SETPIPE_SZ, 4096)
            os.execvp(sys.argv[1], sys.argv[1:])
            """
        let answer = try Session().run(
            """
            python3 -c '\(nonblocking)' halfopen -q -o json \
                $(for _ in {1..99}; do echo -s good.json; done) | { sleep 0.3; tail -n 1; }
            exit ${PIPESTATUS[0]}
            """
        )
        #expect(answer.status == 0, "\(answer.errors)")
        #expect(answer.output == "}\n")
    }

    private static let namespaces = [
        Mistake(
            "a plain file",
            "halfopen -q -s good.json -N ./good.json",
            2,
            "cannot use network namespace './good.json': it is not a network namespace; if it"
                + " should be one, its mount is not visible here: give a process instead (-p PID)"
        ),
        Mistake(
            "another kind of namespace",
            "halfopen -q -s good.json -N /proc/self/ns/pid",
            2,
            "cannot use network namespace '/proc/self/ns/pid': it is not a network namespace; if"
                + " it should be one, its mount is not visible here: give a process instead (-p"
                + " PID)"
        ),
        Mistake(
            "a FIFO",
            "mkfifo ns; halfopen -q -s good.json -N ./ns",
            2,
            "cannot use network namespace './ns': it is not a network namespace; if it should be"
                + " one, its mount is not visible here: give a process instead (-p PID)"
        ),
        Mistake(
            "a name that nobody gave",
            "halfopen -q -s good.json -N halfopen-nobody",
            2,
            "cannot open network namespace 'halfopen-nobody': ENOENT (No such file or directory);"
                + " see 'ip netns list'"
        ),
        Mistake(
            "a missing path",
            "halfopen -q -s good.json -N ./ns",
            2,
            "cannot open network namespace './ns': ENOENT (No such file or directory); check the"
                + " path"
        ),
        Mistake(
            "a process that is gone",
            "halfopen -q -s good.json -p 2147483647",
            2,
            "cannot open the network namespace of process 2147483647: ENOENT (No such file or"
                + " directory); the process is gone, or hidden from this user"
        ),
        Mistake(
            "two of three targets",
            "halfopen -q -s good.json -N ./one -p $$ -N ./two",
            2,
            "cannot open network namespace './one': ENOENT (No such file or directory); check the"
                + " path",
            "cannot open network namespace './two': ENOENT (No such file or directory); check the"
                + " path"
        ),
    ]
    /// What a scan says even quietly, because it may be of the wrong target.
    private static let noConnection =
        " has no connection to port 15008: it may be the wrong network namespace; scan the proxy's"
        + " (-p PID, -N NAME or --discover)"

    @Test(arguments: namespaces)
    func `A namespace that cannot be looked into makes the scan incomplete`(
        _ mistake: Mistake
    ) throws {
        try mistake.check()
    }

    private static let powerless = [
        Mistake(
            "another's process",
            "powerless halfopen -q -s good.json -p $OTHER",
            2,
            "cannot open the network namespace of process OTHER: EACCES (Permission denied);"
                + " looking into another user's process needs CAP_SYS_PTRACE: run as root on"
                + " the host, or add the capability to the container"
        ),
        Mistake(
            "another namespace",
            // Its file may be opened by whoever may see it; entering is another matter.
            "exec 3</proc/$OTHER/ns/net; powerless halfopen -q -s good.json -N /proc/self/fd/3",
            2,
            "cannot enter network namespace '/proc/self/fd/3': EPERM (Operation not permitted);"
                + " entering another network namespace needs CAP_SYS_ADMIN: run as root, or"
                + " inside it with nsenter"
        ),
        Mistake(
            "a namespace that cannot be left again",
            // Root of a user namespace, outside whose own network namespaces it is nobody.
            """
            unshare -Ur bash -c '
                coproc unshare -n sh -c "echo; read line"
                read <&"${COPROC[0]}"
                exec 3<"/proc/$COPROC_PID/ns/net"
                exec halfopen -q -s good.json -N /proc/self/fd/3 -N ./never-reached
            '
            """,
            2,
            "cannot return from network namespace '/proc/self/fd/3': EPERM (Operation not"
                + " permitted); no other target can be read"
        ),
        Mistake(
            "a mount namespace without /proc",
            "unshare -m bash -c 'umount -l /proc && exec halfopen -q -s good.json'",
            2,
            "cannot read the command line: /proc is not there; mount /proc"
        ),
    ]

    @Test(
        .enabled(if: KernelTests.canRun, Comment(rawValue: KernelTests.requirement)),
        arguments: powerless
    )
    func `Without privilege, what is missing is said and how to get it`(
        _ mistake: Mistake
    ) throws {
        let namespace = try SocketNamespace([])
        let pid = String(namespace.pid)
        let session = try Session()
        let answer = try session.run("OTHER=\(pid)\n" + mistake.script)
        #expect(answer.status == mistake.status)
        let expected = mistake.messages.map { "halfopen: \($0)\n" }.joined()
        #expect(answer.errors == expected.replacing("process OTHER", with: "process \(pid)"))
        #expect(answer.output == "")
    }

    @Test(.enabled(if: geteuid() == 0, "needs root to become somebody else"))
    func `One's own namespace can be read without privilege`() throws {
        try Mistake(
            "a root without powers",
            "powerless halfopen -q -s good.json",
            0,
            "the current network namespace (inode N)" + Self.noConnection
        ).check()
    }
}
