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
        var capabilities = 0
    }

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
        // It is replaced in a folder that root must be able to write, whosever it is.
        Start(
            testDescription: "with a state file",
            command: "halfopen --state state",
            user: 0,
            capabilities: 1 << 1
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
            cat /proc/$program/status
            cat good.json >&9
            exec 9>&-
            wait $reader; echo "ExitStatus: $?"
            """
        )
        #expect(answer.errors == "")
        let status = Self.fields(of: answer.output)
        let set = String(start.capabilities, radix: 16)
        let zeros = String(repeating: "0", count: 16)
        #expect(status["Name"] == "halfopen")
        #expect(
            status["Uid"] == Array(repeating: "\(start.user)", count: 4).joined(separator: "\t")
        )
        #expect(
            status["Gid"] == Array(repeating: "\(start.user)", count: 4).joined(separator: "\t")
        )
        #expect(status["CapEff"] == zeros.dropLast(set.count) + set)
        #expect(status["CapPrm"] == zeros.dropLast(set.count) + set)
        #expect(status["CapInh"] == zeros)
        #expect(status["CapAmb"] == zeros)
        #expect(status["NoNewPrivs"] == "1")
        #expect(status["Threads"] == "1")
        #expect(status["ExitStatus"] == "0", "\(status)")
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

    private static func fields(of status: String) -> [String: String] {
        let pairs = status.split(separator: "\n").compactMap { line in
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
