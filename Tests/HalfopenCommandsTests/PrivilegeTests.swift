import Foundation
import KernelTestSupport
import TestSupport
import Testing

/// What the program may still do when it reads what came from outside.
@Suite(.enabled(if: KernelTests.canRun, Comment(rawValue: KernelTests.requirement)))
struct PrivilegeTests {
    /// A way to start the program, and what must be left of its privileges.
    struct Start: Sendable, CustomTestStringConvertible {
        var testDescription: String
        /// What is typed before the options that name the snapshot.
        var command: String
        /// Of `/proc/PID/status`: the user, and the effective and permitted capabilities.
        var user = 65534
        /// What the companion keeps, where there is one.
        var companion: Int?
        /// How it ends.
        var exit = 0
    }

    private static let (dacOverride, dacReadSearch) = (1 << 1, 1 << 2)
    private static let (netAdmin, sysPtrace, sysAdmin) = (1 << 12, 1 << 19, 1 << 21)

    private static let starts = [
        Start(testDescription: "as root", command: "halfopen"),
        Start(
            testDescription: "into other namespaces",
            command: "halfopen -p $pod -N /proc/$pod/ns/net"
        ),
        Start(
            testDescription: "as root of a user namespace",
            command: "unshare -rn halfopen",
            user: 0
        ),
        Start(
            testDescription: "as root without capabilities",
            command: "powerless halfopen",
            user: 0
        ),
        Start(
            testDescription: "as root with one capability",
            command: "setpriv --bounding-set=-all,+sys_admin --inh-caps=-all halfopen",
            user: 0
        ),
        Start(testDescription: "another command", command: "halfopen snapshot"),
        Start(
            testDescription: "with the names of processes",
            command: "halfopen -o json",
            companion: sysPtrace | dacReadSearch
        ),
        Start(testDescription: "a check", command: "halfopen check", exit: 3),
        // It is replaced in a folder that root must be able to write, whosever it is.
        Start(
            testDescription: "with a state file",
            command: "halfopen --state state",
            companion: dacOverride
        ),
        Start(
            testDescription: "a check with a state file",
            command: "halfopen check --state state",
            companion: dacOverride,
            exit: 3
        ),
        Start(testDescription: "a dry run", command: "halfopen reap"),
        Start(
            testDescription: "a reap",
            command: "halfopen reap --yes",
            companion: netAdmin | dacReadSearch
        ),
        Start(
            testDescription: "a reap in another namespace, with a state file",
            command: "halfopen reap --yes -p $pod --state state",
            companion: netAdmin | dacReadSearch | dacOverride | sysAdmin | sysPtrace
        ),
    ]

    @Test(arguments: starts)
    func `While it parses, the program has no privilege that it does not need`(
        _ start: Start
    ) throws {
        let session = try Session()
        // More than a pipe holds gets into it only while it is read.
        let answer = try session.run(
            """
            unshare -n sleep 60 & pod=$!
            trap 'kill $pod' EXIT
            until [ "$(readlink /proc/$pod/ns/net)" != "$(readlink /proc/$$/ns/net)" ]; do sleep 0.01; done
            mkfifo pipe
            \(start.command) -s - <pipe >report 2>messages & reader=$!
            exec 9>pipe
            head -c 300000 /dev/zero | tr '\\0' ' ' >&9
            program=$(pgrep -x halfopen --parent $reader || echo $reader)
            helper=$(pgrep -x halfopen-helper --parent $program)
            cat /proc/$program/status
            echo ---
            [ -z "$helper" ] || cat /proc/$helper/status
            echo ---
            cat good.json >&9
            exec 9>&-
            wait $reader; echo "ExitStatus: $?"
            """
        )
        #expect(answer.errors == "")
        let parts = answer.output.split(separator: "---\n", omittingEmptySubsequences: false)
        try #require(parts.count == 3, "\(answer.output)")
        let program = Self.fields(of: parts[0])
        #expect(program["Name"] == "halfopen")
        Self.expect(program, user: start.user, capabilities: 0)
        if let kept = start.companion {
            Self.expect(Self.fields(of: parts[1]), user: 0, capabilities: kept)
        } else {
            #expect(parts[1] == "")
        }
        #expect(Self.fields(of: parts[2])["ExitStatus"] == "\(start.exit)", "\(answer.output)")
    }

    private static func expect(_ status: [String: String], user: Int, capabilities: Int) {
        let set = String(capabilities, radix: 16)
        let zeros = String(repeating: "0", count: 16)
        let users = Array(repeating: "\(user)", count: 4).joined(separator: "\t")
        #expect(status["Uid"] == users)
        #expect(status["Gid"] == users)
        #expect(status["CapEff"] == zeros.dropLast(set.count) + set)
        #expect(status["CapPrm"] == zeros.dropLast(set.count) + set)
        #expect(status["CapInh"] == zeros)
        #expect(status["CapAmb"] == zeros)
        #expect(status["NoNewPrivs"] == "1")
        #expect(status["Threads"] == "1")
    }

    @Test func `A watch has given up everything when it parses its first snapshot`() throws {
        let session = try Session()
        let answer = try session.run(
            """
            # So large that it takes a while.
            head -c 150000000 /dev/zero | tr '\\0' ' ' | cat - good.json >pods.json
            unshare -n sleep 60 & pod=$!
            halfopen watch -s pods.json -p $pod --state state --metrics-file m.prom --reap --yes \
                --interval 1h >out 2>&1 & watch=$!
            trap 'kill -CONT $watch; kill $watch $pod' EXIT
            position() {
                file=$(find /proc/$watch/fd -lname '*/pods.json' 2>/dev/null)
                sed -n 's/pos:[[:space:]]*//p' "/proc/$watch/fdinfo/${file##*/}" 2>/dev/null
            }
            until [ "$(position || echo 0)" -gt 65536 ] 2>/dev/null; do :; done
            kill -STOP $watch
            [ "$(position)" -lt 150000000 ] || echo 'it was read already'
            cat /proc/$watch/status
            echo ---
            cat /proc/$(pgrep -P $watch)/status
            """
        )
        let parts = answer.output.split(separator: "---\n", omittingEmptySubsequences: false)
        try #require(parts.count == 2, "\(answer.output) \(answer.errors)")
        #expect(parts[0].hasPrefix("Name:"))
        Self.expect(Self.fields(of: parts[0]), user: 65534, capabilities: 0)
        let kept =
            Self.dacOverride | Self.dacReadSearch | Self.netAdmin | Self.sysPtrace | Self.sysAdmin
        Self.expect(Self.fields(of: parts[1]), user: 0, capabilities: kept)
    }

    @Test func `Nothing is left to gain for a program that root started`() throws {
        let session = try Session()
        let answer = try session.run(
            """
            mkfifo pipe
            halfopen -s - <pipe >/dev/null 2>&1 & reader=$!
            exec 9>pipe
            head -c 300000 /dev/zero | tr '\\0' ' ' >&9
            cat /proc/$reader/status
            """
        )
        let status = Self.fields(of: answer.output)
        #expect(status["CapBnd"] == String(repeating: "0", count: 16))
        #expect(status["Groups"] == "")
    }

    @Test func `A snapshot that only root may read is read`() throws {
        let session = try Session()
        let answer = try session.run(
            "chmod 600 good.json; chmod 700 .; exec unshare -n halfopen -q -s good.json"
        )
        #expect(answer.status == 0, "\(answer.errors)")
    }

    @Test(arguments: [
        // Nothing of the project's folder, which may be closed to others.
        "cp \"$(command -v halfopen)\" .; chmod 755 .; unshare -n setpriv --reuid=4711 --regid=4711 --clear-groups ./halfopen",
        "unshare -n setpriv --bounding-set=-all --inh-caps=-all halfopen",
    ])
    func `A scan of its own namespace takes no privilege`(_ command: String) throws {
        let session = try Session()
        let answer = try session.run("\(command) -q -s good.json")
        #expect(answer.status == 0, "\(answer.errors)")
    }

    private static func fields(of status: some StringProtocol) -> [String: String] {
        let pairs = status.split(separator: "\n").compactMap { line -> (String, String)? in
            line.firstIndex(of: ":").map { colon in
                let value = line[line.index(after: colon)...]
                return (
                    String(line[..<colon]), value.trimmingCharacters(in: .whitespaces)
                )
            }
        }
        return Dictionary(pairs, uniquingKeysWith: { first, _ in first })
    }
}
