import Glibc
import Testing

private let writeIt = "write it with 'kubectl get pods -A -o json'"
private let seeCommand = "check the errors of the command that wrote it, and run it again"

/// Documents that are no snapshot, and files that cannot be read, each named as what it is.
struct BadSnapshotTests {
    private static let foreign = [
        Mistake(
            "an empty file",
            ": >pods.json; halfopen -s pods.json",
            2,
            "snapshot 'pods.json' is not a snapshot: line 1, byte 0: it is empty; \(seeCommand)"
        ),
        Mistake(
            "white space only",
            #"printf ' \n\t\n' | halfopen -s -"#,
            2,
            "snapshot '-' is not a snapshot: line 3, byte 4: it ends before an object begins;"
                + " \(seeCommand)"
        ),
        Mistake(
            "a byte order mark",
            #"printf '\xef\xbb\xbf{}' | halfopen -s -"#,
            2,
            "snapshot '-' is not plain JSON: line 1, byte 0: it begins with a byte order mark;"
                + " remove it (tail -c +4 FILE > NEW)"
        ),
        Mistake(
            "a NUL byte",
            #"printf '{"kind":\0"List"}' | halfopen -s -"#,
            2,
            "snapshot '-' is not JSON in UTF-8: line 1, byte 8: found a NUL byte, as in binary"
                + " data, UTF-16 or a file that was not fully written; \(writeIt)"
        ),
        Mistake(
            "UTF-16",
            "iconv -f UTF-8 -t UTF-16 good.json | halfopen -s -",
            2,
            "snapshot '-' is not JSON in UTF-8: line 1, byte 0: it begins like UTF-16; convert it"
                + " (iconv -f UTF-16 -t UTF-8 FILE > NEW)"
        ),
        Mistake(
            "gzip",
            "gzip good.json; halfopen -s good.json.gz",
            2,
            "snapshot 'good.json.gz' is not JSON: line 1, byte 0: it is compressed with gzip;"
                + " decompress it first (zcat FILE > NEW)"
        ),
        Mistake(
            "YAML",
            #"printf 'apiVersion: v1\nkind: List\n' | halfopen -s -"#,
            2,
            "snapshot '-' is not valid JSON: line 1, byte 0: syntax error at 'a'; \(writeIt)"
        ),
        Mistake(
            "bytes that are no UTF-8",
            #"printf '{"kind":"\xff"}' | halfopen -s -"#,
            2,
            "snapshot '-' is not valid JSON in UTF-8: line 1, byte 9: found byte 0xff; \(writeIt)"
        ),
        Mistake(
            "a line of 2 GB of no JSON",
            #"head -c 2G /dev/zero | tr '\0' x | halfopen -s -"#,
            2,
            "snapshot '-' is not valid JSON: line 1, byte 0: syntax error at 'x'; \(writeIt)"
        ),
        Mistake(
            "a file of 2 GB of which the disk kept the first bytes only",
            #"printf '{"kind":"PodList",\n"items":[' >pods.json; truncate -s 2G pods.json; halfopen -s pods.json"#,
            2,
            "snapshot 'pods.json' is not JSON in UTF-8: line 2, byte 28: found a NUL byte, as in"
                + " binary data, UTF-16 or a file that was not fully written; \(writeIt)"
        ),
        Mistake(
            "a string longer than the memory that may be used",
            // The debug build asks for some 100 MB of addresses to begin with.
            #"ulimit -v 250000; { printf '{"kind":"'; head -c 300M /dev/zero | tr '\0' x; } | halfopen -s -"#,
            2,
            "snapshot '-' is not complete: line 1, byte 314572809: it ends in the middle of the"
                + " document; \(seeCommand)"
        ),
        Mistake(
            "nesting of 10,000",
            #"{ printf '{"x":'; head -c 10000 /dev/zero | tr '\0' '['; } | halfopen -s -"#,
            2,
            "snapshot '-' is not a snapshot: line 1, byte 68: found more than 64 nested objects"
                + " and arrays; \(writeIt)"
        ),
        Mistake(
            "two documents",
            "cat good.json good.json | halfopen -s - 2>&1 | sed 's/byte .*: f/f/' >&2; exit 2",
            2,
            "snapshot '-' is not one JSON document: line 1, found '{' after its end; give each"
                + " document its own file and -s"
        ),
    ]

    @Test func `check's line says what to do in words that need no escape`() throws {
        let answer = try Session().run("gzip good.json; halfopen check -s good.json.gz")
        #expect(answer.status == 3)
        #expect(
            answer.output.hasPrefix(
                "HALFOPEN UNKNOWN: snapshot 'good.json.gz' is not JSON: line 1, byte 0: it is"
                    + " compressed with gzip; decompress it first (zcat FILE > NEW)"
            )
        )
    }

    @Test(arguments: foreign)
    func `What is no JSON is named as what it is`(_ mistake: Mistake) throws {
        try mistake.check()
    }

    private static let truncated = [
        Mistake(
            "in a list",
            #"printf '{"kind":"PodList",\n"items":[' | halfopen -s -"#,
            2,
            "snapshot '-' is not complete: line 2, byte 28: it ends in the middle of the"
                + " document; \(seeCommand)"
        ),
        Mistake(
            "in a name",
            #"printf '{"kind":"PodList","items":[{"metadata":{"name":"a' | halfopen -s -"#,
            2,
            "snapshot '-' is not complete: line 1, byte 49: it ends in the middle of the"
                + " document; \(seeCommand)"
        ),
        Mistake(
            "before the last brace",
            // The rest is whole: every Pod, address and time was read.
            "truncate -s -1 good.json; size=$(stat -c %s good.json); halfopen -s good.json 2>&1 |"
                + " sed s/$size/SIZE/ >&2; exit ${PIPESTATUS[0]}",
            2,
            "snapshot 'good.json' is not complete: line 1, byte SIZE: it ends in the middle of"
                + " the document; \(seeCommand)"
        ),
    ]

    @Test(arguments: truncated)
    func `A document that was cut off is not read as far as it goes`(_ mistake: Mistake) throws {
        try mistake.check()
    }

    private static let otherJSON = [
        Mistake(
            "what a failed request leaves behind",
            #"echo '{"kind":"Status","status":"Failure","message":"pods is forbidden","reason":"Forbidden"}' | halfopen -s -"#,
            2,
            "snapshot '-' is not a list of Pods: line 2, byte 88: found the Status of a failed"
                + " request (Forbidden: 'pods is forbidden'); fix the request, then write the"
                + " snapshot again"
        ),
        Mistake(
            "a list of Deployments",
            #"echo '{"kind":"DeploymentList","items":[]}' | halfopen -s -"#,
            2,
            "snapshot '-' is not a list of Pods: line 2, byte 37: found kind 'DeploymentList',"
                + " expected List or PodList; \(writeIt)"
        ),
        Mistake(
            "one Pod",
            #"echo '{"kind":"Pod","metadata":{"name":"web"}}' | halfopen -s -"#,
            2,
            "snapshot '-' is not a list: line 2, byte 41: found an object of kind 'Pod' without"
                + " 'items', expected a list of Pods; \(writeIt)"
        ),
        Mistake(
            "a bare array of Pods",
            #"echo '[{"metadata":{"name":"web"}}]' | halfopen -s -"#,
            2,
            "snapshot '-' is not a snapshot: line 2, byte 30: found no ztunnel workloads in a"
                + " bare array or under 'workloads', expected the output of 'istioctl"
                + " ztunnel-config workloads -o json'; \(writeIt)"
        ),
        Mistake(
            "a number",
            "echo 7 | halfopen -s -",
            2,
            "snapshot '-' is not a snapshot: line 1, byte 0: the document: found a number,"
                + " expected an object; \(writeIt)"
        ),
        Mistake(
            "items that are no array",
            #"echo '{"kind":"PodList","items":{}}' | halfopen -s -"#,
            2,
            "snapshot '-' is not a snapshot: line 1, byte 19: items: found an object, expected an"
                + " array; \(writeIt)"
        ),
        Mistake(
            "items twice",
            #"echo '{"kind":"PodList","items":[],"items":[]}' | halfopen -s -"#,
            2,
            "snapshot '-' is not a snapshot: line 1, byte 30: found the key 'items' twice;"
                + " \(writeIt)"
        ),
        Mistake(
            "an impossible time of capture",
            #"sed 's/"capturedAt":"[^"]*"/"capturedAt":"2026-13-21T00:00:00Z"/' good.json | halfopen -s -"#,
            2,
            "snapshot '-' is not a snapshot: line 1, byte 15: found capturedAt"
                + " '2026-13-21T00:00:00Z', expected a time such as 2026-11-21T10:04:11Z;"
                + " \(writeIt)"
        ),
    ]

    @Test(arguments: otherJSON)
    func `JSON that is no snapshot is named as what it is`(_ mistake: Mistake) throws {
        try mistake.check()
    }

    /// A list with a good Pod and one with the given status.
    private static func flawed(_ metadata: String, _ status: String) -> String {
        #"echo '{"kind":"PodList","items":[\#n"#
            + #"{"metadata":{"namespace":"shop","name":"db","uid":"1"},"status":{"phase":"Running","podIP":"10.0.0.1","startTime":"2025-01-01T00:00:00Z"}},\#n"#
            + #"{"metadata":{"namespace":"shop",\#(metadata)"uid":"2"},"status":{\#(status)}}]}' | unshare -n halfopen -q -s -"#
    }

    private static let badTimes = [
        (#""name":"web","#, #""phase":7"#, "status.phase: found a number, expected a string"),
        (
            #""name":"web","#, #""startTime":"2025-02-30T00:00:00Z""#,
            "status.startTime: found '2025-02-30T00:00:00Z', expected a date and time from 1970"
                + " to 2106"
        ),
        (
            #""name":"web","#, #""startTime":"1969-12-31T23:59:59Z""#,
            "status.startTime: found '1969-12-31T23:59:59Z', expected a date and time from 1970"
                + " to 2106"
        ),
    ]

    @Test(arguments: badTimes)
    func `A Pod with a bad time is named with its place, and the scan is complete`(
        metadata: String,
        status: String,
        finding: String
    ) throws {
        let session = try Session()
        let answer = try session.run(Self.flawed(metadata, status))
        #expect(answer.status == 0)
        #expect(answer.errors.hasPrefix("halfopen: snapshot '-': line 3, byte "))
        let lines = answer.errors.split(separator: "\n")
        #expect(lines.first?.hasSuffix(": Pod shop/web: \(finding)") == true)
        // No proxy runs here, which is all else that there is to say.
        #expect(lines.dropFirst().map { $0.contains("wrong network namespace") } == [true])
    }

    private static let hiddenOwners = [
        (#""name":"web","name":"api","#, "", "metadata.name: found the key twice"),
        (
            #""name":"web","#, #""podIP":"10.0.0""#,
            "status.podIP: found '10.0.0', expected an IP address"
        ),
        (
            #""name":"web","#, #""podIP":"\u001b[2J\n\\""#,
            #"status.podIP: found '\u{1b}[2J\u{a}\\', expected an IP address"#
        ),
    ]

    @Test(arguments: hiddenOwners)
    func `A Pod that may hide an owner makes the scan incomplete, and is named with its place`(
        metadata: String,
        status: String,
        finding: String
    ) throws {
        let session = try Session()
        let answer = try session.run(Self.flawed(metadata, status))
        #expect(answer.status == 2)
        let lines = answer.errors.split(separator: "\n").map(String.init)
        try #require(lines.count == 2)
        #expect(lines[0].hasPrefix("halfopen: snapshot '-': line 3, byte "))
        #expect(lines[0].hasSuffix(": Pod shop/web: \(finding)"))
        #expect(lines[1] == "halfopen: snapshot '-' is partial: 1 problem was found in it")
    }

    private static let empty = [
        Mistake(
            "no items",
            #"echo '{"kind":"PodList","items":[]}' | halfopen -q -s -"#,
            2,
            "snapshot '-' has no items: an empty list proves nothing; check that it comes from"
                + " the right cluster"
        ),
        Mistake(
            "no Pod",
            #"echo '{"kind":"List","items":[{"kind":"Node","metadata":{"name":"a"}}]}' | halfopen -q -s -"#,
            2,
            "no snapshot lists a Pod: the owner of an address cannot be determined"
        ),
    ]

    @Test(arguments: empty)
    func `A snapshot without a Pod answers nothing`(_ mistake: Mistake) throws {
        try mistake.check()
    }

    @Test func `A moment stated after the file was written is not believed`() throws {
        try Mistake(
            "the time of the scan for that of the request",
            """
            touch -d 2020-02-01T10:00:00Z good.json
            halfopen -q -s good.json --max-age 0 --captured-at 2020-02-01T11:00:00Z
            """,
            2,
            """
            snapshot 'good.json' claims to be from 2020-02-01T11:00:00.000Z, but its file was \
            written at 2020-02-01T10:00:00.000Z: nothing can be confirmed; give the time before \
            the request (--captured-at), or compare the clocks
            """
        ).check()
    }

    private static let unreadable = [
        Mistake(
            "a missing file",
            "halfopen -s pods.json",
            2,
            "cannot read snapshot 'pods.json': ENOENT (No such file or directory); check the path"
        ),
        Mistake(
            "a file in a file",
            "halfopen -s good.json/pods.json",
            2,
            "cannot read snapshot 'good.json/pods.json': ENOTDIR (Not a directory); check the path"
        ),
        Mistake(
            "a directory",
            "halfopen -s .",
            2,
            "cannot read snapshot '.': EISDIR (Is a directory); name a file in it"
        ),
        Mistake(
            "a name with control characters",
            #"halfopen -s $'\e[31m\n'"#,
            2,
            #"cannot read snapshot '\u{1b}[31m\u{a}': ENOENT (No such file or directory); check the path"#
        ),
        Mistake(
            "closed standard input",
            "halfopen -s - <&-",
            2,
            "cannot read snapshot '-': EBADF (Bad file descriptor); standard input is closed:"
                + " redirect it from a file or a pipe"
        ),
        Mistake(
            "a FIFO that nobody writes to",
            "mkfifo pods.json; halfopen -s pods.json",
            2,
            "cannot read snapshot 'pods.json': it is a FIFO, and no process has opened it for"
                + " writing in 10 s; start the writing command first, or give a file"
        ),
    ]

    @Test(arguments: unreadable)
    func `What cannot be read is named, with what to do`(_ mistake: Mistake) throws {
        try mistake.check()
    }

    @Test(.enabled(if: geteuid() == 0, "needs root to lose its powers"))
    func `A file that may not be read is named`() throws {
        try Mistake(
            "an unreadable file",
            "chmod 0 good.json; powerless halfopen -s good.json",
            2,
            "cannot read snapshot 'good.json': EACCES (Permission denied); check who may read the"
                + " file and its directories"
        ).check()
    }

    @Test func `A FIFO is read once somebody writes to it`() throws {
        let session = try Session()
        let answer = try session.run(
            "mkfifo pods.json; { sleep 0.5; cat good.json; } >pods.json & halfopen -q -s pods.json"
        )
        #expect(answer.status == 0)
        #expect(!answer.errors.contains("snapshot"), "\(answer.errors)")
    }
}
