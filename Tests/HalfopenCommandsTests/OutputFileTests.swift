import Glibc
import TestSupport
import Testing

/// The files that the program replaces: of all three, the same is refused and the same stays.
@Suite struct OutputFileTests {
    /// A command that replaces the file `f`, and what it says where that is no regular one.
    struct Writer: Sendable, CustomTestStringConvertible {
        var testDescription: String
        var command: String
        var refusal: String
        /// What it says of a file that cannot grow.
        var failure: String
        /// The same where the file system is full.
        var fullDisk: String
    }

    private static let writers = [
        Writer(
            testDescription: "the state file",
            command: "halfopen -q -s good.json --state f",
            refusal: "cannot keep history in 'f': it is not a regular file; name another (--state)",
            failure:
                "cannot write 'f': EFBIG (File too large); history is not saved; raise the limit"
                + " of the size of files (ulimit -f)",
            fullDisk: "cannot write 'f': ENOSPC (No space left on device); history is not"
                + " saved; free space on its file system, or name another file (--state)"
        ),
        Writer(
            testDescription: "a capture",
            command: "halfopen capture --output-file f",
            refusal: "cannot replace 'f': it is not a regular file; name another, or - for standard"
                + " output (--output-file)",
            failure:
                "cannot write 'f': EFBIG (File too large); raise the limit of the size of files"
                + " (ulimit -f)",
            fullDisk: "cannot write 'f': ENOSPC (No space left on device); free space on its"
                + " file system, or name another file, or - for standard output (--output-file)"
        ),
        Writer(
            testDescription: "metrics",
            command: "halfopen watch -s good.json --metrics-file f",
            refusal: "cannot replace 'f': it is not a regular file; name another (--metrics-file)",
            failure:
                "cannot write 'f': EFBIG (File too large); raise the limit of the size of files"
                + " (ulimit -f)",
            fullDisk: "cannot write 'f': ENOSPC (No space left on device); free space on its"
                + " file system, or name another file (--metrics-file)"
        ),
    ]

    @Test(
        .enabled(if: geteuid() == 0, "needs root"),
        arguments: writers,
        [
            "mkfifo f", "mkdir f", "mknod f c 1 3", "ln -s /dev/null f", "ln -s . f",
            "ln -s good.json f",
        ]
    )
    func `What is no regular file is refused with a message, and stays`(
        writer: Writer,
        make: String
    ) throws {
        let answer = try Session().run(
            """
            \(make); stat -c '%F %i' f
            unshare -n timeout 10 \(writer.command) >/dev/null; echo $?
            stat -c '%F %i' f; ls -A
            """
        )
        let lines = answer.output.split(separator: "\n")
        try #require(lines.count > 3)
        #expect(lines[0] == lines[2])
        #expect(lines[1] == "2")
        #expect(
            Set(lines[3...]).subtracting(["errors", "f", "f.lock", "good.json", "output"]) == []
        )
        #expect(answer.errors.contains("halfopen: \(writer.refusal)\n"), "\(answer.errors)")
    }

    @Test(.enabled(if: geteuid() == 0, "needs root"), arguments: writers)
    func `Where the new file cannot be written, the old one stays and nothing is left`(
        writer: Writer
    ) throws {
        let answer = try Session().run(
            """
            unshare -n timeout 1 \(writer.command) >/dev/null 2>&1; cp f before
            (
                ulimit -f 0; trap '' XFSZ
                unshare -n timeout 10 \(writer.command) 2>&1 >/dev/null; echo "status $?"
            ) | cat >&2
            cmp f before && ls -A
            """
        )
        let files = Set(answer.output.split(separator: "\n"))
        #expect(files.isSuperset(of: ["before", "f"]))
        #expect(files.isSubset(of: ["before", "errors", "f", "f.lock", "good.json", "output"]))
        #expect(answer.errors.contains("halfopen: \(writer.failure)\n"), "\(answer.errors)")
        #expect(answer.errors.hasSuffix("status 2\n"), "\(answer.errors)")
    }

    @Test(.enabled(if: geteuid() == 0, "needs root"), arguments: writers)
    func `Where the file system is full, space is what is asked for`(writer: Writer) throws {
        let answer = try Session().run(
            """
            cat >script <<'END'
            mkdir disk && mount -t tmpfs -o size=64k tmpfs disk && cp good.json disk && cd disk || exit
            touch f.lock
            cat /dev/zero >filler 2>/dev/null
            timeout 10 \(writer.command) >/dev/null
            echo "status $?"
            END
            unshare -n --mount bash script
            """
        )
        #expect(answer.output == "status 2\n")
        #expect(answer.errors.contains("halfopen: \(writer.fullDisk)\n"), "\(answer.errors)")
    }
}
