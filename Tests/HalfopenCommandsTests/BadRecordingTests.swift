import KernelTestSupport
import Testing

/// Captures that are not right, and places where none can be written.
@Suite(.enabled(if: KernelTests.canRun, Comment(rawValue: KernelTests.requirement)))
struct BadRecordingTests {
    private static let network = "unshare -n"

    private static let readings = [
        Mistake(
            "a capture that is not there",
            "halfopen -s good.json -r waypoint.capture",
            2,
            "cannot read capture 'waypoint.capture': ENOENT (No such file or directory); check"
                + " the path"
        ),
        Mistake(
            "an empty file",
            "halfopen -s good.json -r /dev/null",
            2,
            "cannot read capture '/dev/null': byte 0: it is empty; capture again"
        ),
        Mistake(
            "a snapshot as capture",
            "halfopen -s good.json -r good.json",
            2,
            "cannot read capture 'good.json': byte 0: it is neither a halfopen capture nor a dump"
                + " of 'ss -D'; write one with 'halfopen capture --output-file FILE'"
        ),
        Mistake(
            "a compressed capture",
            "gzip good.json; halfopen -r good.json.gz",
            2,
            "cannot read capture 'good.json.gz': byte 0: it is compressed with gzip; decompress it"
                + " first ('zcat FILE > NEW')"
        ),
        Mistake(
            "a folder",
            "halfopen -s good.json -r .",
            2,
            "cannot read capture '.': EISDIR (Is a directory); name a file in it"
        ),
        Mistake(
            "a capture of another port",
            "unshare -n halfopen capture --port 443 --output-file c && halfopen -s good.json -r c",
            2,
            "capture 'c' holds the connections to port 443: judge them with --port 443"
        ),
        Mistake(
            "a beginning without a heading",
            "unshare -n halfopen capture --output-file - | head -c 100 | halfopen -s good.json -r"
                + " -",
            2,
            "cannot read capture '-': byte 20: it is cut short here; copy it again, or capture"
                + " again"
        ),
        Mistake(
            "a dump of ss through a pipe, without its time",
            "unshare -n ss -D - -i | halfopen -s good.json -r -",
            2,
            "the time of the ss dump '-' is unknown because it is not a file; give it with"
                + " --dumped-at TIME"
        ),
    ]

    private static let writings = [
        Mistake(
            "a folder that is not there",
            "unshare -n halfopen capture --output-file none/c",
            2,
            "cannot create 'none/c': ENOENT (No such file or directory); name a file in a"
                + " writable directory, or - for standard output (--output-file)"
        ),
        Mistake(
            "a device",
            "unshare -n halfopen capture --output-file /dev/null",
            2,
            "cannot replace '/dev/null': it is not a regular file; name another, or - for"
                + " standard output (--output-file)"
        ),
        Mistake(
            "a full disk",
            "unshare -n halfopen capture --output-file - >/dev/full",
            2,
            "cannot write standard output: ENOSPC (No space left on device); the output is"
                + " incomplete: free disk space or redirect it elsewhere"
        ),
    ]

    @Test(arguments: readings + writings)
    func `A capture that cannot be read or written is named`(_ mistake: Mistake) throws {
        try mistake.check()
    }

    @Test func `A capture of nothing leaves an earlier one as it was`() throws {
        let session = try Session()
        let answer = try session.run(
            """
            unshare -n halfopen capture --output-file c && cp c earlier
            halfopen capture -N ./one --output-file c; echo $?
            cmp c earlier && halfopen capture -N ./one -p $$ --output-file c; echo $?
            cmp -s c earlier || echo replaced
            """
        )
        #expect(answer.output == "2\n2\nreplaced\n")
        let gap = "cannot open network namespace './one': ENOENT (No such file or directory);"
        #expect(answer.errors.split(separator: "\n").allSatisfy { $0.contains(gap) })
    }

    @Test func `That a capture needs no time of a dump is said, and the time is ignored`() throws {
        let namespace = try SocketNamespace(["10.244.0.1,15008,2"])
        let answer = try Session().run(
            """
            halfopen capture -N \(namespace.path) --output-file c
            halfopen -a -r c >plain 2>messages
            halfopen -a -r c --dumped-at @1 >odd
            halfopen explain -q --access-log /dev/null -r c --dumped-at @1 2>&1 >/dev/null | head -n 1 >&2
            cmp plain odd && cat messages >&2
            """
        )
        let lines = answer.errors.split(separator: "\n")
        let message =
            "halfopen: capture 'c' states when it was made; --dumped-at is for dumps of ss, and is"
            + " ignored"
        #expect(lines.first.map(String.init) == message, "\(answer.errors)")
        #expect(lines.count { $0 == message } == 2)
        #expect(answer.status == 0)
    }

    /// What a dump of `ss` lacks, by how it was asked for.
    private static let dumps = [
        (
            "ss -D dump",
            "2 connections have no TCP info, which every verdict needs; dump again with -i: 'ss"
                + " -D FILE -i'"
        ),
        (
            "ss -D dump -i -4",
            "it ends before the end of the answers for IPv4 and IPv6; dump both with 'ss -D FILE"
                + " -i'"
        ),
        (
            "ss -D dump -i && cat dump >>dump2 && cat dump2 dump2 >dump",
            "it has more data after the answers for IPv4 and IPv6; dump again"
        ),
    ]

    @Test(arguments: dumps)
    func `A dump of ss that does not tell all is incomplete`(command: String, reason: String) throws
    {
        let namespace = try SocketNamespace(["10.244.0.1,15008,2", "10.244.0.1,443,2"])
        let answer = try Session().run(
            """
            nsenter --net=\(namespace.path) bash -c '\(command)'
            halfopen -q -s good.json -r dump --dumped-at "@$(($(date +%s) + 1))"
            """
        )
        #expect(answer.status == 2)
        #expect(answer.errors == "halfopen: capture 'dump': \(reason)\n")
    }

    @Test func `A capture that is cut or damaged says where, and what came before is judged`()
        throws
    {
        let namespace = try SocketNamespace(["10.244.0.1,15008,300,100", "fd00::1,15008,300,100"])
        let answer = try Session().run(
            """
            halfopen capture -p \(namespace.pid) --output-file whole
            size=$(stat -c %s whole)
            head -c $((size - 1)) whole >cut
            head -c $((size / 2)) whole >half
            # Another byte, whatever it was.
            { head -c $((size - 300)) whole; tail -c 300 whole | head -c 1 |
                tr '\\000-\\377' '\\001-\\377\\000'; tail -c 299 whole; } >damaged
            { cat whole; echo; } >longer
            for file in cut half damaged longer; do
                halfopen -q -s good.json -r $file -o json | jq .summary.sockets; echo \
                ${PIPESTATUS[0]}
            done
            """
        )
        let numbers = answer.output.split(separator: "\n").compactMap { Int($0) }
        #expect(numbers.count == 8)
        #expect(numbers.enumerated().filter { $0.offset % 2 == 1 }.map(\.element) == [2, 2, 2, 2])
        #expect(numbers.first == 600)
        #expect((0..<600).contains(numbers[2]))
        #expect((0..<600).contains(numbers[4]))
        #expect(numbers[6] == 600)
        let lines = answer.errors.split(separator: "\n")
        let findings = ["cut short here", "cut short here", "a checksum is wrong", "bytes follow"]
        #expect(lines.count == 4)
        for (line, finding) in zip(lines, findings) {
            #expect(line.contains(/: byte [0-9]{3,}: it is (cut|damaged)/), "\(line)")
            #expect(line.contains(finding), "\(line)")
        }
    }

    @Test func `Whatever keeps a capture from its end, the file of before stays`() throws {
        let answer = try Session().run(
            """
            echo before >c
            # A limit on file sizes: the first write fails.
            (ulimit -f 0; trap '' XFSZ; unshare -n halfopen capture --output-file c; echo $?) \
            2>&1 | cat
            cat c; ls
            unshare -n halfopen capture --output-file c; echo $?
            head -c 16 c; echo; ls; stat -c %a c
            """
        )
        #expect(
            answer.output == """
                halfopen: cannot write 'c': EFBIG (File too large); raise the limit of the size of \
                files (ulimit -f)
                2
                before
                c
                errors
                good.json
                output
                0
                halfopen.capture
                c
                errors
                good.json
                output
                644

                """
        )
    }
}
